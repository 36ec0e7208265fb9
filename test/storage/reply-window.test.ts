/** So many replies are remembered, for so long: the oldest go first, and nothing of them stays counted as live. */

import { expect } from "chai";

import { NO_DEADLINE, revision, segmentId, timeMs, type TimeMs } from "../../src/base/index.js";
import { Keydir } from "../../src/keydir/index.js";
import type { LogRecord } from "../../src/log/index.js";
import { KnownSegments, type CheckpointState } from "../../src/storage/checkpoint-state.js";
import { ReplyWindow, toReplyRecord } from "../../src/storage/reply-window.js";
import { SegmentStats, SegmentTable } from "../../src/storage/segment-table.js";
import { bytes } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { Random } from "../support/random.js";
import { openEngine, setChange, type EngineBench } from "../support/engine.js";

const WINDOW_MS = 1000;
const ENTRIES_MAX = 3;
const SEGMENT = segmentId(1);
/** Of each record here. */
const RECORD_BYTES = 100;

const DIGEST = Buffer.alloc(16, 7);
const REPLY = Buffer.from([1]);

interface Bench {
  readonly window: ReplyWindow;
  readonly keydir: Keydir;
  readonly stats: SegmentStats;
  /** The next reply, in the order of revisions. */
  readonly add: (id: string, atMs: number) => void;
}

function tables(repliesMax: number): Pick<Bench, "keydir" | "stats"> & { segments: SegmentTable } {
  const keydir = new Keydir({ repliesMax });
  const stats = new SegmentStats(SEGMENT, "log");
  const segments = new SegmentTable({
    fileSystem: new CrashDisk(),
    directory: "/",
    openSegmentsMax: 4,
    onUnreachable: () => undefined,
  });
  segments.add(stats);
  return { keydir, stats, segments };
}

function openWindow(): Bench {
  const { keydir, stats, segments } = tables(ENTRIES_MAX);
  const limits = { replyWindowMs: WINDOW_MS, replyEntriesMax: ENTRIES_MAX };
  const window = new ReplyWindow({ keydir, segments, ...limits });
  let newest = 0;
  const add = (id: string, atMs: number): void => {
    newest += 1;
    const offset = newest * RECORD_BYTES;
    window.add(replyRecord(id, newest, timeMs(atMs)), {
      segment: SEGMENT,
      offset,
      length: RECORD_BYTES,
    });
  };
  return { window, keydir, stats, add };
}

function replyRecord(id: string, at: number, commitTimeMs: TimeMs): LogRecord {
  const note = { requestId: bytes(id), digest: DIGEST, reply: REPLY };
  const place = { revision: revision(at), index: 1, isLastOfTransaction: true, commitTimeMs };
  return toReplyRecord(note, place);
}

