/**
 * A small file that is replaced whole or not at all: written aside, synced, renamed, and the directory
 * synced. Whoever reads it after a power cut sees the old bytes or the new, never a mixture.
 */

import { dirname } from "node:path";

import type { FileSystem } from "./file-system.js";

/** Files of ours that are not finished carry this ending; what is found with it at start is removed. */
export const TEMPORARY_SUFFIX = ".tmp";

export async function replaceFile(
  fileSystem: FileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const aside = path + TEMPORARY_SUFFIX;
  if (await fileSystem.exists(aside)) await fileSystem.unlink(aside);
  await writeNewFile(fileSystem, aside, bytes);
  await fileSystem.rename(aside, path);
  // Without syncing the directory, a power cut can undo the rename.
  await fileSystem.syncDirectory(dirname(path));
}

/** Writes a file that is not there yet and syncs its bytes, though not its name. */
async function writeNewFile(
  fileSystem: FileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const file = await fileSystem.open(path, "create");
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** All bytes of a file; fails past `sizeBytesMax`, before anything is allocated. */
export async function readWholeFile(
  fileSystem: FileSystem,
  path: string,
  sizeBytesMax: number,
): Promise<Buffer> {
  const file = await fileSystem.open(path, "read");
  try {
    const sizeBytes = await file.sizeBytes();
    if (sizeBytes > sizeBytesMax) {
      throw new Error(`${path} has ${String(sizeBytes)} bytes, more than ${String(sizeBytesMax)}`);
    }
    const bytes = Buffer.alloc(sizeBytes);
    const count = await file.read(bytes, 0);
    return bytes.subarray(0, count);
  } finally {
    await file.close();
  }
}
