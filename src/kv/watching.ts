/** Watch: the feed with changes of every kind, and with the current state before them if that is wanted. */

import { bytesOfChange, toChangeEvent, toEventWithPrevious } from "./change-events.js";
import type { LocalParts } from "./local-parts.js";
import { toKinds, toStretches, type Subscription } from "./subscription.js";
import type { FeedBatch, FollowerCall } from "./telling.js";
import type { ChangeEvent, WatchQuery } from "./watch-queries.js";

export type WatchParts = Pick<LocalParts, "engine" | "feed" | "currentState" | "limits">;

/** See `Store.watch`. */
export function followChanges(
  { engine, feed, currentState, limits }: WatchParts,
  query: WatchQuery,
  call: FollowerCall,
): AsyncGenerator<FeedBatch<ChangeEvent>, void, undefined> {
  const { start, progressIntervalMs, includePrevious } = query;
  const stretches = toStretches(query.ranges, engine.keyOrder, limits);
  const subscription: Subscription<ChangeEvent> = {
    stretches,
    kinds: toKinds(query.kinds),
    start,
    progressIntervalMs,
    includePrevious,
    toTold: includePrevious ? (record) => toEventWithPrevious(engine, record) : toChangeEvent,
    sizeOf: bytesOfChange,
  };
  return feed.follow(subscription, call, () => currentState.open(stretches));
}
