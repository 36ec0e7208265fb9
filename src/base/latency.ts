/**
 * How long something that happens often took lately: counted in buckets of the logarithm of time, sixteen to each
 * doubling, as HdrHistogram does (Gil Tene, 2012). To count one costs a few nanoseconds and no memory.
 */

import type { Clock } from "./clock.js";

/**
 * How long those took that ended in a window of time. A quantile is never too short, and at most a sixteenth and a microsecond too
 * long; past 71 minutes only the longest is known.
 */
export interface Latency {
  /** How long the window is that ends now. */
  readonly windowMs: number;
  readonly count: number;
  /** Half of them took no longer; then 99 and 99.9 of a hundred. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Of the one that took longest, exact. */
  readonly maxMs: number;
}

/** The window is the running period and the whole one before it: so it forgets, and is never empty because one has just begun. */
export const LATENCY_PERIOD_MS = 60_000;

const US_PER_MS = 1000;

/** About 71 minutes; what takes longer is counted as that. */
const US_MAX = 2 ** 32 - 1;

/** The bits of a time that tell it from others of the same doubling. */
const PRECISION_BITS = 4;
const SHARES = 1 << PRECISION_BITS;
const BUCKETS = (33 - PRECISION_BITS) * SHARES;

export class RecentLatency {
  readonly #clock: Clock;
  readonly #startMs: number;
  #current = new Buckets();
  #previous = new Buckets();
  /** Of the clock, since the start. */
  #period = 0;
  #periodEndMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    this.#periodEndMs = this.#startMs + LATENCY_PERIOD_MS;
  }

  /** Counts what began then, by the monotonic clock, and ends now. */
  record(startMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#periodEndMs) this.#turn(nowMs);
    this.#current.add(nowMs - startMs);
  }

  /** Undefined: nothing has ended lately. */
  summary(): Latency | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#periodEndMs) this.#turn(nowMs);
    const recent = this.#previous.with(this.#current);
    const { count, maxMs } = recent;
    if (count === 0) return undefined;
    const before = Math.max(0, this.#period - 1);
    const windowMs = nowMs - this.#startMs - before * LATENCY_PERIOD_MS;
    return {
      windowMs,
      count,
      p50Ms: recent.quantileMs(0.5),
      p99Ms: recent.quantileMs(0.99),
      p999Ms: recent.quantileMs(0.999),
      maxMs,
    };
  }

  #turn(nowMs: number): void {
    const period = Math.floor((nowMs - this.#startMs) / LATENCY_PERIOD_MS);
    const isNext = period === this.#period + 1;
    [this.#previous, this.#current] = [this.#current, this.#previous];
    this.#current.clear();
    if (!isNext) this.#previous.clear();
    this.#period = period;
    this.#periodEndMs = this.#startMs + (period + 1) * LATENCY_PERIOD_MS;
  }
}

class Buckets {
  count = 0;
  maxMs = 0;
  readonly #counts = new Uint32Array(BUCKETS);

  add(ms: number): void {
    this.count += 1;
    if (ms > this.maxMs) this.maxMs = ms;
    const us = Math.min(ms * US_PER_MS, US_MAX) >>> 0;
    // Below two doublings' shares each microsecond has a bucket of its own.
    const shift = Math.max(0, 31 - PRECISION_BITS - Math.clz32(us));
    const bucket = shift * SHARES + (us >>> shift);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  clear(): void {
    this.count = 0;
    this.maxMs = 0;
    this.#counts.fill(0);
  }

  with(others: Buckets): Buckets {
    const all = new Buckets();
    all.count = this.count + others.count;
    all.maxMs = Math.max(this.maxMs, others.maxMs);
    all.#counts.set(this.#counts.map((count, bucket) => count + (others.#counts[bucket] ?? 0)));
    return all;
  }

  /** So long at most the given share of them took. */
  quantileMs(share: number): number {
    const wanted = Math.ceil(this.count * share);
    let bucket = 0;
    let below = this.#counts[0] ?? 0;
    while (below < wanted) {
      bucket += 1;
      below += this.#counts[bucket] ?? 0;
    }
    return Math.min(endUs(bucket) / US_PER_MS, this.maxMs);
  }
}

/** Where a bucket ends, and the next one begins. */
function endUs(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / SHARES) - 1);
  return (bucket - shift * SHARES + 1) * 2 ** shift;
}
