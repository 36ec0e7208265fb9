/** Entries as they are told, from what the keydir and the record of a key say. */

import { timeMs } from "../base/index.js";
import type { StorageEngine, StoredValue } from "../storage/index.js";
import type { Entry } from "./entry.js";

const NO_VALUE = Buffer.alloc(0);

type KeydirEntry = NonNullable<ReturnType<StorageEngine["lookup"]>>;

/** Without a record, it has no value, no update time and no content type: these lie in it. */
export function toEntry(key: Buffer, entry: KeydirEntry, stored: StoredValue | undefined): Entry {
  return {
    key,
    value: stored?.value ?? NO_VALUE,
    revision: entry.revision,
    createRevision: entry.createRevision,
    version: entry.version,
    deadlineMs: entry.deadlineMs,
    updateTimeMs: stored?.updateTimeMs ?? timeMs(0),
    contentType: stored?.contentType ?? "",
  };
}

/** The same entry as without its record. */
export function withoutRecord(entry: Entry): Entry {
  return { ...entry, value: NO_VALUE, updateTimeMs: timeMs(0), contentType: "" };
}
