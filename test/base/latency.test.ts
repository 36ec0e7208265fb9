/** How long things took lately: quantiles close to those of the times themselves, and a window that moves on. */

import { expect } from "chai";
import fc from "fast-check";

import { LATENCY_PERIOD_MS, RecentLatency, type Latency } from "../../src/base/index.js";
import { ManualClock } from "../support/manual-clock.js";

/** Where a bucket is widest beside what it holds. */
const TOO_LONG_MAX = 1 / 16;

const US_MS = 0.001;

/** Has each of them end now, one after the other. */
function recordAll(latency: RecentLatency, clock: ManualClock, spansMs: readonly number[]): void {
  for (const spanMs of spansMs) latency.record(clock.monotonicMs() - spanMs);
}

function summaryOf(spansMs: readonly number[]): Latency | undefined {
  const clock = new ManualClock();
  const latency = new RecentLatency(clock);
  recordAll(latency, clock, spansMs);
  return latency.summary();
}

/** No more than the given share of them took longer. */
function exactQuantile(spansMs: readonly number[], share: number): number {
  const sorted = [...spansMs].sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
}

describe("how long things took lately", () => {
  it("is never told too short, nor more than a sixteenth and a microsecond too long", () => {
    // From less than a microsecond to an hour, each doubling as often as any other.
    const span = fc.double({ min: -12, max: 21, noNaN: true }).map((power) => 2 ** power);
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 2000 }), (spansMs) => {
        const summary = summaryOf(spansMs);
        expect(summary?.count).to.equal(spansMs.length);
        expect(summary?.maxMs).to.be.closeTo(Math.max(...spansMs), 1e-9);
        for (const [name, share] of [
          ["p50Ms", 0.5],
          ["p99Ms", 0.99],
          ["p999Ms", 0.999],
        ] as const) {
          const exact = exactQuantile(spansMs, share);
          expect(summary?.[name], name).to.be.at.least(exact - 1e-9);
          expect(summary?.[name], name).to.be.at.most(exact * (1 + TOO_LONG_MAX) + US_MS + 1e-9);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is told to the microsecond where it is short", () => {
    const summary = summaryOf([...Array<number>(98).fill(0.0075), 0.0205, 0.031]);
    expect(summary).to.deep.include({ p50Ms: 0.008, p99Ms: 0.021 });
    expect(summary?.maxMs).to.be.closeTo(0.031, 1e-9);
  });

  it("is unknown when nothing has ended, and is as long as it was beyond the longest bucket", () => {
    expect(summaryOf([])).to.equal(undefined);
    const yearMs = 365 * 86_400_000;
    expect(summaryOf([yearMs])).to.deep.include({ count: 1, maxMs: yearMs });
  });

  it("is of the running period and the whole one before it", () => {
    const clock = new ManualClock();
    const latency = new RecentLatency(clock);
    const told = (): Latency | undefined => latency.summary();
    clock.pass(1000);
    recordAll(latency, clock, [5]);
    expect(told()).to.include({ windowMs: 1000, count: 1, maxMs: 5 });
    clock.pass(LATENCY_PERIOD_MS);
    recordAll(latency, clock, [2, 2]);
    expect(told()).to.include({ windowMs: LATENCY_PERIOD_MS + 1000, count: 3, maxMs: 5 });
    clock.pass(LATENCY_PERIOD_MS);
    expect(told()).to.include({ windowMs: LATENCY_PERIOD_MS + 1000, count: 2, maxMs: 2 });
    recordAll(latency, clock, [1]);
    expect(told()).to.include({ count: 3, maxMs: 2 });
    clock.pass(LATENCY_PERIOD_MS - 1000);
    expect(told()).to.include({ windowMs: LATENCY_PERIOD_MS, count: 1, maxMs: 1 });
  });

  it("forgets all after a while in which nothing ended", () => {
    const clock = new ManualClock();
    const latency = new RecentLatency(clock);
    recordAll(latency, clock, [5, 6]);
    clock.pass(2 * LATENCY_PERIOD_MS);
    expect(latency.summary()).to.equal(undefined);
    recordAll(latency, clock, [1]);
    clock.pass(5.5 * LATENCY_PERIOD_MS);
    recordAll(latency, clock, [3]);
    expect(latency.summary()).to.include({ windowMs: 1.5 * LATENCY_PERIOD_MS, count: 1, maxMs: 3 });
  });
});
