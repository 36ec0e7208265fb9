/**
 * What a key-value store means, as the wire knows it. The store on this machine implements it; so does
 * the model that tests compare it with, and so may a store that lives elsewhere.
 *
 * Every method may reject with a `KvError`; its code says what the caller can do. A method resolves only
 * when everything its answer depends on is on stable storage: an acknowledged write survives, and a
 * read never shows what a crash could still undo. Times are in milliseconds of logical time, which
 * never goes back.
 *
 * Keys are bytes here (UTF-8 is the wire's business); callers must not change a buffer after they
 * passed it in, nor one that they were given.
 */

import type { Finding, KeyOrderName, Latency, Revision, TimeMs } from "../base/index.js";
import type { CodecName } from "../storage/index.js";
import type { KeyRange } from "./key-range.js";
import type { Pipeline } from "./pipeline.js";
import type {
  GetAtQuery,
  ListVersionsQuery,
  ScanBatch,
  ScanQuery,
  VersionPage,
} from "./read-queries.js";
import type {
  ChangeBatch,
  ExpirationBatch,
  WatchExpirationsQuery,
  WatchQuery,
} from "./watch-queries.js";
import type {
  DeleteCommand,
  DeleteRangeCommand,
  DeleteRangeResult,
  DeleteResult,
  GetResult,
  IncrementCommand,
  IncrementResult,
  OperationResult,
  SetCommand,
  SetResult,
  TouchCommand,
  TouchResult,
  TransactCommand,
  TransactResult,
} from "./write-commands.js";

export type { KeyRange };

/** The caller of a unary call, as far as the store must know it. */
export interface CallContext {
  /**
   * Throws DEADLINE_EXCEEDED or CANCELLED when nobody waits for the answer any more. A store asks right
   * before it appends, and never after: what is appended is committed.
   */
  readonly throwIfAbandoned: () => void;
  /** Called with what is answered as soon as that only has to become durable; with nothing, if that is an error. */
  readonly onDecided?: (results: readonly OperationResult[]) => void;
  /** The longest answer that the caller can take, in bytes. Absent: any. */
  readonly replyBytesMax?: number;
}

export interface ListKeysQuery {
  readonly range: KeyRange;
  /** 0: the default. A size past the maximum is INVALID_FIELD. */
  readonly pageSize: number;
  /** Empty: the first page. */
  readonly pageToken: string;
  readonly descending: boolean;
  /** Count without returning keys. */
  readonly countOnly: boolean;
}

export interface KeyPage {
  readonly keys: readonly Buffer[];
  /** Empty: this was the last page. */
  readonly nextPageToken: string;
  /** How many keys the range has, where it was counted; 0 elsewhere. */
  readonly totalSize: number;
  readonly revision: Revision;
}

export interface SnapshotInfo {
  readonly snapshotId: string;
  readonly revision: Revision;
  readonly keyCount: number;
  readonly sizeBytes: number;
  /** SHA-256 of the file without its last 32 bytes, which repeat it. */
  readonly sha256: Buffer;
  readonly createTimeMs: TimeMs;
}

export interface CompactionReport {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
  readonly droppedSets: number;
  readonly droppedTombstones: number;
  readonly droppedReplies: number;
  /** Segments that were left alone because a record in them is damaged. */
  readonly damagedSegments: number;
  readonly durationMs: number;
}

export interface StoreStatus {
  readonly storeId: string;
  readonly historyId: string;
  /** The order in which keys are listed. */
  readonly keyOrder: KeyOrderName;
  /** How values that come now are stored, where that gains. */
  readonly compression: CodecName;
  readonly revision: Revision;
  /** The oldest revision that a follower can start from. */
  readonly oldestRetainedRevision: Revision;
  readonly keyCount: number;
  /** Since the start of the process. */
  readonly transactionCount: number;
  /** Syncs of the log since the start of the process. */
  readonly syncCount: number;
  /** How long syncs of late took, each with the write before it. Undefined: there was none. */
  readonly syncLatency: Latency | undefined;
  readonly liveBytes: number;
  /** Of the segments, with the part of the newest that is allocated ahead. */
  readonly diskBytes: number;
  readonly segmentCount: number;
  readonly keydirBytes: number;
  readonly cacheBytes: number;
  /** How many versions of each key are kept, and how many there are beside the newest ones. */
  readonly historyVersions: number;
  readonly olderVersionCount: number;
  /** Of the newest checkpoint, from which a start reads on. 0: there is none. */
  readonly checkpointRevision: Revision;
  /** 0: there is none. */
  readonly checkpointTimeMs: TimeMs;
  readonly checkpointBytes: number;
  /** 0: no view is pinned. */
  readonly oldestViewRevision: Revision;
  readonly oldestViewAgeMs: number;
  /** 0: no key expires. */
  readonly nextDeadlineMs: TimeMs;
  /** Keys past their deadline that have no expire record yet. */
  readonly overdueCount: number;
  readonly logicalTimeMs: TimeMs;
  readonly startTimeMs: TimeMs;
  readonly followerCount: number;
  readonly scrub: ScrubStatus;
  readonly alarms: readonly Alarm[];
}

/** How far a verification is, and what it found since the last of these. */
export interface VerifyReport {
  /** Past a thousand in all, they are counted only. */
  readonly findings: readonly Finding[];
  /** All so far. */
  readonly findingCount: number;
  readonly doneFiles: number;
  readonly totalFiles: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Everything was verified: this is the last one. */
  readonly isDone: boolean;
}

