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
    revision: revision(bytes.readUIntLE(at + REVISION_AT, 6)),
    createRevision: revision(bytes.readUIntLE(at + CREATE_REVISION_AT, 6)),
    version: bytes.readUIntLE(at + VERSION_AT, 6),
    deadlineMs: timeMs(bytes.readUIntLE(at + DEADLINE_AT, 6)),
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
  bytes.writeUIntLE(entry.revision, REVISION_AT, 6);
  bytes.writeUIntLE(entry.createRevision, CREATE_REVISION_AT, 6);
  bytes.writeUIntLE(entry.version, VERSION_AT, 6);
  bytes.writeUIntLE(entry.deadlineMs, DEADLINE_AT, 6);
}
