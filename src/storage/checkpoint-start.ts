/** Where a start begins: with the newest checkpoint that can be used, or with nothing. */

import { join } from "node:path";

import { keyOrderOf, NO_REVISION, timeMs, type Revision, type TimeMs } from "../base/index.js";
import { Keydir, readCheckpointFile } from "../keydir/index.js";
import type { Manifest } from "../log/index.js";
import {
  checkpointFileName,
  checkpointLabel,
  checkpointNumberOf,
  CHECKPOINTS_DIRECTORY,
  KnownSegments,
  problemWithState,
  type CheckpointState,
} from "./checkpoint-state.js";
import type { StorageOptions } from "./storage-options.js";

/** A checkpoint that is whole on disk. */
export interface CheckpointFile {
  readonly number: number;
  readonly revision: Revision;
  readonly createTimeMs: TimeMs;
  readonly sizeBytes: number;
}

export interface Start {
  readonly keydir: Keydir;
  /** The keydir is the state right after this revision. */
  readonly revision: Revision;
  readonly logicalTimeMs: TimeMs;
  readonly segments: KnownSegments;
  /** Absent: the whole log is read. */
  readonly file: CheckpointFile | undefined;
  /** The highest revision that any checkpoint calls durable, and which one does. */
  readonly durable: { readonly revision: Revision; readonly label: string };
}

/** Tries one checkpoint after the other, the newest first. One that is of no use is named in the log. */
export async function findStart(options: StorageOptions, manifest: Manifest): Promise<Start> {
  const { fileSystem, logger } = options;
  const directory = join(options.directory, CHECKPOINTS_DIRECTORY);
  const live = manifest.segments.filter((segment) => segment.state !== "retired");
  const order = keyOrderOf(manifest.keyOrder);
  const { historyVersions: versionsMax, replyEntriesMax: repliesMax } = options;
  let durable: Start["durable"] = { revision: NO_REVISION, label: "" };
  for (const number of await listCheckpoints(options)) {
    const label = checkpointLabel(number);
    const path = join(directory, checkpointFileName(number));
    const read = await readCheckpointFile(fileSystem, path, ({ storeId }, state) =>
      storeId.equals(manifest.storeId)
        ? problemWithState(state as CheckpointState, manifest, versionsMax)
        : "it is of another store",
    );
    if (read.header?.storeId.equals(manifest.storeId) === true) {
      // What an intact header calls durable was, whatever became of the pages.
      if (read.header.revision > durable.revision) {
        durable = { revision: read.header.revision, label };
      }
    }
    if (read.kind === "unusable") {
      logger.warn({ checkpoint: label, problem: read.problem }, "passed over a checkpoint");
      continue;
    }
    const { revision, logicalTimeMs, createTimeMs } = read.header;
    return {
      keydir: new Keydir({ order, versionsMax, repliesMax, loaded: read.loaded }),
      revision,
      logicalTimeMs,
      segments: new KnownSegments(read.state as CheckpointState, live),
      file: { number, revision, createTimeMs, sizeBytes: read.sizeBytes },
      durable,
    };
  }
  return {
    keydir: new Keydir({ order, versionsMax, repliesMax }),
    revision: NO_REVISION,
    logicalTimeMs: timeMs(0),
    segments: new KnownSegments(undefined, live),
    file: undefined,
    durable,
  };
}

/** The numbers of the checkpoints there are, the newest first. */
export async function listCheckpoints(
  options: Pick<StorageOptions, "fileSystem" | "directory">,
): Promise<number[]> {
  const names = await options.fileSystem.list(join(options.directory, CHECKPOINTS_DIRECTORY));
  return names
    .map(checkpointNumberOf)
    .filter((number) => number !== undefined)
    .sort((left, right) => right - left);
}
