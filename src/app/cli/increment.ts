/** `kvdb increment`: adds to a number that a key holds, and prints the sum. */

import { InvalidArgumentError, Option, type Command } from "commander";

import type { IncrementCommand, Store } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { durationOption, timeOption } from "./option-values.js";
import { expiresMember, givenExpiration, type ExpirationOptions } from "./expiration-options.js";
import type { Printer } from "./printer.js";
import { addRequestId, givenRequestId, type RequestIdOptions } from "./write-options.js";

interface IncrementOptions extends ClientOptions, ExpirationOptions, RequestIdOptions {}

export function defineIncrement(command: Command, end: (exit: Exit) => void): void {
  command
    .argument("<key>", "The key; it is made where it is absent")
    .argument("[delta]", "What to add, 1 by default; -- before a negative one", deltaArgument, 1n)
    .addOption(
      new Option("--ttl <duration>", "If this makes the key: expire after this long")
        .argParser(durationOption)
        .conflicts("expireTime"),
    )
    .addOption(
      new Option("--expire-time <time>", "If this makes the key: expire at this time")
        .argParser(timeOption)
        .conflicts("ttl"),
    );
  addClientOptions(addRequestId(command), SHORT_TIMEOUT).action(
    async (key: string, delta: bigint, options: IncrementOptions) => {
      const expiration = givenExpiration(options) ?? ({ kind: "none" } as const);
      const work = { key: Buffer.from(key), delta, expiration, ...givenRequestId(options) };
      end(await withStore(options, (store, printer) => increment(store, printer, work)));
    },
  );
}

async function increment(store: Store, printer: Printer, command: IncrementCommand): Promise<Exit> {
  const { value, revision, deadlineMs, replayed } = await store.increment(command, PATIENT);
  if (printer.json) {
    // As text: not every reader of JSON keeps all digits of a number.
    const mark = replayed === true ? { replayed } : {};
    const members = { value: String(value), revision, ...expiresMember(deadlineMs), ...mark };
    await printer.say(members, "");
  } else {
    await printer.write(`${String(value)}\n`);
    if (replayed === true) printer.note("kvdb: done before, under this request id");
  }
  return "ok";
}

function deltaArgument(text: string): bigint {
  if (/^[+-]?\d{1,19}$/.test(text)) return BigInt(text.replace("+", ""));
  throw new InvalidArgumentError("Expected a whole number.");
}
