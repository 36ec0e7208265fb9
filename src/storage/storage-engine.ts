/**
 * The engine: the log on disk and the keydir in memory, joined. It knows keys, values, revisions and
 * deadlines; what they mean to a caller is for the floor above.
 *
 * - A commit is checked, placed in the log and applied to the keydir in one synchronous step.
 * - What is applied may be looked up at once, but an answer waits until what it tells is durable.
 */

import { join } from "node:path";

import { keyOrderOf, revision } from "../base/index.js";
import type { KeyOrder, KvError, Revision, TimeMs } from "../base/index.js";
import type { DirectoryLock } from "../disk/index.js";
import type { Deadlines, Keydir, KeydirEntry } from "../keydir/index.js";
import { BATCH_HEADER_BYTES, CommitQueue, RECORD_HEAD_BYTES, type Purpose } from "../log/index.js";
import { Applier } from "./applier.js";
import { purposeOf, toRecords, type Change, type ChangeParts } from "./change.js";
import { BackgroundWork } from "./background-work.js";
import type { CompactionResult } from "./compaction.js";
import { closeInOrder } from "./closing.js";
import { lockDirectory } from "./directory-lock.js";
import { gatherStatus } from "./gather-status.js";
import { KeyHistory } from "./key-history.js";
import { KeydirQuota } from "./keydir-quota.js";
import { LogReader } from "./log-reader.js";
import { RecordReader, type Reading } from "./record-reader.js";
import { recover, type Recovered } from "./recovery.js";
import { SEGMENTS_DIRECTORY, SegmentTable } from "./segment-table.js";
import { RememberedReplies } from "./remembered-replies.js";
import type { ReplyNote } from "./reply-window.js";
import type { Snapshot, Snapshots } from "./snapshots.js";
import type { StorageOptions } from "./storage-options.js";
import type { Damage, StorageStatus } from "./storage-status.js";
import { Troubles } from "./troubles.js";
import { UnsyncedChanges } from "./unsynced-changes.js";
import { UnsyncedRemovals } from "./unsynced-removals.js";
import { ValueCache, type StoredValue } from "./value-cache.js";
import { ValuePacker } from "./value-packer.js";
import { Views, type View } from "./view.js";

export interface Applied {
  readonly revision: Revision;
  /** Resolves when the transaction is on stable storage; rejects with STORAGE_FAILED when nobody knows. */
  readonly durable: Promise<void>;
}

/** What an overhead of two records and their batches adds to keys and values, at the most. */
const TRANSACTION_OVERHEAD_BYTES = 2 * (BATCH_HEADER_BYTES + RECORD_HEAD_BYTES);

export class StorageEngine {
  readonly #options: StorageOptions;
  readonly #lock: DirectoryLock;
  readonly #recovered: Recovered;
  readonly #queue: CommitQueue;
  readonly #keydir: Keydir;
  /** What is in memory of the newest states of keys, durable or not. */
  readonly cache: Pick<ValueCache, "newest" | "bytes" | "foresee">;
  readonly #reader: RecordReader;
  readonly #views: Views;
  readonly #background: BackgroundWork;
  readonly logReader: LogReader;
  readonly snapshots: Pick<Snapshots, "list" | "delete">;
  /** Verifies all files, on demand. */
  readonly verification: Pick<BackgroundWork["verification"], "run" | "stop">;
  /** What followers are told of, once it is durable. */
  readonly changes = new UnsyncedChanges();
  /** Older versions of keys, and what they prove of the past. */
  readonly history: KeyHistory;
  /** What calls with a request id were answered. */
  readonly replies: RememberedReplies;
  readonly #removals = new UnsyncedRemovals();
  readonly #applier: Applier;
  readonly #changeParts: ChangeParts;
  readonly #quota: KeydirQuota;
  readonly #troubles: Troubles;
  #onCompactionDue: () => void = () => undefined;

