/** A small disk in memory, which is filled to its last block beside what a store keeps on it, and freed again. */

import { open, rm } from "node:fs/promises";
import { join } from "node:path";

import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { mountTmpfs, unmount } from "./tools.js";

const SLICE = Buffer.alloc(1024 * 1024);
const BLOCK_BYTES = 4096;

export class SmallDisk {
  /** Where the store may lie. */
  readonly data: string;
  readonly #mount: string;
  readonly #filler: string;

  private constructor(mount: string) {
    this.#mount = mount;
    this.data = join(mount, "data");
    this.#filler = join(mount, "filler");
  }

  /** Has `use` work on a disk of this size, which is gone after. */
  static async with<T>(sizeMiB: number, use: (disk: SmallDisk) => Promise<T>): Promise<T> {
    const disk = await SmallDisk.mount(sizeMiB);
    try {
      return await use(disk);
    } finally {
      await disk.unmount();
    }
  }

  /** A disk of this size, to be unmounted after use. */
  static async mount(sizeMiB: number): Promise<SmallDisk> {
    const mount = await makeTemporaryDirectory();
    try {
      mountTmpfs(mount, sizeMiB);
    } catch (error) {
      await removeDirectory(mount);
      throw error;
    }
    return new SmallDisk(mount);
  }

  /** It is gone, with all that was on it. */
  async unmount(): Promise<void> {
    unmount(this.#mount);
    await removeDirectory(this.#mount);
  }

  /** Takes every block that nobody has. */
  async fill(): Promise<void> {
    const file = await open(this.#filler, "a");
    try {
      for (let bytes = SLICE.length; bytes >= BLOCK_BYTES;) {
        try {
          await file.write(SLICE, 0, bytes);
        } catch (error) {
          if (!isFull(error)) throw error;
          bytes /= 2;
        }
      }
    } finally {
      await file.close();
    }
  }

  /** Gives back all that was taken. */
  async free(): Promise<void> {
    await rm(this.#filler, { force: true });
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOSPC";
}