/** The verification of all files that goes on in the background. */
export interface ScrubStatus {
  /** When the one under way began, or when the next one is to. 0: none is ever made. */
  readonly startTimeMs: TimeMs;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Damaged files that it has found so far. */
  readonly findingCount: number;
  /** Of the last one that came to its end; all 0: none has. */
  readonly lastStartTimeMs: TimeMs;
  readonly lastEndTimeMs: TimeMs;
  readonly lastBytes: number;
  readonly lastFindingCount: number;
}

/** Something an operator must know until it is over. */
export interface Alarm {
  readonly kind: "no-space" | "clock-ahead" | "corrupt" | "compaction-failed" | "quota";
  readonly message: string;
  readonly sinceMs: TimeMs;
}

export interface Store {
  get(key: Buffer, context: CallContext): Promise<GetResult>;

  /**
   * Each of these writes commits at once with what it was judged by: nobody can come in between. One whose
   * precondition does not hold rejects with PRECONDITION_FAILED, KEY_EXISTS or KEY_ABSENT. One that changes
   * nothing uses no revision, and tells the current one.
   */
  set(command: SetCommand, context: CallContext): Promise<SetResult>;
  delete(command: DeleteCommand, context: CallContext): Promise<DeleteResult>;
  touch(command: TouchCommand, context: CallContext): Promise<TouchResult>;
  increment(command: IncrementCommand, context: CallContext): Promise<IncrementResult>;
  transact(command: TransactCommand, context: CallContext): Promise<TransactResult>;

  /**
   * Deletes the first keys of a range, in the store's order, at one revision: so many as are asked for, or fewer where
   * their keys would be too large for one transaction; `more` says whether the range has others. A key that is
   * due is expired before, and not counted. A limit past the store's own is INVALID_FIELD.
   */
  deleteRange(command: DeleteRangeCommand, context: CallContext): Promise<DeleteRangeResult>;

  /** For many calls of one caller, of which each begins when the one before is done, and none waits for the disk. */
  pipeline(): Pipeline;

  listKeys(query: ListKeysQuery, context: CallContext): Promise<KeyPage>;

  /** Writes a file of everything at one revision. One at a time; a second caller waits its turn. */
  snapshot(context: CallContext): Promise<SnapshotInfo>;
  listSnapshots(): Promise<readonly SnapshotInfo[]>;
  /** False: there is no such snapshot. */
  deleteSnapshot(snapshotId: string): Promise<boolean>;

  /** Gives back the space of what is superseded, as far as followers no longer need it. */
  compact(context: CallContext): Promise<CompactionReport>;

  /**
   * Every change of the kinds and in the ranges from the start on, in order, each once it is durable. Yields a first
   * batch at once, with a token, and a progress mark whenever it was silent for the interval. The
   * consumer's pace is the flow control: while it does not ask for the next batch, at most the bounded
   * number of bytes waits for it; then `onCut` is called, for a consumer that may never ask again, and the
   * generator throws SLOW_FOLLOWER with the token to go on from.
   * Throws DRAINING, with the token, when the store is about to close. Ends when the signal aborts.
   *
   * From the current state on, the entries of the ranges come first, as they were at one revision, each as the set
   * that it is; the batch that ends them says so, and what follows is all that came after that revision.
   */
  watch(
    query: WatchQuery,
    signal: AbortSignal,
    onCut?: () => void,
  ): AsyncGenerator<ChangeBatch, void, undefined>;

  /** Every expiration in the range from the start on; in everything else as `watch`. */
  watchExpirations(
    query: WatchExpirationsQuery,
    signal: AbortSignal,
    onCut?: () => void,
  ): AsyncGenerator<ExpirationBatch, void, undefined>;

  /**
   * Reads all data from disk and verifies it, one caller at a time. The first report comes at once, and the last one
   * says that it is. The work waits for nobody: who asks late gets one report of all that came meanwhile.
   * Throws OVERLOADED while another caller has one under way. Throws DRAINING when the store is
   * about to close. Ends when the signal aborts.
   */
  verify(signal: AbortSignal): AsyncGenerator<VerifyReport, void, undefined>;

  /**
   * Every entry of the range at the newest revision. Yields a first batch at once, without entries; the
   * consumer's pace is the flow control. Throws SLOW_FOLLOWER when the scan has been open for too long, CORRUPT,
   * with the key, at a damaged record, and DRAINING when the store is about to close; `onCut` is called when that
   * happens while it is not asked. Ends when the signal aborts.
   */
  scan(
    query: ScanQuery,
    signal: AbortSignal,
    onCut?: () => void,
  ): AsyncGenerator<ScanBatch, void, undefined>;

  /**
   * The key as it was at a revision. Throws REVISION_COMPACTED, with the oldest revision at which it is known,
   * where the versions that are kept do not prove the answer; INVALID_FIELD for a revision yet to come.
   */
  getAt(query: GetAtQuery, context: CallContext): Promise<GetResult>;

  /** The versions of a key that are kept and had a value, newest first. */
  listVersions(query: ListVersionsQuery, context: CallContext): Promise<VersionPage>;

  status(): Promise<StoreStatus>;

  /** Ends every stream with DRAINING and refuses new calls; calls under way are answered. */
  drain(): void;
  /** Commits what is queued, then releases the directory. */
  close(): Promise<void>;
}
