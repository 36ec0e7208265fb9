/**
 * Many commits, one sync. While one batch is being written, the next one fills; when the write returns,
 * everyone in the batch has an answer. So a lone commit waits for one sync, and a thousand that arrive
 * together share one.
 *
 *   append ──► open batch ──► written and synced ──► durable: replies, followers, the next batch
 *
 * The queue is bounded in bytes and in transactions. The first error of a write or a sync is the last
 * thing that happens here: what was pending fails with "outcome unknown", and nothing is written again,
 * because after a failed sync the page cache is not to be believed.
 */

import {
  assert,
  isKvError,
  KvError,
  present,
  RecentLatency,
  type Clock,
  type Latency,
  type Revision,
  type TimeMs,
  type Timer,
} from "../base/index.js";
import { Batch, type Placement } from "./batch.js";
import { BATCH_HEADER_BYTES } from "./batch-format.js";
import type { LogWriter, Purpose } from "./log-writer.js";
import type { OpenSegment } from "./open-segment.js";
import { QueueRoom, type QueueBounds } from "./queue-room.js";
import { recordLength, type LogRecord } from "./record-format.js";

/** A batch past this size is closed and the next one begun, so that no sync and no decoding takes long. */
const BATCH_BYTES_MAX = 1024 * 1024;

/** How long the log must be idle before the last commit's durability is itself written down. */
const MARK_DELAY_MS = 10;

export interface CommitQueueOptions extends QueueBounds {
  readonly log: LogWriter;
  readonly clock: Clock;
  /** The newest revision, all of it durable. */
  readonly revision: Revision;
  /** The store's logical time, for batches without a record. */
  readonly commitTimeMs: () => TimeMs;
  /** Told of each batch, once it is durable and before anyone's wait ends. */
  readonly onDurable: (batch: DurableBatch) => void;
  /** Told once, of the error that ended the queue. */
  readonly onFailure: (error: KvError) => void;
}

export interface DurableBatch {
  readonly lastRevision: Revision;
}

export interface Commit {
  readonly placements: readonly Placement[];
  /** Resolves when the transaction is on stable storage; rejects when nobody knows. */
  readonly durable: Promise<void>;
}

export class CommitQueue {
  readonly #options: CommitQueueOptions;
  /** Not yet begun to be written, oldest first. New transactions join the last one. */
  readonly #pending: Batch[] = [];
  #inFlight: Batch | undefined;
  /** Where the next batch begins, as long as none is pending. */
  #tail: { segment: OpenSegment; offset: number };
  #applied: Revision;
  #durable: Revision;
  /** The newest revision whose durability the log itself records. */
  #recorded: Revision;
  readonly #room: QueueRoom;
  #isWriting = false;
  #isClosing = false;
  #failure: KvError | undefined;
  #mark: Timer | undefined;
  #spareBuffer: Buffer | undefined;
  #whenIdle: (() => void)[] = [];
  #transactionCount = 0;
  #syncCount = 0;
  readonly #syncLatency: RecentLatency;

  constructor(options: CommitQueueOptions) {
    this.#syncLatency = new RecentLatency(options.clock);
    this.#room = new QueueRoom(options);
    this.#options = options;
    this.#applied = options.revision;
    this.#durable = options.revision;
    this.#recorded = options.revision;
    const active = options.log.active;
    this.#tail = { segment: active, offset: active.writtenEnd };
  }

  /** Of the newest transaction appended. */
  get appliedRevision(): Revision {
    return this.#applied;
  }
  /** Everything up to here is on stable storage. */
  get durableRevision(): Revision {
    return this.#durable;
  }
  get transactionCount(): number {
    return this.#transactionCount;
  }
  get syncCount(): number {
    return this.#syncCount;
  }
  /** Of the syncs of late, each with the write before it and the change of segments, if it made one. */
  get syncLatency(): Latency | undefined {
    return this.#syncLatency.summary();
  }
  get failure(): KvError | undefined {
    return this.#failure;
  }
  /**
   * Settles when every transaction that waits for the disk now has its answer, good or bad; undefined: none
   * waits. Never rejects.
   */
  get backlog(): Promise<void> | undefined {
    // A batch may have been begun for a transaction that was refused then: it waits for the next one.
    const last = this.#isWriting ? (this.#pending.at(-1) ?? this.#inFlight) : undefined;
    return last?.settlement.promise.catch(() => undefined);
  }

