/**
 * Reads a segment from its first record to its end, verifying everything, and says how it ends: clean,
 * with a footer, or with something bad. What "bad" means is for recovery to judge.
 */

import { checksum, isAllZero, type ChecksumSeed, type Revision } from "../base/index.js";
import type { File } from "../disk/index.js";
import {
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  decodeBatchHeader,
  type BatchHeader,
} from "./batch-format.js";
import { ReadWindow, WINDOW_BYTES } from "./read-window.js";
import {
  decodeRecord,
  peekRecordLength,
  placeSeed,
  RECORD_HEAD_BYTES,
  wholeRecordsEnd,
  type LogRecord,
} from "./record-format.js";
import {
  decodeSegmentFooter,
  decodeSegmentHeader,
  FOOTER_MAGIC,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  type DecodedHeader,
  type SegmentFooter,
  type SegmentKind,
} from "./segment-format.js";

/** Decoding a part of this size takes half a millisecond where records are small. */
const PART_BYTES = 32 * 1024;

export interface ScannedRecord {
  readonly record: LogRecord;
  readonly offset: number;
  readonly length: number;
}

export type ScanStep =
  /** A whole batch of a log segment, or a part of one, or some records of a compacted segment. */
  | {
      readonly kind: "records";
      readonly records: readonly ScannedRecord[];
      /** Where the records lie, one after the other, ending with the last. */
      readonly bytes: Buffer;
      readonly header: BatchHeader | undefined;
      readonly offset: number;
      readonly endOffset: number;
      /** The batch ends here, or there is none. */
      readonly isBatchEnd: boolean;
    }
  /** Nothing but zeros follows, or nothing at all. */
  | { readonly kind: "end"; readonly offset: number }
  | { readonly kind: "footer"; readonly offset: number; readonly footer: SegmentFooter }
  | {
      readonly kind: "bad";
      readonly offset: number;
      /** Where the batch begins that it lies in: all of it is bad then. */
      readonly batchOffset: number;
      readonly problem: string;
    };

export interface ScanOptions {
  readonly file: File;
  readonly kind: SegmentKind;
  readonly seed: ChecksumSeed;
  /** Where to stop, in bytes; the size of the file at the most. */
  readonly endOffset: number;
  /**
   * Where to begin, the end of a batch. Absent: after the header. A scan that does not begin there
   * cannot check the footer, and ends at it as at something bad.
   */
  readonly startOffset?: number;
  /**
   * Batches by default. "parts": a step gives no more than some records of a batch, so that none takes
   * long; that the batch is whole is known with its last part only. What a step gave is overwritten by the
   * next one.
   */
  readonly steps?: "batches" | "parts";
}

/** The batch whose parts are being given. */
interface OpenBatch {
  readonly header: BatchHeader;
  readonly offset: number;
  readonly endOffset: number;
  recordCount: number;
  firstRevision: Revision | undefined;
}

export async function readSegmentHeader(file: File): Promise<DecodedHeader> {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const count = await file.read(bytes, 0);
  return decodeSegmentHeader(bytes.subarray(0, count));
}

export class SegmentScanner {
  readonly #options: ScanOptions;
  readonly #window: ReadWindow;
  #offset: number;
  /** Of what was read so far; absent where the scan did not begin with the header. */
  #digest: ChecksumSeed | undefined;
  #isHeaderDigested: boolean;
  #batch: OpenBatch | undefined;

  constructor(options: ScanOptions) {
    this.#options = options;
    const isWhole = options.startOffset === undefined;
    this.#offset = options.startOffset ?? SEGMENT_HEADER_BYTES;
    this.#digest = isWhole ? (0 as ChecksumSeed) : undefined;
    this.#isHeaderDigested = !isWhole;
    this.#window = new ReadWindow(options);
  }

