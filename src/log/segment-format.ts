/**
 * The two ends of a segment file.
 *
 *   header   0        8         12      16         32           40             48     52          60  64
 *            +--------+---------+-------+----------+------------+--------------+------+-----------+---+
 *            | magic  | format  | check | store id | segment id | create time  | kind | key id    | 0 |
 *            +--------+---------+-------+----------+------------+--------------+------+-----------+---+
 *   then     batches (a log segment) or bare records (a compacted one)
 *   footer   0        8       12       16      24     32           40             48
 *            +--------+-------+--------+-------+------+------------+--------------+
 *            | magic  | check | digest | count | puts | tombstones | first rev.   |
 *            +--------+-------+--------+-------+------+------------+--------------+
 *            48              56            64                72            80
 *            +---------------+-------------+-----------------+-------------+
 *            | last revision | commit time | durable revision| expirations |
 *            +---------------+-------------+-----------------+-------------+
 *
 * The footer is the last thing in the file. Its digest is the CRC-32 of every byte before it, the header
 * included; its checksum is seeded with the place. The key id is 0 until segments can be encrypted.
 */

import {
  checksum,
  checksumSeed,
  isAllZero,
  readSafeUint64,
  revision,
  segmentId,
  timeMs,
  writeSafeUint64,
  type ChecksumSeed,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import { placeSeed } from "./record-format.js";

/** The newest format that this program reads. */
export const FORMAT_VERSION = 3;

/**
 * What a store says it is: 3, in which a set may name its call. 2, the one before, may hold compressed values; 1 holds none.
 */
export type FormatVersion = 1 | 2 | 3;

/** Segments have one format: whether records may be compressed is for the manifest, read first, to say. */
const SEGMENT_FORMAT_VERSION = 1;
export const STORE_ID_BYTES = 16;

const HEADER_MAGIC = Buffer.from("KVDBSEG\0", "latin1");
const FORMAT_OFFSET = HEADER_MAGIC.length;
const HEADER_CHECKSUM_OFFSET = FORMAT_OFFSET + 4;
const STORE_ID_OFFSET = HEADER_CHECKSUM_OFFSET + 4;
const SEGMENT_ID_OFFSET = STORE_ID_OFFSET + STORE_ID_BYTES;
const CREATE_TIME_OFFSET = SEGMENT_ID_OFFSET + 8;
const KIND_OFFSET = CREATE_TIME_OFFSET + 8;
const KEY_ID_OFFSET = KIND_OFFSET + 4;
const RESERVED_OFFSET = KEY_ID_OFFSET + 8;
export const SEGMENT_HEADER_BYTES = RESERVED_OFFSET + 4;

/** Where each field of the header begins, under the names that docs/format.md gives them. */
export const SEGMENT_HEADER_LAYOUT = {
  magic: 0,
  "format version": FORMAT_OFFSET,
  checksum: HEADER_CHECKSUM_OFFSET,
  "store id": STORE_ID_OFFSET,
  "segment id": SEGMENT_ID_OFFSET,
  "create time": CREATE_TIME_OFFSET,
  kind: KIND_OFFSET,
  "key id": KEY_ID_OFFSET,
  "zero bytes": RESERVED_OFFSET,
} as const;

export const FOOTER_MAGIC = Buffer.from("KVDBEND\0", "latin1");
const FOOTER_CHECKSUM_OFFSET = FOOTER_MAGIC.length;
const DIGEST_OFFSET = FOOTER_CHECKSUM_OFFSET + 4;
const RECORD_COUNT_OFFSET = DIGEST_OFFSET + 4;
const PUT_COUNT_OFFSET = RECORD_COUNT_OFFSET + 8;
const TOMBSTONE_COUNT_OFFSET = PUT_COUNT_OFFSET + 8;
const FIRST_REVISION_OFFSET = TOMBSTONE_COUNT_OFFSET + 8;
const LAST_REVISION_OFFSET = FIRST_REVISION_OFFSET + 8;
const COMMIT_TIME_OFFSET = LAST_REVISION_OFFSET + 8;
const DURABLE_REVISION_OFFSET = COMMIT_TIME_OFFSET + 8;
const EXPIRATION_COUNT_OFFSET = DURABLE_REVISION_OFFSET + 8;
export const SEGMENT_FOOTER_BYTES = EXPIRATION_COUNT_OFFSET + 8;

/** Numbers of 8 bytes, in the order in which they lie. */
const COUNT_OFFSETS = [
  RECORD_COUNT_OFFSET,
  PUT_COUNT_OFFSET,
  TOMBSTONE_COUNT_OFFSET,
  FIRST_REVISION_OFFSET,
  LAST_REVISION_OFFSET,
  COMMIT_TIME_OFFSET,
  DURABLE_REVISION_OFFSET,
  EXPIRATION_COUNT_OFFSET,
] as const;

/** Where each field of the footer begins, under the names that docs/format.md gives them. */
export const SEGMENT_FOOTER_LAYOUT = {
  magic: 0,
  checksum: FOOTER_CHECKSUM_OFFSET,
  digest: DIGEST_OFFSET,
  "record count": RECORD_COUNT_OFFSET,
  "put count": PUT_COUNT_OFFSET,
  "tombstone count": TOMBSTONE_COUNT_OFFSET,
  "first revision": FIRST_REVISION_OFFSET,
  "last revision": LAST_REVISION_OFFSET,
  "commit time": COMMIT_TIME_OFFSET,
  "durable revision": DURABLE_REVISION_OFFSET,
  "expiration count": EXPIRATION_COUNT_OFFSET,
} as const;

/** A log segment holds batches in commit order; a compacted one holds records that stand alone. */
export type SegmentKind = "log" | "compacted";
const KIND_NUMBERS: Record<SegmentKind, number> = { log: 0, compacted: 1 };

export interface SegmentHeader {
  readonly storeId: Buffer;
  readonly segmentId: SegmentId;
  readonly createTimeMs: TimeMs;
  readonly kind: SegmentKind;
}

export interface SegmentFooter {
  /** CRC-32 of every byte of the file before the footer. */
  readonly digest: number;
  readonly recordCount: number;
  /** Sets and touches. */
  readonly putCount: number;
  /** Deletes and expires. */
  readonly tombstoneCount: number;
  readonly expirationCount: number;
  readonly firstRevision: Revision;
  readonly lastRevision: Revision;
  readonly commitTimeMs: TimeMs;
  /** The newest revision that was durable when the segment was sealed. */
  readonly durableRevision: Revision;
}

export type DecodedHeader =
  | { readonly kind: "header"; readonly header: SegmentHeader }
  | { readonly kind: "newer"; readonly formatVersion: number }
  | { readonly kind: "bad"; readonly problem: string };

/** The seed of everything in the segment, before the offset is mixed in. */
export function segmentSeed(storeId: Buffer, id: SegmentId): ChecksumSeed {
  return checksumSeed(
    storeId.readUInt32LE(0),
    storeId.readUInt32LE(4),
    storeId.readUInt32LE(8),
    storeId.readUInt32LE(12),
    id,
  );
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  HEADER_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(SEGMENT_FORMAT_VERSION, FORMAT_OFFSET);
  header.storeId.copy(bytes, STORE_ID_OFFSET);
  writeSafeUint64(bytes, header.segmentId, SEGMENT_ID_OFFSET);
  writeSafeUint64(bytes, header.createTimeMs, CREATE_TIME_OFFSET);
  bytes.writeUInt32LE(KIND_NUMBERS[header.kind], KIND_OFFSET);
  bytes.writeUInt32LE(headerChecksum(bytes), HEADER_CHECKSUM_OFFSET);
  return bytes;
}

export function decodeSegmentHeader(bytes: Buffer): DecodedHeader {
  if (bytes.length < SEGMENT_HEADER_BYTES) return badHeader("the segment's header is cut off");
  if (!bytes.subarray(0, HEADER_MAGIC.length).equals(HEADER_MAGIC)) {
    return badHeader("this is not a segment");
  }
  if (bytes.readUInt32LE(HEADER_CHECKSUM_OFFSET) !== headerChecksum(bytes)) {
    return badHeader("the checksum of the segment's header is wrong");
  }
  const formatVersion = bytes.readUInt32LE(FORMAT_OFFSET);
  if (formatVersion > SEGMENT_FORMAT_VERSION) return { kind: "newer", formatVersion };
  const id = readSafeUint64(bytes, SEGMENT_ID_OFFSET);
  const createTime = readSafeUint64(bytes, CREATE_TIME_OFFSET);
  const kind = segmentKindOf(bytes.readUInt32LE(KIND_OFFSET));
  if (formatVersion === 0 || id === undefined || createTime === undefined || kind === undefined) {
    return badHeader("the segment's header has a number that is out of range");
  }
  if (!isAllZero(bytes.subarray(KEY_ID_OFFSET, SEGMENT_HEADER_BYTES))) {
    return badHeader("the segment's header has something where zeros belong");
  }
  return {
    kind: "header",
    header: {
      storeId: Buffer.from(bytes.subarray(STORE_ID_OFFSET, STORE_ID_OFFSET + STORE_ID_BYTES)),
      segmentId: segmentId(id),
      createTimeMs: timeMs(createTime),
      kind,
    },
  };
}

/** Encodes the footer that will lie at `offset` of the segment with this seed. */
export function encodeSegmentFooter(
  footer: SegmentFooter,
  seed: ChecksumSeed,
  offset: number,
): Buffer {
  const bytes = Buffer.alloc(SEGMENT_FOOTER_BYTES);
  FOOTER_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(footer.digest, DIGEST_OFFSET);
  writeSafeUint64(bytes, footer.recordCount, RECORD_COUNT_OFFSET);
  writeSafeUint64(bytes, footer.putCount, PUT_COUNT_OFFSET);
  writeSafeUint64(bytes, footer.tombstoneCount, TOMBSTONE_COUNT_OFFSET);
  writeSafeUint64(bytes, footer.firstRevision, FIRST_REVISION_OFFSET);
  writeSafeUint64(bytes, footer.lastRevision, LAST_REVISION_OFFSET);
  writeSafeUint64(bytes, footer.commitTimeMs, COMMIT_TIME_OFFSET);
  writeSafeUint64(bytes, footer.durableRevision, DURABLE_REVISION_OFFSET);
  writeSafeUint64(bytes, footer.expirationCount, EXPIRATION_COUNT_OFFSET);
  const sum = checksum(bytes.subarray(DIGEST_OFFSET), placeSeed(seed, offset));
  bytes.writeUInt32LE(sum, FOOTER_CHECKSUM_OFFSET);
  return bytes;
}

/** The footer in `bytes`, which lie at `offset` of the segment, or undefined where there is none intact. */
export function decodeSegmentFooter(
  bytes: Buffer,
  seed: ChecksumSeed,
  offset: number,
): SegmentFooter | undefined {
  if (bytes.length < SEGMENT_FOOTER_BYTES) return undefined;
  if (!bytes.subarray(0, FOOTER_MAGIC.length).equals(FOOTER_MAGIC)) return undefined;
  const covered = bytes.subarray(DIGEST_OFFSET, SEGMENT_FOOTER_BYTES);
  const sum = checksum(covered, placeSeed(seed, offset));
  if (sum !== bytes.readUInt32LE(FOOTER_CHECKSUM_OFFSET)) return undefined;
  const [recordCount, putCount, tombstoneCount, first, last, commitTime, durable, expirations] =
    COUNT_OFFSETS.map((at) => readSafeUint64(bytes, at));
  if (
    recordCount === undefined ||
    putCount === undefined ||
    tombstoneCount === undefined ||
    first === undefined ||
    last === undefined ||
    commitTime === undefined ||
    durable === undefined ||
    expirations === undefined
  ) {
    return undefined;
  }
  return {
    digest: bytes.readUInt32LE(DIGEST_OFFSET),
    recordCount,
    putCount,
    tombstoneCount,
    expirationCount: expirations,
    firstRevision: revision(first),
    lastRevision: revision(last),
    commitTimeMs: timeMs(commitTime),
    durableRevision: revision(durable),
  };
}

/** `000000000042.seg` */
export function segmentFileName(id: SegmentId): string {
  return `${String(id).padStart(12, "0")}.seg`;
}

function headerChecksum(bytes: Buffer): number {
  const before = checksum(bytes.subarray(0, HEADER_CHECKSUM_OFFSET), 0 as ChecksumSeed);
  return checksum(bytes.subarray(STORE_ID_OFFSET, SEGMENT_HEADER_BYTES), before as ChecksumSeed);
}

function segmentKindOf(number: number): SegmentKind | undefined {
  if (number === KIND_NUMBERS.log) return "log";
  return number === KIND_NUMBERS.compacted ? "compacted" : undefined;
}

function badHeader(problem: string): DecodedHeader {
  return { kind: "bad", problem };
}
