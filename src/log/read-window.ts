/** A part of a file in memory, read ahead; never more than was asked for or a window's worth. */

import { isAllZero } from "../base/index.js";
import type { File } from "../disk/index.js";

/** How much is read at once. */
export const WINDOW_BYTES = 1024 * 1024;

export interface ReadWindowOptions {
  readonly file: File;
  /** Nothing from here on is read. */
  readonly endOffset: number;
  /** "parts": what was read is overwritten by what is read next, and no memory is asked for anew. */
  readonly steps?: "batches" | "parts";
}

export class ReadWindow {
  readonly #file: File;
  readonly #endOffset: number;
  /** Whether what was read shares memory with what is read next. */
  readonly #isReused: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor({ file, endOffset, steps }: ReadWindowOptions) {
    this.#file = file;
    this.#endOffset = endOffset;
    this.#isReused = steps === "parts";
  }

  /** Bytes from `offset` on, fewer than `length` only at the end. */
  async read(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.#endOffset - offset));
    const from = offset - this.#start;
    if (from < 0 || from + wanted > this.#bytes.length) {
      const ahead = Math.max(wanted, Math.min(WINDOW_BYTES, this.#endOffset - offset));
      if (!this.#isReused || this.#buffer.length < ahead) this.#buffer = Buffer.allocUnsafe(ahead);
      // Nothing is there to be found until the read has succeeded.
      this.#bytes = Buffer.alloc(0);
      const count = await this.#file.read(this.#buffer.subarray(0, ahead), offset);
      this.#bytes = this.#buffer.subarray(0, count);
      this.#start = offset;
      return this.#bytes.subarray(0, wanted);
    }
    return this.#bytes.subarray(from, from + wanted);
  }

  async isZeroFrom(offset: number): Promise<boolean> {
    for (let at = offset; at < this.#endOffset; at += WINDOW_BYTES) {
      const bytes = await this.read(at, WINDOW_BYTES);
      if (!isAllZero(bytes)) return false;
    }
    return true;
  }
}