  async next(): Promise<ScanStep> {
    if (!this.#isHeaderDigested) {
      this.#digestBytes(await this.#window.read(0, SEGMENT_HEADER_BYTES));
      this.#isHeaderDigested = true;
    }
    if (this.#batch !== undefined) return this.#nextPart(this.#batch);
    return this.#options.kind === "log" ? this.#nextBatch() : this.#nextRecords();
  }

  async #nextBatch(): Promise<ScanStep> {
    const offset = this.#offset;
    const { endOffset, seed } = this.#options;
    if (offset >= endOffset) return { kind: "end", offset };
    const head = await this.#window.read(offset, BATCH_HEADER_BYTES);
    if (isAllZero(head)) {
      if (await this.#window.isZeroFrom(offset)) return { kind: "end", offset };
      return this.#bad("bytes lie behind the end of the log");
    }
    const header = decodeBatchHeader(head, 0, placeSeed(seed, offset));
    if (header === undefined) return this.#footerOr("there is no intact batch");
    const batchEnd = offset + BATCH_HEADER_BYTES + header.bytes;
    if (batchEnd > endOffset) return this.#bad("a batch reaches past the end");
    if (this.#options.steps === "parts" && header.bytes > PART_BYTES) {
      this.#digestBytes(head);
      this.#offset = offset + BATCH_HEADER_BYTES;
      this.#batch = {
        header,
        offset,
        endOffset: batchEnd,
        recordCount: 0,
        firstRevision: undefined,
      };
      return this.#nextPart(this.#batch);
    }
    const bytes = await this.#window.read(offset, BATCH_HEADER_BYTES + header.bytes);
    if (bytes.length < BATCH_HEADER_BYTES + header.bytes) return this.#bad("a batch is cut off");
    const records = this.#decodeAll(bytes, BATCH_HEADER_BYTES);
    if (!Array.isArray(records)) return records;
    const problem = contradiction(header, {
      recordCount: records.length,
      firstRevision: records[0]?.record.revision,
      last: records.at(-1)?.record,
    });
    if (problem !== undefined) return this.#bad(problem);
    this.#digestBytes(bytes);
    this.#offset = batchEnd;
    const ofRecords = bytes.subarray(BATCH_HEADER_BYTES);
    return {
      kind: "records",
      records,
      bytes: ofRecords,
      header,
      offset,
      endOffset: batchEnd,
      isBatchEnd: true,
    };
  }

  async #nextPart(batch: OpenBatch): Promise<ScanStep> {
    const { header, endOffset } = batch;
    const step = await this.#recordsBefore(endOffset, PART_BYTES);
    if (step.kind === "bad") return { ...step, batchOffset: batch.offset };
    const { records } = step;
    batch.recordCount += records.length;
    batch.firstRevision ??= records[0]?.record.revision;
    const isBatchEnd = step.endOffset === endOffset;
    if (isBatchEnd) {
      const problem = contradiction(header, { ...batch, last: records.at(-1)?.record });
      if (problem !== undefined) return { ...this.#bad(problem), batchOffset: batch.offset };
      this.#batch = undefined;
    }
    return { ...step, header, isBatchEnd };
  }

  async #nextRecords(): Promise<ScanStep> {
    const dataEnd = this.#options.endOffset - SEGMENT_FOOTER_BYTES;
    if (this.#offset >= dataEnd) return this.#footerOr("there is no intact footer");
    const { steps } = this.#options;
    return this.#recordsBefore(dataEnd, steps === "parts" ? PART_BYTES : WINDOW_BYTES);
  }

