/** A small disk in memory, which is filled to its last block beside what a store keeps on it, and freed again. */

import { open, rm } from "node:fs/promises";
import { join } from "node:path";

import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { mountTmpfs, unmount } from "./tools.js";

const SLICE = Buffer.alloc(1024 * 1024);
const BLOCK_BYTES = 4096;

export class SmallDisk {
  /** Where the store may lie. */
  readonly data: string;
  readonly #filler: string;

  private constructor(mount: string) {
    this.data = join(mount, "data");
    this.#filler = join(mount, "filler");
  }

  /** Has `use` work on a disk of this size, which is gone after. */
  static async with<T>(sizeMiB: number, use: (disk: SmallDisk) => Promise<T>): Promise<T> {
    return withTemporaryDirectory(async (mount) => {
      mountTmpfs(mount, sizeMiB);
      try {
        return await use(new SmallDisk(mount));
      } finally {
        unmount(mount);
      }
    });
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
