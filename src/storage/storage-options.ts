/** What the engine can be told, each with its default and its price. */

import { randomBytes } from "node:crypto";

import {
  DEFAULT_LIMITS,
  KIB,
  MIB,
  SILENT_LOGGER,
  SYSTEM_CLOCK,
  type Clock,
  type KeyOrderName,
  type KvError,
  type Limits,
  type Logger,
  type TimeMs,
} from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import type { CodecName } from "../log/index.js";
import type { NoteOfSet } from "./reply-window.js";

export interface StorageOptions {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Limits;
  /** The order of keys. Absent: that of the store; for a new one, bytes. Another than the store's is refused. */
  readonly keyOrder?: KeyOrderName | undefined;
  /** Size of a segment file. Larger: fewer files, coarser compaction, more disk held ready. */
  readonly segmentBytes: number;
  /** Size of the first segment after a start. Smaller: a quicker start, and one more small file. */
  readonly startSegmentBytes: number;
  /** Size of each of the two reserve files. */
  readonly reserveBytes: number;
  /** Bytes that may wait to be written. Past it, callers are refused with OVERLOADED. */
  readonly commitQueueBytes: number;
  /** Transactions that may wait to be written. */
  readonly commitQueueTransactions: number;
  /** Memory that the directory of keys may take. Past it, new keys are refused with QUOTA. */
  readonly keydirBytesMax: number;
  /** Versions of each key that are kept, the newest included. More: more memory, more disk. */
  readonly historyVersions: number;
  /** How long the reply to a request id is remembered, in milliseconds. 0: not at all. */
  readonly replyWindowMs: number;
  /** How many are, at the most; the oldest are forgotten first. */
  readonly replyEntriesMax: number;
  /** The note that a set leaves which names its call, without what it sets: it is the store's to say. */
  readonly noteOfSet: NoteOfSet;
  /** Memory for values that were read or written lately. */
  readonly cacheBytes: number;
  /** How values are stored from now on; those that are there stay as they are, and readable. */
  readonly compression: CodecName;
  /** Values shorter than this are stored as they are. */
  readonly compressionBytesMin: number;
  /** How fast compaction, and each of snapshots and checkpoints, may go on, in bytes a second. */
  readonly compactionBytesPerSecond: number;
  /** A segment with this share of dead bytes is worth compacting. */
  readonly compactionGarbageRatio: number;
  /** How often it is seen whether a checkpoint is due; 0: one is written at a clean stop only. */
  readonly checkpointPeriodMs: number;
  /** On the period, less log than this above the last checkpoint is not worth another. */
  readonly checkpointLogBytesMin: number;
  /** In what time all files are verified once, in the background; 0: never. */
  readonly scrubPeriodMs: number;
  /** How long what followers may resume from is kept, and at most how many bytes of it. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** Descriptors that reads of segments may hold open. */
  readonly openSegmentsMax: number;
  /** Random bytes for ids; tests pass a fixed source. */
  readonly randomBytes: (count: number) => Buffer;
  /** The store's logical time; not asked before the store is open. */
  readonly commitTimeMs: () => TimeMs;
  /** Told once, when the log can no longer be written. */
  readonly onFailure: (error: KvError) => void;
}

/** The defaults, for a caller that names the directory, the disk and its logical time. */
export const DEFAULT_STORAGE_OPTIONS = {
  clock: SYSTEM_CLOCK,
  logger: SILENT_LOGGER,
  limits: DEFAULT_LIMITS,
  segmentBytes: 64 * MIB,
  startSegmentBytes: 8 * MIB,
  reserveBytes: 16 * MIB,
  commitQueueBytes: 64 * MIB,
  commitQueueTransactions: 65_536,
  keydirBytesMax: 1024 * MIB,
  historyVersions: 1,
  replyWindowMs: 600_000,
  replyEntriesMax: 1_000_000,
  cacheBytes: 512 * MIB,
  compression: "none",
  compressionBytesMin: 1 * KIB,
  compactionBytesPerSecond: 32 * MIB,
  compactionGarbageRatio: 0.4,
  checkpointPeriodMs: 300_000,
  checkpointLogBytesMin: 1 * MIB,
  scrubPeriodMs: 7 * 24 * 3_600_000,
  retentionMs: 600_000,
  retentionBytes: 1024 * MIB,
  openSegmentsMax: 256,
  randomBytes,
} as const satisfies Partial<StorageOptions>;

/** What a segment needs beyond the bytes of the largest transaction: headers, footer, record heads. */
const SEGMENT_OVERHEAD_BYTES = 256 * KIB;

/** The smallest segment that still holds the largest transaction. */
export function segmentBytesMin(limits: Limits): number {
  return Math.max(limits.transactionBytesMax, limits.valueBytesMax) + SEGMENT_OVERHEAD_BYTES;
}
