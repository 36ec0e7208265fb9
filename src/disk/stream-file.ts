/**
 * Files that people hand to the program, read and written from end to end as streams: they may be pipes.
 * The store itself never uses these.
 */

import * as fs from "node:fs";
import type { Readable, Writable } from "node:stream";

import { TEMPORARY_SUFFIX } from "./atomic-file.js";

export interface InputFile {
  readonly bytes: Readable;
  /** Undefined where it cannot be known: a pipe, a terminal. */
  readonly sizeBytes: number | undefined;
}

export interface OutputFile {
  readonly bytes: Writable;
  /** Puts the file under its name. To be called once, after `bytes` finished. */
  commit(): Promise<void>;
  /** Leaves nothing behind of what was not committed. */
  abandon(): Promise<void>;
}

/** Fails at once, as the disk puts it, where there is no such file or it is a directory. */
export async function openInputFile(path: string): Promise<InputFile> {
  const handle = await fs.promises.open(path, "r");
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw Object.assign(new Error("EISDIR: it is a directory"), { code: "EISDIR", path });
  }
  return {
    bytes: handle.createReadStream(),
    sizeBytes: stats.isFile() ? stats.size : undefined,
  };
}

/**
 * A regular file is written aside and renamed when it is whole, so that a name never shows half of it;
 * a pipe or a device is written as it stands.
 */
export async function openOutputFile(path: string): Promise<OutputFile> {
  if (!(await isRegularOrAbsent(path))) {
    const handle = await fs.promises.open(path, "w");
    return {
      bytes: handle.createWriteStream(),
      commit: () => Promise.resolve(),
      abandon: () => Promise.resolve(),
    };
  }
  const aside = path + TEMPORARY_SUFFIX;
  const handle = await fs.promises.open(aside, "w").catch((error: unknown) => {
    // Whoever named the file knows nothing of the one beside it.
    throw Object.assign(error as NodeJS.ErrnoException, { path });
  });
  return {
    bytes: handle.createWriteStream({ flush: true }),
    commit: () => fs.promises.rename(aside, path),
    abandon: () => fs.promises.rm(aside, { force: true }),
  };
}

async function isRegularOrAbsent(path: string): Promise<boolean> {
  try {
    return (await fs.promises.stat(path)).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}
