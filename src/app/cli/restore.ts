/** `kvdb restore`: a new data directory, with a history of its own, from a snapshot's file. */

import type { Command } from "commander";

import { SYSTEM_CLOCK, systemErrorCode } from "../../base/index.js";
import { NodeFileSystem } from "../../disk/index.js";
import { exitOfServerError, type Exit } from "../exit-codes.js";
import { addJson } from "./client-command.js";
import { counted } from "./counted.js";
import { describeError } from "./describe-error.js";
import { Printer } from "./printer.js";

interface RestoreOptions {
  readonly data: string;
  readonly json?: true;
}

export function defineRestore(command: Command, end: (exit: Exit) => void): void {
  command
    .argument("<snapshot>", "The snapshot's file")
    .requiredOption("-d, --data <dir>", "The directory to build; it must not hold a store");
  addJson(command).action(async (snapshotPath: string, options: RestoreOptions) => {
    end(await restore(snapshotPath, options));
  });
}

async function restore(snapshotPath: string, options: RestoreOptions): Promise<Exit> {
  const { restoreSnapshot } = await import("../../kv/index.js");
  try {
    const result = await restoreSnapshot({
      fileSystem: new NodeFileSystem(),
      snapshotPath,
      directory: options.data,
      clock: SYSTEM_CLOCK,
    });
    const { keyCount, revision, historyId } = result;
    await new Printer({ json: options.json === true }).say(
      { key_count: keyCount, revision, history_id: historyId },
      `restored ${counted(keyCount, "key")} at revision ${String(revision)}, history ${historyId}`,
    );
    return "ok";
  } catch (error) {
    process.stderr.write(`kvdb: ${describeError(error)}\n`);
    return isAboutFile(error, snapshotPath) ? "file" : exitOfServerError(error);
  }
}

/** Whether the system refused the file that was named, rather than the directory to build. */
function isAboutFile(error: unknown, path: string): boolean {
  return systemErrorCode(error) !== undefined && (error as NodeJS.ErrnoException).path === path;
}
