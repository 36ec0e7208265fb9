/** Puts right the checksums of damaged bytes, as far as what they cover can be found: what follows is told by lengths. */

import { createHash } from "node:crypto";

import { checksum, type ChecksumSeed } from "../../src/base/index.js";
import {
  CHECKPOINT_HEADER_BYTES,
  CHECKPOINT_HEADER_LAYOUT,
} from "../../src/keydir/checkpoint-format.js";
import { BATCH_HEADER_BYTES, BATCH_LAYOUT, BATCH_MAGIC } from "../../src/log/batch-format.js";
import { peekRecordLength, placeSeed, RECORD_HEAD_BYTES } from "../../src/log/index.js";
import { RECORD_LAYOUT } from "../../src/log/record-format.js";
import {
  FOOTER_MAGIC,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_FOOTER_LAYOUT,
  SEGMENT_HEADER_BYTES,
  SEGMENT_HEADER_LAYOUT,
} from "../../src/log/segment-format.js";
import { TOKEN_LAYOUT, TOKEN_SEED } from "../../src/kv/tokens.js";
import {
  SHA256_BYTES,
  SNAPSHOT_FOOTER_BYTES,
  SNAPSHOT_HEADER_BYTES,
  SNAPSHOT_HEADER_LAYOUT,
  snapshotSeed,
} from "../../src/storage/snapshot-format.js";

const PLAIN = 0 as ChecksumSeed;

/** The record at a position; returns where it ends, or undefined where it is cut off. */
export function mendRecord(bytes: Buffer, at: number, seed: ChecksumSeed): number | undefined {
  const length = peekRecordLength(bytes, at);
  if (length === undefined) return undefined;
  const body = checksum(bytes.subarray(at + RECORD_HEAD_BYTES, at + length), PLAIN);
  bytes.writeUInt32LE(body, at + RECORD_LAYOUT["body checksum"]);
  const head = bytes.subarray(at + RECORD_LAYOUT["body checksum"], at + RECORD_HEAD_BYTES);
  bytes.writeUInt32LE(checksum(head, seed), at);
  return at + length <= bytes.length ? at + length : undefined;
}

/** The batch header at a position; false where it is cut off. */
export function mendBatchHeader(bytes: Buffer, at: number, seed: ChecksumSeed): boolean {
  const end = at + BATCH_HEADER_BYTES;
  if (end > bytes.length) return false;
  bytes.writeUInt32LE(BATCH_MAGIC, at);
  const sum = checksum(bytes.subarray(at + BATCH_LAYOUT.bytes, end), seed);
  bytes.writeUInt32LE(sum, at + BATCH_LAYOUT.checksum);
  return true;
}

/** A segment's header, then batch after batch and record after record, and the footer where there is one. */
export function mendSegment(bytes: Buffer, seed: ChecksumSeed): void {
  mendSegmentHeader(bytes);
  for (let at = SEGMENT_HEADER_BYTES; at + 8 <= bytes.length;) {
    if (bytes.subarray(at, at + 8).equals(FOOTER_MAGIC)) {
      mendSegmentFooter(bytes, at, seed);
      return;
    }
    if (bytes.readUInt32LE(at) === BATCH_MAGIC) {
      if (!mendBatchHeader(bytes, at, placeSeed(seed, at))) return;
      at += BATCH_HEADER_BYTES;
      continue;
    }
    const end = mendRecord(bytes, at, placeSeed(seed, at));
    if (end === undefined) return;
    at = end;
  }
}

export function mendSegmentHeader(bytes: Buffer): void {
  if (bytes.length < SEGMENT_HEADER_BYTES) return;
  mendHeader(bytes.subarray(0, SEGMENT_HEADER_BYTES), SEGMENT_HEADER_LAYOUT.checksum);
}

export function mendCheckpointHeader(bytes: Buffer): void {
  if (bytes.length < CHECKPOINT_HEADER_BYTES) return;
  mendHeader(bytes.subarray(0, CHECKPOINT_HEADER_BYTES), CHECKPOINT_HEADER_LAYOUT.checksum);
}

/** The footer at a position of a segment: its digest of what is before, and its checksum. */
function mendSegmentFooter(bytes: Buffer, at: number, seed: ChecksumSeed): void {
  if (at + SEGMENT_FOOTER_BYTES > bytes.length) return;
  const digest = checksum(bytes.subarray(0, at), PLAIN);
  bytes.writeUInt32LE(digest, at + SEGMENT_FOOTER_LAYOUT.digest);
  mendFooterAlone(bytes.subarray(at), placeSeed(seed, at));
}

/** A footer by itself, whose digest is of what is not here. */
export function mendFooterAlone(bytes: Buffer, placed: ChecksumSeed): void {
  if (bytes.length < SEGMENT_FOOTER_BYTES) return;
  const covered = bytes.subarray(SEGMENT_FOOTER_LAYOUT.digest, SEGMENT_FOOTER_BYTES);
  bytes.writeUInt32LE(checksum(covered, placed), SEGMENT_FOOTER_LAYOUT.checksum);
}

/** Header, records and SHA-256. */
export function mendSnapshot(bytes: Buffer): void {
  if (bytes.length < SNAPSHOT_HEADER_BYTES + SNAPSHOT_FOOTER_BYTES) return;
  mendHeader(bytes.subarray(0, SNAPSHOT_HEADER_BYTES), SNAPSHOT_HEADER_LAYOUT.checksum);
  const id = SNAPSHOT_HEADER_LAYOUT["snapshot id"];
  const seed = snapshotSeed(bytes.subarray(id, id + 16));
  const dataEnd = bytes.length - SNAPSHOT_FOOTER_BYTES;
  for (let at = SNAPSHOT_HEADER_BYTES; at < dataEnd;) {
    const end = mendRecord(bytes.subarray(0, dataEnd), at, placeSeed(seed, at));
    if (end === undefined) break;
    at = end;
  }
  const covered = bytes.subarray(0, bytes.length - SHA256_BYTES);
  createHash("sha256").update(covered).digest().copy(bytes, covered.length);
}

/** The first line of a manifest, by its second. */
export function mendManifest(bytes: Buffer): void {
  const text = bytes.toString("utf8");
  const body = text.slice(text.indexOf("\n") + 1);
  const sum = checksum(Buffer.from(body), PLAIN).toString(16).padStart(8, "0");
  const lineEnd = bytes.indexOf("\n");
  if (lineEnd >= 8) bytes.write(sum, lineEnd - 8, "latin1");
}

export function mendToken(bytes: Buffer): void {
  if (bytes.length < TOKEN_LAYOUT.kind) return;
  bytes.writeUInt32LE(checksum(bytes.subarray(TOKEN_LAYOUT.kind), TOKEN_SEED), 0);
}

/** A header whose checksum covers all of it but itself. */
function mendHeader(header: Buffer, at: number): void {
  const before = checksum(header.subarray(0, at), PLAIN) as ChecksumSeed;
  header.writeUInt32LE(checksum(header.subarray(at + 4), before), at);
}
