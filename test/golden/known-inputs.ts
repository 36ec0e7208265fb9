/** The inputs of the golden bytes: every field has a value of its own, so that none can stand for another. */

import { revision, segmentId, timeMs } from "../../src/base/index.js";
import type { CheckpointHeader } from "../../src/keydir/checkpoint-format.js";
import {
  RecordType,
  segmentSeed,
  type BatchHeader,
  type LogRecord,
  type Manifest,
  type SegmentFooter,
} from "../../src/log/index.js";
import type { SegmentHeader } from "../../src/log/segment-format.js";
import type { SnapshotFooter, SnapshotHeader } from "../../src/storage/snapshot-format.js";

export const STORE_ID = Buffer.from("101112131415161718191a1b1c1d1e1f", "hex");
export const HISTORY_ID = "202122232425262728292a2b2c2d2e2f";
export const SEGMENT_ID = segmentId(42);
export const SNAPSHOT_ID = Buffer.from("303132333435363738393a3b3c3d3e3f", "hex");
export const SEGMENT_SEED = segmentSeed(STORE_ID, SEGMENT_ID);

/** Where each record and batch is taken to lie. */
export const OFFSET = 0x1234;

/** Above 32 bits wherever the format has room for it. */
const REVISION = revision(0x1_0203_0405);
const TIME_MS = 1_893_456_000_123;

const FULL: LogRecord = {
  type: RecordType.SET,
  revision: REVISION,
  index: 7,
  isLastOfTransaction: true,
  commitTimeMs: timeMs(TIME_MS),
  createRevision: revision(0x1_0203_0001),
  version: 5,
  deadlineMs: timeMs(TIME_MS + 60_000),
  contentType: "application/json",
  key: Buffer.from("users/ä/1"),
  value: Buffer.from('{"name":"Ada"}'),
  valueSize: 14,
  isValueOmitted: false,
  isWhileDown: false,
  codec: "none",
  call: undefined,
};

const NO_VALUE = { contentType: "", value: Buffer.alloc(0), valueSize: 0 } as const;

export const RECORDS: Readonly<Record<string, LogRecord>> = {
  set: FULL,
  "set-empty": {
    ...FULL,
    ...NO_VALUE,
    index: 0,
    isLastOfTransaction: false,
    deadlineMs: timeMs(0),
    key: Buffer.from("k"),
  },
  "set-called": { ...FULL, call: { id: Buffer.from("call-1"), asked: Buffer.from("0102", "hex") } },
  touch: { ...FULL, type: RecordType.TOUCH, deadlineMs: timeMs(0) },
  delete: { ...FULL, ...NO_VALUE, type: RecordType.DELETE, deadlineMs: timeMs(0) },
  expire: { ...FULL, type: RecordType.EXPIRE },
  "expire-omitted-while-down": {
    ...FULL,
    type: RecordType.EXPIRE,
    value: Buffer.alloc(0),
    valueSize: 70_000,
    isValueOmitted: true,
    isWhileDown: true,
  },
  reply: { ...FULL, type: RecordType.REPLY },
  "set-zstd": { ...FULL, codec: "zstd", valueSize: 0x1_0203 },
  "touch-lz4": { ...FULL, type: RecordType.TOUCH, codec: "lz4", valueSize: 0x1_0204 },
};

export const BATCH_HEADER: BatchHeader = {
  bytes: 0x0102,
  recordCount: 3,
  firstRevision: revision(0x1_0203_0405),
  lastRevision: revision(0x1_0203_0407),
  commitTimeMs: timeMs(TIME_MS),
  durableBefore: revision(0x1_0203_0404),
};

export const SEGMENT_HEADER: SegmentHeader = {
  storeId: STORE_ID,
  segmentId: SEGMENT_ID,
  createTimeMs: timeMs(TIME_MS),
  kind: "compacted",
};

export const SEGMENT_FOOTER: SegmentFooter = {
  digest: 0xdead_beef,
  recordCount: 10,
  putCount: 6,
  tombstoneCount: 4,
  expirationCount: 3,
  firstRevision: revision(0x1_0203_0001),
  lastRevision: revision(0x1_0203_0407),
  commitTimeMs: timeMs(TIME_MS),
  durableRevision: revision(0x1_0203_0406),
};

export const CHECKPOINT_HEADER: CheckpointHeader = {
  storeId: STORE_ID,
  revision: REVISION,
  logicalTimeMs: timeMs(TIME_MS + 5),
  createTimeMs: timeMs(TIME_MS),
};

/** An index of two pages and a text, and what the footer behind them says. */
export const CHECKPOINT_END = {
  before: Buffer.from("01000000aaaaaaaa02000000bbbbbbbb7b7d", "hex"),
  pageCount: 2,
  contentsBytes: 2,
};

export const SNAPSHOT_HEADER: SnapshotHeader = {
  mayBeCompressed: false,
  storeId: STORE_ID,
  keyOrder: "bytes",
  snapshotId: SNAPSHOT_ID,
  revision: REVISION,
  createTimeMs: timeMs(TIME_MS),
};

export const SNAPSHOT_FOOTER: SnapshotFooter = {
  keyCount: 1_000_001,
  dataBytes: 0x2_0000_0003,
  logicalTimeMs: timeMs(TIME_MS + 5),
  sha256: Buffer.alloc(32, 0x5a),
};

export const MANIFEST: Manifest = {
  formatVersion: 3,
  mayBeCompressed: true,
  storeId: STORE_ID,
  historyId: HISTORY_ID,
  keyOrder: "bytes",
  createTimeMs: timeMs(TIME_MS),
  generation: 12,
  nextSegmentId: segmentId(43),
  feedFloor: revision(900),
  durableRevision: revision(1200),
  commitTimeMs: timeMs(TIME_MS + 7),
  timeMarkRevision: revision(0),
  historyVersions: 3,
  historySince: revision(700),
  segments: [
    {
      id: segmentId(40),
      kind: "compacted",
      state: "closed",
      endOffset: 5000,
      baseRevision: revision(0),
      isSealed: true,
    },
    {
      id: segmentId(12),
      kind: "log",
      state: "retired",
      endOffset: 8000,
      baseRevision: revision(700),
      isSealed: true,
    },
    {
      id: segmentId(41),
      kind: "log",
      state: "closed",
      endOffset: 7000,
      baseRevision: revision(899),
      isSealed: false,
    },
    {
      id: segmentId(42),
      kind: "log",
      state: "active",
      endOffset: 0,
      baseRevision: revision(1100),
      isSealed: false,
    },
  ],
};
