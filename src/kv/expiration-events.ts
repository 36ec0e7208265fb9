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

/** Made once for all followers, as is the one without a value. */
function toEvent(shared: FeedRecord): Promise<ExpirationEvent> | undefined {
  const record = shared.change?.record;
  if (record === undefined) return undefined;
  return shared.once("expiration", () => withValue(record), memoryOf(record));
}

function toEventAlone(shared: FeedRecord): Promise<ExpirationEvent> | undefined {
  const record = shared.change?.record;
  if (record === undefined) return undefined;
  const make = (): Promise<ExpirationEvent> => Promise.resolve(withoutValue(record));
  return shared.once("expiration alone", make, () => 0);
}

async function withValue(record: LogRecord): Promise<ExpirationEvent> {
  const event = withoutValue(record);
  if (record.isValueOmitted) return { ...event, valueOmitted: true };
  return { ...event, value: await unpackValue(record) };
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

/** A value that was compressed is there twice then. */
function memoryOf({ codec }: LogRecord): (event: ExpirationEvent) => number {
  return ({ value }) => (codec === "none" ? 0 : (value?.length ?? 0));
}
