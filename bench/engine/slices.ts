/**
 * Work driven in slices, as a server does it that has other things to do: about a millisecond of it, then a
 * turn of the event loop. A timer of a millisecond in the same loop sees how long a turn takes at worst: what
 * it finds beyond a slice is growth, copying or the garbage collector.
 */

import { MainThread } from "./main-thread.js";

const SLICE_MS = 1;
/** The clock is not read after every operation. */
const OPERATIONS_PER_LOOK = 16;

/** Runs `operation` for each number below `count`; returns the milliseconds that it took. */
export async function runInSlices(
  count: number,
  operation: (number: number) => void,
): Promise<number> {
  const startMs = performance.now();
  for (let number = 0; number < count;) {
    const endMs = performance.now() + SLICE_MS;
    do {
      const end = Math.min(count, number + OPERATIONS_PER_LOOK);
      while (number < end) operation(number++);
    } while (number < count && performance.now() < endMs);
    await nextTurn();
  }
  return performance.now() - startMs;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export interface Stalls {
  /** The longest time between two calls of a timer of a millisecond, less that millisecond. */
  readonly wallMs: number;
  /**
   * The most that the event loop's own thread worked between two calls: without what it waited for a processor that others
   * had, be it other programs or the threads that V8 collects garbage with.
   */
  readonly ownMs: number;
}

export class StallSampler {
  readonly #timer: NodeJS.Timeout;
  readonly #thread = new MainThread();
  #lastMs = performance.now();
  #lastOwnMs = this.#thread.workedMs();
  #wallMs = 0;
  #ownMs = 0;

  constructor() {
    this.#timer = setInterval(() => {
      this.#look();
    }, 1);
  }

  /** Since the last time it was asked. */
  takeLongest(): Stalls {
    this.#look();
    const longest = { wallMs: this.#wallMs, ownMs: this.#ownMs };
    this.#wallMs = 0;
    this.#ownMs = 0;
    return longest;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#thread.close();
  }

  #look(): void {
    const nowMs = performance.now();
    const nowOwnMs = this.#thread.workedMs();
    const wallMs = nowMs - this.#lastMs - 1;
    this.#wallMs = Math.max(this.#wallMs, wallMs);
    // Where only the whole process is known, it may be more than the time.
    this.#ownMs = Math.max(this.#ownMs, Math.min(wallMs, nowOwnMs - this.#lastOwnMs));
    this.#lastMs = nowMs;
    this.#lastOwnMs = nowOwnMs;
  }
}
