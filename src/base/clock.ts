/** The clocks of the machine, passed in so that a test can move them. */

import { timeMs, type TimeMs } from "./types.js";

export interface Clock {
  /** What the machine believes the time to be. May step, both ways. */
  wallMs(): TimeMs;
  /** Milliseconds since some fixed moment, with fractions. Never steps. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`; the result cancels it. Does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Node.js fires timers of more than 2^31 - 1 ms at once; a caller that waits longer asks again. */
const TIMER_DELAY_MS_MAX = 2 ** 31 - 1;

export const SYSTEM_CLOCK: Clock = {
  wallMs: () => timeMs(Date.now()),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs, TIMER_DELAY_MS_MAX));
    timer.unref();
    return {
      cancel() {
        clearTimeout(timer);
      },
    };
  },
};
