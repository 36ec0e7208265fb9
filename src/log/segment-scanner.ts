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

/** How much is read at once, and so how many records come at once from a compacted segment. */
const WINDOW_BYTES = 1024 * 1024;

export interface ScannedRecord {
  readonly record: LogRecord;
  readonly offset: number;
  readonly length: number;
}

export type ScanStep =
  /** A whole batch of a log segment, or some records of a compacted one. */
  | {
      readonly kind: "records";
      readonly records: readonly ScannedRecord[];
      readonly header: BatchHeader | undefined;
      readonly offset: number;
      readonly endOffset: number;
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
}

export async function readSegmentHeader(file: File): Promise<DecodedHeader> {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const count = await file.read(bytes, 0);
  return decodeSegmentHeader(bytes.subarray(0, count));
}

export class SegmentScanner {
  readonly #options: ScanOptions;
  readonly #window: Window;
  #offset: number;
  /** Of what was read so far; absent where the scan did not begin with the header. */
  #digest: ChecksumSeed | undefined;
  #isHeaderDigested: boolean;

  constructor(options: ScanOptions) {
    this.#options = options;
    const isWhole = options.startOffset === undefined;
    this.#offset = options.startOffset ?? SEGMENT_HEADER_BYTES;
    this.#digest = isWhole ? (0 as ChecksumSeed) : undefined;
    this.#isHeaderDigested = !isWhole;
    this.#window = new Window(options.file, options.endOffset);
  }

  async next(): Promise<ScanStep> {
    if (!this.#isHeaderDigested) {
      this.#digestBytes(await this.#window.read(0, SEGMENT_HEADER_BYTES));
      this.#isHeaderDigested = true;
    }
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
    const bytes = await this.#window.read(offset, BATCH_HEADER_BYTES + header.bytes);
    if (bytes.length < BATCH_HEADER_BYTES + header.bytes) return this.#bad("a batch is cut off");
    const records = this.#decodeAll(bytes, BATCH_HEADER_BYTES);
    if (!Array.isArray(records)) return records;
    const problem = contradiction(header, records);
    if (problem !== undefined) return this.#bad(problem);
    this.#digestBytes(bytes);
    this.#offset = batchEnd;
    return { kind: "records", records, header, offset, endOffset: batchEnd };
  }

  async #nextRecords(): Promise<ScanStep> {
    const offset = this.#offset;
    const dataEnd = this.#options.endOffset - SEGMENT_FOOTER_BYTES;
    if (offset >= dataEnd) return this.#footerOr("there is no intact footer");
    let bytes = await this.#window.read(offset, Math.min(WINDOW_BYTES, dataEnd - offset));
    let end = wholeRecordsEnd(bytes);
    if (end === 0) {
      const length = peekRecordLength(bytes, 0) ?? RECORD_HEAD_BYTES;
      if (offset + length > dataEnd) return this.#bad("a record reaches past the end");
      bytes = await this.#window.read(offset, length);
      end = length;
    }
    const records = this.#decodeAll(bytes.subarray(0, end), 0);
    if (!Array.isArray(records)) return records;
    this.#digestBytes(bytes.subarray(0, end));
    this.#offset = offset + end;
    return { kind: "records", records, header: undefined, offset, endOffset: this.#offset };
  }

  /** The records that fill `bytes` from `start` on; `bytes` lie at the scanner's offset. */
  #decodeAll(bytes: Buffer, start: number): ScannedRecord[] | ScanStep {
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
  const window = new Window(options.file, options.endOffset);
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

function contradiction(header: BatchHeader, records: readonly ScannedRecord[]): string | undefined {
  if (header.recordCount !== records.length)
    return "a batch has another number of records than it says";
  const first = records[0]?.record;
  const last = records.at(-1)?.record;
  if (first === undefined || last === undefined) return undefined;
  if (first.revision !== header.firstRevision || last.revision !== header.lastRevision) {
    return "a batch has other revisions than it says";
  }
  return last.isLastOfTransaction ? undefined : "a batch ends within a transaction";
}

/** A part of the file in memory, read ahead; never more than it was asked for or a window's worth. */
class Window {
  readonly #file: File;
  readonly #endOffset: number;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: File, endOffset: number) {
    this.#file = file;
    this.#endOffset = endOffset;
  }

  /** Bytes from `offset` on, fewer than `length` only at the end. Shares memory with nothing later. */
  async read(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.#endOffset - offset));
    const from = offset - this.#start;
    if (from < 0 || from + wanted > this.#bytes.length) {
      const ahead = Math.max(wanted, Math.min(WINDOW_BYTES, this.#endOffset - offset));
      const bytes = Buffer.allocUnsafe(ahead);
      const count = await this.#file.read(bytes, offset);
      this.#bytes = bytes.subarray(0, count);
      this.#start = offset;
      return this.#bytes.subarray(0, wanted);
    }
    return this.#bytes.subarray(from, from + wanted);
  }

  async isZeroFrom(offset: number): Promise<boolean> {
    for (let at = offset; at < this.#endOffset; at += WINDOW_BYTES) {
      const bytes = await this.read(at, WINDOW_BYTES);
      if (!isAllZero(bytes)) return false;
    }
    return true;
  }
}
