/** Watch as a server takes and answers it. */

import type {
  WatchRequest,
  WatchResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import {
  EventKind,
  type Entry as WireEntry,
  type Event as WireEvent,
} from "../../generated/keyvaluedb/v1/types.js";
import { invalidField, type Limits } from "../base/index.js";
import type { ChangeBatch, ChangeEvent, ChangeKind, Entry, WatchQuery } from "../kv/index.js";
import { toKeyRange, toProgressIntervalMs, toStartPosition } from "./convert-request.js";
import { toExpireTime, toTimestamp } from "./time.js";

const KINDS = {
  set: EventKind.EVENT_KIND_SET,
  delete: EventKind.EVENT_KIND_DELETE,
  expire: EventKind.EVENT_KIND_EXPIRE,
  touch: EventKind.EVENT_KIND_TOUCH,
} satisfies Record<ChangeKind, EventKind>;

export function toWatchQuery(request: WatchRequest, limits: Limits): WatchQuery {
  const { ranges, kinds, progressInterval } = request;
  return {
    ranges: ranges.map((range, index) => toKeyRange(range, limits, `ranges[${String(index)}]`)),
    start: toStartPosition(request.start),
    kinds: kinds.map(toChangeKind),
    includePrevious: request.includePrevious,
    progressIntervalMs: progressInterval === undefined ? 0 : toProgressIntervalMs(progressInterval),
  };
}

/** A number may come that the schema does not know. */
function toChangeKind(kind: EventKind, index: number): ChangeKind {
  switch (kind) {
    case EventKind.EVENT_KIND_SET:
      return "set";
    case EventKind.EVENT_KIND_DELETE:
      return "delete";
    case EventKind.EVENT_KIND_EXPIRE:
      return "expire";
    case EventKind.EVENT_KIND_TOUCH:
      return "touch";
    default:
      throw invalidField(
        `kinds[${String(index)}]`,
        "must be one of EVENT_KIND_SET, _DELETE, _EXPIRE and _TOUCH",
      );
  }
}

export function toWatchResponse(batch: ChangeBatch): WatchResponse {
  const { events, resumeToken, progress, synced } = batch;
  return {
    events: events.map(toWireEvent),
    resumeToken,
    progress:
      progress === undefined
        ? undefined
        : { revision: progress.revision, time: toTimestamp(progress.timeMs) },
    synced,
  };
}

function toWireEvent(event: ChangeEvent): WireEvent {
  return {
    kind: KINDS[event.kind],
    revision: event.revision,
    index: event.index,
    entry: toWireEntry(event.entry),
    previous: event.previous === undefined ? undefined : toWireEntry(event.previous),
    previousOmitted: event.previousOmitted,
    commitTime: toTimestamp(event.commitTimeMs),
    valueOmitted: event.valueOmitted,
  };
}

function toWireEntry(entry: Entry): WireEntry {
  return {
    key: entry.key.toString("utf8"),
    value: entry.value,
    revision: entry.revision,
    createRevision: entry.createRevision,
    version: entry.version,
    expireTime: toExpireTime(entry.deadlineMs),
    updateTime: toExpireTime(entry.updateTimeMs),
    contentType: entry.contentType,
  };
}
