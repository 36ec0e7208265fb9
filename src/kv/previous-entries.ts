/**
 * What a change replaced or ended, as far as it can be had: the entry that was noted when it was committed, if its record
 * is still there; the version before it, where older versions are kept; or, of an expiration, what its own
 * record carries.
 */

import { isKvError, NO_REVISION, timeMs } from "../base/index.js";
import {
  RecordType,
  unpackValue,
  type DurableChange,
  type LogRecord,
  type StorageEngine,
} from "../storage/index.js";
import type { Entry } from "./write-commands.js";

type StoredEntry = NonNullable<ReturnType<StorageEngine["lookup"]>>;

export type Previous =
  | { readonly kind: "entry"; readonly entry: Entry }
  /** The change made its key. */
  | { readonly kind: "none" }
  /** There was one, and it cannot be had any more. */
  | { readonly kind: "omitted" };

const NONE: Previous = { kind: "none" };
const OMITTED: Previous = { kind: "omitted" };

export async function previousOf(
  engine: StorageEngine,
  { record, replaced }: DurableChange,
): Promise<Previous> {
  if (isCreation(record)) return NONE;
  const before = replaced ?? versionBefore(engine, record);
  if (before !== undefined) {
    const found = await readEntry(engine, record.key, before);
    if (found !== undefined) return found;
  }
  return record.type === RecordType.EXPIRE && !record.isValueOmitted
    ? { kind: "entry", entry: await endedEntry(record) }
    : OMITTED;
}

function isCreation({ type, revision, createRevision }: LogRecord): boolean {
  return type === RecordType.SET && revision === createRevision;
}

/** From the versions that are kept, if this change is among them: then the one behind it came right before it. */
function versionBefore(engine: StorageEngine, record: LogRecord): StoredEntry | undefined {
  const versions = engine.history.versionsOf(record.key);
  const at = versions.findIndex(
    ({ revision, index }) => revision === record.revision && index === record.index,
  );
  const before = at < 0 ? undefined : versions[at + 1];
  return before?.isTombstone === true ? undefined : before;
}

/** Undefined: the record is gone, or damaged, which is alarmed where it was found. */
async function readEntry(
  engine: StorageEngine,
  key: Buffer,
  before: StoredEntry,
): Promise<Previous | undefined> {
  try {
    const stored = await engine.readPast(key, before);
    if (stored === undefined) return undefined;
    const { value, contentType, updateTimeMs } = stored;
    const { revision, createRevision, version, deadlineMs } = before;
    const known = { key, value, revision, createRevision, version, deadlineMs };
    return { kind: "entry", entry: { ...known, contentType, updateTimeMs } };
  } catch (error) {
    if (isKvError(error, "CORRUPT")) return undefined;
    throw error;
  }
}

/** All that an expire record says of what it ended. */
async function endedEntry(record: LogRecord): Promise<Entry> {
  const { key, createRevision, version, deadlineMs, contentType } = record;
  return {
    key,
    value: await unpackValue(record),
    revision: NO_REVISION,
    createRevision,
    version,
    deadlineMs,
    updateTimeMs: timeMs(0),
    contentType,
  };
}
