/** One process a directory, by a lock that the kernel drops when the process ends. */

import { dirname, join } from "node:path";

import { KvError, systemErrorCode } from "../base/index.js";
import type { DirectoryLock, FileSystem } from "../disk/index.js";
import { MANIFEST_NAME } from "../log/index.js";

export const LOCK_NAME = "LOCK";

/** Whether there is a store in the directory, healthy or not. */
export function storeExists(fileSystem: FileSystem, directory: string): Promise<boolean> {
  return fileSystem.exists(join(directory, MANIFEST_NAME));
}

/** What is wrong with a directory that will not do, however often it is tried; other troubles may pass. */
const UNUSABLE: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  ENOENT: "its parent is not there",
  ENOTDIR: "it, or a part of its path, is not a directory",
  EPERM: "it is not permitted",
  EROFS: "the disk is read-only",
};

/** Errors of a directory that is not ours. */
const FOREIGN: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS"]);

/**
 * Makes the directory if need be and locks it. Throws STORE_LOCKED at once when another process has it, and
 * BAD_CONFIGURATION when it cannot be a store's directory.
 */
export async function lockDirectory(
  fileSystem: FileSystem,
  directory: string,
): Promise<DirectoryLock> {
  const lock = await makeAndLock(fileSystem, directory).catch((error: unknown) => {
    const code = systemErrorCode(error) ?? "";
    const reason = UNUSABLE[code];
    if (reason === undefined) throw error;
    throw new KvError(
      "BAD_CONFIGURATION",
      `data: cannot use the directory ${directory}: ${reason} (${code})`,
      { cause: error },
    );
  });
  if (lock !== undefined) return lock;
  throw lockedElsewhere(directory);
}

export function lockedElsewhere(directory: string): KvError {
  return new KvError(
    "STORE_LOCKED",
    `${directory} is in use by another process: stop that server, or choose another directory`,
  );
}

async function makeAndLock(
  fileSystem: FileSystem,
  directory: string,
): Promise<DirectoryLock | undefined> {
  if (!(await fileSystem.exists(directory))) {
    await fileSystem.makeDirectory(directory);
    await fileSystem.syncDirectory(dirname(directory));
  } else if (!(await storeExists(fileSystem, directory))) {
    await syncNameOf(fileSystem, directory);
  }
  return fileSystem.lock(join(directory, LOCK_NAME));
}

/** Whoever made the directory may have been cut off before its name was durable, and all in it with it. */
async function syncNameOf(fileSystem: FileSystem, directory: string): Promise<void> {
  try {
    await fileSystem.syncDirectory(dirname(directory));
  } catch (error) {
    // A parent that we may not open is one in which we made nothing.
    if (!FOREIGN.has(systemErrorCode(error) ?? "")) throw error;
  }
}
