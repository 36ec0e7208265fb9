/** `kvdb delete`: says whether there was something to delete. */

import type { Command } from "commander";

import type { DeleteCommand, Store } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import type { Printer } from "./printer.js";
import {
  addWriteOptions,
  givenWriteOptions,
  sayWritten,
  type GivenWriteOptions,
} from "./write-options.js";

export function defineDelete(command: Command, end: (exit: Exit) => void): void {
  addWriteOptions(command.argument("<key>", "The key"));
  addClientOptions(command, SHORT_TIMEOUT).action(
    async (key: string, options: ClientOptions & GivenWriteOptions) => {
      const deletion = { key: Buffer.from(key), ...givenWriteOptions(options) };
      end(await withStore(options, (store, printer) => remove(store, printer, deletion)));
    },
  );
}

async function remove(store: Store, printer: Printer, deletion: DeleteCommand): Promise<Exit> {
  const answer = await store.delete(deletion, PATIENT);
  const { deleted, revision } = answer;
  await sayWritten(printer, answer, {
    object: { deleted, revision },
    line: deleted ? `deleted, revision ${String(revision)}` : "absent, nothing deleted",
  });
  return deleted ? "ok" : "absent";
}
