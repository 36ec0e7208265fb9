/** What the directory knows of one version of a key, and how that lies in a page. */

import { assert, revision, segmentId, timeMs } from "../base/index.js";
import type { Revision, SegmentId, TimeMs } from "../base/index.js";

export interface KeydirEntry {
  readonly segment: SegmentId;
  readonly offset: number;
  readonly length: number;
  readonly revision: Revision;
  /** Position of the record within its transaction. */
  readonly index: number;
  readonly createRevision: Revision;
  readonly version: number;
  /** 0: never expires. */
  readonly deadlineMs: TimeMs;
  /** Whether the record ends its key; only an older version, or the last one of a removed key, does. */
  readonly isTombstone: boolean;
}

/**
 * An entry in the tree, little-endian. Revisions, versions and deadlines take 48 bits: at a million a second
 * they last for nine years of writing without a pause; as milliseconds, until the year 10889.
 */
const SEGMENT_AT = 0;
const OFFSET_AT = SEGMENT_AT + 4;
const LENGTH_AT = OFFSET_AT + 4;
const INDEX_AT = LENGTH_AT + 4;
const REVISION_AT = INDEX_AT + 2;
const CREATE_REVISION_AT = REVISION_AT + 6;
const VERSION_AT = CREATE_REVISION_AT + 6;
const DEADLINE_AT = VERSION_AT + 6;
export const ENTRY_BYTES = DEADLINE_AT + 6;

const UINT32_SPAN = 2 ** 32;
const UINT48_SPAN = 2 ** 48;

/** Whether the left version of a key is newer than the right one. */
export function isNewer(
  left: Pick<KeydirEntry, "revision" | "index">,
  right: Pick<KeydirEntry, "revision" | "index">,
): boolean {
  if (left.revision !== right.revision) return left.revision > right.revision;
  return left.index > right.index;
}

/** An entry that is not a tombstone. */
export function readEntry(bytes: Buffer, at: number): KeydirEntry {
  return {
    segment: segmentId(bytes.readUInt32LE(at + SEGMENT_AT)),
    offset: bytes.readUInt32LE(at + OFFSET_AT),
    length: bytes.readUInt32LE(at + LENGTH_AT),
    index: bytes.readUInt16LE(at + INDEX_AT),
    revision: revision(uint48At(bytes, at + REVISION_AT)),
    createRevision: revision(uint48At(bytes, at + CREATE_REVISION_AT)),
    version: uint48At(bytes, at + VERSION_AT),
    deadlineMs: timeMs(uint48At(bytes, at + DEADLINE_AT)),
    isTombstone: false,
  };
}

/** At the start of the buffer. */
export function writeEntry(entry: KeydirEntry, bytes: Buffer): void {
  assert(entry.index <= 0xffff, "an index fits 16 bits");
  bytes.writeUInt32LE(entry.segment, SEGMENT_AT);
  bytes.writeUInt32LE(entry.offset, OFFSET_AT);
  bytes.writeUInt32LE(entry.length, LENGTH_AT);
  bytes.writeUInt16LE(entry.index, INDEX_AT);
  writeUint48(bytes, entry.revision, REVISION_AT);
  writeUint48(bytes, entry.createRevision, CREATE_REVISION_AT);
  writeUint48(bytes, entry.version, VERSION_AT);
  writeUint48(bytes, entry.deadlineMs, DEADLINE_AT);
}

// Byte by byte, which takes half the time of what Buffer has for it; every lookup reads four of these.

function uint48At(bytes: Buffer, at: number): number {
  const low =
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24);
  return (low >>> 0) + ((bytes[at + 4] ?? 0) | ((bytes[at + 5] ?? 0) << 8)) * UINT32_SPAN;
}

function writeUint48(bytes: Buffer, value: number, at: number): void {
  assert(value >= 0 && value < UINT48_SPAN, "a number fits 48 bits");
  const high = Math.floor(value / UINT32_SPAN);
  const low = value - high * UINT32_SPAN;
  bytes[at] = low;
  bytes[at + 1] = low >>> 8;
  bytes[at + 2] = low >>> 16;
  bytes[at + 3] = low >>> 24;
  bytes[at + 4] = high;
  bytes[at + 5] = high >>> 8;
}
