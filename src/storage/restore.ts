/**
 * Builds a new data directory from a snapshot. The manifest is written last: before it is there, the
 * directory is no store, and a restore that was cut can be begun again in an empty one.
 */

import { randomBytes } from "node:crypto";
import { join } from "node:path";

import {
  KvError,
  MIB,
  NO_REVISION,
  revision,
  segmentId,
  type Clock,
  type Revision,
} from "../base/index.js";
import { TEMPORARY_SUFFIX, type FileSystem } from "../disk/index.js";
import {
  MANIFEST_NAME,
  ManifestFile,
  publishSegment,
  STORE_ID_BYTES,
  type LogRecord,
  type ManifestSegment,
} from "../log/index.js";
import { CompactedSegment } from "./compacted-segment.js";
import { LOCK_NAME, lockDirectory } from "./directory-lock.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";
import { readSnapshotFile } from "./snapshot-file.js";
import { SNAPSHOTS_DIRECTORY, type SnapshotHeader } from "./snapshot-format.js";

const SEGMENT_BYTES = 64 * MIB;

export interface RestoreOptions {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly snapshotPath: string;
  /** Where the new store shall be: a directory that is empty or not there yet. */
  readonly directory: string;
  /** About how large a segment grows, in bytes. Default: 64 MiB. */
  readonly segmentBytes?: number;
}

export interface RestoreResult {
  readonly keyCount: number;
  readonly revision: Revision;
  readonly historyId: string;
}

/** Throws STORE_EXISTS, STORE_LOCKED, CORRUPT, STORE_TOO_NEW or what the disk says. */
export async function restoreSnapshot(options: RestoreOptions): Promise<RestoreResult> {
  const { fileSystem, directory } = options;
  const lock = await lockDirectory(fileSystem, directory);
  try {
    const names = await strangersIn(fileSystem, directory);
    if (names.length > 0) {
      throw new KvError(
        "STORE_EXISTS",
        `${directory} is not empty (${names.slice(0, 3).join(", ")}): restore into a new directory`,
      );
    }
    return await restoreInto(options);
  } finally {
    await lock.release();
  }
}

/** What is in the directory beside what a restore that failed leaves there. */
async function strangersIn(fileSystem: FileSystem, directory: string): Promise<string[]> {
  const strangers: string[] = [];
  for (const name of await fileSystem.list(directory)) {
    const isFolder = name === SEGMENTS_DIRECTORY || name === SNAPSHOTS_DIRECTORY;
    const isOurs = isFolder && (await fileSystem.list(join(directory, name))).length === 0;
    if (name !== LOCK_NAME && !isOurs) strangers.push(name);
  }
  return strangers;
}

async function restoreInto(options: RestoreOptions): Promise<RestoreResult> {
  const { fileSystem, clock, directory, snapshotPath, segmentBytes = SEGMENT_BYTES } = options;
  const segmentsDirectory = join(directory, SEGMENTS_DIRECTORY);
  await fileSystem.makeDirectory(segmentsDirectory);
  await fileSystem.makeDirectory(join(directory, SNAPSHOTS_DIRECTORY));
  await fileSystem.syncDirectory(directory);
  const storeId = randomBytes(STORE_ID_BYTES);
  const outputs: CompactedSegment[] = [];
  const add = async (record: LogRecord, header: SnapshotHeader): Promise<void> => {
    let output = outputs.at(-1);
    if (output === undefined || output.sizeBytes > segmentBytes) {
      // At once, not with all others: each that is open costs a descriptor and a buffer.
      await output?.finish(header.revision);
      output = await CompactedSegment.create({
        fileSystem,
        directory: segmentsDirectory,
        storeId,
        id: segmentId(outputs.length + 1),
        createTimeMs: clock.wallMs(),
      });
      outputs.push(output);
    }
    await output.add(record);
  };
  try {
    const { header, footer } = await readSnapshotFile(fileSystem, snapshotPath, add);
    await outputs.at(-1)?.finish(header.revision);
    await fileSystem.syncDirectory(segmentsDirectory);
    const historyId = randomBytes(STORE_ID_BYTES).toString("hex");
    const manifest = new ManifestFile(fileSystem, directory, {
      formatVersion: header.formatVersion,
      storeId,
      historyId,
      keyOrder: header.keyOrder,
      createTimeMs: clock.wallMs(),
      generation: 0,
      nextSegmentId: segmentId(outputs.length + 1),
      feedFloor: revision(header.revision + 1),
      durableRevision: header.revision,
      commitTimeMs: footer.logicalTimeMs,
      // It is the logical time already; commits that a wrong clock stamped later do not count again.
      timeMarkRevision: header.revision,
      // A snapshot has the newest versions only; a store that keeps more begins when it is opened.
      historyVersions: 1,
      historySince: NO_REVISION,
      segments: outputs.map(listRestored),
    });
    await manifest.swap((current) => current);
    for (const output of outputs) {
      await publishSegment(fileSystem, segmentsDirectory, output.stats.id);
    }
    return { keyCount: footer.keyCount, revision: header.revision, historyId };
  } catch (error) {
    // Once the manifest names the segments they are a store, whatever failed after.
    if (!(await mayBeStore(fileSystem, directory))) {
      for (const output of outputs) await output.discard();
      const aside = join(directory, MANIFEST_NAME + TEMPORARY_SUFFIX);
      await fileSystem.unlink(aside).catch(() => undefined);
    }
    throw error;
  }
}

/** Whether there is a manifest; also where nobody can tell. */
async function mayBeStore(fileSystem: FileSystem, directory: string): Promise<boolean> {
  try {
    return await fileSystem.exists(join(directory, MANIFEST_NAME));
  } catch {
    return true;
  }
}

function listRestored({ stats }: CompactedSegment): ManifestSegment {
  return {
    id: stats.id,
    kind: "compacted",
    state: "closed",
    endOffset: stats.endOffset,
    baseRevision: NO_REVISION,
    isSealed: true,
  };
}
