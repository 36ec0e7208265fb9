/** A large file that appears under its name whole or not at all. */

import { dirname } from "node:path";

import { TEMPORARY_SUFFIX } from "./atomic-file.js";
import type { File, FileSystem } from "./file-system.js";
import { SteadyFile } from "./steady-file.js";

/**
 * Has `write` fill a new file aside, syncs it as it grows, gives it its name, and syncs the directory. When it throws,
 * nothing is left behind, as far as the disk lets it be removed.
 */
export async function writeAside<T>(
  fileSystem: FileSystem,
  path: string,
  write: (file: File) => Promise<T>,
): Promise<T> {
  const aside = path + TEMPORARY_SUFFIX;
  const file = new SteadyFile(await fileSystem.open(aside, "create"));
  let name = aside;
  try {
    const written = await write(file);
    await file.sync();
    await file.close();
    await fileSystem.rename(aside, path);
    name = path;
    await fileSystem.syncDirectory(dirname(path));
    return written;
  } catch (error) {
    await file.close().catch(() => undefined);
    await fileSystem.unlink(name).catch(() => undefined);
    throw error;
  }
}
