/** `kvdb delete`: says whether there was something to delete. */

import type { Command } from "commander";

import type { Store } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import type { Printer } from "./printer.js";

export function defineDelete(command: Command, end: (exit: Exit) => void): void {
  addClientOptions(command.argument("<key>", "The key"), SHORT_TIMEOUT).action(
    async (key: string, options: ClientOptions) => {
      end(await withStore(options, (store, printer) => remove(store, printer, key)));
    },
  );
}

async function remove(store: Store, printer: Printer, key: string): Promise<Exit> {
  const { deleted, revision } = await store.delete(Buffer.from(key), PATIENT);
  await printer.say(
    { deleted, revision },
    deleted ? `deleted, revision ${String(revision)}` : "absent, nothing deleted",
  );
  return deleted ? "ok" : "absent";
}
