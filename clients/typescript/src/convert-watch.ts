/** What followers ask for and are told, between the schema and this client. */

import type * as wire from "../../../generated/keyvaluedb/v1/key_value_service.js";
import {
  EventKind as WireKind,
  ExpirationCause as WireCause,
  type Event,
  type Expiration,
  type Progress as WireProgress,
  type StartPosition as WireStart,
} from "../../../generated/keyvaluedb/v1/types.js";
import { decodeValue, type Codec } from "./codec.js";
import { toDate, toDuration, toEntry, toEntryWith, toRange } from "./convert.js";
import { invalidField, KeyValueError } from "./key-value-error.js";
import type { Entry } from "./types.js";
import type {
  EventKind,
  ExpirationCause,
  ExpirationsMessage,
  ExpiredKey,
  FollowOptions,
  Progress,
  StartPosition,
  WatchEvent,
  WatchExpirationsOptions,
  WatchMessage,
  WatchOptions,
} from "./watch-types.js";

const KINDS = {
  set: WireKind.EVENT_KIND_SET,
  delete: WireKind.EVENT_KIND_DELETE,
  expire: WireKind.EVENT_KIND_EXPIRE,
  touch: WireKind.EVENT_KIND_TOUCH,
} as const satisfies Record<EventKind, WireKind>;

const KIND_NAMES = new Map<WireKind, EventKind>([
  [WireKind.EVENT_KIND_SET, "set"],
  [WireKind.EVENT_KIND_DELETE, "delete"],
  [WireKind.EVENT_KIND_EXPIRE, "expire"],
  [WireKind.EVENT_KIND_TOUCH, "touch"],
]);

const CAUSES = new Map<WireCause, ExpirationCause>([
  [WireCause.EXPIRATION_CAUSE_DEADLINE, "deadline"],
  [WireCause.EXPIRATION_CAUSE_DEADLINE_WHILE_DOWN, "deadline-while-down"],
]);

function toStart(start: StartPosition): WireStart {
  if (start === "now") return { position: { $case: "now", value: true } };
  if (start === "current-state") return { position: { $case: "currentState", value: true } };
  if ("revision" in start) return { position: { $case: "revision", value: start.revision } };
  if ("resumeToken" in start) {
    return { position: { $case: "resumeToken", value: start.resumeToken } };
  }
  throw invalidField("start", 'must be "now", "current-state", or have revision or resumeToken');
}

function toInterval({ progressIntervalMs }: FollowOptions): wire.WatchRequest["progressInterval"] {
  if (progressIntervalMs === undefined) return undefined;
  return toDuration(progressIntervalMs, "progress_interval");
}

export function toWatchRequest(options: WatchOptions, start: StartPosition): wire.WatchRequest {
  return {
    ranges: (options.ranges ?? []).map((range) => toRange(range) ?? { range: undefined }),
    start: toStart(start),
    kinds: (options.kinds ?? []).map((kind) => KINDS[kind]),
    includePrevious: options.includePrevious ?? false,
    progressInterval: toInterval(options),
  };
}

export function toWatchExpirationsRequest(
  options: WatchExpirationsOptions,
  start: StartPosition,
): wire.WatchExpirationsRequest {
  return {
    range: toRange(options.range ?? "all"),
    start: toStart(start),
    includeValue: options.includeValue ?? false,
    progressInterval: toInterval(options),
  };
}

export function toWatchMessage<V>(
  reply: wire.WatchResponse,
  codec: Codec<V>,
  { isRestarted }: { readonly isRestarted: boolean },
): WatchMessage<V> {
  const { events, resumeToken, progress, synced } = reply;
  return {
    events: decoded(resumeToken, () => events.map((event) => toWatchEvent(event, codec))),
    resumeToken,
    progress: toProgress(progress),
    synced,
    restarted: isRestarted,
  };
}

export function toExpirationsMessage<V>(
  { expirations, resumeToken, progress }: wire.WatchExpirationsResponse,
  codec: Codec<V>,
  includeValue: boolean | undefined,
): ExpirationsMessage<V> {
  const toKey = (expiration: Expiration): ExpiredKey<V> =>
    toExpiredKey(expiration, includeValue === true ? codec : undefined);
  return {
    expirations: decoded(resumeToken, () => expirations.map(toKey)),
    resumeToken,
    progress: toProgress(progress),
  };
}

/** With the token after the message: whoever cannot read a value of it may want to go on without it. */
function decoded<T>(resumeToken: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof KeyValueError)) throw error;
    const metadata = { ...error.metadata, resume_token: resumeToken };
    const { message, reason, code, cause } = error;
    throw new KeyValueError(message, { reason, code, metadata, cause });
  }
}

function toWatchEvent<V>(event: Event, codec: Codec<V>): WatchEvent<V> {
  const { revision, index, entry, previous, previousOmitted, valueOmitted } = event;
  const kind = KIND_NAMES.get(event.kind);
  if (kind === undefined || entry === undefined) {
    throw new Error("the server told an event of a kind that this client does not know");
  }
  const isThere = kind === "set" || kind === "touch";
  return {
    ...{ kind, revision, index, key: entry.key },
    entry: isThere ? toEventEntry(event, entry, codec) : undefined,
    previous: previous === undefined ? undefined : toEntry(previous, codec),
    ...{ previousOmitted, valueOmitted },
    expireTime: toDate(entry.expireTime),
    commitTime: toDate(event.commitTime),
  };
}

function toEventEntry<V>(
  { valueOmitted }: Event,
  entry: NonNullable<Event["entry"]>,
  codec: Codec<V>,
): Entry<V> {
  // Told by `valueOmitted`: there is nothing to decode.
  return valueOmitted ? toEntryWith(entry, undefined as V) : toEntry(entry, codec);
}

function toExpiredKey<V>(expiration: Expiration, codec: Codec<V> | undefined): ExpiredKey<V> {
  const { revision, index, key, value, valueSize, cause, contentType, valueOmitted } = expiration;
  const isHere = codec !== undefined && !valueOmitted;
  return {
    ...{ revision, index, key },
    value: isHere ? decodeValue(codec, value, contentType) : undefined,
    valueSize,
    expireTime: toDate(expiration.expireTime),
    commitTime: toDate(expiration.commitTime),
    cause: CAUSES.get(cause) ?? "unknown",
    ...{ contentType, valueOmitted },
  };
}

function toProgress(progress: WireProgress | undefined): Progress | undefined {
  if (progress === undefined) return undefined;
  return { revision: progress.revision, time: toDate(progress.time) };
}
