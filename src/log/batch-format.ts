/**
 * A batch: what one sync made durable. A header, then the records of one or more whole transactions.
 *
 *   0       4       8       12      16              24              32              40              48
 *   +-------+-------+-------+-------+---------------+---------------+---------------+---------------+
 *   | magic | check | bytes | count | first revision| last revision | commit time   | durable before|
 *   +-------+-------+-------+-------+---------------+---------------+---------------+---------------+
 *
 * The checksum covers bytes 8 to 48, seeded with the place. `bytes` counts the records that follow.
 * "Durable before" is the newest revision that was on stable storage when this batch was written: the
 * proof, for recovery, that everything up to there was once acknowledged. A batch without records says
 * only that; its revisions are 0.
 */

import {
  checksum,
  readSafeUint64,
  revision,
  timeMs,
  writeSafeUint64,
  type ChecksumSeed,
  type Revision,
  type TimeMs,
} from "../base/index.js";

/** "KVBT" read as a little-endian integer. */
export const BATCH_MAGIC = 0x5442564b;

const MAGIC_OFFSET = 0;
const CHECKSUM_OFFSET = MAGIC_OFFSET + 4;
const BYTES_OFFSET = CHECKSUM_OFFSET + 4;
const COUNT_OFFSET = BYTES_OFFSET + 4;
const FIRST_REVISION_OFFSET = COUNT_OFFSET + 4;
const LAST_REVISION_OFFSET = FIRST_REVISION_OFFSET + 8;
const COMMIT_TIME_OFFSET = LAST_REVISION_OFFSET + 8;
const DURABLE_BEFORE_OFFSET = COMMIT_TIME_OFFSET + 8;
export const BATCH_HEADER_BYTES = DURABLE_BEFORE_OFFSET + 8;

/** Where each field of the header begins, under the names that docs/format.md gives them. */
export const BATCH_LAYOUT = {
  magic: MAGIC_OFFSET,
  checksum: CHECKSUM_OFFSET,
  bytes: BYTES_OFFSET,
  "record count": COUNT_OFFSET,
  "first revision": FIRST_REVISION_OFFSET,
  "last revision": LAST_REVISION_OFFSET,
  "commit time": COMMIT_TIME_OFFSET,
  "durable before": DURABLE_BEFORE_OFFSET,
} as const;

export interface BatchHeader {
  /** Bytes of the records that follow. */
  readonly bytes: number;
  readonly recordCount: number;
  readonly firstRevision: Revision;
  readonly lastRevision: Revision;
  readonly commitTimeMs: TimeMs;
  readonly durableBefore: Revision;
}

export function encodeBatchHeader(
  header: BatchHeader,
  into: Buffer,
  position: number,
  seed: ChecksumSeed,
): void {
  into.writeUInt32LE(BATCH_MAGIC, position + MAGIC_OFFSET);
  into.writeUInt32LE(header.bytes, position + BYTES_OFFSET);
  into.writeUInt32LE(header.recordCount, position + COUNT_OFFSET);
  writeSafeUint64(into, header.firstRevision, position + FIRST_REVISION_OFFSET);
  writeSafeUint64(into, header.lastRevision, position + LAST_REVISION_OFFSET);
  writeSafeUint64(into, header.commitTimeMs, position + COMMIT_TIME_OFFSET);
  writeSafeUint64(into, header.durableBefore, position + DURABLE_BEFORE_OFFSET);
  const covered = into.subarray(position + BYTES_OFFSET, position + BATCH_HEADER_BYTES);
  into.writeUInt32LE(checksum(covered, seed), position + CHECKSUM_OFFSET);
}

/** The header at `position`, or undefined where there is no intact header of this place. */
export function decodeBatchHeader(
  bytes: Buffer,
  position: number,
  seed: ChecksumSeed,
): BatchHeader | undefined {
  const end = position + BATCH_HEADER_BYTES;
  if (end > bytes.length) return undefined;
  if (bytes.readUInt32LE(position + MAGIC_OFFSET) !== BATCH_MAGIC) return undefined;
  const covered = bytes.subarray(position + BYTES_OFFSET, end);
  if (checksum(covered, seed) !== bytes.readUInt32LE(position + CHECKSUM_OFFSET)) return undefined;
  const first = readSafeUint64(bytes, position + FIRST_REVISION_OFFSET);
  const last = readSafeUint64(bytes, position + LAST_REVISION_OFFSET);
  const commitTime = readSafeUint64(bytes, position + COMMIT_TIME_OFFSET);
  const durableBefore = readSafeUint64(bytes, position + DURABLE_BEFORE_OFFSET);
  if (
    first === undefined ||
    last === undefined ||
    commitTime === undefined ||
    durableBefore === undefined
  ) {
    return undefined;
  }
  return {
    bytes: bytes.readUInt32LE(position + BYTES_OFFSET),
    recordCount: bytes.readUInt32LE(position + COUNT_OFFSET),
    firstRevision: revision(first),
    lastRevision: revision(last),
    commitTimeMs: timeMs(commitTime),
    durableBefore: revision(durableBefore),
  };
}
