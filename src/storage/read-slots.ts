/**
 * Bounds the reads under way: each holds a buffer, and the disk gains nothing from hundreds at once.
 * Whoever waits holds nothing but its place in the line.
 */

import { assert } from "../base/index.js";

/** Node.js reads with four threads; some more keep them busy. */
const READS_MAX = 16;

export class ReadSlots {
  #free = READS_MAX;
  readonly #waiting: (() => void)[] = [];

  /** Runs `read` now, synchronously begun, or when its turn has come. */
  run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#free > 0) return this.#run(read);
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        this.#run(read).then(resolve, reject);
      });
    });
  }

  async #run<T>(read: () => Promise<T>): Promise<T> {
    assert(this.#free > 0, "there is a free slot");
    this.#free--;
    try {
      return await read();
    } finally {
      this.#free++;
      this.#waiting.shift()?.();
    }
  }
}
