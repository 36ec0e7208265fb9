/** Background work holds the event loop for a slice at a time, keeps its rate, and steps back for writers. */

import { expect } from "chai";

import { KvError } from "../../src/base/index.js";
import { Pace, type PaceOptions } from "../../src/storage/pace.js";
import { ManualClock, settle } from "../support/manual-clock.js";

/** What no slice may take, and what a pause may. */
const SLICE_MS_MAX = 2;
const PAUSE_MS = 2;

interface PaceBench {
  readonly clock: ManualClock;
  readonly stopping: AbortController;
  readonly pace: Pace;
}

function newBench(options: Partial<PaceOptions> = {}): PaceBench {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const pace = new Pace({
    clock,
    bytesPerSecond: Infinity,
    signal: stopping.signal,
    writersWait: () => undefined,
    ...options,
  });
  return { clock, stopping, pace };
}

/** Does pieces of work that take so long each, until the pace has it wait; returns that and how long it took. */
function workUntilRest(
  { clock, pace }: PaceBench,
  pieceMs: number,
  pieceBytes = 100,
): { readonly rest: Promise<void>; readonly workedMs: number; readonly pieces: number } {
  const startMs = clock.monotonicMs();
  for (let pieces = 1; pieces < 1_000_000; pieces++) {
    clock.pass(pieceMs);
    const rest = pace.spend(pieceBytes);
    if (rest !== undefined) return { rest, workedMs: clock.monotonicMs() - startMs, pieces };
  }
  throw new Error("the pace never had the work wait");
}

/** Resolves to whether the promise settles without the passing of time. */
async function settles(promise: Promise<void>): Promise<boolean> {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  await settle();
  return isSettled;
}

describe("the pace of background work", () => {
  for (const pieceMs of [0.001, 0.01, 0.1]) {
    it(`ends a slice in time when a piece takes ${String(pieceMs)} ms, again and again`, async () => {
      const bench = newBench();
      for (let slice = 0; slice < 20; slice++) {
        const { rest, workedMs } = workUntilRest(bench, pieceMs);
        expect(workedMs).to.be.at.most(SLICE_MS_MAX);
        expect(await settles(rest)).to.equal(true);
      }
    });
  }

  it("does not wait after each of many pieces that take no time worth speaking of", () => {
    expect(workUntilRest(newBench(), 0.001).pieces).to.be.greaterThan(100);
  });

  it("looks at the clock at once after a piece that is large", async () => {
    const bench = newBench();
    const { rest, pieces } = workUntilRest(bench, 3, 1_000_000);
    expect(pieces).to.equal(1);
    await rest;
  });

  it("begins the next slice when the wait ends, not when it began", async () => {
    const bench = newBench({ bytesPerSecond: 100_000 });
    const { rest } = workUntilRest(bench, 0, 20_000);
    await settle();
    await bench.clock.advance(200);
    await rest;
    expect(workUntilRest(bench, 0.01, 0).workedMs).to.be.greaterThan(0.1);
  });

  it("holds its rate over a long time", async () => {
    const bench = newBench({ bytesPerSecond: 1_000_000 });
    const startMs = bench.clock.monotonicMs();
    let bytes = 0;
    while (bytes < 3_000_000) {
      const { rest, pieces } = workUntilRest(bench, 0.01, 1000);
      bytes += pieces * 1000;
      for (let isOver = await settles(rest); !isOver; isOver = await settles(rest)) {
        await bench.clock.advance(1);
      }
    }
    expect(bench.clock.monotonicMs() - startMs).to.be.within(2900, 3100);
  });

  it("makes up for little of the time in which it could not work", async () => {
    const bench = newBench({ bytesPerSecond: 1_000_000 });
    bench.clock.pass(60_000);
    let bytes = 0;
    for (let isOver = true; isOver;) {
      const { rest, pieces } = workUntilRest(bench, 0, 10_000);
      bytes += pieces * 10_000;
      isOver = await settles(rest);
    }
    expect(bytes).to.be.within(100_000, 150_000);
  });

  it("waits for the writers that wait, and goes on as soon as they are served", async () => {
    let serve: () => void = () => undefined;
    let served: Promise<void> | undefined = new Promise((resolve) => {
      serve = resolve;
    });
    const bench = newBench({ writersWait: () => served });
    const { rest } = workUntilRest(bench, 0.01);
    expect(await settles(rest)).to.equal(false);
    served = undefined;
    serve();
    expect(await settles(rest)).to.equal(true);
    expect(bench.clock.timerCount).to.equal(0);
  });

  it("has a fifth of the time at the least when writers wait for ever", async () => {
    const bench = newBench({ writersWait: () => new Promise<void>(() => undefined) });
    const startMs = bench.clock.monotonicMs();
    let worked = 0;
    for (let slice = 0; slice < 50; slice++) {
      const { rest, workedMs } = workUntilRest(bench, 0.01);
      worked += workedMs;
      expect(await settles(rest)).to.equal(false);
      await bench.clock.advance(PAUSE_MS);
      expect(await settles(rest)).to.equal(true);
    }
    expect(worked / (bench.clock.monotonicMs() - startMs)).to.be.at.least(0.2);
  });

  it("pauses no longer when one writer follows the other than when one waits for ever", async () => {
    const { clock, pace } = newBench({ writersWait: () => settle(1) });
    const { rest } = workUntilRest({ clock, pace, stopping: new AbortController() }, 0.01);
    expect(await settles(rest)).to.equal(false);
    clock.pass(PAUSE_MS);
    expect(await settles(rest)).to.equal(true);
  });

  it("wakes for the end, and then refuses to go on", async () => {
    const bench = newBench({ writersWait: () => new Promise<void>(() => undefined) });
    const { rest } = workUntilRest(bench, 0.01);
    await settle();
    bench.stopping.abort();
    expect(await settles(rest)).to.equal(true);
    expect(() => bench.pace.spend(1)).to.throw(KvError, "closing");
  });
});
