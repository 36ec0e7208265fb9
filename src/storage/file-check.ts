/** Verifies the files of a store that stand for themselves: checkpoints and snapshots. */

import { join } from "node:path";

import { findingIn, isKvError, type Finding } from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import { checkCheckpointFile } from "../keydir/index.js";
import { checkpointFileName, checkpointLabel, CHECKPOINTS_DIRECTORY } from "./checkpoint-state.js";
import { readSnapshotFile } from "./snapshot-file.js";
import { snapshotFileName, SNAPSHOTS_DIRECTORY } from "./snapshot-format.js";

/** What a verification tells on its way. */
export interface CheckWatcher {
  readonly onFinding: (finding: Finding) => void;
  /** Told of the bytes of each step; a promise is waited for, and what it throws ends the work. */
  readonly spend: (bytes: number) => Promise<void> | undefined;
}

interface Place {
  readonly fileSystem: FileSystem;
  readonly directory: string;
}

export type CheckedCheckpoint = Awaited<ReturnType<typeof checkCheckpointFile>>;

/** Throws what the disk says. One of another program's format is no finding. */
export async function checkCheckpoint(
  { fileSystem, directory }: Place,
  number: number,
  watcher: CheckWatcher,
): Promise<CheckedCheckpoint> {
  const path = join(directory, CHECKPOINTS_DIRECTORY, checkpointFileName(number));
  const checked = await checkCheckpointFile(fileSystem, path, watcher.spend);
  if (checked.kind === "damaged") {
    const { offset, problem } = checked;
    watcher.onFinding({ file: checkpointLabel(number), offset, problem });
  }
  return checked;
}

/** Throws what the disk says. Returns why it is of no use to this program, if so, which is no finding. */
export async function checkSnapshot(
  { fileSystem, directory }: Place,
  snapshotId: string,
  { onFinding, spend }: CheckWatcher,
): Promise<string | undefined> {
  const name = snapshotFileName(snapshotId);
  const label = `${SNAPSHOTS_DIRECTORY}/${name}`;
  const path = join(directory, SNAPSHOTS_DIRECTORY, name);
  try {
    await readSnapshotFile(
      fileSystem,
      path,
      async (record) => {
        const pause = spend(record.key.length + record.value.length);
        if (pause !== undefined) await pause;
      },
      label,
    );
  } catch (error) {
    if (isKvError(error, "STORE_TOO_NEW")) return error.message;
    const finding = findingIn(error);
    if (finding === undefined) throw error;
    onFinding(finding);
  }
  return undefined;
}
