/** Which segments are compacted: what is dead, what followers still need, what holds tombstones up. */

import { expect } from "chai";

import { revision, segmentId, timeMs } from "../../src/base/index.js";
import {
  chooseSegments,
  holdsUp,
  type CompactionOptions,
} from "../../src/storage/compaction-policy.js";
import { SegmentStats } from "../../src/storage/segment-table.js";

const NOW_MS = timeMs(1_000_000);

const OPTIONS: CompactionOptions = {
  garbageRatio: 0.4,
  retentionMs: 0,
  retentionBytes: 1_000_000,
  nowMs: NOW_MS,
  copiedBytesMax: 100_000,
  mustFit: false,
  smallBytes: 100,
  isCandidate: () => true,
};

type Fields = Partial<Omit<SegmentStats, "id" | "seal" | "count" | "deadPutCount">>;

/** A closed segment of a thousand bytes in ten puts, all live unless `fields` says otherwise. */
function segment(id: number, fields: Fields = {}): SegmentStats {
  const { kind = "log", ...more } = fields;
  return Object.assign(new SegmentStats(segmentId(id), kind), {
    isSealed: true,
    endOffset: 1000,
    recordBytes: 1000,
    putCount: 10,
    livePutCount: 10,
    liveBytes: 1000,
    firstRevision: revision(id * 100),
    lastRevision: revision(id * 100 + 99),
    commitTimeMs: timeMs(NOW_MS - 100_000 + id),
    ...more,
  });
}

const halfDead = { livePutCount: 5, liveBytes: 500 };
const active = (id: number): SegmentStats => segment(id, { isActive: true, isSealed: false });

function chosen(
  segments: readonly SegmentStats[],
  more: Partial<CompactionOptions> = {},
): number[] {
  const plan = chooseSegments(segments, { ...OPTIONS, ...more });
  return plan?.inputs.map(({ id }) => id) ?? [];
}

describe("the choice of segments", () => {
  it("takes those with enough dead bytes, and neither whole nor active ones", () => {
    const segments = [segment(1), segment(2, halfDead), segment(3, { liveBytes: 700 }), active(4)];
    expect(chosen(segments)).to.deep.equal([2]);
    expect(chosen(segments, { garbageRatio: 0.3 })).to.deep.equal([2, 3]);
    expect(chosen(segments, { garbageRatio: 0 })).to.deep.equal([2, 3]);
    expect(chosen([segment(1), active(2)], { garbageRatio: 0 })).to.deep.equal([]);
  });

  it("leaves alone what is damaged, and what was not to be chosen", () => {
    const segments = [
      segment(1, { ...halfDead, isDamaged: true }),
      segment(2, halfDead),
      active(3),
    ];
    expect(chosen(segments)).to.deep.equal([2]);
    expect(chosen(segments, { isCandidate: (id) => id !== 2 })).to.deep.equal([]);
  });

  it("leaves alone what followers may still resume from, by time", () => {
    const segments = [
      segment(1, { ...halfDead, commitTimeMs: timeMs(NOW_MS - 5000) }),
      segment(2, { ...halfDead, commitTimeMs: timeMs(NOW_MS - 3000) }),
      active(3),
    ];
    expect(chosen(segments, { retentionMs: 4000 })).to.deep.equal([1]);
    expect(chosen(segments, { retentionMs: 6000 })).to.deep.equal([]);
    expect(chosen(segments, { retentionMs: 3000 })).to.deep.equal([1, 2]);
  });

  it("leaves alone what followers may still resume from, up to so many bytes", () => {
    const segments = [segment(1, halfDead), segment(2, halfDead), active(3)];
    const retained = { retentionMs: 10_000_000 };
    expect(chosen(segments, { ...retained, retentionBytes: 2000 })).to.deep.equal([1]);
    expect(chosen(segments, { ...retained, retentionBytes: 3000 })).to.deep.equal([]);
    expect(chosen(segments, { ...retained, retentionBytes: 1500 })).to.deep.equal([1, 2]);
  });

  it("never retains compacted segments: no follower reads them", () => {
    const segments = [
      segment(9, { ...halfDead, kind: "compacted" }),
      segment(1, halfDead),
      active(2),
    ];
    expect(chosen(segments, { retentionMs: 10_000_000 })).to.deep.equal([9]);
  });

  it("raises the floor above the log segments that it takes, and not for compacted ones", () => {
    const plan = chooseSegments([segment(1, halfDead), segment(2, halfDead), active(3)], OPTIONS);
    expect(plan?.feedFloor).to.equal(300);
    const compacted = segment(9, { ...halfDead, kind: "compacted" });
    expect(chooseSegments([compacted, active(1)], OPTIONS)?.feedFloor).to.equal(1);
  });

  it("takes no more live bytes than one round may copy, but at least one segment", () => {
    const segments = [segment(1, halfDead), segment(2, halfDead), segment(3, halfDead), active(4)];
    expect(chosen(segments, { copiedBytesMax: 1000 })).to.deep.equal([1, 2]);
    expect(chosen(segments, { copiedBytesMax: 1 })).to.deep.equal([1]);
  });

  it("joins small segments when they are many", () => {
    const small = (id: number): SegmentStats => segment(id, { endOffset: 50 });
    const few = [1, 2, 3, 4].map(small);
    expect(chosen([...few, active(9)])).to.deep.equal([]);
    expect(chosen([...few, small(5), active(9)])).to.deep.equal([1, 2, 3, 4, 5]);
    expect(chosen([small(1), small(2), active(9)], { garbageRatio: 0 })).to.deep.equal([1, 2]);
    expect(chosen([small(1), active(9)], { garbageRatio: 0 })).to.deep.equal([]);
  });
});

describe("tombstones", () => {
  const tombstones = {
    putCount: 0,
    livePutCount: 0,
    liveBytes: 0,
    tombstoneCount: 10,
    tombstoneBytes: 1000,
  };

  it("are held up by dead values of before them, and by nothing else", () => {
    const dead = segment(1, halfDead);
    expect(holdsUp(dead, revision(150))).to.equal(true);
    expect(holdsUp(dead, revision(100))).to.equal(false);
    expect(holdsUp(segment(1), revision(150))).to.equal(false);
  });

  it("that nothing holds up are garbage", () => {
    expect(chosen([segment(1), segment(2, tombstones), active(3)])).to.deep.equal([2]);
  });

  it("that are held up are left, and charged to the oldest segment that holds them", () => {
    const oneDead = segment(1, { livePutCount: 9, liveBytes: 900 });
    expect(chosen([oneDead, segment(2, tombstones), active(3)])).to.deep.equal([1]);
    expect(chosen([oneDead, segment(2), active(3)])).to.deep.equal([]);
  });

  it("go together with what holds them up when everything is to be compacted", () => {
    const oneDead = segment(1, { livePutCount: 9, liveBytes: 900 });
    const segments = [oneDead, segment(2, tombstones), active(3)];
    expect(chosen(segments, { garbageRatio: 0 })).to.deep.equal([1, 2]);
  });
});
