/** Changes of every kind, as Watch tells them. */

import { NO_DEADLINE, NO_REVISION, timeMs } from "../base/index.js";
import {
  RecordType,
  unpackValue,
  type DurableChange,
  type LogRecord,
  type StorageEngine,
} from "../storage/index.js";
import type { FeedRecord } from "./feed-record.js";
import { previousOf } from "./previous-entries.js";
import type { ChangeEvent, ChangeKind } from "./watch-queries.js";
import type { Entry } from "./write-commands.js";

const NO_VALUE = Buffer.alloc(0);

/**
 * What a record is told as; a value that has to be decompressed is so once for all followers. Undefined: the record was
 * forgotten.
 */
export function toChangeEvent(shared: FeedRecord): ChangeEvent | Promise<ChangeEvent> | undefined {
  const record = shared.change?.record;
  if (record === undefined) return undefined;
  if (record.codec === "none" || !isPut(record)) return eventOf(record, record.value);
  const make = async (): Promise<ChangeEvent> => eventOf(record, await unpackValue(record));
  return shared.once("change", make, memoryOf);
}

/** The same with what the change replaced or ended, as far as that can be had. */
export function toEventWithPrevious(
  engine: StorageEngine,
  shared: FeedRecord,
): Promise<ChangeEvent> | undefined {
  const { change } = shared;
  const alone = toChangeEvent(shared);
  if (change === undefined || alone === undefined) return undefined;
  return shared.once(
    "change with previous",
    async () => withPrevious(engine, change, await alone),
    ({ previous }) => previous?.value.length ?? 0,
  );
}

/** About how many bytes an event takes on its way. */
export function bytesOfChange({ entry, previous }: ChangeEvent): number {
  return bytesOfEntry(entry) + (previous === undefined ? 0 : bytesOfEntry(previous));
}

function bytesOfEntry({ key, value }: Entry): number {
  return key.length + value.length;
}

/** An entry as the set that it is. */
export function setEventOf(entry: Entry, index: number): ChangeEvent {
  return {
    kind: "set",
    revision: entry.revision,
    index,
    entry,
    valueOmitted: false,
    previous: undefined,
    previousOmitted: false,
    commitTimeMs: entry.updateTimeMs,
  };
}

/** `value`: of the record itself, however it is stored. */
function eventOf(record: LogRecord, value: Buffer): ChangeEvent {
  const { revision, index, commitTimeMs } = record;
  return {
    kind: kindOf(record),
    revision,
    index,
    entry: entryAfter(record, value),
    valueOmitted: false,
    previous: undefined,
    previousOmitted: false,
    commitTimeMs,
  };
}

async function withPrevious(
  engine: StorageEngine,
  change: DurableChange,
  event: ChangeEvent,
): Promise<ChangeEvent> {
  const previous = await previousOf(engine, change);
  if (previous.kind === "entry") return { ...event, previous: previous.entry };
  return { ...event, previousOmitted: previous.kind === "omitted" };
}

function entryAfter(record: LogRecord, value: Buffer): Entry {
  const { key, revision } = record;
  if (isPut(record)) {
    return {
      key,
      value,
      revision,
      createRevision: record.createRevision,
      version: record.version,
      deadlineMs: record.deadlineMs,
      updateTimeMs: record.commitTimeMs,
      contentType: record.contentType,
    };
  }
  return {
    key,
    value: NO_VALUE,
    revision,
    createRevision: NO_REVISION,
    version: 0,
    deadlineMs: record.type === RecordType.EXPIRE ? record.deadlineMs : NO_DEADLINE,
    updateTimeMs: timeMs(0),
    contentType: "",
  };
}

function kindOf({ type }: LogRecord): ChangeKind {
  switch (type) {
    case RecordType.SET:
      return "set";
    case RecordType.DELETE:
      return "delete";
    case RecordType.EXPIRE:
      return "expire";
    case RecordType.TOUCH:
      return "touch";
    case RecordType.REPLY:
      throw new Error("bug: a reply changes no key");
  }
}

function isPut({ type }: LogRecord): boolean {
  return type === RecordType.SET || type === RecordType.TOUCH;
}

/** The value is there twice then. */
function memoryOf({ entry }: ChangeEvent): number {
  return entry.value.length;
}
