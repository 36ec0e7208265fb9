/** `kvdb snapshot`: one file of everything at one revision, written by the server. */

import type { Command } from "commander";

import type { Exit } from "../exit-codes.js";
import {
  addClientOptions,
  LONG_TIMEOUT,
  PATIENT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { snapshotObject, snapshotWords } from "./snapshot-text.js";

export function defineSnapshot(command: Command, end: (exit: Exit) => void): void {
  addClientOptions(command, LONG_TIMEOUT).action(async (options: ClientOptions) => {
    end(
      await withStore(options, async (store, printer) => {
        const snapshot = await store.snapshot(PATIENT);
        await printer.say(snapshotObject(snapshot), snapshotWords(snapshot));
        return "ok";
      }),
    );
  });
}
