/** A store of which a test says only what it needs; every other call is a failure of the test. */

import { revision, timeMs } from "../../src/base/index.js";
import type { CompactionReport, Store, StoreStatus } from "../../src/kv/index.js";

function unexpected(): never {
  throw new Error("the test did not expect this call");
}

export function fakeStore(parts: Partial<Store>): Store {
  return {
    set: unexpected,
    get: unexpected,
    delete: unexpected,
    touch: unexpected,
    increment: unexpected,
    transact: unexpected,
    deleteRange: unexpected,
    pipeline: unexpected,
    listKeys: unexpected,
    snapshot: unexpected,
    listSnapshots: unexpected,
    deleteSnapshot: unexpected,
    compact: unexpected,
    watch: unexpected,
    watchExpirations: unexpected,
    verify: unexpected,
    scan: unexpected,
    getAt: unexpected,
    listVersions: unexpected,
    status: unexpected,
    drain: () => undefined,
    close: () => Promise.resolve(),
    ...parts,
  };
}

/** Every field differs from every other, so that two that are swapped show. */
export const STATUS: StoreStatus = {
  storeId: "store-1",
  historyId: "history-1",
  keyOrder: "natural",
  compression: "lz4",
  revision: revision(101),
  oldestRetainedRevision: revision(102),
  keyCount: 103,
  transactionCount: 104,
  syncCount: 105,
  syncLatency: {
    windowMs: 61_128.129,
    count: 130,
    p50Ms: 0.131,
    p99Ms: 1.132,
    p999Ms: 133,
    maxMs: 1134.135,
  },
  liveBytes: 106,
  diskBytes: 107,
  segmentCount: 108,
  keydirBytes: 109,
  cacheBytes: 110,
  historyVersions: 64,
  olderVersionCount: 119,
  checkpointRevision: revision(99),
  checkpointTimeMs: timeMs(1_800_000_000_123),
  checkpointBytes: 98_304,
  oldestViewRevision: revision(111),
  oldestViewAgeMs: 112_113,
  nextDeadlineMs: timeMs(1_900_000_000_114),
  overdueCount: 115,
  logicalTimeMs: timeMs(1_900_000_000_116),
  startTimeMs: timeMs(1_900_000_000_117),
  followerCount: 118,
  scrub: {
    startTimeMs: timeMs(1_900_000_000_120),
    doneBytes: 121,
    totalBytes: 122,
    findingCount: 123,
    lastStartTimeMs: timeMs(1_900_000_000_124),
    lastEndTimeMs: timeMs(1_900_000_000_125),
    lastBytes: 126,
    lastFindingCount: 127,
  },
  alarms: [
    { kind: "no-space", message: "a", sinceMs: timeMs(1_900_000_000_001) },
    { kind: "clock-ahead", message: "b", sinceMs: timeMs(1_900_000_000_002) },
    { kind: "corrupt", message: "c", sinceMs: timeMs(1_900_000_000_003) },
    { kind: "compaction-failed", message: "d", sinceMs: timeMs(1_900_000_000_004) },
    { kind: "quota", message: "e", sinceMs: timeMs(1_900_000_000_005) },
  ],
};

export const COMPACTION: CompactionReport = {
  bytesBefore: 1,
  bytesAfter: 2,
  segmentsBefore: 3,
  segmentsAfter: 4,
  droppedSets: 5,
  droppedTombstones: 6,
  droppedReplies: 7,
  damagedSegments: 8,
  durationMs: 9876,
};