describe("the window of remembered replies", () => {
  it("holds so many, and lets the oldest go first", () => {
    const { window, keydir, stats, add } = openWindow();
    for (const id of ["a", "b", "c", "d", "e"]) add(id, 10);
    const found = ["a", "b", "c", "d", "e"].map((id) => window.find(bytes(id), timeMs(10)));
    expect(found.map((entry) => entry?.revision)).to.deep.equal([undefined, undefined, 3, 4, 5]);
    expect(keydir.replies.size).to.equal(ENTRIES_MAX);
    expect(stats.liveBytes).to.equal(ENTRIES_MAX * RECORD_BYTES);
  });

  it("holds the newest of an id, which counts once", () => {
    const { window, keydir, stats, add } = openWindow();
    for (const id of ["a", "b", "a", "c"]) add(id, 10);
    expect(window.find(bytes("a"), timeMs(10))?.revision).to.equal(3);
    expect(window.find(bytes("b"), timeMs(10))?.revision).to.equal(2);
    add("d", 10);
    // Of those that are left, that of "b" is the oldest.
    expect(window.find(bytes("b"), timeMs(10))).to.equal(undefined);
    expect(window.find(bytes("a"), timeMs(10))?.revision).to.equal(3);
    expect([keydir.replies.size, stats.liveBytes]).to.deep.equal([3, 3 * RECORD_BYTES]);
  });

  it("finds a reply until its time has passed, and not after, whether it was forgotten yet or not", () => {
    const { window, keydir, stats, add } = openWindow();
    add("a", 10);
    add("b", 500);
    expect(window.find(bytes("a"), timeMs(9 + WINDOW_MS))).to.not.equal(undefined);
    expect(window.find(bytes("a"), timeMs(10 + WINDOW_MS))).to.equal(undefined);
    expect(window.find(bytes("b"), timeMs(10 + WINDOW_MS))).to.not.equal(undefined);
    expect(keydir.replies.size).to.equal(2);
    expect(window.forgetSome(timeMs(10 + WINDOW_MS))).to.equal(false);
    expect([keydir.replies.size, stats.liveBytes]).to.deep.equal([1, RECORD_BYTES]);
  });

  it("forgets a few at a time, and says whether there may be more", () => {
    const { keydir, stats, segments } = tables(100);
    const limits = { replyWindowMs: WINDOW_MS, replyEntriesMax: 100 };
    const window = new ReplyWindow({ keydir, segments, ...limits });
    for (let at = 1; at <= 20; at += 1) {
      const placement = { segment: SEGMENT, offset: at, length: RECORD_BYTES };
      window.add(replyRecord(String(at), at, timeMs(at)), placement);
    }
    const later = timeMs(20 + WINDOW_MS);
    const sizes: number[] = [];
    for (let isMore = true; isMore; sizes.push(keydir.replies.size)) {
      isMore = window.forgetSome(later);
    }
    expect(sizes).to.deep.equal([12, 4, 0]);
    expect(stats.liveBytes).to.equal(0);
  });

  for (const replyEntriesMax of [0, 1, 10, 2000]) {
    it(`keeps the newest ${String(replyEntriesMax)} of many more that come in any order, and counts those alone`, () => {
      const { keydir, segments, stats } = tables(replyEntriesMax);
      const window = new ReplyWindow({
        keydir,
        segments,
        replyWindowMs: WINDOW_MS,
        replyEntriesMax,
      });
      const count = 4 * replyEntriesMax + 50;
      const random = new Random(replyEntriesMax);
      const left = Array.from({ length: count }, (_, index) => index + 1);
      while (left.length > 0) {
        const [at = 0] = left.splice(random.below(left.length), 1);
        const placement = { segment: SEGMENT, offset: at, length: RECORD_BYTES };
        window.add(replyRecord(String(at), at, timeMs(10)), placement);
      }
      window.settle();
      expect(keydir.replies.size).to.equal(replyEntriesMax);
      expect(stats.liveBytes).to.equal(replyEntriesMax * RECORD_BYTES);
      for (let at = 1; at <= count; at += 1) {
        const found = window.find(bytes(String(at)), timeMs(10))?.revision;
        expect(found, String(at)).to.equal(at > count - replyEntriesMax ? at : undefined);
      }
    });
  }

  it("counts on from a checkpoint in a segment that it does not know whole", () => {
    const { stats } = tables(1);
    stats.isActive = true;
    stats.calledSetCount = 4;
    stats.liveBytes = 5;
    const state = { segments: [Object.assign({}, stats, { isCovered: false })] };
    const known = new KnownSegments(state as unknown as CheckpointState, [{ id: SEGMENT }]);
    const { calledSetCount, liveBytes } = known.statsOf({ id: SEGMENT, kind: "log" });
    expect([calledSetCount, liveBytes]).to.deep.equal([4, 5]);
  });

  it("is what it was after a restart, by the log or by a checkpoint, and is cut where less is allowed", async () => {
    let bench = await openEngine({ replyEntriesMax: 5 });
    const { disk, clock: manualClock } = bench;
    for (let count = 1; count <= 8; count += 1) await commitWith(bench, `id ${String(count)}`);
    const remembered = (): string[] =>
      Array.from({ length: 8 }, (_, index) => `id ${String(index + 1)}`).filter(
        (id) => bench.engine.replies.find(bytes(id), manualClock.wallMs()) !== undefined,
      );
    const newestFive = ["id 4", "id 5", "id 6", "id 7", "id 8"];
    expect(remembered()).to.deep.equal(newestFive);
    for (const [how, replyEntriesMax, expected] of [
      ["log", 5, newestFive],
      ["checkpoint", 5, newestFive],
      ["log", 2, newestFive.slice(3)],
    ] as const) {
      if (how === "checkpoint") await bench.engine.createCheckpoint();
      await bench.engine.close();
      manualClock.dropTimers();
      bench = await openEngine({ disk, manualClock, replyEntriesMax });
      // With less allowed, those that are too many go as the next one comes.
      if (replyEntriesMax === 2) await commitWith(bench, "id 8");
      expect(remembered(), how).to.deep.equal(expected);
    }
    manualClock.pass(600_000);
    expect(remembered()).to.deep.equal([]);
    await bench.engine.close();
  });
});

async function commitWith({ engine, clock }: EngineBench, id: string): Promise<void> {
  while (engine.admit(500, "write") !== undefined) await engine.admit(500, "write");
  const note = { requestId: bytes(id), digest: DIGEST, reply: REPLY };
  const changes = [setChange("key", id, NO_DEADLINE)];
  await engine.commit(changes, clock.wallMs(), note).durable;
}
