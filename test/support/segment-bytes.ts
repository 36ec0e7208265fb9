/** Whole segments as bytes, made by hand for those who read them. */

import {
  checksum,
  NO_REVISION,
  revision,
  timeMs,
  type ChecksumSeed,
} from "../../src/base/index.js";
import type { File } from "../../src/disk/index.js";
import {
  encodeRecord,
  encodeSegmentFooter,
  encodeSegmentHeader,
  placeSeed,
  recordLength,
  segmentSeed,
  type LogRecord,
  type SegmentKind,
} from "../../src/log/index.js";
import { segmentId } from "../../src/base/index.js";
import { BATCH_HEADER_BYTES, encodeBatchHeader } from "../../src/log/batch-format.js";

export const STORE_ID = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const SEGMENT_ID = segmentId(3);
export const SEED = segmentSeed(STORE_ID, SEGMENT_ID);

/** A segment while it grows. */
export class SegmentBytes {
  #bytes: Buffer;
  #last = NO_REVISION;
  #count = 0;

  constructor(kind: SegmentKind = "log") {
    const createTimeMs = timeMs(1);
    this.#bytes = encodeSegmentHeader({
      storeId: STORE_ID,
      segmentId: SEGMENT_ID,
      createTimeMs,
      kind,
    });
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** A batch of these records, which says that the revision before its first was durable. */
  batch(...records: readonly LogRecord[]): this {
    const start = this.length;
    const length = records.reduce((sum, record) => sum + recordLength(record), 0);
    const batch = Buffer.alloc(BATCH_HEADER_BYTES + length);
    let position = BATCH_HEADER_BYTES;
    for (const record of records) {
      position = encodeRecord(record, batch, position, placeSeed(SEED, start + position));
    }
    const firstRevision = records[0]?.revision ?? NO_REVISION;
    const durableBefore = firstRevision === 0 ? this.#last : revision(firstRevision - 1);
    this.#last = records.at(-1)?.revision ?? this.#last;
    this.#count += records.length;
    const header = {
      bytes: length,
      recordCount: records.length,
      firstRevision,
      lastRevision: records.at(-1)?.revision ?? NO_REVISION,
      commitTimeMs: timeMs(1),
      durableBefore,
    };
    encodeBatchHeader(header, batch, 0, placeSeed(SEED, start));
    return this.raw(batch);
  }

  /** Records without a batch, as in a compacted segment. */
  records(...records: readonly LogRecord[]): this {
    for (const record of records) {
      const bytes = Buffer.alloc(recordLength(record));
      encodeRecord(record, bytes, 0, placeSeed(SEED, this.length));
      this.raw(bytes);
      this.#count += 1;
    }
    return this;
  }

  footer(): this {
    const footer = {
      digest: checksum(this.#bytes, 0 as ChecksumSeed),
      recordCount: this.#count,
      putCount: this.#count,
      tombstoneCount: 0,
      expirationCount: 0,
      firstRevision: revision(1),
      lastRevision: this.#last,
      commitTimeMs: timeMs(1),
      durableRevision: this.#last,
    };
    return this.raw(encodeSegmentFooter(footer, SEED, this.length));
  }

  zeros(count: number): this {
    return this.raw(Buffer.alloc(count));
  }

  raw(bytes: Buffer): this {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    return this;
  }
}

/** A file that is read only, and lies in memory. */
export function fileOf(bytes: Buffer): File {
  const refuse = (): Promise<never> => Promise.reject(new Error("this file is only read"));
  return {
    read: (into, offset) =>
      Promise.resolve(offset >= bytes.length ? 0 : bytes.copy(into, 0, offset)),
    write: refuse,
    sync: refuse,
    truncate: refuse,
    sizeBytes: () => Promise.resolve(bytes.length),
    close: () => Promise.resolve(),
  };
}
