/** One follower: it sleeps until there is something to tell, and what it does not ask for is counted. */

import { expect } from "chai";

import { BYTES_ORDER } from "../../src/base/index.js";
import { FeedRecord } from "../../src/kv/feed-record.js";
import { Follower } from "../../src/kv/follower.js";
import { toStretch, type KeyStretch } from "../../src/kv/key-range.js";
import { ONLY_EXPIRATIONS } from "../../src/kv/subscription.js";
import { Turns } from "../../src/kv/turns.js";
import { RecordType } from "../../src/storage/index.js";
import { durableChange } from "../support/feed-records.js";
import { ManualClock, settle } from "../support/manual-clock.js";

const record = (key: string, valueBytes = 0): FeedRecord =>
  new FeedRecord(durableChange({ key, valueBytes }));

interface SetUp {
  readonly clock: ManualClock;
  readonly abort: AbortController;
  readonly follower: Follower;
  readonly cuts: () => number;
}

const MINE = toStretch({ kind: "prefix", prefix: Buffer.from("mine/") }, BYTES_ORDER);

function setUp(stretch: KeyStretch = MINE): SetUp {
  const clock = new ManualClock();
  const abort = new AbortController();
  let cuts = 0;
  const follower = new Follower({
    stretches: [stretch],
    kinds: ONLY_EXPIRATIONS,
    bufferBytesMax: 100,
    clock,
    turns: new Turns(),
    signal: abort.signal,
    onCut: () => {
      cuts += 1;
    },
    onNews: (each) => {
      each.wake();
    },
  });
  return { clock, abort, follower, cuts: () => cuts };
}

/** Whether a wait has ended by now. */
async function hasEnded(wait: Promise<void>): Promise<boolean> {
  let isOver = false;
  void wait.then(() => {
    isOver = true;
  });
  await settle(2);
  return isOver;
}

const never = (): boolean => false;

describe("a follower that sleeps", () => {
  for (const [what, wake] of [
    ["something is published", ({ follower }: SetUp) => follower.offer(record("mine/a"))],
    ["it is woken", ({ follower }: SetUp) => follower.wake()],
    ["it has gone", ({ abort }: SetUp) => abort.abort()],
    ["the time has passed", ({ clock }: SetUp) => void clock.advance(50)],
  ] as const) {
    it(`wakes when ${what}, and leaves no timer`, async () => {
      const bench = setUp();
      const wait = bench.follower.wait(50, never);
      expect(await hasEnded(wait)).to.equal(false);
      expect(bench.clock.timerCount).to.equal(1);
      wake(bench);
      expect(await hasEnded(wait)).to.equal(true);
      expect(bench.clock.timerCount).to.equal(0);
    });
  }

  it("does not sleep through what was published before it lay down", async () => {
    const { follower } = setUp();
    follower.beginYield();
    follower.offer(record("mine/a"));
    follower.endYield();
    expect(await hasEnded(follower.wait(50, never))).to.equal(true);
    expect(await hasEnded(follower.wait(50, never))).to.equal(false);
  });

  it("does not lie down when it is over, or has gone", async () => {
    const { follower, abort } = setUp();
    expect(await hasEnded(follower.wait(50, () => true))).to.equal(true);
    abort.abort();
    expect(await hasEnded(follower.wait(50, never))).to.equal(true);
  });

  it("knows how long it was silent", () => {
    const { follower, clock } = setUp();
    clock.pass(30);
    expect(follower.silentMs()).to.equal(30);
    follower.beginYield();
    follower.endYield();
    expect(follower.silentMs()).to.equal(0);
  });
});

