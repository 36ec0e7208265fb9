/**
 * A batch while it fills: records are encoded at their final place as they come, so that the keydir
 * can point at them before they are written.
 */

import {
  assert,
  NO_REVISION,
  present,
  revision,
  timeMs,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import { BATCH_HEADER_BYTES, encodeBatchHeader } from "./batch-format.js";
import {
  encodeRecord,
  placeSeed,
  recordLength,
  RecordType,
  type LogRecord,
} from "./record-format.js";
import type { OpenSegment } from "./open-segment.js";

/** Where a record lies. */
export interface Placement {
  readonly segment: SegmentId;
  readonly offset: number;
  readonly length: number;
}

const BUFFER_BYTES_MIN = 16 * 1024;

/** Settles once; the batch's transactions all wait on the same one. */
export interface Settlement {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Batch {
  readonly segment: OpenSegment;
  readonly startOffset: number;
  /** Resolves when the batch is on stable storage. */
  readonly settlement: Settlement;
  #buffer: Buffer;
  #length = BATCH_HEADER_BYTES;
  #recordCount = 0;
  #putCount = 0;
  #tombstoneCount = 0;
  #transactionCount = 0;
  #firstRevision: Revision = NO_REVISION;
  #lastRevision: Revision = NO_REVISION;
  #commitTimeMs: TimeMs = timeMs(0);
  #expirationCount = 0;

  constructor(segment: OpenSegment, startOffset: number, buffer?: Buffer) {
    this.segment = segment;
    this.startOffset = startOffset;
    this.settlement = newSettlement();
    this.#buffer = buffer ?? Buffer.allocUnsafe(BUFFER_BYTES_MIN);
  }

  /** Bytes that the batch takes on disk so far, its header included. */
  get length(): number {
    return this.#length;
  }
  get endOffset(): number {
    return this.startOffset + this.#length;
  }
  get isEmpty(): boolean {
    return this.#recordCount === 0;
  }
  get recordCount(): number {
    return this.#recordCount;
  }
  get putCount(): number {
    return this.#putCount;
  }
  get tombstoneCount(): number {
    return this.#tombstoneCount;
  }
  get transactionCount(): number {
    return this.#transactionCount;
  }
  get firstRevision(): Revision {
    return this.#firstRevision;
  }
  get lastRevision(): Revision {
    return this.#lastRevision;
  }
  get commitTimeMs(): TimeMs {
    return this.#commitTimeMs;
  }
  get expirationCount(): number {
    return this.#expirationCount;
  }

  /** Adds one whole transaction; returns where each of its records will lie. */
  add(records: readonly LogRecord[]): Placement[] {
    const ofTransaction = present(records[0], "a record in a transaction").revision;
    assert(ofTransaction > this.#lastRevision, "revisions grow within a batch");
    const placements = records.map((record) => this.#addRecord(record));
    if (this.#firstRevision === NO_REVISION) this.#firstRevision = ofTransaction;
    this.#lastRevision = ofTransaction;
    this.#transactionCount++;
    return placements;
  }

  /** The bytes to write, with a header that says what was durable before. The batch takes no more after. */
  finish(durableBefore: Revision, commitTimeMs: TimeMs): Buffer {
    this.#commitTimeMs = timeMs(Math.max(this.#commitTimeMs, commitTimeMs));
    encodeBatchHeader(
      {
        bytes: this.#length - BATCH_HEADER_BYTES,
        recordCount: this.#recordCount,
        firstRevision: revision(this.#firstRevision),
        lastRevision: revision(this.#lastRevision),
        commitTimeMs: this.#commitTimeMs,
        durableBefore,
      },
      this.#buffer,
      0,
      placeSeed(this.segment.seed, this.startOffset),
    );
    return this.#buffer.subarray(0, this.#length);
  }

  /** The buffer, for the next batch to use; this batch must not be asked for bytes again. */
  takeBuffer(): Buffer {
    return this.#buffer;
  }

  #addRecord(record: LogRecord): Placement {
    this.#reserve(this.#length + recordLength(record));
    const offset = this.endOffset;
    const seed = placeSeed(this.segment.seed, offset);
    const before = this.#length;
    this.#length = encodeRecord(record, this.#buffer, before, seed);
    this.#recordCount++;
    if (record.type === RecordType.SET || record.type === RecordType.TOUCH) this.#putCount++;
    if (record.type === RecordType.DELETE || record.type === RecordType.EXPIRE)
      this.#tombstoneCount++;
    if (record.type === RecordType.EXPIRE) this.#expirationCount++;
    this.#commitTimeMs = timeMs(Math.max(this.#commitTimeMs, record.commitTimeMs));
    return { segment: this.segment.id, offset, length: this.#length - before };
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(bytes, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function newSettlement(): Settlement {
  let resolve: (() => void) | undefined;
  let reject: ((error: unknown) => void) | undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // A batch may fail when nobody waits for it any more; that is no unhandled rejection.
  promise.catch(() => undefined);
  return { promise, resolve: present(resolve, "resolve"), reject: present(reject, "reject") };
}
