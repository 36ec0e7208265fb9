/** What a transaction does to a key, and the record that says so. */

import { assert, NO_DEADLINE, present, type Revision, type TimeMs } from "../base/index.js";
import type { Keydir, KeydirEntry } from "../keydir/index.js";
import {
  RecordType,
  type LogRecord,
  type Placement,
  type Purpose,
  type RecordedCall,
} from "../log/index.js";
import { toReplyRecord, type ReplyNote } from "./reply-window.js";
import type { ValuePacker } from "./value-packer.js";

export type Change =
  | {
      readonly kind: "set";
      readonly key: Buffer;
      readonly value: Buffer;
      readonly contentType: string;
      readonly deadlineMs: TimeMs;
      /** How many sets of the key, one after the other in its transaction, this stands for. */
      readonly setCount: number;
      /** The key was there, and a delete before this in its transaction has ended it. */
      readonly isAnew: boolean;
      /** Where it is all that a call with a request id changes: what that is known by. */
      readonly call?: RecordedCall | undefined;
    }
  /** Gives a key that exists another deadline; the record carries the value on. */
  | {
      readonly kind: "touch";
      readonly key: Buffer;
      readonly value: Buffer;
      readonly contentType: string;
      readonly deadlineMs: TimeMs;
    }
  | { readonly kind: "delete"; readonly key: Buffer }
  /** Ends a key that is due. A value too large to tell is left out, its size is kept. */
  | {
      readonly kind: "expire";
      readonly key: Buffer;
      readonly value: Buffer | undefined;
      readonly valueSize: number;
      readonly contentType: string;
      readonly isWhileDown: boolean;
      /** What it ends, if that was looked up and is as it was. Absent: it is looked up at the commit. */
      readonly ended?: EntryFacts;
    };

/** What a record says of the entry before it. */
type EntryFacts = Pick<KeydirEntry, "createRevision" | "version" | "deadlineMs">;

const EMPTY = Buffer.alloc(0);

const RECORD_TYPES: Record<Change["kind"], RecordType> = {
  set: RecordType.SET,
  touch: RecordType.TOUCH,
  delete: RecordType.DELETE,
  expire: RecordType.EXPIRE,
};

/** What only removes gives space back. */
export function purposeOf(changes: readonly Change[]): Purpose {
  return changes.every(({ kind }) => kind === "delete" || kind === "expire") ? "release" : "write";
}

/** The records of one transaction, given what the keydir says of each key before it. */
export function toRecords(
  changes: readonly Change[],
  { revision, commitTimeMs, note }: TransactionFacts,
  parts: ChangeParts,
): LogRecord[] {
  assert(changes.length > 0, "a transaction changes something");
  const lastIndex = note === undefined ? changes.length - 1 : changes.length;
  const records = changes.map((change, index) => {
    const isLastOfTransaction = index === lastIndex;
    return toRecord(change, parts, { revision, index, isLastOfTransaction, commitTimeMs });
  });
  if (note !== undefined) {
    const place = { revision, index: lastIndex, isLastOfTransaction: true, commitTimeMs };
    records.push(toReplyRecord(note, place));
  }
  return records;
}

interface TransactionFacts {
  readonly revision: Revision;
  readonly commitTimeMs: TimeMs;
  /** The reply to remember, if one is to be. */
  readonly note: ReplyNote | undefined;
}

/** What the engine knows of keys, and how it stores values. */
export interface ChangeParts {
  readonly keydir: Keydir;
  readonly packer: ValuePacker;
}

type RecordPlace = Pick<LogRecord, "revision" | "index" | "isLastOfTransaction" | "commitTimeMs">;

// Every record is written out, not spread together: objects of one shape, made once, are what the
// commit path has time for (`make bench`, Set; spreads cost 5 % of it).
function toRecord(change: Change, { keydir, packer }: ChangeParts, place: RecordPlace): LogRecord {
  const current = (change.kind === "expire" ? change.ended : undefined) ?? keydir.get(change.key);
  const isEnd = change.kind === "delete" || change.kind === "expire";
  const packed = packer.pack(valueOf(change));
  // Only a set may find no entry: it makes the key.
  const entry = change.kind === "set" ? entryBefore(change, current) : present(current, "a key");
  return {
    type: RECORD_TYPES[change.kind],
    revision: place.revision,
    index: place.index,
    isLastOfTransaction: place.isLastOfTransaction,
    commitTimeMs: place.commitTimeMs,
    createRevision: entry?.createRevision ?? place.revision,
    version: (entry?.version ?? 0) + (change.kind === "set" ? change.setCount : 0),
    deadlineMs: isEnd ? endingDeadline(change.kind, entry) : change.deadlineMs,
    contentType: change.kind === "delete" ? "" : change.contentType,
    key: change.key,
    value: packed.value,
    codec: packed.codec,
    valueSize: change.kind === "expire" ? change.valueSize : packed.valueSize,
    isValueOmitted: change.kind === "expire" && change.value === undefined,
    isWhileDown: change.kind === "expire" && change.isWhileDown,
    call: change.kind === "set" ? change.call : undefined,
  };
}

function entryBefore(
  { isAnew }: Extract<Change, { kind: "set" }>,
  current: EntryFacts | undefined,
): EntryFacts | undefined {
  return isAnew ? undefined : current;
}

/** The value that the change gives its key, or that it carries. Empty where there is none. */
export function valueOf(change: Change): Buffer {
  return change.kind === "delete" ? EMPTY : (change.value ?? EMPTY);
}

/** An expire record names the deadline that it carries out; a delete has none. */
function endingDeadline(kind: "delete" | "expire", entry: EntryFacts | undefined): TimeMs {
  return kind === "expire" ? (entry?.deadlineMs ?? NO_DEADLINE) : NO_DEADLINE;
}

/** Whether the record gives its key a value; the others end it. */
export function isPut(record: LogRecord): boolean {
  return record.type === RecordType.SET || record.type === RecordType.TOUCH;
}

/** What the keydir keeps of a put or a tombstone. Never the record itself, which holds the value. */
export function entryOf(record: LogRecord, placement: Placement): KeydirEntry {
  return {
    segment: placement.segment,
    offset: placement.offset,
    length: placement.length,
    revision: record.revision,
    index: record.index,
    createRevision: record.createRevision,
    version: record.version,
    deadlineMs: record.deadlineMs,
    isTombstone: !isPut(record),
  };
}