describe("a follower that is live", () => {
  it("has waiting what it wants alone, in order, once", () => {
    const { follower } = setUp();
    follower.offer(record("mine/before"));
    expect(follower.isLive).to.equal(false);
    follower.goLive();
    for (const key of ["mine/a", "other", "mine/b"]) follower.offer(record(key));
    follower.offer(new FeedRecord(durableChange({ key: "mine/c", type: RecordType.SET })));
    const keysOf = (): string[] => follower.take().map(({ key }) => key.toString());
    expect(keysOf()).to.deep.equal(["mine/a", "mine/b"]);
    expect(keysOf()).to.deep.equal([]);
  });

  it("holds what it is still to tell, and lets go of what it has told", () => {
    const { follower } = setUp();
    const [early, wanted, late] = [record("mine/a"), record("mine/b"), record("mine/c")];
    const held = (): boolean[] => [early, wanted, late].map(({ isHeld }) => isHeld);
    follower.offer(early);
    follower.goLive();
    follower.offer(wanted);
    expect(held(), "waiting").to.deep.equal([false, true, false]);
    follower.take();
    follower.offer(late);
    expect(held(), "being told").to.deep.equal([false, true, true]);
    follower.take();
    expect(held(), "told").to.deep.equal([false, false, true]);
    void follower.wait(50, never);
    follower.wake();
    expect(held(), "asleep").to.deep.equal([false, false, false]);
    follower.offer(late);
    follower.fallBehind();
    expect(held(), "behind").to.deep.equal([false, false, false]);
    follower.takeFound([early, wanted]);
    follower.takeFound([wanted, late]);
    expect(held(), "found").to.deep.equal([false, true, true]);
    follower.fallBehind();
    expect(held(), "behind again").to.deep.equal([false, false, false]);
  });

  it("falls behind, and holds nothing, when too much waits for it", () => {
    const { follower } = setUp();
    follower.goLive();
    for (let count = 0; count <= 10_000; count += 1) follower.offer(record("mine/a"));
    expect([follower.isLive, follower.isCut]).to.deep.equal([false, false]);
    expect(follower.take()).to.deep.equal([]);
  });
});

describe("a follower that does not ask", () => {
  it("is cut past the bound, once, by what it wants alone", () => {
    const { follower, cuts } = setUp();
    follower.beginYield();
    follower.offer(record("other", 5000));
    follower.offer(record("mine/a", 94));
    expect([follower.isCut, cuts()]).to.deep.equal([false, 0]);
    follower.offer(record("mine/b"));
    follower.offer(record("mine/c"));
    expect([follower.isCut, cuts()]).to.deep.equal([true, 1]);
  });

  it("is matched with a glob in turns of its own, not while a commit waits", async () => {
    const glob = toStretch({ kind: "glob", pattern: "*mine*" }, BYTES_ORDER);
    let matchCount = 0;
    const matches = (key: Buffer): boolean => {
      matchCount += 1;
      return glob.matches(key);
    };
    const { follower, cuts } = setUp({ ...glob, matches });
    follower.beginYield();
    follower.offer(record("other", 5000));
    follower.offer(record("mine/a", 94));
    expect(matchCount).to.equal(0);
    await settle();
    expect([matchCount, cuts()]).to.deep.equal([2, 0]);
    follower.offer(record("mine/b"));
    follower.offer(record("mine/c"));
    expect(cuts()).to.equal(0);
    await settle();
    expect([follower.isCut, cuts()]).to.deep.equal([true, 1]);
  });

  it("counts nothing with a glob that it has asked for meanwhile", async () => {
    const { follower, cuts } = setUp(toStretch({ kind: "glob", pattern: "*mine*" }, BYTES_ORDER));
    follower.beginYield();
    follower.offer(record("mine/a", 5000));
    follower.endYield();
    follower.beginYield();
    follower.offer(record("mine/a", 50));
    await settle();
    expect(cuts()).to.equal(0);
  });

  it("has no more than so many records wait to be matched with its glob", () => {
    const { follower, cuts } = setUp(toStretch({ kind: "glob", pattern: "*mine*" }, BYTES_ORDER));
    follower.beginYield();
    for (let count = 0; count < 20_000; count += 1) follower.offer(record("other"));
    expect(cuts(), "the rest counts as if it were wanted").to.equal(1);
  });

  it("starts anew when it asks in time", () => {
    const { follower, cuts } = setUp();
    for (let round = 0; round < 5; round += 1) {
      follower.beginYield();
      follower.offer(record("mine/a", 80));
      follower.endYield();
      follower.offer(record("mine/a", 5000));
    }
    expect(cuts()).to.equal(0);
  });
});
