/** What is filled ahead rests as long as it is in time, and neither rests nor takes small slices when it is not. */

import { expect } from "chai";

import { FillPace } from "../../src/log/fill-pace.js";
import { KIB, MIB } from "../../src/base/index.js";
import { ManualClock, settle } from "../support/manual-clock.js";

interface Bench {
  readonly clock: ManualClock;
  readonly pace: FillPace;
  isAwaited: boolean;
}

function setUp(usedRatio: number): Bench {
  const clock = new ManualClock();
  const bench: Bench = {
    clock,
    pace: new FillPace({ clock, isAwaited: () => bench.isAwaited }),
    isAwaited: false,
  };
  bench.pace.follow(() => usedRatio);
  return bench;
}

async function isOver(rest: Promise<void> | undefined): Promise<boolean> {
  let over = false;
  void rest?.then(() => (over = true));
  await settle();
  return over;
}

describe("the pace of filling", () => {
  it("is urgent before there is a log", () => {
    const pace = new FillPace({ clock: new ManualClock(), isAwaited: () => false });
    expect(pace.sliceBytes(0)).to.equal(MIB);
    expect(pace.rest(0.9, 10)).to.equal(undefined);
  });

  it("rests three times as long as a slice took, while it is ahead of the log", async () => {
    const { clock, pace } = setUp(0.2);
    expect(pace.sliceBytes(0.5)).to.equal(128 * KIB);
    const rest = pace.rest(0.5, 2);
    await clock.advance(5);
    expect(await isOver(rest)).to.equal(false);
    await clock.advance(1);
    expect(await isOver(rest)).to.equal(true);
  });

  it("rests for a tenth of a second at the most", async () => {
    const { clock, pace } = setUp(0);
    const rest = pace.rest(0.5, 10_000);
    await clock.advance(100);
    expect(await isOver(rest)).to.equal(true);
  });

  it("is urgent when the log is more than half as far, and not right after a segment was begun", () => {
    const { pace } = setUp(0.4);
    expect(pace.sliceBytes(0.69)).to.equal(MIB);
    expect(pace.rest(0.69, 2)).to.equal(undefined);
    expect(pace.sliceBytes(0.71)).to.equal(128 * KIB);
    expect(setUp(0.04).pace.sliceBytes(0)).to.equal(128 * KIB);
  });

  it("rests no more once somebody waits", async () => {
    const bench = setUp(0);
    const rest = bench.pace.rest(0.5, 1000);
    expect(await isOver(rest)).to.equal(false);
    bench.isAwaited = true;
    bench.pace.wake();
    expect(await isOver(rest)).to.equal(true);
    expect(bench.pace.rest(0.5, 1000)).to.equal(undefined);
    expect(bench.clock.timerCount).to.equal(0);
  });
});
