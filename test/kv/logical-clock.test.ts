/** Logical time never goes back, never runs off, and believes a far step of the wall clock only in time. */

import { expect } from "chai";
import fc from "fast-check";

import { SILENT_LOGGER, timeMs } from "../../src/base/index.js";
import { LogicalClock } from "../../src/kv/logical-clock.js";
import { ManualClock } from "../support/manual-clock.js";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const POLICY = { maxStepMs: HOUR_MS, confirmAfterMs: 10 * MINUTE_MS };
const SLEW_RATE = 0.005;

interface SetUp {
  readonly clock: ManualClock;
  readonly logical: LogicalClock;
  /** Lets time pass, asking every second, as a server with calls does. */
  readonly run: (durationMs: number) => number;
}

function setUp(): SetUp {
  const clock = new ManualClock();
  const logical = new LogicalClock(clock, POLICY, SILENT_LOGGER);
  const run = (durationMs: number): number => {
    const beforeMs = logical.now();
    for (let passedMs = 0; passedMs < durationMs; passedMs += SECOND_MS) {
      clock.pass(SECOND_MS);
      logical.now();
    }
    return logical.now() - beforeMs;
  };
  return { clock, logical, run };
}

describe("logical time", () => {
  it("is the wall clock's where nothing is wrong", () => {
    const { clock, logical, run } = setUp();
    expect(logical.now()).to.equal(clock.wallMs());
    expect(run(HOUR_MS)).to.equal(HOUR_MS);
    expect(logical.now()).to.equal(clock.wallMs());
    expect(logical.alarm).to.equal(undefined);
  });

  it("begins at the newest commit time if that is ahead", () => {
    const { clock, logical } = setUp();
    const markMs = timeMs(clock.wallMs() + HOUR_MS);
    logical.raiseTo(markMs);
    expect(logical.now()).to.equal(markMs);
    logical.raiseTo(timeMs(markMs - 5000));
    expect(logical.now()).to.equal(markMs);
  });

  it("goes on when the wall clock steps back, a little slower, until they meet", () => {
    const { clock, logical, run } = setUp();
    clock.stepWall(-10 * SECOND_MS);
    const passedMs = run(1000 * SECOND_MS);
    expect(passedMs).to.be.closeTo(1000 * SECOND_MS * (1 - SLEW_RATE), 10);
    run(1500 * SECOND_MS);
    expect(logical.now()).to.equal(clock.wallMs());
  });

  it("goes a little faster when the wall clock steps forward, until they meet", () => {
    const { clock, logical, run } = setUp();
    clock.stepWall(10 * SECOND_MS);
    const passedMs = run(1000 * SECOND_MS);
    expect(passedMs).to.be.closeTo(1000 * SECOND_MS * (1 + SLEW_RATE), 10);
    run(1500 * SECOND_MS);
    expect(logical.now()).to.equal(clock.wallMs());
  });

  it("does not believe a far step ahead before it has stayed", () => {
    const { clock, logical, run } = setUp();
    clock.stepWall(2 * HOUR_MS);
    const sinceMs = logical.now();
    expect(run(9 * MINUTE_MS)).to.equal(9 * MINUTE_MS);
    expect(logical.alarm).to.deep.equal({ aheadMs: 2 * HOUR_MS, sinceMs });
    run(MINUTE_MS);
    expect(logical.now()).to.equal(clock.wallMs());
    expect(logical.alarm).to.equal(undefined);
    expect(run(HOUR_MS)).to.equal(HOUR_MS);
  });

  it("forgets a far step that was taken back, and counts the next from its own beginning", () => {
    const { clock, logical, run } = setUp();
    clock.stepWall(2 * HOUR_MS);
    run(9 * MINUTE_MS);
    clock.stepWall(-2 * HOUR_MS);
    expect(run(9 * MINUTE_MS)).to.equal(9 * MINUTE_MS);
    expect(logical.alarm).to.equal(undefined);
    clock.stepWall(2 * HOUR_MS);
    expect(run(9 * MINUTE_MS)).to.equal(9 * MINUTE_MS);
    expect(logical.alarm).not.to.equal(undefined);
  });

  it("is not moved by a step back of years", () => {
    const { clock, run } = setUp();
    clock.stepWall(-10 * 365 * 24 * HOUR_MS);
    expect(run(HOUR_MS)).to.be.closeTo(HOUR_MS * (1 - SLEW_RATE), 10);
  });

  it("never goes back and never strays, whatever the clocks do", () => {
    const anyMove = fc.oneof(
      fc.record({ passMs: fc.double({ min: 0, max: 3 * HOUR_MS, noNaN: true }) }),
      fc.record({ stepMs: fc.integer({ min: -3 * HOUR_MS, max: POLICY.maxStepMs / 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 20 }), (moves) => {
        const clock = new ManualClock();
        const logical = new LogicalClock(clock, POLICY, SILENT_LOGGER);
        let beforeMs = logical.now();
        let aheadMs = 0;
        for (const move of moves) {
          if ("stepMs" in move) clock.stepWall(move.stepMs);
          else clock.pass(move.passMs);
          aheadMs = Math.max(aheadMs, clock.wallMs() - beforeMs);
          const passedMs = "passMs" in move ? move.passMs : 0;
          const nowMs = logical.now();
          expect(nowMs).to.be.at.least(beforeMs);
          expect(nowMs - beforeMs).to.be.at.least(Math.floor(passedMs * (1 - SLEW_RATE)) - 1);
          // No step of these adds up to one that would be believed at once.
          if (aheadMs < POLICY.maxStepMs) {
            expect(nowMs - beforeMs).to.be.at.most(passedMs * (1 + SLEW_RATE) + 2);
          }
          beforeMs = nowMs;
        }
      }),
      { numRuns: 300 },
    );
  });
});
