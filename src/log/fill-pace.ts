/**
 * How fast the next segment of the log is filled with zeros: in small slices with rests between them, so that commits hardly
 * notice, as long as it will be there in time; in large ones without a rest when it would not.
 *
 *   filled  ─── slice ─ rest ─ slice ─ rest ─►      the log needs it when the segment in use is full
 *   in use  ───────────────►
 */

import { KIB, MIB, type Clock } from "../base/index.js";

/** A kernel that copies a slice holds a processor, and a disk that takes it holds up a commit: for some tenths of a millisecond. */
const SLICE_BYTES = 128 * KIB;
/** A sync each costs less so. */
const URGENT_SLICE_BYTES = 1 * MIB;

/** A rest is so many times as long as the slice before it took, and bounded: meanwhile it may become urgent. */
const REST_RATIO = 3;
const REST_MS_MAX = 100;

/**
 * It is urgent when less of it is filled than this times the share of the segment in use that is used, of which a
 * little does not count: right after one was taken nothing is filled.
 */
const LEAD = 2;
const HEAD_START_RATIO = 0.05;

export interface FillPaceOptions {
  readonly clock: Clock;
  /** Whether somebody waits for what is being filled: there are no rests then. */
  readonly isAwaited: () => boolean;
}

export class FillPace {
  readonly #options: FillPaceOptions;
  #usedRatio: () => number = () => 1;
  #endRest: () => void = () => undefined;

  constructor(options: FillPaceOptions) {
    this.#options = options;
  }

  /** From now on the pace is that of a log whose segment in use is used to this share, 0 to 1. Before, all is urgent. */
  follow(usedRatio: () => number): void {
    this.#usedRatio = usedRatio;
  }

  /** Ends a rest: somebody began to wait. */
  wake(): void {
    this.#endRest();
  }

  /** Bytes of the next slice, when this share was filled. */
  sliceBytes(filledRatio: number): number {
    return this.#isUrgent(filledRatio) ? URGENT_SLICE_BYTES : SLICE_BYTES;
  }

  /** After a slice that took so long. Undefined: no rest. */
  rest(filledRatio: number, tookMs: number): Promise<void> | undefined {
    if (tookMs <= 0 || this.#isUrgent(filledRatio)) return undefined;
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(Math.min(REST_RATIO * tookMs, REST_MS_MAX), resolve);
      this.#endRest = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #isUrgent(filledRatio: number): boolean {
    return this.#options.isAwaited() || filledRatio < LEAD * (this.#usedRatio() - HEAD_START_RATIO);
  }
}
