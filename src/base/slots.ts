/** Bounds how much of one kind of work is under way. Whoever waits holds nothing but its place in the line. */

import { assert } from "./assert.js";

export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `work` now, synchronously begun, or when its turn has come. */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) return this.#run(work);
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        this.#run(work).then(resolve, reject);
      });
    });
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    assert(this.#free > 0, "there is a free slot");
    this.#free--;
    try {
      return await work();
    } finally {
      this.#free++;
      this.#waiting.shift()?.();
    }
  }
}