  /** Some records: as many as lie within so many bytes, or one that is larger. */
  async #recordsBefore(
    dataEnd: number,
    bytesMax: number,
  ): Promise<Extract<ScanStep, { kind: "records" | "bad" }>> {
    const offset = this.#offset;
    let bytes = await this.#window.read(offset, Math.min(bytesMax, dataEnd - offset));
    let end = wholeRecordsEnd(bytes);
    if (end === 0) {
      const length = peekRecordLength(bytes, 0) ?? RECORD_HEAD_BYTES;
      if (offset + length > dataEnd) return this.#bad("a record reaches past the end");
      bytes = await this.#window.read(offset, length);
      if (bytes.length < length) return this.#bad("a record is cut off");
      end = length;
    }
    bytes = bytes.subarray(0, end);
    const records = this.#decodeAll(bytes, 0);
    if (!Array.isArray(records)) return records;
    this.#digestBytes(bytes);
    this.#offset = offset + end;
    return {
      kind: "records",
      records,
      bytes,
      header: undefined,
      offset,
      endOffset: this.#offset,
      isBatchEnd: true,
    };
  }

  /** The records that fill `bytes` from `start` on; `bytes` lie at the scanner's offset. */
  #decodeAll(bytes: Buffer, start: number): ScannedRecord[] | Extract<ScanStep, { kind: "bad" }> {
    const records: ScannedRecord[] = [];
    for (let position = start; position < bytes.length;) {
      const offset = this.#offset + position;
      const decoded = decodeRecord(bytes, position, placeSeed(this.#options.seed, offset));
      if (decoded.kind === "bad") return { ...this.#bad(decoded.problem), offset };
      records.push({ record: decoded.record, offset, length: decoded.length });
      position += decoded.length;
    }
    return records;
  }

  async #footerOr(problem: string): Promise<ScanStep> {
    const offset = this.#offset;
    const bytes = await this.#window.read(offset, SEGMENT_FOOTER_BYTES);
    const footer = decodeSegmentFooter(bytes, this.#options.seed, offset);
    if (footer === undefined) return this.#bad(problem);
    if (footer.digest !== this.#digest) return this.#bad("the segment does not match its footer");
    return { kind: "footer", offset, footer };
  }

  #digestBytes(bytes: Buffer): void {
    if (this.#digest === undefined) return;
    this.#digest = checksum(bytes, this.#digest) as ChecksumSeed;
  }

  #bad(problem: string): Extract<ScanStep, { kind: "bad" }> {
    return { kind: "bad", offset: this.#offset, batchOffset: this.#offset, problem };
  }
}

/**
 * The highest revision that an intact batch header or footer behind `from` calls durable, or undefined
 * where there is none: what recovery asks after a bad record, to tell a torn tail from damage.
 */
export async function durableRevisionBehind(
  options: ScanOptions,
  from: number,
): Promise<Revision | undefined> {
  const window = new ReadWindow(options);
  let highest: Revision | undefined;
  for (let offset = from; offset < options.endOffset; offset += WINDOW_BYTES) {
    // The windows overlap, so that none is missed between two of them.
    const bytes = await window.read(offset, WINDOW_BYTES + SEGMENT_FOOTER_BYTES);
    for (const { magic, durableRevision } of VOUCHERS) {
      for (let at = bytes.indexOf(magic); at !== -1; at = bytes.indexOf(magic, at + 1)) {
        const found = durableRevision(bytes.subarray(at), options.seed, offset + at);
        if (found !== undefined && (highest === undefined || found > highest)) highest = found;
      }
    }
  }
  return highest;
}

const BATCH_MAGIC_BYTES = Buffer.alloc(4);
BATCH_MAGIC_BYTES.writeUInt32LE(BATCH_MAGIC);

/** What names a durable revision: how it begins, and what it names if it is intact. */
const VOUCHERS: readonly {
  readonly magic: Buffer;
  readonly durableRevision: (
    bytes: Buffer,
    seed: ChecksumSeed,
    offset: number,
  ) => Revision | undefined;
}[] = [
  {
    magic: BATCH_MAGIC_BYTES,
    durableRevision: (bytes, seed, offset) =>
      decodeBatchHeader(bytes, 0, placeSeed(seed, offset))?.durableBefore,
  },
  {
    magic: FOOTER_MAGIC,
    durableRevision: (bytes, seed, offset) =>
      decodeSegmentFooter(bytes, seed, offset)?.durableRevision,
  },
];

/** What was found where the batch should be. */
interface FoundBatch {
  readonly recordCount: number;
  readonly firstRevision: Revision | undefined;
  readonly last: LogRecord | undefined;
}

/** How what was found contradicts the header of the batch, or undefined. */
export function contradiction(header: BatchHeader, found: FoundBatch): string | undefined {
  const { firstRevision, last } = found;
  if (header.recordCount !== found.recordCount)
    return "a batch has another number of records than it says";
  if (firstRevision === undefined || last === undefined) return undefined;
  if (firstRevision !== header.firstRevision || last.revision !== header.lastRevision) {
    return "a batch has other revisions than it says";
  }
  return last.isLastOfTransaction ? undefined : "a batch ends within a transaction";
}