  /**
   * Makes room for a transaction of so many bytes. Undefined: `append` may follow in the same
   * synchronous step. A promise: there may be room when it resolves, ask again. Throws OVERLOADED,
   * NO_SPACE, STORAGE_FAILED or DRAINING.
   */
  admit(bytes: number, purpose: Purpose): Promise<void> | undefined {
    this.#throwIfOver();
    this.#room.admit(bytes);
    if (this.#batchFor(bytes, purpose) !== undefined) return undefined;
    return this.#waitForSegment(bytes);
  }

  /** Appends one whole transaction, which `admit` has let in for this purpose, and has it written soon. */
  append(records: readonly LogRecord[], purpose: Purpose): Commit {
    const revision = present(records[0], "a record in a transaction").revision;
    assert(revision === this.#applied + 1, "revisions grow by one");
    let bytes = 0;
    for (const record of records) bytes += recordLength(record);
    const batch = present(this.#batchFor(bytes, purpose), "room that was admitted");
    const placements = batch.add(records);
    this.#applied = revision;
    this.#room.add(bytes);
    this.#schedule();
    return { placements, durable: batch.settlement.promise };
  }

  /** Undefined when the revision is durable already; else a promise that settles when that is known. */
  whenDurable(revision: Revision): Promise<void> | undefined {
    if (revision <= this.#durable) return undefined;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#inFlight !== undefined && revision <= this.#inFlight.lastRevision) {
      return this.#inFlight.settlement.promise;
    }
    const batch = this.#pending.find((each) => revision <= each.lastRevision);
    return present(batch, "a batch with every revision that is not durable").settlement.promise;
  }

  /** Writes what is queued, takes no more, and seals the log. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#mark?.cancel();
    if (this.#isWriting) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    if (this.#failure !== undefined) return;
    await this.#options.log.finish(this.#durable);
  }

  /** Has the newest segment sealed, so that compaction may take it; without room for another, it is not. */
  async rotate(): Promise<void> {
    const { log } = this.#options;
    let next = this.#isRotationDue() ? log.takeNext("release", BATCH_HEADER_BYTES) : undefined;
    while (next === undefined && this.#isRotationDue()) {
      try {
        await log.waitForSpare();
      } catch (error) {
        if (isKvError(error, "NO_SPACE")) return;
        throw error;
      }
      if (this.#isRotationDue()) next = log.takeNext("release", BATCH_HEADER_BYTES);
    }
    if (next === undefined) return;
    const batch = this.#begin(next, next.writtenEnd);
    this.#schedule();
    await batch.settlement.promise;
  }

  /** Whether the newest segment has records, or will have. */
  #isRotationDue(): boolean {
    if (this.#failure !== undefined || this.#isClosing) return false;
    const last = this.#pending.at(-1);
    if (last !== undefined && last.segment !== this.#options.log.active) return false;
    if (this.#tail.segment.recordCount > 0 || this.#inFlight?.isEmpty === false) return true;
    return this.#pending.some((batch) => !batch.isEmpty);
  }

  /** Ends the queue: what is pending fails as unknown, nothing is written any more. Returns the error that says so. */
  fail(cause: unknown): KvError {
    if (this.#failure !== undefined) return this.#failure;
    const failure = new KvError(
      "STORAGE_FAILED",
      "a write to the log failed: whether pending writes were kept is unknown until the next start",
      { cause },
    );
    this.#failure = failure;
    const batches =
      this.#inFlight === undefined ? this.#pending : [this.#inFlight, ...this.#pending];
    this.#inFlight = undefined;
    for (const batch of batches) batch.settlement.reject(failure);
    this.#pending.length = 0;
    this.#options.onFailure(failure);
    return failure;
  }

  #throwIfOver(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isClosing) throw new KvError("DRAINING", "the store is closing");
  }

  async #waitForSegment(bytes: number): Promise<void> {
    await this.#room.whileWaiting(bytes, () => this.#options.log.waitForSpare());
    this.#throwIfOver();
  }

  /** The batch that a transaction of so many bytes joins; undefined while no prepared block holds it. */
  #batchFor(bytes: number, purpose: Purpose): Batch | undefined {
    const { log } = this.#options;
    const open = this.#pending.at(-1);
    if (open !== undefined) this.#tail = { segment: open.segment, offset: open.endOffset };
    const { segment, offset } = this.#tail;
    if (log.mayUse(segment, purpose)) {
      const isSmall =
        open?.isEmpty === true || (open?.length ?? Infinity) + bytes <= BATCH_BYTES_MAX;
      if (open !== undefined && isSmall && offset + bytes <= segment.dataEnd) return open;
      if (offset + BATCH_HEADER_BYTES + bytes <= segment.dataEnd)
        return this.#begin(segment, offset);
    }
    const next = log.takeNext(purpose, BATCH_HEADER_BYTES + bytes);
    return next === undefined ? undefined : this.#begin(next, next.writtenEnd);
  }

  #begin(segment: OpenSegment, offset: number): Batch {
    const batch = new Batch(segment, offset, this.#spareBuffer);
    this.#spareBuffer = undefined;
    this.#pending.push(batch);
    return batch;
  }

  /** After the tick, so that commits which arrived in one read of the socket share their first sync. */
  #schedule(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#mark?.cancel();
    this.#mark = undefined;
    setImmediate(() => void this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    try {
      for (let batch = this.#shift(); batch !== undefined; batch = this.#shift()) {
        await this.#write(batch);
      }
    } catch (error) {
      this.fail(error);
    }
    this.#isWriting = false;
    const listeners = this.#whenIdle;
    this.#whenIdle = [];
    for (const listener of listeners) listener();
    if (this.#failure === undefined && !this.#isClosing) this.#scheduleMark();
  }

  #shift(): Batch | undefined {
    const batch = this.#pending.shift();
    this.#inFlight = batch;
    if (batch !== undefined) this.#tail = { segment: batch.segment, offset: batch.endOffset };
    return batch;
  }

  async #write(batch: Batch): Promise<void> {
    const { log, clock, commitTimeMs, onDurable } = this.#options;
    const startMs = clock.monotonicMs();
    const durableBefore = this.#durable;
    if (batch.segment !== log.active) await log.rotate(batch.segment, durableBefore);
    const isMark = batch.isEmpty;
    await batch.segment.write(batch, durableBefore, isMark ? commitTimeMs() : batch.commitTimeMs);
    this.#syncCount++;
    this.#syncLatency.record(startMs);
    this.#recorded = durableBefore;
    if (!isMark) this.#room.remove(batch.length - BATCH_HEADER_BYTES, batch.transactionCount);
    this.#transactionCount += batch.transactionCount;
    if (batch.lastRevision > this.#durable) this.#durable = batch.lastRevision;
    this.#spareBuffer ??= batch.takeBuffer();
    if (!isMark) onDurable(batch);
    this.#inFlight = undefined;
    batch.settlement.resolve();
  }

  #scheduleMark(): void {
    if (this.#recorded >= this.#durable || this.#mark !== undefined) return;
    this.#mark = this.#options.clock.after(MARK_DELAY_MS, () => {
      this.#mark = undefined;
      if (this.#isWriting || this.#isClosing || this.#failure !== undefined) return;
      // A batch that was begun for a transaction which then was refused serves as well.
      if (this.#pending.length === 0) {
        const { segment, offset } = this.#tail;
        if (offset + BATCH_HEADER_BYTES > segment.dataEnd) return;
        this.#begin(segment, offset);
      }
      this.#schedule();
    });
  }
}
