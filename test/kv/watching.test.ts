/** Followers of changes on one feed: what they share, what they fall back on, and what can be had of the past. */

import { expect } from "chai";

import { MIB, revision } from "../../src/base/index.js";
import type { ChangeBatch, ChangeEvent, WatchQuery } from "../../src/kv/index.js";
import { followChanges } from "../../src/kv/watching.js";
import { commit, deleteChange, expireChange, setChange } from "../support/engine.js";
import { changesOf } from "../support/follower.js";
import { closeParts, openParts, type KvParts } from "../support/kv-parts.js";
import { settle } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";

const FROM_START = { kind: "revision", revision: revision(1) } as const;

/** Room for more than the feed keeps in memory. */
const LARGE = { segmentBytes: 4 * MIB, startSegmentBytes: 4 * MIB, bufferBytesMax: 64 * MIB };

interface Stream {
  readonly batches: AsyncGenerator<ChangeBatch, void, undefined>;
  readonly abort: AbortController;
}

function follow(parts: KvParts, more: Partial<WatchQuery> = {}): Stream {
  const abort = new AbortController();
  const call = { signal: abort.signal, onCut: () => undefined };
  return { batches: followChanges(parts, changesOf(more), call), abort };
}

async function next({ batches }: Stream): Promise<ChangeBatch> {
  const result = await batches.next();
  if (result.done === true) throw new Error("the stream has ended");
  return result.value;
}

async function collect(stream: Stream, count: number): Promise<ChangeEvent[]> {
  const events: ChangeEvent[] = [];
  while (events.length < count) events.push(...(await next(stream)).events);
  return events;
}

const wordsOf = (events: readonly ChangeEvent[]): string[] =>
  events.map(({ kind, revision: of, index, entry, previous, previousOmitted }) => {
    const was = previousOmitted
      ? " was omitted"
      : previous === undefined
        ? ""
        : ` was ${String(previous.value)}`;
    return `${String(of)}.${String(index)} ${kind} ${String(entry.key)}${was}`;
  });

