/** Bounds how much of one kind of work is under way. Whoever waits holds nothing but its place in the line. */

import { assert } from "./assert.js";

export class Slots {
  readonly #count: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#count = count;
    this.#free = count;
  }

  /** Runs `work` now, synchronously begun, or when its turn has come. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.take();
    return turn === undefined ? this.#run(work) : turn.then(() => this.#run(work));
  }

  /** Undefined: a slot is taken. A promise: it is when that resolves. Each is given back once. */
  take(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Whoever has waited longest has the slot next. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    assert(this.#free < this.#count, "a slot is given back once");
    this.#free++;
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.giveBack();
    }
  }
}
