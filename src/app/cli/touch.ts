/** `kvdb touch`: gives a key another expiration, or none. */

import { CommanderError, Option, type Command } from "commander";

import type { Store, TouchCommand } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import {
  addExpirationOptions,
  expiresMember,
  expiresWords,
  givenExpiration,
  type ExpirationOptions,
} from "./expiration-options.js";
import type { Printer } from "./printer.js";
import {
  addWriteOptions,
  givenWriteOptions,
  sayWritten,
  type GivenWriteOptions,
} from "./write-options.js";

interface TouchOptions extends ClientOptions, ExpirationOptions, GivenWriteOptions {
  readonly persist?: true;
}

export function defineTouch(command: Command, end: (exit: Exit) => void): void {
  const persist = new Option("--persist", "Never expire");
  addWriteOptions(addExpirationOptions(command.argument("<key>", "The key"), persist));
  addClientOptions(command, SHORT_TIMEOUT).action(async (key: string, options: TouchOptions) => {
    const expiration = givenExpiration(options);
    if (expiration === undefined && options.persist !== true) {
      const message = "give --ttl, --expire-time or --persist";
      process.stderr.write(`kvdb: ${message}\n`);
      throw new CommanderError(2, "kvdb.usage", message);
    }
    const touchCommand = {
      key: Buffer.from(key),
      expiration: expiration ?? ({ kind: "none" } as const),
      ...givenWriteOptions(options),
    };
    end(await withStore(options, (store, printer) => touch(store, printer, touchCommand)));
  });
}

async function touch(store: Store, printer: Printer, command: TouchCommand): Promise<Exit> {
  const answer = await store.touch(command, PATIENT);
  const { touched, revision, deadlineMs } = answer;
  const words = deadlineMs === 0 ? ", never expires" : expiresWords(deadlineMs);
  await sayWritten(printer, answer, {
    object: { touched, revision, ...expiresMember(deadlineMs) },
    line: touched ? `touched, revision ${String(revision)}${words}` : "absent, nothing touched",
  });
  return touched ? "ok" : "absent";
}
