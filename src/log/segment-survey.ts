/**
 * Reads whatever is intact in a segment, however much around it is damaged: where `SegmentScanner` stops at
 * the first thing that is wrong, this goes on behind it. Every header and record names its place in its
 * checksum, so that what is found by searching lies where it was written.
 *
 * It takes a segment as bytes: only who rescues reads this way, one segment at a time.
 */

import type { ChecksumSeed } from "../base/index.js";
import {
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  decodeBatchHeader,
  type BatchHeader,
} from "./batch-format.js";
import { decodeRecord, placeSeed, RECORD_HEAD_BYTES, RecordType } from "./record-format.js";
import {
  decodeSegmentFooter,
  FOOTER_MAGIC,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentFooter,
  type SegmentKind,
} from "./segment-format.js";
import { contradiction, type ScannedRecord } from "./segment-scanner.js";

/** A call in a record is shorter than 512 bytes: so much of its length is in the higher byte. */
const CALL_LENGTH_HIGH_MAX = 1;

export type SurveyStep =
  /** A batch of a log segment with what is intact of it, or intact records that stand without one. */
  | {
      readonly kind: "records";
      readonly offset: number;
      readonly records: readonly ScannedRecord[];
      readonly header: BatchHeader | undefined;
      /** Nothing of the batch is missing. Of records without a batch: nobody can tell. */
      readonly isWhole: boolean;
    }
  /** Nothing intact begins from here to the end. */
  | {
      readonly kind: "damage";
      readonly offset: number;
      readonly endOffset: number;
      readonly problem: string;
    }
  | { readonly kind: "footer"; readonly offset: number; readonly footer: SegmentFooter }
  /** Nothing but zeros follows, or nothing at all. */
  | { readonly kind: "end"; readonly offset: number };

export interface SurveyOptions {
  /** The file, up to where it ends for the store. */
  readonly bytes: Buffer;
  readonly kind: SegmentKind;
  readonly seed: ChecksumSeed;
}

/** What there is, in order; the last step is an end, a footer, or damage up to the last byte. */
export function surveySegment(options: SurveyOptions): Generator<SurveyStep, void, undefined> {
  return new Survey(options).steps();
}

class Survey {
  readonly #bytes: Buffer;
  readonly #kind: SegmentKind;
  readonly #seed: ChecksumSeed;
  /** From here on all is zero. */
  readonly #zeroFrom: number;

  constructor({ bytes, kind, seed }: SurveyOptions) {
    this.#bytes = bytes;
    this.#kind = kind;
    this.#seed = seed;
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    this.#zeroFrom = end;
  }

  *steps(): Generator<SurveyStep, void, undefined> {
    const { length } = this.#bytes;
    let offset = SEGMENT_HEADER_BYTES;
    while (offset < length) {
      const footer = this.#footerAt(offset);
      if (footer !== undefined) {
        yield { kind: "footer", offset, footer };
        offset += SEGMENT_FOOTER_BYTES;
        continue;
      }
      if (this.#kind === "log" && offset >= this.#zeroFrom) break;
      const header = this.#kind === "log" ? this.#headerAt(offset) : undefined;
      if (header !== undefined) {
        yield* this.#batch(offset, header);
        offset = Math.min(length, offset + BATCH_HEADER_BYTES + header.bytes);
        continue;
      }
      const { records, endOffset } = this.#recordsFrom(offset, length);
      if (records.length > 0) {
        yield { kind: "records", offset, records, header: undefined, isWhole: false };
        offset = endOffset;
        continue;
      }
      const next = this.#search(offset + 1, length);
      const problem =
        this.#kind === "log" ? "there is no intact batch" : "there is no intact record";
      yield { kind: "damage", offset, endOffset: next, problem };
      offset = next;
    }
    if (offset >= length || offset >= this.#zeroFrom) yield { kind: "end", offset };
  }

  /** Its damage first, then what is intact of it. */
  *#batch(offset: number, header: BatchHeader): Generator<SurveyStep, void, undefined> {
    const saidEnd = offset + BATCH_HEADER_BYTES + header.bytes;
    const batchEnd = Math.min(this.#bytes.length, saidEnd);
    const records: ScannedRecord[] = [];
    let isWhole = saidEnd === batchEnd;
    if (!isWhole) {
      const problem = "a batch reaches past the end";
      yield { kind: "damage", offset, endOffset: batchEnd, problem };
    }
    for (let at = offset + BATCH_HEADER_BYTES; at < batchEnd;) {
      const run = this.#recordsFrom(at, batchEnd);
      records.push(...run.records);
      at = run.endOffset;
      if (at >= batchEnd) break;
      isWhole = false;
      const next = this.#search(at + 1, batchEnd);
      yield { kind: "damage", offset: at, endOffset: next, problem: run.problem };
      at = next;
    }
    const problem = isWhole ? contradictionOf(header, records) : undefined;
    if (problem !== undefined) {
      isWhole = false;
      yield { kind: "damage", offset, endOffset: batchEnd, problem };
    }
    yield { kind: "records", offset, records, header, isWhole };
  }

  /** Intact records that follow one another from here on, and what is wrong behind the last of them. */
  #recordsFrom(
    from: number,
    endOffset: number,
  ): { readonly records: ScannedRecord[]; readonly endOffset: number; readonly problem: string } {
    const bytes = this.#bytes.subarray(0, endOffset);
    const records: ScannedRecord[] = [];
    for (let at = from; ;) {
      const decoded = decodeRecord(bytes, at, placeSeed(this.#seed, at));
      if (decoded.kind === "bad") return { records, endOffset: at, problem: decoded.problem };
      records.push({ record: decoded.record, offset: at, length: decoded.length });
      at += decoded.length;
    }
  }

  /** Where the next intact thing begins, or the end. */
  #search(from: number, endOffset: number): number {
    for (let at = from; at < endOffset; at++) if (this.#isIntactAt(at, endOffset)) return at;
    return endOffset;
  }

  #isIntactAt(at: number, endOffset: number): boolean {
    const bytes = this.#bytes;
    if (bytes[at] === FOOTER_MAGIC[0]) {
      if (this.#headerAt(at) !== undefined || this.#footerAt(at) !== undefined) return true;
    }
    // A look at what any record has saves the checksum nearly everywhere.
    const type = bytes[at + 8] ?? 0;
    if (type < RecordType.SET || type > RecordType.REPLY) return false;
    if (bytes[at + 11] !== 0 || (bytes[at + 15] ?? 0) > CALL_LENGTH_HIGH_MAX) return false;
    if (at + RECORD_HEAD_BYTES > endOffset) return false;
    return decodeRecord(bytes, at, placeSeed(this.#seed, at)).kind === "record";
  }

  #headerAt(at: number): BatchHeader | undefined {
    if (this.#kind !== "log" || at + BATCH_HEADER_BYTES > this.#bytes.length) return undefined;
    if (this.#bytes.readUInt32LE(at) !== BATCH_MAGIC) return undefined;
    return decodeBatchHeader(this.#bytes, at, placeSeed(this.#seed, at));
  }

  #footerAt(at: number): SegmentFooter | undefined {
    return decodeSegmentFooter(this.#bytes.subarray(at), this.#seed, at);
  }
}

function contradictionOf(
  header: BatchHeader,
  records: readonly ScannedRecord[],
): string | undefined {
  return contradiction(header, {
    recordCount: records.length,
    firstRevision: records[0]?.record.revision,
    last: records.at(-1)?.record,
  });
}
