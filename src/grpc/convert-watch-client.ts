/** Watch as a client asks for it and is told. */

import type {
  WatchRequest,
  WatchResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { EventKind, type Event as WireEvent } from "../../generated/keyvaluedb/v1/types.js";
import { present, revision } from "../base/index.js";
import type { ChangeBatch, ChangeEvent, ChangeKind, WatchQuery } from "../kv/index.js";
import { fromEntry, toTimeMs, toWirePosition, toWireRange } from "./convert-client.js";
import { toDuration } from "./time.js";

const KINDS = {
  set: EventKind.EVENT_KIND_SET,
  delete: EventKind.EVENT_KIND_DELETE,
  expire: EventKind.EVENT_KIND_EXPIRE,
  touch: EventKind.EVENT_KIND_TOUCH,
} satisfies Record<ChangeKind, EventKind>;

export function toWatchRequest(query: WatchQuery): WatchRequest {
  const { ranges, start, kinds, includePrevious, progressIntervalMs } = query;
  return {
    // All keys are a range without a choice.
    ranges: ranges.map((range) => toWireRange(range) ?? { range: undefined }),
    start: { position: toWirePosition(start) },
    kinds: kinds.map((kind) => KINDS[kind]),
    includePrevious,
    progressInterval: progressIntervalMs === 0 ? undefined : toDuration(progressIntervalMs),
  };
}

export function fromWatchResponse(reply: WatchResponse): ChangeBatch {
  const { progress } = reply;
  return {
    events: reply.events.map(fromEvent),
    resumeToken: reply.resumeToken,
    progress:
      progress === undefined
        ? undefined
        : { revision: revision(progress.revision), timeMs: toTimeMs(progress.time) },
    synced: reply.synced,
  };
}

function fromEvent(event: WireEvent): ChangeEvent {
  return {
    kind: fromEventKind(event.kind),
    revision: revision(event.revision),
    index: event.index,
    entry: fromEntry(present(event.entry, "an entry in an event")),
    valueOmitted: event.valueOmitted,
    previous: event.previous === undefined ? undefined : fromEntry(event.previous),
    previousOmitted: event.previousOmitted,
    commitTimeMs: toTimeMs(event.commitTime),
  };
}

function fromEventKind(kind: EventKind): ChangeKind {
  switch (kind) {
    case EventKind.EVENT_KIND_SET:
      return "set";
    case EventKind.EVENT_KIND_DELETE:
      return "delete";
    case EventKind.EVENT_KIND_EXPIRE:
      return "expire";
    // A kind that a newer server may know leaves the key there; what it is now, the entry says.
    case EventKind.EVENT_KIND_UNSPECIFIED:
    case EventKind.EVENT_KIND_TOUCH:
      return "touch";
  }
}
