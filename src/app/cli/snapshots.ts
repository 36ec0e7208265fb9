/** `kvdb snapshots list` and `kvdb snapshots delete`. */

import type { Command } from "commander";

import type { Exit } from "../exit-codes.js";
import {
  addClientOptions,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { snapshotLine, snapshotObject } from "./snapshot-text.js";

export function defineSnapshots(command: Command, end: (exit: Exit) => void): void {
  const list = command.command("list").description("List the snapshots that the server has");
  addClientOptions(list, SHORT_TIMEOUT).action(async (options: ClientOptions) => {
    end(
      await withStore(options, async (store, printer) => {
        const snapshots = await store.listSnapshots();
        for (const snapshot of snapshots) {
          await printer.say(snapshotObject(snapshot), snapshotLine(snapshot));
        }
        if (snapshots.length === 0 && !printer.json) printer.note("there are no snapshots");
        return "ok";
      }),
    );
  });

  const remove = command.command("delete").description("Delete a snapshot");
  addClientOptions(remove.argument("<snapshot-id>", "Its name"), SHORT_TIMEOUT).action(
    async (snapshotId: string, options: ClientOptions) => {
      end(
        await withStore(options, async (store, printer) => {
          const deleted = await store.deleteSnapshot(snapshotId);
          await printer.say({ deleted }, deleted ? "deleted" : "there is no such snapshot");
          return deleted ? "ok" : "absent";
        }),
      );
    },
  );
}
