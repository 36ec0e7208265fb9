/** What the store on this machine can be told. Where a part is left out, its defaults hold. */

import {
  GIB,
  KIB,
  MIB,
  type Clock,
  type KvError,
  type Limits,
  type Logger,
} from "../base/index.js";
import type { FileSystem, StorageOptions } from "../storage/index.js";
import type { ClockPolicy } from "./logical-clock.js";

/** Settings of the engine that a caller may change; see `StorageOptions` for each. */
export interface LocalStorageOptions extends Partial<
  Pick<
    StorageOptions,
    | "keyOrder"
    | "segmentBytes"
    | "startSegmentBytes"
    | "reserveBytes"
    | "commitQueueBytes"
    | "commitQueueTransactions"
    | "keydirBytesMax"
    | "historyVersions"
    | "replyWindowMs"
    | "replyEntriesMax"
    | "cacheBytes"
    | "compression"
    | "compressionBytesMin"
    | "compactionBytesPerSecond"
    | "compactionGarbageRatio"
    | "checkpointPeriodMs"
    | "checkpointLogBytesMin"
    | "scrubPeriodMs"
    | "randomBytes"
  >
> {
  /** How often compaction looks for work, in milliseconds. 0: only when asked. */
  readonly compactionPeriodMs?: number;
  /** How long a listing's view is held for its next page, and a scan's for its end. */
  readonly viewAgeMsMax?: number;
  /** How many scans there may be at once. */
  readonly scansMax?: number;
}

export interface WatchOptions {
  /** How long changes can be followed from the past, and at most how many bytes of log for it. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** A larger value is not told with its expiration. */
  readonly expiredValueBytesMax: number;
  /** Bytes that may wait for a follower that does not ask. */
  readonly bufferBytes: number;
  /** Memory for the newest changes, which all followers share, in bytes. */
  readonly memoryBytes: number;
  /** How long a stream may be silent. */
  readonly progressIntervalMs: number;
}

export const DEFAULT_WATCH_OPTIONS: WatchOptions = {
  retentionMs: 600_000,
  retentionBytes: 1 * GIB,
  expiredValueBytesMax: 64 * KIB,
  bufferBytes: 4 * MIB,
  memoryBytes: 8 * MIB,
  progressIntervalMs: 10_000,
};

export const DEFAULT_CLOCK_POLICY: ClockPolicy = { maxStepMs: 3_600_000, confirmAfterMs: 600_000 };

export const DEFAULT_COMPACTION_PERIOD_MS = 300_000;
export const DEFAULT_VIEW_AGE_MS = 300_000;
export const DEFAULT_SCANS_MAX = 32;

export interface LocalStoreOptions {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly limits?: Limits;
  readonly storage?: LocalStorageOptions;
  readonly watch?: Partial<WatchOptions>;
  readonly clockPolicy?: ClockPolicy;
  /** Told once, when the log can no longer be written: the process should end. */
  readonly onFailure?: (error: KvError) => void;
}
