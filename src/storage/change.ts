/** What a transaction does to a key, and the record that says so. */

import { assert, NO_DEADLINE, present, type Revision, type TimeMs } from "../base/index.js";
import type { Keydir, KeydirEntry } from "../keydir/index.js";
import { RecordType, type LogRecord, type Placement } from "../log/index.js";

export type Change =
  | {
      readonly kind: "set";
      readonly key: Buffer;
      readonly value: Buffer;
      readonly contentType: string;
      readonly deadlineMs: TimeMs;
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
    };

const EMPTY = Buffer.alloc(0);

/** The records of one transaction, given what the keydir says of each key before it. */
export function toRecords(
  changes: readonly Change[],
  ofRevision: Revision,
  commitTimeMs: TimeMs,
  keydir: Keydir,
): LogRecord[] {
  assert(changes.length > 0, "a transaction changes something");
  return changes.map((change, index) => {
    const place = {
      revision: ofRevision,
      index,
      isLastOfTransaction: index === changes.length - 1,
    };
    return { ...recordOf(change, keydir.get(change.key), ofRevision), ...place, commitTimeMs };
  });
}

type RecordBody = Omit<LogRecord, "revision" | "index" | "isLastOfTransaction" | "commitTimeMs">;

function recordOf(
  change: Change,
  current: KeydirEntry | undefined,
  ofRevision: Revision,
): RecordBody {
  switch (change.kind) {
    case "set":
      return {
        ...valueOf(change.value, change.contentType),
        type: RecordType.SET,
        key: change.key,
        createRevision: current?.createRevision ?? ofRevision,
        version: (current?.version ?? 0) + 1,
        deadlineMs: change.deadlineMs,
      };
    case "touch": {
      const { createRevision, version } = present(current, "a key to touch");
      return {
        ...valueOf(change.value, change.contentType),
        type: RecordType.TOUCH,
        key: change.key,
        createRevision,
        version,
        deadlineMs: change.deadlineMs,
      };
    }
    case "delete": {
      const { createRevision, version } = present(current, "a key to delete");
      return {
        ...valueOf(EMPTY, ""),
        type: RecordType.DELETE,
        key: change.key,
        createRevision,
        version,
        deadlineMs: NO_DEADLINE,
      };
    }
    case "expire": {
      const { createRevision, version, deadlineMs } = present(current, "a key to expire");
      return {
        ...valueOf(change.value ?? EMPTY, change.contentType),
        type: RecordType.EXPIRE,
        key: change.key,
        createRevision,
        version,
        deadlineMs,
        valueSize: change.valueSize,
        isValueOmitted: change.value === undefined,
        isWhileDown: change.isWhileDown,
      };
    }
  }
}

function valueOf(
  value: Buffer,
  contentType: string,
): Pick<LogRecord, "value" | "contentType" | "valueSize" | "isValueOmitted" | "isWhileDown"> {
  return { value, contentType, valueSize: value.length, isValueOmitted: false, isWhileDown: false };
}

/** Whether the record gives its key a value; the others end it. */
export function isPut(record: LogRecord): boolean {
  return record.type === RecordType.SET || record.type === RecordType.TOUCH;
}

/** What the keydir keeps of a put. Never the record itself, which holds the value. */
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
  };
}