  private constructor(options: StorageOptions, lock: DirectoryLock, recovered: Recovered) {
    this.#options = options;
    this.#lock = lock;
    this.#recovered = recovered;
    const { segments, manifest, log, spares } = recovered;
    const { storeId } = manifest.current;
    this.#quota = new KeydirQuota({ ...options, ...recovered, nowMs: options.commitTimeMs });
    this.#troubles = new Troubles({
      segments,
      logger: options.logger,
      nowMs: options.commitTimeMs,
      spaceProblem: () => spares.problem,
    });
    const onDamage = this.#troubles.noteDamage.bind(this.#troubles);
    this.#queue = new CommitQueue({
      ...options,
      log,
      queueBytesMax: options.commitQueueBytes,
      queueTransactionsMax: options.commitQueueTransactions,
      revision: recovered.revision,
      onDurable: (batch) => {
        this.#removals.settle(batch.lastRevision);
        this.#troubles.checkSpace();
        this.changes.settle(batch.lastRevision);
      },
      onFailure: (error) => {
        this.#endWriting(error);
      },
    });
    this.history = new KeyHistory(recovered, this.#queue);
    manifest.onFailure((error) => void this.#queue.fail(error));
    this.#changeParts = { keydir: recovered.keydir, packer: new ValuePacker(options) };
    this.#keydir = recovered.keydir;
    const cache = new ValueCache(options.cacheBytes);
    this.cache = cache;
    this.#applier = new Applier({
      ...recovered,
      cache,
      removals: this.#removals,
      unsyncedChanges: this.changes,
      segmentBytes: options.segmentBytes,
    });
    this.#reader = new RecordReader({ ...recovered, cache, storeId, onDamage });
    this.replies = new RememberedReplies({ ...recovered, ...options, reader: this.#reader });
    this.logReader = new LogReader(segments, storeId);
    this.#views = new Views(options.clock, (view) => {
      segments.release(view);
    });
    this.#background = new BackgroundWork({
      options,
      recovered,
      queue: this.#queue,
      reader: this.#reader,
      pin: () => this.pin(),
      views: () => this.#views.all(),
      troubles: this.#troubles,
    });
    this.snapshots = this.#background.snapshots;
    this.verification = this.#background.verification;
    this.#background.checkpoints.start();
    this.#background.scrub.start();
  }

  /** Locks the directory and recovers the store in it, or makes one. Throws what `KvError` names. */
  static async open(options: StorageOptions): Promise<StorageEngine> {
    const lock = await lockDirectory(options.fileSystem, options.directory);
    let engine: StorageEngine | undefined;
    const segments = new SegmentTable({
      ...options,
      directory: join(options.directory, SEGMENTS_DIRECTORY),
      onUnreachable: (id) => {
        if (engine !== undefined) engine.#background.retiredFiles.remove(id);
      },
    });
    try {
      const onCompactionDue = (): void => {
        if (engine === undefined) return;
        engine.#troubles.checkSpace();
        engine.#onCompactionDue();
      };
      engine = new StorageEngine(options, lock, await recover(options, segments, onCompactionDue));
      return engine;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get historyId(): string {
    return this.#recovered.manifest.current.historyId;
  }
  /** What the bounds of a view's walk are names of. */
  get keyOrder(): KeyOrder {
    return keyOrderOf(this.#recovered.manifest.current.keyOrder);
  }
  /** The newest commit time that recovery found. */
  get recoveredTimeMs(): TimeMs {
    return this.#recovered.replay.commitTimeMs;
  }
  get appliedRevision(): Revision {
    return this.#queue.appliedRevision;
  }
  get durableRevision(): Revision {
    return this.#queue.durableRevision;
  }
  /** From this revision on, followers can read the log. */
  get feedFloor(): Revision {
    return this.#recovered.manifest.current.feedFloor;
  }
  get deadlines(): Deadlines {
    return this.#keydir.deadlines;
  }

  /** Has `listener` told when compaction may have work: a segment was sealed, or the disk is full. */
  listenCompactionDue(listener: () => void): void {
    this.#onCompactionDue = listener;
  }

  /** The newest state of the key, durable or not. */
  lookup(key: Buffer): KeydirEntry | undefined {
    return this.#keydir.get(key);
  }

  /**
   * Has at hand what is in memory of keys that are asked for next, in this order, and of those among them that are written:
   * up to FORESEEN_KEYS_MAX take less time together than one by one. They are known again by their buffers.
   */
  foresee(keys: readonly Buffer[], written: readonly Buffer[]): void {
    this.cache.foresee(keys);
    // What is only read is answered from the cache.
    if (written.length > 0) this.#keydir.foresee(written);
  }

  /** Of the removal that made the key absent, if that is not durable yet. */
  unsyncedRemoval(key: Buffer): Revision | undefined {
    return this.#removals.get(key);
  }

  /** Undefined when the revision is durable already. */
  whenDurable(ofRevision: Revision): Promise<void> | undefined {
    return this.#queue.whenDurable(ofRevision);
  }

  /** The value of an entry that was just looked up, if it is in memory. */
  cached(key: Buffer, entry: KeydirEntry, reading?: Reading): StoredValue | undefined {
    return this.#reader.cached(key, entry, reading);
  }

  /** Whether the entry, looked up a while ago, can still be read. */
  canReach(entry: KeydirEntry): boolean {
    return this.#reader.canReach(entry);
  }

  /** The value of a durable entry. Throws CORRUPT, never a wrong value. */
  read(key: Buffer, entry: KeydirEntry, reading?: Reading): Promise<StoredValue> {
    return this.#reader.read(key, entry, reading);
  }

  /** The size of a value that `read` calls damaged; undefined where that is not known any more. */
  sizeOfDamaged(entry: KeydirEntry): Promise<number | undefined> {
    return this.#reader.sizeOfDamaged(entry);
  }

  /** What an older version of a durable key was, past the cache. Undefined: it is not there any more. */
  readPast(key: Buffer, entry: KeydirEntry): Promise<StoredValue | undefined> {
    return this.#reader.readPast(key, entry);
  }

  /**
   * Makes room for a transaction with so many bytes of keys and values. Undefined: `commit` may follow in
   * the same synchronous step. A promise: ask again when it resolves.
   */
  admit(bytes: number, purpose: Purpose): Promise<void> | undefined {
    return this.#queue.admit(bytes + TRANSACTION_OVERHEAD_BYTES, purpose);
  }

  /**
   * Makes a large value ready to be committed. Undefined: it is. A promise: ask again, with the same
   * value, when it resolves.
   */
  prepare(value: Buffer): Promise<void> | undefined {
    return this.#changeParts.packer.prepare(value);
  }

  /** The same for many values of one commit, small ones too, so that its step stays short. */
  prepareAll(values: readonly Buffer[]): Promise<void> {
    return this.#changeParts.packer.prepareAll(values);
  }

  /** Throws QUOTA when a new key would need more memory than `limits.keydir_bytes`. */
  admitKey(key: Buffer): void {
    this.#quota.admit(key);
  }

  /**
   * Commits one transaction that `admit` has let in: at most one change a key, or a delete and after it the set
   * that makes the key anew. With a note, a call of its request id is answered from it for a while.
   */
  commit(changes: readonly Change[], commitTimeMs: TimeMs, note?: ReplyNote): Applied {
    const next = revision(this.#queue.appliedRevision + 1);
    const records = toRecords(changes, { revision: next, commitTimeMs, note }, this.#changeParts);
    const { placements, durable } = this.#queue.append(records, purposeOf(changes));
    this.#applier.applyAll(records, placements, changes);
    return { revision: next, durable };
  }

  /** Pins the state of this moment. Whoever tells of it waits until its revision is durable. */
  pin(): View {
    return this.#views.pin(this.#queue.appliedRevision, this.#keydir.pin());
  }

  /** Writes a snapshot file of the state when its turn has come. */
  createSnapshot(): Promise<Snapshot> {
    return this.#background.createSnapshot();
  }

  /** Compacts what passes the garbage ratio; 0: everything that holds any garbage, the newest included. */
  compact(garbageRatio: number): Promise<CompactionResult> {
    return this.#background.compact(garbageRatio);
  }

  /** Writes a checkpoint of the state. Throws what the disk says; nothing is lost by it. */
  createCheckpoint(): Promise<void> {
    return this.#background.checkpoints.create();
  }

  status(): StorageStatus {
    return gatherStatus({
      ...this.#recovered,
      compression: this.#options.compression,
      queue: this.#queue,
      history: this.history,
      cache: this.cache,
      background: this.#background,
      views: this.#views,
      troubles: this.#troubles,
      quota: this.#quota,
    });
  }

  /**
   * Has the store's time go on from `toMs`, whatever commits said before. Only for a store in which
   * nothing was committed since it was opened.
   */
  async resetTimeMark(toMs: TimeMs): Promise<void> {
    const timeMarkRevision = this.#queue.durableRevision;
    await this.#recovered.manifest.swap((current) => ({
      ...current,
      timeMarkRevision,
      commitTimeMs: toMs,
    }));
  }

  get damages(): readonly Damage[] {
    return this.#troubles.damages;
  }

  /** Commits what is queued, seals the log and lets go of the directory. Throws what ends the right to write meanwhile. */
  async close(): Promise<void> {
    try {
      await closeInOrder(this.#recovered, this.#queue, this.#background);
    } finally {
      // Nothing is under way any more, so the directory may be another's.
      await this.#lock.release();
    }
  }

  /** Nothing is written or synced any more: what a failed sync left in the page cache is not to be believed. */
  #endWriting(failure: KvError): void {
    this.#recovered.manifest.refuse(failure);
    void this.#recovered.spares.stop();
    void this.#background.stop();
    this.#options.onFailure(failure);
  }
}
