/** `kvdb delete`: one key, and says whether there was something to delete; or the keys of a range. */

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
import {
  addRangeDeleteOptions,
  deleteRange,
  rangeToDelete,
  type RangeDeleteOptions,
} from "./delete-range.js";
import type { Printer } from "./printer.js";
import {
  addWriteOptions,
  givenWriteOptions,
  sayWritten,
  type GivenWriteOptions,
} from "./write-options.js";

type DeleteOptions = ClientOptions & GivenWriteOptions & RangeDeleteOptions;

export function defineDelete(command: Command, end: (exit: Exit) => void): void {
  addWriteOptions(command.argument("[key]", "The key; or else a range"));
  addRangeDeleteOptions(command);
  addClientOptions(command, SHORT_TIMEOUT).action(
    async (key: string | undefined, options: DeleteOptions) => {
      const range = rangeToDelete(command, key, options);
      end(
        await withStore(options, (store, printer) =>
          range === undefined
            ? remove(store, printer, deletionOf(key ?? "", options))
            : deleteRange(store, printer, { ...options, range }),
        ),
      );
    },
  );
}

function deletionOf(key: string, options: GivenWriteOptions): DeleteCommand {
  return { key: Buffer.from(key), ...givenWriteOptions(options) };
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
