/**
 * Keeps background work from being noticed. It holds the event loop for a slice at a time, keeps to a byte
 * rate, and steps back while writers wait for the disk:
 *
 *   a slice ──► the loop's turn ──► writers wait? a pause, of PAUSE_MS_MAX at the most ──► the next slice
 *
 * The pause is bounded, so that work never starves: under a load that never lets up it still has
 * SLICE_MS of every SLICE_MS + PAUSE_MS_MAX, a fifth of its speed.
 */

import { KvError, type Clock } from "../base/index.js";

/** Work between two turns of the event loop: 2 ms is what nobody may notice, and one step may overrun it. */
const SLICE_MS = 0.5;

const PAUSE_MS_MAX = 2;

/** The clock is looked at after so many pieces or bytes: a look costs little, but a piece may cost less. */
const LOOK_PIECES = 8;
const LOOK_BYTES = 16 * 1024;

/** What was left undone of a rate, while work was held up, is made up for no further than this. */
const CATCH_UP_MS_MAX = 100;

/** So far may work run ahead of its rate: a sleep that is shorter is not worth a timer. */
const SLEEP_MS_MIN = 10;

export interface PaceOptions {
  readonly clock: Clock;
  /** Infinity: no rate. */
  readonly bytesPerSecond: number;
  /** Work whose signal aborts ends with DRAINING at the next step. */
  readonly signal: AbortSignal;
  /** Undefined: no writer waits. Else a promise that settles when those have been served; never rejects. */
  readonly writersWait: () => Promise<void> | undefined;
}

export class Pace {
  readonly #options: PaceOptions;
  #sliceEndMs: number;
  /** When the work would be at its rate. */
  #dueMs: number;
  #pieces = 0;
  #bytes = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    const nowMs = options.clock.monotonicMs();
    this.#sliceEndMs = nowMs + SLICE_MS;
    this.#dueMs = nowMs;
  }

  /**
   * Accounts for a piece of work that was done; undefined when there is no reason to wait. Throws DRAINING
   * when the work is to end.
   */
  spend(bytes: number): Promise<void> | undefined {
    const { signal } = this.#options;
    if (signal.aborted) throw new KvError("DRAINING", "the store is closing");
    return this.take(bytes);
  }

  /** As `spend`, for work that must go on to its end; without bytes, where the rate does not count them. */
  take(bytes = 0): Promise<void> | undefined {
    const { clock } = this.#options;
    this.#pieces++;
    this.#bytes += bytes;
    if (this.#pieces < LOOK_PIECES && this.#bytes < LOOK_BYTES) return undefined;
    const nowMs = clock.monotonicMs();
    this.#account(nowMs);
    const isSliceOver = nowMs >= this.#sliceEndMs;
    return isSliceOver || this.#dueMs - nowMs >= SLEEP_MS_MIN ? this.#rest() : undefined;
  }

  #account(nowMs: number): void {
    const { bytesPerSecond } = this.#options;
    this.#dueMs = Math.max(this.#dueMs, nowMs - CATCH_UP_MS_MAX);
    this.#dueMs += (this.#bytes / bytesPerSecond) * 1000;
    this.#pieces = 0;
    this.#bytes = 0;
  }

  async #rest(): Promise<void> {
    const { clock, signal } = this.#options;
    await yieldToLoop();
    await this.#stepBack();
    const waitMs = this.#dueMs - clock.monotonicMs();
    if (waitMs >= SLEEP_MS_MIN && !signal.aborted) await this.#sleep(waitMs);
    this.#sliceEndMs = clock.monotonicMs() + SLICE_MS;
  }

  /** Waits while writers do, for a bounded time. */
  async #stepBack(): Promise<void> {
    const { clock, signal, writersWait } = this.#options;
    const untilMs = clock.monotonicMs() + PAUSE_MS_MAX;
    for (let served = writersWait(); served !== undefined; served = writersWait()) {
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0 || signal.aborted) return;
      await this.#sleep(leftMs, served);
    }
  }

  /** Until the time is over, the work is to end, or what it waits for has happened. */
  #sleep(waitMs: number, event?: Promise<void>): Promise<void> {
    const { clock, signal } = this.#options;
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = clock.after(waitMs, wake);
      signal.addEventListener("abort", wake);
      void event?.then(wake);
    });
  }
}

/** Lets everything that waits have its turn. */
export function yieldToLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
