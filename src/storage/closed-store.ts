/**
 * A store that no process has open, to be read and left as it is: its lock is held meanwhile, and not a byte
 * of it is changed.
 */

import { join } from "node:path";

import { KvError, systemErrorCode } from "../base/index.js";
import { ReadOnlyFileSystem, type DirectoryLock, type FileSystem } from "../disk/index.js";
import { MANIFEST_NAME } from "../log/index.js";
import { CHECKPOINTS_DIRECTORY } from "./checkpoint-state.js";
import { lockedElsewhere, LOCK_NAME } from "./directory-lock.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";
import { SNAPSHOTS_DIRECTORY } from "./snapshot-format.js";
import { isSegmentName } from "./temporary-files.js";

export interface ClosedStoreOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Work whose signal aborts ends with CANCELLED at its next read. */
  readonly signal?: AbortSignal | undefined;
  /** Told of what is no damage and yet worth knowing. `file` is relative to the directory, empty for itself. */
  readonly onNote: (file: string, note: string) => void;
  /** Told how much was read so far, often. */
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
}

export interface ReadProgress {
  readonly doneBytes: number;
  /** Of all files; each is about as much as is read of it. */
  readonly totalBytes: number;
}

/** The store while it is read. */
export interface ClosedStore {
  /** Reads, and refuses everything else. */
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Names in the folders of the store, sorted; none where a folder is missing. */
  readonly names: Readonly<Record<"segments" | "checkpoints" | "snapshots", readonly string[]>>;
  readonly hasManifest: boolean;
  readonly sizeBytes: number;
}

/** Runs `use` with the store in the directory. Throws STORE_ABSENT, STORE_LOCKED, or what `use` throws. */
export async function withClosedStore<T>(
  options: ClosedStoreOptions,
  use: (store: ClosedStore) => Promise<T>,
): Promise<T> {
  const { directory, signal, onProgress } = options;
  let doneBytes = 0;
  let totalBytes = 0;
  const fileSystem = new ReadOnlyFileSystem(options.fileSystem, (bytes) => {
    if (signal?.aborted === true) throw new KvError("CANCELLED", "it was interrupted");
    doneBytes += bytes;
    onProgress?.({ doneBytes: Math.min(doneBytes, totalBytes), totalBytes });
  });
  await throwIfAbsent(fileSystem, directory);
  const lock = await lockUnchanged(options);
  try {
    const store = await describe(fileSystem, directory);
    totalBytes = store.sizeBytes;
    if (!store.hasManifest && !store.names.segments.some(isSegmentName)) throw absent(directory);
    return await use(store);
  } finally {
    await lock?.release();
  }
}

async function throwIfAbsent(fileSystem: FileSystem, directory: string): Promise<void> {
  const names = await namesIn(fileSystem, directory);
  if (!names.includes(MANIFEST_NAME) && !names.includes(SEGMENTS_DIRECTORY)) {
    throw absent(directory);
  }
}

function absent(directory: string): KvError {
  return new KvError("STORE_ABSENT", `there is no store in ${directory}`);
}

/** Takes the lock if its file is there: making it would change the directory, and who opens a store makes it first. */
async function lockUnchanged(options: ClosedStoreOptions): Promise<DirectoryLock | undefined> {
  const { fileSystem, directory, onNote } = options;
  const path = join(directory, LOCK_NAME);
  if (!(await fileSystem.exists(path))) {
    onNote("", "it has no LOCK, so it is read without one: no server may open it meanwhile");
    return undefined;
  }
  try {
    const lock = await fileSystem.lock(path);
    if (lock === undefined) throw lockedElsewhere(directory);
    return lock;
  } catch (error) {
    if (systemErrorCode(error) !== "EROFS") throw error;
    onNote("", "its disk is read-only, so it is read without the lock");
    return undefined;
  }
}

async function describe(fileSystem: FileSystem, directory: string): Promise<ClosedStore> {
  const names = {
    segments: await namesIn(fileSystem, join(directory, SEGMENTS_DIRECTORY)),
    checkpoints: await namesIn(fileSystem, join(directory, CHECKPOINTS_DIRECTORY)),
    snapshots: await namesIn(fileSystem, join(directory, SNAPSHOTS_DIRECTORY)),
  };
  let sizeBytes = 0;
  for (const [folder, inFolder] of Object.entries(names)) {
    for (const name of inFolder)
      sizeBytes += await sizeOf(fileSystem, join(directory, folder, name));
  }
  const hasManifest = await fileSystem.exists(join(directory, MANIFEST_NAME));
  return { fileSystem, directory, names, hasManifest, sizeBytes };
}

async function namesIn(fileSystem: FileSystem, directory: string): Promise<readonly string[]> {
  try {
    return await fileSystem.list(directory);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** 0 where it cannot be told: it only says how much there is to do. */
async function sizeOf(fileSystem: FileSystem, path: string): Promise<number> {
  try {
    const file = await fileSystem.open(path, "read");
    try {
      return await file.sizeBytes();
    } finally {
      await file.close();
    }
  } catch {
    return 0;
  }
}
