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

/** Makes the directory if need be and locks it. Throws STORE_LOCKED at once when another process has it. */
export async function lockDirectory(
  fileSystem: FileSystem,
  directory: string,
): Promise<DirectoryLock> {
  try {
    if (!(await fileSystem.exists(directory))) {
      await fileSystem.makeDirectory(directory);
      await fileSystem.syncDirectory(dirname(directory));
    }
  } catch (error) {
    const code = systemErrorCode(error) ?? String(error);
    throw new KvError(
      "BAD_CONFIGURATION",
      `data: cannot make the directory ${directory} (${code})`,
      {
        cause: error,
      },
    );
  }
  const lock = await fileSystem.lock(join(directory, LOCK_NAME));
  if (lock !== undefined) return lock;
  throw new KvError(
    "STORE_LOCKED",
    `${directory} is in use by another process: stop that server, or choose another directory`,
  );
}
