/** The feed from memory and from the log alike: each expiration once, in order; who is slow is cut. */

import { expect } from "chai";

import { MIB, revision, type Timer } from "../../src/base/index.js";
import { followExpirations } from "../../src/kv/expiration-events.js";
import type { ExpirationBatch, WatchExpirationsQuery } from "../../src/kv/index.js";
import { commit, expireChange, setChange, type EngineBench } from "../support/engine.js";
import { watchOf } from "../support/follower.js";
import { closeParts, openParts, type KvParts } from "../support/kv-parts.js";
import { ManualClock, settle } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";

const fromStart = { start: { kind: "revision", revision: revision(1) } } as const;

/** Room for more than the feed keeps in memory. */
const LARGE = { segmentBytes: 4 * MIB, startSegmentBytes: 4 * MIB };

/** Counts how often someone lies down to sleep for as long as a follower does. */
class CountingClock extends ManualClock {
  longTimerCount = 0;

  override after(delayMs: number, run: () => void): Timer {
    if (delayMs > 10_000) this.longTimerCount += 1;
    return super.after(delayMs, run);
  }
}

/** Each look at it finds it half a second later. */
class HastyClock extends ManualClock {
  override monotonicMs(): number {
    this.pass(500);
    return super.monotonicMs();
  }
}

interface Stream {
  readonly batches: AsyncGenerator<ExpirationBatch, void, undefined>;
  readonly abort: AbortController;
  readonly cuts: number;
}

function follow({ feed }: KvParts, more: Partial<WatchExpirationsQuery> = {}): Stream {
  const abort = new AbortController();
  let cuts = 0;
  const onCut = (): void => {
    cuts += 1;
  };
  const batches = followExpirations(feed, watchOf(more), { signal: abort.signal, onCut });
  return {
    batches,
    abort,
    get cuts() {
      return cuts;
    },
  };
}

async function next({ batches }: Stream): Promise<ExpirationBatch> {
  const result = await batches.next();
  if (result.done === true) throw new Error("the stream has ended");
  return result.value;
}

/** Events as "revision.index", until there are so many. */
async function collect(stream: Stream, count: number): Promise<string[]> {
  const events: string[] = [];
  while (events.length < count) {
    const batch = await next(stream);
    events.push(
      ...batch.expirations.map((each) => `${String(each.revision)}.${String(each.index)}`),
    );
  }
  return events;
}

/** Sets so many keys, then expires them in one transaction; the names of its events. */
async function expireTogether(
  bench: EngineBench,
  count: number,
  value: string | Buffer,
): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, at) => `key-${String(at)}`);
  await commit(bench, ...keys.map((key) => setChange(key, "")));
  const expired = await commit(bench, ...keys.map((key) => expireChange(key, value)));
  return keys.map((_, at) => `${String(expired)}.${String(at)}`);
}

