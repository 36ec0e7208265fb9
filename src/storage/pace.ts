/** Keeps background work from being noticed: it yields to the event loop, and holds a byte rate. */

import { KvError, type Clock } from "../base/index.js";

/** Work between two yields, in bytes and in pieces: little, so that calls get their turn. */
const SLICE_BYTES = 256 * 1024;
const SLICE_PIECES = 250;

export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  readonly #signal: AbortSignal;
  readonly #startedAtMs: number;
  #bytes = 0;
  #sliceBytes = 0;
  #slicePieces = 0;

  /** Infinity: no rate, only yields. Work whose signal aborts ends with DRAINING at the next step. */
  constructor(clock: Clock, bytesPerSecond: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#signal = signal;
    this.#startedAtMs = clock.monotonicMs();
  }

  /** Accounts for a piece of work that was done; undefined when there is no reason to wait. */
  spend(bytes: number): Promise<void> | undefined {
    if (this.#signal.aborted) throw new KvError("DRAINING", "the store is closing");
    this.#bytes += bytes;
    this.#sliceBytes += bytes;
    this.#slicePieces++;
    if (this.#sliceBytes >= SLICE_BYTES) return this.#endSlice();
    if (this.#slicePieces < SLICE_PIECES) return undefined;
    this.#slicePieces = 0;
    return yieldToLoop();
  }

  /** Sleeps where the work is ahead of its rate. */
  #endSlice(): Promise<void> {
    this.#sliceBytes = 0;
    this.#slicePieces = 0;
    const dueMs = this.#startedAtMs + (this.#bytes / this.#bytesPerSecond) * 1000;
    const waitMs = dueMs - this.#clock.monotonicMs();
    return waitMs < 1 ? yieldToLoop() : this.#sleep(waitMs);
  }

  #sleep(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = this.#clock.after(waitMs, wake);
      this.#signal.addEventListener("abort", wake);
    });
  }
}

/** Lets everything that waits have its turn. */
export function yieldToLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
