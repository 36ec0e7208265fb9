/** What happened to the model's entries, found by looking at them before and after. */

import {
  NO_DEADLINE,
  NO_REVISION,
  timeMs,
  type Revision,
  type TimeMs,
} from "../../src/base/index.js";
import type { ChangeEvent, ChangeKind, Entry } from "../../src/kv/index.js";

type Entries = ReadonlyMap<string, Entry>;

export interface ChangeTime {
  readonly revision: Revision;
  readonly timeMs: TimeMs;
}

/** The changes of one transaction, with what was there before each. */
export function changesBetween(before: Entries, after: Entries, at: ChangeTime): ChangeEvent[] {
  const changes: Omit<ChangeEvent, "index">[] = [];
  for (const [name, entry] of after) {
    const previous = before.get(name);
    if (previous === entry) continue;
    const isTouch =
      previous?.version === entry.version && previous.createRevision === entry.createRevision;
    changes.push(changeOf(isTouch ? "touch" : "set", entry, previous, at));
  }
  for (const [name, previous] of before) {
    if (!after.has(name)) changes.push(endOf("delete", previous, at));
  }
  return changes.map((change, index) => ({ ...change, index }));
}

export function endOf(
  kind: "delete" | "expire",
  previous: Entry,
  at: ChangeTime,
): Omit<ChangeEvent, "index"> {
  const ended: Entry = {
    key: previous.key,
    value: Buffer.alloc(0),
    revision: at.revision,
    createRevision: NO_REVISION,
    version: 0,
    deadlineMs: kind === "expire" ? previous.deadlineMs : NO_DEADLINE,
    updateTimeMs: timeMs(0),
    contentType: "",
  };
  return changeOf(kind, ended, previous, at);
}

function changeOf(
  kind: ChangeKind,
  entry: Entry,
  previous: Entry | undefined,
  at: ChangeTime,
): Omit<ChangeEvent, "index"> {
  return {
    kind,
    revision: at.revision,
    entry,
    valueOmitted: false,
    previous,
    previousOmitted: false,
    commitTimeMs: at.timeMs,
  };
}
