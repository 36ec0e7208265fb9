/**
 * A small file that is replaced whole or not at all: written aside, synced, renamed, and the directory
 * synced. Whoever reads it after a power cut sees the old bytes or the new, never a mixture.
 *
 * The file aside can be allocated ahead, so that a disk that has filled up meanwhile does not stand in
 * the way of the next replacement.
 */

import { dirname } from "node:path";

import { systemErrorCode } from "../base/index.js";
import type { File, FileSystem } from "./file-system.js";

/** Files of ours that are not finished carry this ending; what is found with it at start is removed. */
export const TEMPORARY_SUFFIX = ".tmp";

/** Gives blocks of the disk back; false: there are none to give. */
export type MakeRoom = () => Promise<boolean>;

const NO_ROOM: MakeRoom = () => Promise.resolve(false);

/** What is allocated ahead, at least; the size of a block on most disks. */
const AHEAD_BYTES_MIN = 4096;

export class AtomicFile {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #aside: string;
  /** Open, with its blocks allocated, if there was room. */
  #ahead: File | undefined;

  constructor(fileSystem: FileSystem, path: string) {
    this.#fileSystem = fileSystem;
    this.#path = path;
    this.#aside = path + TEMPORARY_SUFFIX;
  }

  /**
   * Writes and syncs the bytes aside. A failure has changed nothing that anyone reads. Where there is no room to write
   * them, `makeRoom` is asked for some, until it has none; a sync that fails, for want of room even, is not made again.
   */
  async prepare(bytes: Uint8Array, makeRoom: MakeRoom = NO_ROOM): Promise<void> {
    const file = await this.#written(bytes, makeRoom);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Puts what was prepared in its place. After a failure nobody knows which of the two is there. */
  async commit(): Promise<void> {
    await this.#fileSystem.rename(this.#aside, this.#path);
    // Without syncing the directory, a power cut can undo the rename.
    await this.#fileSystem.syncDirectory(dirname(this.#path));
  }

  async replace(bytes: Uint8Array): Promise<void> {
    await this.prepare(bytes);
    await this.commit();
  }

  /** Allocates the file aside for a replacement twice the size. Without room, the next one must try anew. */
  async allocateAhead(sizeBytes: number): Promise<void> {
    if (this.#ahead !== undefined) return;
    try {
      const file = await this.#create();
      this.#ahead = file;
      await file.write(Buffer.alloc(Math.max(AHEAD_BYTES_MIN, 2 * sizeBytes)), 0);
      await file.sync();
    } catch {
      await this.discardAhead();
    }
  }

  /** Removes the file aside. */
  async discardAhead(): Promise<void> {
    await this.#ahead?.close().catch(() => undefined);
    this.#ahead = undefined;
    await this.#fileSystem.unlink(this.#aside).catch(() => undefined);
  }

  async #written(bytes: Uint8Array, makeRoom: MakeRoom): Promise<File> {
    for (;;) {
      try {
        return await this.#writtenNow(bytes);
      } catch (error) {
        const code = systemErrorCode(error);
        if ((code !== "ENOSPC" && code !== "EDQUOT") || !(await makeRoom())) throw error;
      }
    }
  }

  async #writtenNow(bytes: Uint8Array): Promise<File> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const file = ahead ?? (await this.#create());
    try {
      await file.write(bytes, 0);
      if (ahead !== undefined) await file.truncate(bytes.length);
      return file;
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  async #create(): Promise<File> {
    if (await this.#fileSystem.exists(this.#aside)) await this.#fileSystem.unlink(this.#aside);
    return this.#fileSystem.open(this.#aside, "create");
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
