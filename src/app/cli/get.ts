/** `kvdb get`: the value as it is, byte for byte, or everything that is known of the key as JSON. */

import type { Command } from "commander";

import type { Store } from "../../kv/index.js";
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
import type { Printer } from "./printer.js";
import { terminalLines } from "./terminal-text.js";

export function defineGet(command: Command, end: (exit: Exit) => void): void {
  addClientOptions(command.argument("<key>", "The key"), SHORT_TIMEOUT).action(
    async (key: string, options: ClientOptions) => {
      end(await withStore(options, (store, printer) => get(store, printer, key)));
    },
  );
}

async function get(store: Store, printer: Printer, key: string): Promise<Exit> {
  const { entry, revision } = await store.get(Buffer.from(key), PATIENT);
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
