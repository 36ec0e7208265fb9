/**
 * Work driven in slices, as a server does it that has other things to do: about a millisecond of it, then a
 * turn of the event loop. A timer of a millisecond in the same loop sees how long a turn takes at worst: what
 * it finds beyond a slice is growth, copying or the garbage collector.
 */

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

/** Longest time between two calls of a timer of a millisecond, less that millisecond. */
export class StallSampler {
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();
  #longestMs = 0;

  constructor() {
    this.#timer = setInterval(() => {
      this.#look();
    }, 1);
  }

  /** The longest since the last time it was asked. */
  takeLongestMs(): number {
    this.#look();
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs - 1);
    this.#lastMs = nowMs;
  }
}
