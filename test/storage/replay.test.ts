/** Replay comes to the same keydir in whatever order the records of the segments are read. */

import { expect } from "chai";
import fc from "fast-check";

import { revision, segmentId, timeMs } from "../../src/base/index.js";
import { RecordType, type LogRecord } from "../../src/log/index.js";
import { Keydir } from "../../src/keydir/index.js";
import { KnownSegments } from "../../src/storage/checkpoint-state.js";
import { placementAt, Replay, type ReplayStart } from "../../src/storage/replay.js";
import { ReplyWindow } from "../../src/storage/reply-window.js";
import { SegmentStats, SegmentTable } from "../../src/storage/segment-table.js";
import { CrashDisk } from "../support/crash-disk.js";
import { recordOf } from "../support/log-records.js";

const FRESH = {
  keyOrder: "bytes",
  durableRevision: revision(0),
  commitTimeMs: timeMs(0),
  timeMarkRevision: revision(0),
} as const;

const anyRecords = fc
  .uniqueArray(
    fc.record({
      type: fc.constantFrom(RecordType.SET, RecordType.DELETE, RecordType.EXPIRE, RecordType.TOUCH),
      revision: fc.integer({ min: 1, max: 30 }),
      index: fc.nat(2),
      name: fc.constantFrom("a", "b", "c"),
      deadline: fc.constantFrom(0, 500),
    }),
    { selector: (record) => record.revision * 10 + record.index, maxLength: 25 },
  )
  .map((records) =>
    records.map(({ type, name, deadline, ...place }) =>
      recordOf(place.revision, {
        type,
        index: place.index,
        key: Buffer.from(name),
        deadlineMs: timeMs(deadline),
      }),
    ),
  );

const anyOrders = anyRecords.chain((records) =>
  fc.tuple(
    fc.constant(records),
    fc.shuffledSubarray(records, { minLength: records.length, maxLength: records.length }),
  ),
);

/** Each record has an offset of its own, by which it is known again. */
const offsetOf = (record: LogRecord): number => record.revision * 1000 + record.index;

function oneSegment(): SegmentTable {
  const segments = new SegmentTable({
    fileSystem: new CrashDisk(),
    directory: "/segments",
    openSegmentsMax: 4,
    onUnreachable: () => undefined,
  });
  segments.add(new SegmentStats(segmentId(1), "log"));
  return segments;
}

function fromNothing(): ReplayStart {
  const segments = new KnownSegments(undefined, []);
  return { keydir: new Keydir({ repliesMax: 3 }), revision: revision(0), segments };
}

function newReplay(
  manifest: ConstructorParameters<typeof Replay>[0],
  segments: SegmentTable,
): Replay {
  const start = fromNothing();
  const { keydir } = start;
  const window = new ReplyWindow({ keydir, segments, replyWindowMs: 1000, replyEntriesMax: 3 });
  return new Replay(manifest, segments, start, window);
}

function replayed(records: readonly LogRecord[], segments = oneSegment()): Replay {
  const replay = newReplay(FRESH, segments);
  for (const record of records) {
    replay.apply(record, placementAt(segmentId(1), offsetOf(record), 100));
  }
  return replay;
}

function newestOf(records: readonly LogRecord[], name: string): LogRecord | undefined {
  return records
    .filter((record) => record.key.toString() === name)
    .sort((left, right) => offsetOf(right) - offsetOf(left))[0];
}

const isPut = ({ type }: LogRecord): boolean =>
  type === RecordType.SET || type === RecordType.TOUCH;

describe("replay", () => {
  it("lets the highest revision and index of a key win, in any order", () => {
    fc.assert(
      fc.property(anyOrders, ([records, shuffled]) => {
        const { keydir, revision: highest } = replayed(shuffled);
        for (const name of ["a", "b", "c"]) {
          const newest = newestOf(records, name);
          const expected = newest !== undefined && isPut(newest) ? offsetOf(newest) : undefined;
          expect(keydir.get(Buffer.from(name))?.offset, name).to.equal(expected);
        }
        expect(highest).to.equal(Math.max(0, ...records.map((record) => record.revision)));
      }),
      { numRuns: 500 },
    );
  });

  it("counts what is live and lists deadlines", () => {
    fc.assert(
      fc.property(anyRecords, (records) => {
        const segments = oneSegment();
        const { deadlines } = replayed(records, segments).keydir;
        const live = ["a", "b", "c"].flatMap((name) => newestOf(records, name) ?? []).filter(isPut);
        expect(segments.get(segmentId(1)).livePutCount).to.equal(live.length);
        expect(segments.liveBytes).to.equal(live.length * 100);
        expect(deadlines.size).to.equal(live.filter(({ deadlineMs }) => deadlineMs > 0).length);
      }),
    );
  });

  it("begins with what the manifest names, and raises it", () => {
    const manifest = { ...FRESH, durableRevision: revision(40), commitTimeMs: timeMs(7000) };
    const replay = newReplay(manifest, oneSegment());
    expect([replay.revision, replay.commitTimeMs]).to.deep.equal([40, 7000]);
    replay.raise(revision(39), timeMs(6000));
    expect([replay.revision, replay.commitTimeMs]).to.deep.equal([40, 7000]);
    replay.raise(revision(41), timeMs(8000));
    expect([replay.revision, replay.commitTimeMs]).to.deep.equal([41, 8000]);
  });

  it("does not believe commit times up to the mark", () => {
    const manifest = { ...FRESH, commitTimeMs: timeMs(7000), timeMarkRevision: revision(10) };
    const replay = newReplay(manifest, oneSegment());
    replay.raise(revision(10), timeMs(99_000));
    expect([replay.revision, replay.commitTimeMs]).to.deep.equal([10, 7000]);
    replay.raise(revision(11), timeMs(8000));
    expect(replay.commitTimeMs).to.equal(8000);
  });
});
