/**
 * A checkpoint file: the pages of the keydir's trees, and of remembered replies, at one revision, as they are in memory.
 *
 *   header   0        8         12      16         32         40             48            56           60           64
 *            +--------+---------+-------+----------+----------+--------------+-------------+------------+------------+
 *            | magic  | format  | check | store id | revision | logical time | create time | page bytes | byte order |
 *            +--------+---------+-------+----------+----------+--------------+-------------+------------+------------+
 *   then     the pages, one image after the other, in each by their number
 *   index    for each page: its number and its checksum, 32 bits each
 *   contents a JSON text: what the images are, and what the engine says of its segments
 *   footer   0        8       12              16           20  24
 *            +--------+-------+---------------+------------+---+
 *            | magic  | check | contents bytes| page count | 0 |
 *            +--------+-------+---------------+------------+---+
 *
 * Pages hold integers in the machine's own order, which `byte order` tells: the number 0x01020304 as that
 * machine writes it. The footer's checksum covers the index, the contents and the rest of the footer. All
 * checksums are seeded with the store and the revision, those of pages with their place too, so that a part
 * of another checkpoint fails them. The format is a cache's: another version is passed over, not converted.
 */

import {
  checksum,
  checksumSeed,
  readSafeUint64,
  revision,
  timeMs,
  writeSafeUint64,
  type ChecksumSeed,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import { PAGE_BYTES } from "./page-pool.js";

/** To be raised with every change of this file or of what is in a page. */
export const CHECKPOINT_FORMAT_VERSION = 4;
const STORE_ID_BYTES = 16;

const HEADER_MAGIC = Buffer.from("KVDBCKP\0", "latin1");
const FORMAT_OFFSET = HEADER_MAGIC.length;
const HEADER_CHECKSUM_OFFSET = FORMAT_OFFSET + 4;
const STORE_ID_OFFSET = HEADER_CHECKSUM_OFFSET + 4;
const REVISION_OFFSET = STORE_ID_OFFSET + STORE_ID_BYTES;
const LOGICAL_TIME_OFFSET = REVISION_OFFSET + 8;
const CREATE_TIME_OFFSET = LOGICAL_TIME_OFFSET + 8;
const PAGE_BYTES_OFFSET = CREATE_TIME_OFFSET + 8;
const BYTE_ORDER_OFFSET = PAGE_BYTES_OFFSET + 4;
export const CHECKPOINT_HEADER_BYTES = BYTE_ORDER_OFFSET + 4;

/** Where each field of the header begins, under the names that docs/format.md gives them. */
export const CHECKPOINT_HEADER_LAYOUT = {
  magic: 0,
  "format version": FORMAT_OFFSET,
  checksum: HEADER_CHECKSUM_OFFSET,
  "store id": STORE_ID_OFFSET,
  revision: REVISION_OFFSET,
  "logical time": LOGICAL_TIME_OFFSET,
  "create time": CREATE_TIME_OFFSET,
  "page bytes": PAGE_BYTES_OFFSET,
  "byte order": BYTE_ORDER_OFFSET,
} as const;

/** Of each page: its number in its tree and its checksum. */
export const INDEX_ENTRY_BYTES = 8;

const FOOTER_MAGIC = Buffer.from("KVDBCKE\0", "latin1");
const FOOTER_CHECKSUM_OFFSET = FOOTER_MAGIC.length;
const CONTENTS_BYTES_OFFSET = FOOTER_CHECKSUM_OFFSET + 4;
const PAGE_COUNT_OFFSET = CONTENTS_BYTES_OFFSET + 4;
const FOOTER_RESERVED_OFFSET = PAGE_COUNT_OFFSET + 4;
export const CHECKPOINT_FOOTER_BYTES = FOOTER_RESERVED_OFFSET + 4;

/** Where each field of the footer begins, under the names that docs/format.md gives them. */
export const CHECKPOINT_FOOTER_LAYOUT = {
  magic: 0,
  checksum: FOOTER_CHECKSUM_OFFSET,
  "contents bytes": CONTENTS_BYTES_OFFSET,
  "page count": PAGE_COUNT_OFFSET,
  "zero bytes": FOOTER_RESERVED_OFFSET,
} as const;

/** The number 0x01020304 in the machine's order, read in the file's. */
const BYTE_ORDER = new DataView(new Uint32Array([0x01020304]).buffer).getUint32(0, true);

export interface CheckpointHeader {
  readonly storeId: Buffer;
  /** All of it is durable, and what the pages hold is the state right after it. */
  readonly revision: Revision;
  /** The store's logical time when the pages were pinned. */
  readonly logicalTimeMs: TimeMs;
  readonly createTimeMs: TimeMs;
}

/** `unreadable`: the header is intact, but these pages are not for this program or this machine. */
export type DecodedCheckpointHeader =
  | { readonly kind: "header"; readonly header: CheckpointHeader }
  | { readonly kind: "bad" | "unreadable"; readonly problem: string };

export interface CheckpointFooter {
  readonly contentsBytes: number;
  readonly pageCount: number;
}

/** The seed of everything in the checkpoint. */
export function checkpointSeed({
  storeId,
  revision: at,
}: Pick<CheckpointHeader, "storeId" | "revision">): ChecksumSeed {
  return checksumSeed(
    storeId.readUInt32LE(0),
    storeId.readUInt32LE(4),
    storeId.readUInt32LE(8),
    storeId.readUInt32LE(12),
    at,
  );
}

/** The checksum of the page that is the so-manieth of its file. */
export function pageChecksum(bytes: Buffer, ordinal: number, seed: ChecksumSeed): number {
  return checksum(bytes, ((seed ^ ordinal) >>> 0) as ChecksumSeed);
}

export function encodeCheckpointHeader(header: CheckpointHeader): Buffer {
  const bytes = Buffer.alloc(CHECKPOINT_HEADER_BYTES);
  HEADER_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(CHECKPOINT_FORMAT_VERSION, FORMAT_OFFSET);
  header.storeId.copy(bytes, STORE_ID_OFFSET);
  writeSafeUint64(bytes, header.revision, REVISION_OFFSET);
  writeSafeUint64(bytes, header.logicalTimeMs, LOGICAL_TIME_OFFSET);
  writeSafeUint64(bytes, header.createTimeMs, CREATE_TIME_OFFSET);
  bytes.writeUInt32LE(PAGE_BYTES, PAGE_BYTES_OFFSET);
  bytes.writeUInt32LE(BYTE_ORDER, BYTE_ORDER_OFFSET);
  bytes.writeUInt32LE(headerChecksum(bytes), HEADER_CHECKSUM_OFFSET);
  return bytes;
}

export function decodeCheckpointHeader(bytes: Buffer): DecodedCheckpointHeader {
  if (bytes.length < CHECKPOINT_HEADER_BYTES) return bad("it is too short to be a checkpoint");
  if (!bytes.subarray(0, HEADER_MAGIC.length).equals(HEADER_MAGIC)) return bad("it is none");
  if (bytes.readUInt32LE(HEADER_CHECKSUM_OFFSET) !== headerChecksum(bytes)) {
    return bad("the checksum of its header is wrong");
  }
  const formatVersion = bytes.readUInt32LE(FORMAT_OFFSET);
  if (formatVersion !== CHECKPOINT_FORMAT_VERSION) {
    return { kind: "unreadable", problem: `it has format ${String(formatVersion)}` };
  }
  const at = readSafeUint64(bytes, REVISION_OFFSET);
  const logicalTime = readSafeUint64(bytes, LOGICAL_TIME_OFFSET);
  const createTime = readSafeUint64(bytes, CREATE_TIME_OFFSET);
  if (at === undefined || logicalTime === undefined || createTime === undefined) {
    return bad("its header has a number that is out of range");
  }
  if (bytes.readUInt32LE(PAGE_BYTES_OFFSET) !== PAGE_BYTES) {
    return { kind: "unreadable", problem: "its pages are of another size" };
  }
  if (bytes.readUInt32LE(BYTE_ORDER_OFFSET) !== BYTE_ORDER) {
    return { kind: "unreadable", problem: "it was written on a machine of another byte order" };
  }
  return {
    kind: "header",
    header: {
      storeId: Buffer.from(bytes.subarray(STORE_ID_OFFSET, REVISION_OFFSET)),
      revision: revision(at),
      logicalTimeMs: timeMs(logicalTime),
      createTimeMs: timeMs(createTime),
    },
  };
}

/** The footer behind these bytes, the index and the contents, which its checksum covers. */
export function encodeCheckpointFooter(
  footer: CheckpointFooter,
  before: Buffer,
  seed: ChecksumSeed,
): Buffer {
  const bytes = Buffer.alloc(CHECKPOINT_FOOTER_BYTES);
  FOOTER_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(footer.contentsBytes, CONTENTS_BYTES_OFFSET);
  bytes.writeUInt32LE(footer.pageCount, PAGE_COUNT_OFFSET);
  bytes.writeUInt32LE(footerChecksum(bytes, before, seed), FOOTER_CHECKSUM_OFFSET);
  return bytes;
}

/** What the footer says of lengths, not verified yet; undefined where these bytes are none. */
export function peekCheckpointFooter(bytes: Buffer): CheckpointFooter | undefined {
  if (bytes.length < CHECKPOINT_FOOTER_BYTES) return undefined;
  if (!bytes.subarray(0, FOOTER_MAGIC.length).equals(FOOTER_MAGIC)) return undefined;
  return {
    contentsBytes: bytes.readUInt32LE(CONTENTS_BYTES_OFFSET),
    pageCount: bytes.readUInt32LE(PAGE_COUNT_OFFSET),
  };
}

/** Whether the footer vouches for itself and for the index and the contents before it. */
export function isFooterIntact(bytes: Buffer, before: Buffer, seed: ChecksumSeed): boolean {
  return bytes.readUInt32LE(FOOTER_CHECKSUM_OFFSET) === footerChecksum(bytes, before, seed);
}

function headerChecksum(bytes: Buffer): number {
  const before = checksum(bytes.subarray(0, HEADER_CHECKSUM_OFFSET), 0 as ChecksumSeed);
  const rest = bytes.subarray(STORE_ID_OFFSET, CHECKPOINT_HEADER_BYTES);
  return checksum(rest, before as ChecksumSeed);
}

function footerChecksum(bytes: Buffer, before: Buffer, seed: ChecksumSeed): number {
  const rest = bytes.subarray(CONTENTS_BYTES_OFFSET, CHECKPOINT_FOOTER_BYTES);
  return checksum(rest, checksum(before, seed) as ChecksumSeed);
}

function bad(problem: string): DecodedCheckpointHeader {
  return { kind: "bad", problem };
}