describe("followers of changes", () => {
  it("go over to the log when the memory forgets what they wait for, and miss nothing", async () => {
    const parts = await openParts(LARGE);
    const stream = follow(parts, { ranges: [] });
    await next(stream);
    // Live, and then it does not ask for a while.
    await commit(parts, setChange("first", "1"));
    expect(await collect(stream, 1)).to.have.lengthOf(1);
    const expected: string[] = [];
    for (let at = 0; at < 150; at += 1) {
      const of = await commit(parts, setChange("key", Buffer.alloc(100_000, at)));
      expected.push(`${String(of)}.0 set key`);
    }
    expect(wordsOf(await collect(stream, 150))).to.deep.equal(expected);
    const later = await commit(parts, setChange("later", "1"));
    expect(wordsOf(await collect(stream, 1))).to.deep.equal([`${String(later)}.0 set later`]);
    await closeParts(parts);
  });

  it("who come from the past together read the log once", async () => {
    const parts = await openParts(LARGE);
    for (let at = 0; at < 30; at += 1) {
      await commit(parts, setChange(`key-${String(at)}`, Buffer.alloc(50_000, 1)));
    }
    await closeParts(parts);
    const again = await openParts({ ...LARGE, disk: parts.disk });
    let readCount = 0;
    const open = parts.disk.open.bind(parts.disk);
    parts.disk.open = async (...words) => {
      const file = await open(...words);
      const read = file.read.bind(file);
      file.read = (...readWords) => {
        readCount += 1;
        return read(...readWords);
      };
      return file;
    };
    const readsOf = async (count: number): Promise<number> => {
      readCount = 0;
      const streams = Array.from({ length: count }, () => follow(again, { start: FROM_START }));
      const told = await Promise.all(streams.map((stream) => collect(stream, 30)));
      for (const events of told) expect(wordsOf(events)).to.deep.equal(wordsOf(told[0] ?? []));
      for (const { batches } of streams) await batches.return(undefined);
      return readCount;
    };
    const alone = await readsOf(1);
    expect(alone).to.be.greaterThan(1);
    expect(await readsOf(50)).to.equal(alone);
    await closeParts(again);
  });

  it("are given the same event of a compressed value, made once", async () => {
    const parts = await openParts({ compression: "zstd", compressionBytesMin: 64 });
    const streams = [follow(parts), follow(parts)];
    for (const stream of streams) await next(stream);
    await commit(parts, setChange("key", "value ".repeat(100)));
    const [first, second] = await Promise.all(streams.map((stream) => collect(stream, 1)));
    expect(first?.[0]).to.equal(second?.[0]);
    await closeParts(parts);
  });

  it("are told of the past what older versions prove, and what an expiration carries", async () => {
    const changes = [
      setChange("key", "1"),
      setChange("key", "2"),
      deleteChange("key"),
      setChange("key", "3"),
      expireChange("key", "3"),
    ];
    const told = async (historyVersions: number): Promise<string[]> => {
      const parts = await openParts({ historyVersions, retentionMs: 3_600_000 });
      for (const change of changes) await commit(parts, change);
      const stream = follow(parts, { start: FROM_START, includePrevious: true });
      const words = wordsOf(await collect(stream, 5));
      await closeParts(parts);
      return words;
    };
    expect(await told(8)).to.deep.equal([
      "1.0 set key",
      "2.0 set key was 1",
      "3.0 delete key was 2",
      "4.0 set key",
      "5.0 expire key was 3",
    ]);
    expect(await told(1)).to.deep.equal([
      "1.0 set key",
      "2.0 set key was omitted",
      "3.0 delete key was omitted",
      "4.0 set key",
      "5.0 expire key was 3",
    ]);
  });

  it("are told that what was replaced is gone where compaction was quicker", async () => {
    const parts = await openParts({ ...LARGE, segmentBytes: MIB, startSegmentBytes: MIB });
    await commit(parts, setChange("key", "old"));
    const stream = follow(parts, { includePrevious: true });
    await next(stream);
    await commit(parts, setChange("key", "new"));
    for (let at = 0; at < 3; at += 1) await parts.engine.compact(0);
    expect(wordsOf(await collect(stream, 1))).to.deep.equal(["2.0 set key was omitted"]);
    await commit(parts, setChange("key", "newer"));
    expect(wordsOf(await collect(stream, 1))).to.deep.equal(["3.0 set key was new"]);
    await closeParts(parts);
  });

  it("are ended where the state takes longer to be told than a view may live", async () => {
    const parts = await openParts({ ...LARGE, viewAgeMsMax: 1000 });
    for (let at = 0; at < 40; at += 1) {
      await commit(parts, setChange(`key-${String(at)}`, Buffer.alloc(60_000, 1)));
    }
    const stream = follow(parts, { start: { kind: "current-state" } });
    await next(stream);
    const { resumeToken } = await next(stream);
    await parts.clock.advance(2000);
    const drain = async (): Promise<void> => {
      for (;;) await next(stream);
    };
    const error = await kvRejectionOf(drain(), "SLOW_FOLLOWER");
    expect(error.metadata.resume_token).to.equal(resumeToken);
    expect(error.message).to.include("views.age");
    expect(parts.engine.status().oldestView).to.equal(undefined);
    await closeParts(parts);
  });

  it("let go of the state's view when they go", async () => {
    const parts = await openParts(LARGE);
    for (let at = 0; at < 20; at += 1) {
      await commit(parts, setChange(`key-${String(at)}`, Buffer.alloc(60_000, 1)));
    }
    const stream = follow(parts, { start: { kind: "current-state" } });
    await next(stream);
    await next(stream);
    expect(parts.engine.status().oldestView?.revision).to.equal(20);
    await stream.batches.return(undefined);
    expect(parts.engine.status().oldestView).to.equal(undefined);
    expect(parts.feed.followerCount).to.equal(0);
    await closeParts(parts);
  });

  it("do not hold up a commit, however many are told", async () => {
    const parts = await openParts(LARGE);
    const streams = Array.from({ length: 200 }, () => follow(parts));
    for (const stream of streams) await next(stream);
    let toldCount = 0;
    const waiting = streams.map((stream) => next(stream).then(() => (toldCount += 1)));
    await settle();
    await commit(parts, setChange("key", "value"));
    expect(toldCount, "told before the commit was answered").to.be.below(50);
    await Promise.all(waiting);
    await closeParts(parts);
  });
});
