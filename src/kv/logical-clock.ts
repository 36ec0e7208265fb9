/**
 * The time by which deadlines are judged. It never goes back, not even across a restart: it begins at
 * the newest commit time on disk, or at the wall clock if that is ahead. While running it follows the
 * monotonic clock, and is pulled gently towards the wall clock, so that a step of the wall clock
 * neither revives a key nor ends one early.
 */

import { timeMs, type Clock, type Logger, type TimeMs } from "../base/index.js";

/**
 * How fast a difference to the wall clock is made up for: five milliseconds a second. A TTL is never off by
 * more than that; an hour's step takes eight days. (adjtime(3) and chrony slew the same way, at rates
 * of 0.05 % and up to 8 %.)
 */
const SLEW_RATE = 0.005;

export interface ClockPolicy {
  /** A wall clock that is further ahead than this is not believed at once. */
  readonly maxStepMs: number;
  /** How long it must stay ahead to be believed. */
  readonly confirmAfterMs: number;
}

export interface ClockAlarm {
  readonly aheadMs: number;
  readonly sinceMs: TimeMs;
}

export class LogicalClock {
  readonly #clock: Clock;
  readonly #policy: ClockPolicy;
  readonly #logger: Logger;
  #logicalMs: number;
  #monotonicMs: number;
  #ahead: { readonly sinceMonotonicMs: number; readonly sinceMs: TimeMs } | undefined;
  #aheadMs = 0;

  constructor(clock: Clock, policy: ClockPolicy, logger: Logger) {
    this.#clock = clock;
    this.#policy = policy;
    this.#logger = logger;
    this.#logicalMs = clock.wallMs();
    this.#monotonicMs = clock.monotonicMs();
  }

  /** No time before this one is told any more: the newest commit time that recovery found. */
  raiseTo(markMs: TimeMs): void {
    this.#logicalMs = Math.max(this.#logicalMs, markMs);
  }

  /** Set while the wall clock is too far ahead to be believed. */
  get alarm(): ClockAlarm | undefined {
    return this.#ahead === undefined
      ? undefined
      : { aheadMs: this.#aheadMs, sinceMs: this.#ahead.sinceMs };
  }

  now(): TimeMs {
    const monotonicMs = this.#clock.monotonicMs();
    const elapsedMs = monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
    const wallMs = this.#clock.wallMs();
    const logicalMs = this.#logicalMs + elapsedMs;
    this.#logicalMs = logicalMs + this.#correction(wallMs - logicalMs, elapsedMs);
    return timeMs(Math.floor(this.#logicalMs));
  }

  /** What to add, given how far the wall clock is ahead; never as much back as time has passed. */
  #correction(aheadMs: number, elapsedMs: number): number {
    const slewMs = elapsedMs * SLEW_RATE;
    if (aheadMs <= this.#policy.maxStepMs) {
      if (this.#ahead !== undefined) {
        this.#ahead = undefined;
        this.#logger.info({}, "the wall clock is no longer far ahead");
      }
      return aheadMs >= 0 ? Math.min(aheadMs, slewMs) : -Math.min(-aheadMs, slewMs);
    }
    this.#aheadMs = Math.round(aheadMs);
    if (this.#ahead === undefined) {
      const { confirmAfterMs } = this.#policy;
      this.#logger.warn(
        { aheadMs: this.#aheadMs, confirmAfterMs },
        "the wall clock is too far ahead to be believed at once: keys expire by the monotonic clock",
      );
      const sinceMs = timeMs(Math.floor(this.#logicalMs));
      this.#ahead = { sinceMonotonicMs: this.#monotonicMs, sinceMs };
    }
    const sinceMs = this.#monotonicMs - this.#ahead.sinceMonotonicMs;
    if (sinceMs < this.#policy.confirmAfterMs) return 0;
    this.#ahead = undefined;
    this.#logger.warn({ aheadMs: this.#aheadMs }, "the wall clock has stayed ahead: believing it");
    return aheadMs;
  }
}
