/** `kvdb get`: the value as it is, byte for byte, or everything that is known of the key as JSON. */

import type { Command } from "commander";

import { revision as revisionOf } from "../../base/index.js";
import type { GetResult, Store } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import { utf8Text } from "../transfer/json-value.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { entryJson } from "./entry-json.js";
import { countOption } from "./option-values.js";
import type { Printer } from "./printer.js";
import { terminalLines } from "./terminal-text.js";

interface GetOptions extends ClientOptions {
  readonly revision?: number;
}

export function defineGet(command: Command, end: (exit: Exit) => void): void {
  command
    .argument("<key>", "The key")
    .option(
      "--revision <revision>",
      "As it was at this revision",
      countOption(1, Number.MAX_SAFE_INTEGER),
    );
  addClientOptions(command, SHORT_TIMEOUT).action(async (key: string, options: GetOptions) => {
    end(
      await withStore(options, async (store, printer) =>
        show(printer, key, await get(store, key, options.revision)),
      ),
    );
  });
}

function get(store: Store, key: string, atRevision: number | undefined): Promise<GetResult> {
  const bytes = Buffer.from(key);
  if (atRevision === undefined) return store.get(bytes, PATIENT);
  return store.getAt({ key: bytes, atRevision: revisionOf(atRevision) }, PATIENT);
}

async function show(printer: Printer, key: string, { entry, revision }: GetResult): Promise<Exit> {
  if (entry === undefined) {
    if (printer.json) await printer.say({ key, found: false, revision }, "");
    else printer.note(`kvdb: ${printer.safe(key)} is absent`);
    return "absent";
  }
  if (printer.json) await printer.write(`${entryJson(entry)}\n`);
  else if (printer.isTerminal) await printer.write(`${shown(entry.value)}\n`);
  else await printer.write(entry.value);
  return "ok";
}

/** On a terminal a value is for eyes: its control characters could do harm, and bytes are no text. */
function shown(value: Buffer): string {
  const text = utf8Text(value);
  return text === undefined
    ? `(${String(value.length)} bytes that are not text; redirect the output to have them)`
    : terminalLines(text);
}
