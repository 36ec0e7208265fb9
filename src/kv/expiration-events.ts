/** Expirations alone, as a filter of the feed: each with its deadline, its cause, and its value if that is wanted. */

import { invalidField } from "../base/index.js";
import { unpackValue, type LogRecord } from "../storage/index.js";
import type { ChangeFeed } from "./change-feed.js";
import type { FeedRecord } from "./feed-record.js";
import { toStretch } from "./key-range.js";
import { ONLY_EXPIRATIONS, type Subscription } from "./subscription.js";
import type { FollowerCall } from "./telling.js";
import type { ExpirationBatch, ExpirationEvent, WatchExpirationsQuery } from "./watch-queries.js";

/** See `Store.watchExpirations`. */
export async function* followExpirations(
  feed: ChangeFeed,
  query: WatchExpirationsQuery,
  call: FollowerCall,
): AsyncGenerator<ExpirationBatch, void, undefined> {
  if (query.start.kind === "current-state") {
    throw invalidField("start.current_state", "only Watch can begin with the current state");
  }
  const { includeValue } = query;
  const subscription: Subscription<ExpirationEvent> = {
    stretches: [toStretch(query.range, feed.keyOrder)],
    kinds: ONLY_EXPIRATIONS,
    start: query.start,
    progressIntervalMs: query.progressIntervalMs,
    includePrevious: false,
    toTold: includeValue ? toEvent : toEventAlone,
    sizeOf: ({ key, value }) => key.length + (value?.length ?? 0),
  };
  for await (const { events, resumeToken, progress } of feed.follow(subscription, call)) {
    yield { expirations: events, resumeToken, progress };
  }
}

/** A value that has to be decompressed is so once for all followers. */
function toEvent(shared: FeedRecord): ExpirationEvent | Promise<ExpirationEvent> | undefined {
  const record = shared.change?.record;
  if (record === undefined) return undefined;
  const event = withoutValue(record);
  if (record.isValueOmitted) return { ...event, valueOmitted: true };
  if (record.codec === "none") return { ...event, value: record.value };
  return shared.once("expiration", () => withValue(record), memoryOf);
}

function toEventAlone({ change }: FeedRecord): ExpirationEvent | undefined {
  return change === undefined ? undefined : withoutValue(change.record);
}

async function withValue(record: LogRecord): Promise<ExpirationEvent> {
  return { ...withoutValue(record), value: await unpackValue(record) };
}

function withoutValue(record: LogRecord): ExpirationEvent {
  return {
    revision: record.revision,
    index: record.index,
    key: record.key,
    value: undefined,
    valueSize: record.valueSize,
    valueOmitted: false,
    contentType: record.contentType,
    deadlineMs: record.deadlineMs,
    commitTimeMs: record.commitTimeMs,
    cause: record.isWhileDown ? "deadline-while-down" : "deadline",
  };
}

/** The value is there twice then. */
function memoryOf({ value }: ExpirationEvent): number {
  return value?.length ?? 0;
}
