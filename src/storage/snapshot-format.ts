/**
 * A snapshot file: everything at one revision, in key order, verifying itself.
 *
 *   header   0       8        10      12      16         32            48         56           64
 *            +-------+--------+-------+-------+----------+-------------+----------+------------+
 *            | magic | format | order | check | store id | snapshot id | revision | created at |
 *            +-------+--------+-------+-------+----------+-------------+----------+------------+
 *   then     the newest record (a set or a touch) of each key, as in a segment, checksums seeded
 *            with the snapshot's id and the offset
 *   footer   0        8           16           24             32          64
 *            +--------+-----------+------------+--------------+-----------+
 *            | magic  | key count | data bytes | logical time | SHA-256   |
 *            +--------+-----------+------------+--------------+-----------+
 *
 * The order is that of the keys. A program from before there were others than bytes (0) takes it for part of
 * the format, and refuses another order as a format that is too new.
 *
 * The SHA-256 covers the whole file before it, and is the last 32 bytes:
 * `head -c -32 FILE | sha256sum` prints what `tail -c 32 FILE | xxd -p` holds.
 */

import {
  checksum,
  checksumSeed,
  KEY_ORDERS,
  readSafeUint64,
  revision,
  timeMs,
  writeSafeUint64,
  type ChecksumSeed,
  type KeyOrderName,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import { STORE_ID_BYTES } from "../log/index.js";

export const SNAPSHOTS_DIRECTORY = "snapshots";
const SNAPSHOT_SUFFIX = ".snapshot";
export const SNAPSHOT_ID_BYTES = 16;

const HEADER_MAGIC = Buffer.from("KVDBSNP\0", "latin1");
const FORMAT_OFFSET = HEADER_MAGIC.length;
const KEY_ORDER_OFFSET = FORMAT_OFFSET + 2;
const CHECKSUM_OFFSET = KEY_ORDER_OFFSET + 2;
const STORE_ID_OFFSET = CHECKSUM_OFFSET + 4;
const SNAPSHOT_ID_OFFSET = STORE_ID_OFFSET + STORE_ID_BYTES;
const REVISION_OFFSET = SNAPSHOT_ID_OFFSET + SNAPSHOT_ID_BYTES;
const CREATE_TIME_OFFSET = REVISION_OFFSET + 8;
export const SNAPSHOT_HEADER_BYTES = CREATE_TIME_OFFSET + 8;

/** Where each field of the header begins, under the names that docs/format.md gives them. */
export const SNAPSHOT_HEADER_LAYOUT = {
  magic: 0,
  "format version": FORMAT_OFFSET,
  "key order": KEY_ORDER_OFFSET,
  checksum: CHECKSUM_OFFSET,
  "store id": STORE_ID_OFFSET,
  "snapshot id": SNAPSHOT_ID_OFFSET,
  revision: REVISION_OFFSET,
  "create time": CREATE_TIME_OFFSET,
} as const;

/** The number of each order of keys. */
export const SNAPSHOT_KEY_ORDERS = {
  bytes: 0,
  reverse: 1,
  natural: 2,
  "case-insensitive": 3,
} as const satisfies Readonly<Record<KeyOrderName, number>>;

const FOOTER_MAGIC = Buffer.from("KVDBSNE\0", "latin1");
const KEY_COUNT_OFFSET = FOOTER_MAGIC.length;
const DATA_BYTES_OFFSET = KEY_COUNT_OFFSET + 8;
const LOGICAL_TIME_OFFSET = DATA_BYTES_OFFSET + 8;
const SHA256_OFFSET = LOGICAL_TIME_OFFSET + 8;
export const SHA256_BYTES = 32;
/** The footer without its digest. */
const FOOTER_HEAD_BYTES = SHA256_OFFSET;
export const SNAPSHOT_FOOTER_BYTES = SHA256_OFFSET + SHA256_BYTES;

/** Where each field of the footer begins, under the names that docs/format.md gives them. */
export const SNAPSHOT_FOOTER_LAYOUT = {
  magic: 0,
  "key count": KEY_COUNT_OFFSET,
  "data bytes": DATA_BYTES_OFFSET,
  "logical time": LOGICAL_TIME_OFFSET,
  "SHA-256": SHA256_OFFSET,
} as const;

/** The newest format of snapshots that this program reads. */
export const SNAPSHOT_FORMAT_VERSION = 2;

export interface SnapshotHeader {
  /** That of the store: with 2, records may be compressed. */
  /** Whether values may need a codec to be read: format 2, where it is 1 otherwise. */
  readonly mayBeCompressed: boolean;
  readonly storeId: Buffer;
  readonly snapshotId: Buffer;
  readonly keyOrder: KeyOrderName;
  readonly revision: Revision;
  readonly createTimeMs: TimeMs;
}

export interface SnapshotFooter {
  readonly keyCount: number;
  /** Bytes of the records. */
  readonly dataBytes: number;
  /** Logical time when the view was pinned; a restored store goes on from here. */
  readonly logicalTimeMs: TimeMs;
  readonly sha256: Buffer;
}

export type DecodedSnapshotHeader =
  | { readonly kind: "header"; readonly header: SnapshotHeader }
  | { readonly kind: "newer"; readonly formatVersion: number }
  | { readonly kind: "unknown-order"; readonly keyOrder: number }
  | { readonly kind: "bad"; readonly problem: string };

/** `<32 hex digits>.snapshot` */
export function snapshotFileName(snapshotId: string): string {
  return snapshotId + SNAPSHOT_SUFFIX;
}

/** The id in a snapshot's file name, or undefined for another file. */
export function snapshotIdOf(fileName: string): string | undefined {
  return /^([0-9a-f]{32})\.snapshot$/.exec(fileName)?.[1];
}

export function snapshotSeed(snapshotId: Buffer): ChecksumSeed {
  return checksumSeed(
    snapshotId.readUInt32LE(0),
    snapshotId.readUInt32LE(4),
    snapshotId.readUInt32LE(8),
    snapshotId.readUInt32LE(12),
  );
}

export function encodeSnapshotHeader(header: SnapshotHeader): Buffer {
  const bytes = Buffer.alloc(SNAPSHOT_HEADER_BYTES);
  HEADER_MAGIC.copy(bytes, 0);
  bytes.writeUInt16LE(header.mayBeCompressed ? 2 : 1, FORMAT_OFFSET);
  bytes.writeUInt16LE(SNAPSHOT_KEY_ORDERS[header.keyOrder], KEY_ORDER_OFFSET);
  header.storeId.copy(bytes, STORE_ID_OFFSET);
  header.snapshotId.copy(bytes, SNAPSHOT_ID_OFFSET);
  writeSafeUint64(bytes, header.revision, REVISION_OFFSET);
  writeSafeUint64(bytes, header.createTimeMs, CREATE_TIME_OFFSET);
  bytes.writeUInt32LE(headerChecksum(bytes), CHECKSUM_OFFSET);
  return bytes;
}

export function decodeSnapshotHeader(bytes: Buffer): DecodedSnapshotHeader {
  if (bytes.length < SNAPSHOT_HEADER_BYTES) return bad("it is too short to be a snapshot");
  if (!bytes.subarray(0, HEADER_MAGIC.length).equals(HEADER_MAGIC)) return bad("it is no snapshot");
  if (bytes.readUInt32LE(CHECKSUM_OFFSET) !== headerChecksum(bytes)) {
    return bad("the checksum of its header is wrong");
  }
  const formatVersion = bytes.readUInt16LE(FORMAT_OFFSET);
  if (formatVersion > SNAPSHOT_FORMAT_VERSION) return { kind: "newer", formatVersion };
  const orderNumber = bytes.readUInt16LE(KEY_ORDER_OFFSET);
  const keyOrder = KEY_ORDERS.find((order) => SNAPSHOT_KEY_ORDERS[order] === orderNumber);
  if (keyOrder === undefined) return { kind: "unknown-order", keyOrder: orderNumber };
  const ofSnapshot = readSafeUint64(bytes, REVISION_OFFSET);
  const createTime = readSafeUint64(bytes, CREATE_TIME_OFFSET);
  if (formatVersion === 0 || ofSnapshot === undefined || createTime === undefined) {
    return bad("its header has a number that is out of range");
  }
  return {
    kind: "header",
    header: {
      mayBeCompressed: formatVersion === 2,
      storeId: Buffer.from(bytes.subarray(STORE_ID_OFFSET, SNAPSHOT_ID_OFFSET)),
      snapshotId: Buffer.from(bytes.subarray(SNAPSHOT_ID_OFFSET, REVISION_OFFSET)),
      keyOrder,
      revision: revision(ofSnapshot),
      createTimeMs: timeMs(createTime),
    },
  };
}

/** The footer without the digest, which covers these bytes too. */
export function encodeSnapshotFooterHead(footer: Omit<SnapshotFooter, "sha256">): Buffer {
  const bytes = Buffer.alloc(FOOTER_HEAD_BYTES);
  FOOTER_MAGIC.copy(bytes, 0);
  writeSafeUint64(bytes, footer.keyCount, KEY_COUNT_OFFSET);
  writeSafeUint64(bytes, footer.dataBytes, DATA_BYTES_OFFSET);
  writeSafeUint64(bytes, footer.logicalTimeMs, LOGICAL_TIME_OFFSET);
  return bytes;
}

/** The footer, or undefined where these bytes are none. Its digest is the caller's to check. */
export function decodeSnapshotFooter(bytes: Buffer): SnapshotFooter | undefined {
  if (bytes.length < SNAPSHOT_FOOTER_BYTES) return undefined;
  if (!bytes.subarray(0, FOOTER_MAGIC.length).equals(FOOTER_MAGIC)) return undefined;
  const keyCount = readSafeUint64(bytes, KEY_COUNT_OFFSET);
  const dataBytes = readSafeUint64(bytes, DATA_BYTES_OFFSET);
  const logicalTime = readSafeUint64(bytes, LOGICAL_TIME_OFFSET);
  if (keyCount === undefined || dataBytes === undefined || logicalTime === undefined)
    return undefined;
  const sha256 = Buffer.from(bytes.subarray(SHA256_OFFSET, SNAPSHOT_FOOTER_BYTES));
  return { keyCount, dataBytes, logicalTimeMs: timeMs(logicalTime), sha256 };
}

function headerChecksum(bytes: Buffer): number {
  const before = checksum(bytes.subarray(0, CHECKSUM_OFFSET), 0 as ChecksumSeed) as ChecksumSeed;
  return checksum(bytes.subarray(STORE_ID_OFFSET, SNAPSHOT_HEADER_BYTES), before);
}

function bad(problem: string): DecodedSnapshotHeader {
  return { kind: "bad", problem };
}