describe("the feed of expirations", () => {
  it("goes over from the log to memory without a gap, however much memory had to forget", async () => {
    const parts = await openParts({ ...LARGE, bufferBytesMax: 64 * MIB });
    const value = Buffer.alloc(60_000, 1);
    const expected: string[] = [];
    const told: string[] = [];
    const early = follow(parts, fromStart);
    await next(early);
    for (let round = 0; round < 60; round += 1) {
      expected.push(...(await expireTogether(parts, 3, value)));
      if (round === 30) told.push(...(await collect(early, 3)));
    }
    told.push(...(await collect(early, expected.length - told.length)));
    expect(told, "of one that was behind").to.deep.equal(expected);
    const late = follow(parts, fromStart);
    expect(await collect(late, expected.length)).to.deep.equal(expected);
    expected.push(...(await expireTogether(parts, 3, value)));
    expect(await collect(late, 3)).to.deep.equal(expected.slice(-3));
    await closeParts(parts);
  });

  it("goes on in the middle of a transaction, from memory and from the log", async () => {
    const parts = await openParts();
    const events = await expireTogether(parts, 5, "value");
    const at = { revision: revision(2), index: 2 };
    const start = { kind: "resume-token", token: parts.tokens.resumeToken(at) } as const;
    expect(await collect(follow(parts, { start }), 2)).to.deep.equal(events.slice(3));
    await closeParts(parts);

    const again = await openParts({ disk: parts.disk });
    expect(await collect(follow(again, { start }), 2)).to.deep.equal(events.slice(3));
    await closeParts(again);
  });

  it("says how far it is while it reads the log and finds nothing to tell", async () => {
    const parts = await openParts({ ...LARGE, segmentBytes: 1024 * 1024 });
    for (let round = 0; round < 12; round += 1) {
      await expireTogether(parts, 8, Buffer.alloc(60_000, 1));
    }
    const newest = parts.engine.durableRevision;
    await closeParts(parts);
    const again = await openParts({ disk: parts.disk, manualClock: new HastyClock() });
    const range = { kind: "prefix", prefix: Buffer.from("other") } as const;
    const stream = follow(again, { ...fromStart, range, progressIntervalMs: 1000 });
    const marks: number[] = [];
    while ((marks.at(-1) ?? 0) < newest) {
      let isMarked = false;
      const mark = next(stream).finally(() => (isMarked = true));
      // Where nothing is left to read, it sleeps until it is time for the last one.
      while (!(isMarked as boolean)) await again.clock.advance(1000);
      marks.push((await mark).progress?.revision ?? 0);
    }
    expect(marks.length).to.be.greaterThan(2);
    expect(marks).to.deep.equal([...marks].sort((one, other) => one - other));
    await closeParts(again);
  });

  it("dates a mark no later than what is still to be told, from the log and from memory", async () => {
    const manualClock = new ManualClock();
    const options = { ...LARGE, segmentBytes: MIB, bufferBytesMax: 64 * MIB, manualClock };
    const parts = await openParts(options);
    const durableMs = new Map<number, number>();
    const end = async (): Promise<void> => {
      manualClock.pass(100_000);
      await expireTogether(parts, 8, Buffer.alloc(60_000, 1));
      durableMs.set(parts.engine.durableRevision, manualClock.wallMs());
    };
    /** How old each mark is, up to the one that reaches the revision; it is time for one after every message. */
    const agesOfMarks = async (stream: Stream, upTo: number): Promise<number[]> => {
      const ages: number[] = [];
      for (let reached = 0; reached < upTo;) {
        let isTold = false;
        const told = next(stream).finally(() => (isTold = true));
        while (!(isTold as boolean)) await manualClock.advance(10);
        const { progress } = await told;
        manualClock.pass(20);
        if (progress === undefined) continue;
        reached = progress.revision;
        for (const [revisionOf, atMs] of durableMs) {
          if (revisionOf <= reached) continue;
          expect(progress.timeMs, `of revision ${String(reached)}`).to.be.at.most(atMs);
        }
        ages.push(manualClock.wallMs() - progress.timeMs);
      }
      return ages;
    };
    for (let round = 0; round < 12; round += 1) await end();
    const behind = follow(parts, { ...fromStart, progressIntervalMs: 10 });
    const ages = await agesOfMarks(behind, parts.engine.durableRevision);
    expect(ages[0], "where it begins").to.be.at.least(11 * 100_000);
    expect(ages.at(-1), "where it has caught up").to.be.below(100_000);
    // What is published while it does not ask is told later, and so is the time of it.
    for (let round = 0; round < 3; round += 1) await end();
    expect(await agesOfMarks(behind, parts.engine.durableRevision)).to.have.lengthOf.above(0);
    await closeParts(parts);
  });

  it("does not say that a revision is whole of which something is still to be told", async () => {
    const parts = await openParts();
    await expireTogether(parts, 5, "value");
    const token = parts.tokens.resumeToken({ revision: revision(2), index: 2 });
    const stream = follow(parts, { start: { kind: "resume-token", token } });
    expect((await next(stream)).progress?.revision).to.equal(1);
    await closeParts(parts);
  });

  it("gives batches of a bounded size, each with a token that goes on behind it", async () => {
    const parts = await openParts(LARGE);
    const events = await expireTogether(parts, 30, Buffer.alloc(20_000, 1));
    const stream = follow(parts, fromStart);
    await next(stream);
    const first = await next(stream);
    const count = first.expirations.length;
    expect(count).to.be.within(2, 20);
    const start = { kind: "resume-token", token: first.resumeToken } as const;
    expect(await collect(follow(parts, { start }), 30 - count)).to.deep.equal(events.slice(count));
    await closeParts(parts);
  });

  it("tells nobody of what is not durable", async () => {
    const parts = await openParts();
    const stream = follow(parts);
    await next(stream);
    await commit(parts, setChange("key", "value"));
    parts.disk.addFault({ verbs: ["write"], path: /segments/, code: "EIO", lasts: "for-good" });
    let told = 0;
    const waiting = next(stream).then(() => {
      told += 1;
    });
    await commit(parts, expireChange("key", "value")).catch(() => undefined);
    await settle();
    expect(told).to.equal(0);
    expect(parts.failures).to.have.lengthOf(1);
    stream.abort.abort();
    await waiting.catch(() => undefined);
  });

  it("cuts who does not ask, once, with a token from which nothing is missed", async () => {
    const parts = await openParts({ bufferBytesMax: 500 });
    const stream = follow(parts);
    const { resumeToken } = await next(stream);
    const events = await expireTogether(parts, 4, "v".repeat(100));
    expect(stream.cuts).to.equal(0);
    events.push(...(await expireTogether(parts, 4, "v".repeat(100))));
    expect(stream.cuts).to.equal(1);
    const error = await kvRejectionOf(stream.batches.next(), "SLOW_FOLLOWER");
    expect(error.metadata.resume_token).to.equal(resumeToken);
    expect(error.retryAfterMs).to.be.greaterThan(0);
    const start = { kind: "resume-token", token: resumeToken } as const;
    expect(await collect(follow(parts, { start }), 8)).to.deep.equal(events);
    expect(parts.feed.followerCount).to.equal(1);
    await closeParts(parts);
  });

  it("does not count what a follower does not want", async () => {
    const parts = await openParts({ bufferBytesMax: 500 });
    const stream = follow(parts, { range: { kind: "prefix", prefix: Buffer.from("other") } });
    await next(stream);
    await expireTogether(parts, 20, "v".repeat(100));
    expect(stream.cuts).to.equal(0);
    stream.abort.abort();
    await closeParts(parts);
  });

  it("lets go of who has gone, and of their timers", async () => {
    const parts = await openParts();
    const streams = [follow(parts), follow(parts)];
    for (const stream of streams) await next(stream);
    const before = parts.clock.timerCount;
    const waiting = streams.map((stream) => stream.batches.next());
    await settle();
    expect(parts.feed.followerCount).to.equal(2);
    expect(parts.clock.timerCount).to.equal(before + 2);
    for (const { abort } of streams) abort.abort();
    expect(await Promise.all(waiting)).to.deep.equal([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(parts.feed.followerCount).to.equal(0);
    expect(parts.clock.timerCount).to.equal(before);
    await closeParts(parts);
  });

  it("matches with a glob in turns, so that it holds nobody up", async () => {
    const parts = await openParts(LARGE);
    const names = Array.from({ length: 100 }, (_, at) => "a".repeat(60) + String(at));
    await commit(parts, ...names.map((name) => setChange(name, "")));
    await commit(parts, ...names.map((name) => expireChange(name, "")));
    const pattern = `*${"a".repeat(1000)}b`;
    const stream = follow(parts, { ...fromStart, range: { kind: "glob", pattern } });
    await next(stream);
    await settle();
    await parts.clock.advance(100);
    const before = parts.clock.timerCount;
    let turnCount = 0;
    const waiting = stream.batches.next();
    while (parts.clock.timerCount === before && turnCount < 1000) {
      await settle(1);
      turnCount += 1;
    }
    expect(turnCount, "turns until it sleeps").to.be.within(4, 100);
    stream.abort.abort();
    await waiting;
    await closeParts(parts);
  });

  it("wakes nobody for a commit that ended no key", async () => {
    const manualClock = new CountingClock();
    const parts = await openParts({ manualClock });
    const stream = follow(parts);
    await next(stream);
    const waiting = next(stream);
    await settle();
    const before = manualClock.longTimerCount;
    for (let count = 0; count < 5; count += 1) await commit(parts, setChange("key", "value"));
    await settle();
    expect(manualClock.longTimerCount, "sleeps begun").to.equal(before);
    await commit(parts, expireChange("key", "value"));
    expect((await waiting).expirations[0]?.revision).to.equal(6);
    const mark = next(stream);
    await commit(parts, setChange("key", "value"));
    await manualClock.advance(60_000);
    expect((await mark).progress?.revision, "it moves with the next mark").to.equal(7);
    stream.abort.abort();
    await closeParts(parts);
  });

  it("refuses one follower too many, and takes the next when one has gone", async () => {
    const parts = await openParts();
    const streams: Stream[] = [];
    for (let count = 0; count < 10_000; count += 1) {
      const stream = follow(parts);
      await next(stream);
      streams.push(stream);
    }
    await kvRejectionOf(follow(parts).batches.next(), "OVERLOADED");
    await streams[0]?.batches.return(undefined);
    await next(follow(parts));
    await closeParts(parts);
  });

  it("ends every stream with a token when it drains, those that wait among them", async () => {
    const parts = await openParts();
    const stream = follow(parts);
    const { resumeToken } = await next(stream);
    const waiting = kvRejectionOf(stream.batches.next(), "DRAINING");
    await settle();
    parts.feed.drain();
    expect((await waiting).metadata.resume_token).to.equal(resumeToken);
    await closeParts(parts);
  });

  it("gives no token that is ahead of the store to who waits for a later revision", async () => {
    const parts = await openParts();
    await commit(parts, setChange("key", "value"));
    const later = { start: { kind: "revision", revision: revision(4) } } as const;
    const stream = follow(parts, { ...later, progressIntervalMs: 1000 });
    const first = await next(stream);
    expect(parts.tokens.readResumeToken(first.resumeToken, "").revision).to.equal(1);
    const start = { kind: "resume-token", token: first.resumeToken } as const;
    expect((await next(follow(parts, { start }))).progress?.revision).to.equal(1);
    await commit(parts, expireChange("key", "too early"));
    const waiting = next(stream);
    await settle();
    await parts.clock.advance(1000);
    const mark = await waiting;
    expect([mark.expirations, mark.progress?.revision]).to.deep.equal([[], 2]);
    await commit(parts, setChange("key", "value"));
    await commit(parts, expireChange("key", "in time"));
    expect(await collect(stream, 1)).to.deep.equal(["4.0"]);
    await closeParts(parts);
  });

  it("refuses a token that is ahead of the store: it is of a newer copy", async () => {
    const parts = await openParts();
    await commit(parts, setChange("key", "value"));
    const token = parts.tokens.resumeToken({ revision: revision(2), index: 0 });
    const start = { kind: "resume-token", token } as const;
    await kvRejectionOf(follow(parts, { start }).batches.next(), "HISTORY_CHANGED");
    await closeParts(parts);
  });
});
