/**
 * The model's expirations and their followers. All events are kept in one list; a follower is a place
 * in it.
 */

import {
  invalidField,
  KvError,
  revision,
  type Clock,
  type Revision,
  type TimeMs,
} from "../../src/base/index.js";
import type {
  ExpirationBatch,
  ExpirationEvent,
  KeyRange,
  WatchExpirationsQuery,
} from "../../src/kv/store.js";
import { readFeedToken, writeToken, type FeedPosition } from "./model-tokens.js";

/** Behind every event of its revision. */
const INDEX_LAST = Number.MAX_SAFE_INTEGER;

const PROGRESS_INTERVAL_MS_DEFAULT = 10_000;
const EVENTS_PER_BATCH_MAX = 256;

export interface FeedOptions {
  readonly clock: Clock;
  readonly historyId: string;
  /** Most bytes of keys and values that may wait for a follower. */
  readonly waitingBytesMax: number;
  /** The newest revision and the logical time. */
  readonly now: () => { readonly revision: Revision; readonly timeMs: TimeMs };
  readonly matcher: (range: KeyRange) => (key: Buffer) => boolean;
}

interface Follower {
  waitingBytes: number;
  wake: () => void;
}

export class ModelFeed {
  readonly #options: FeedOptions;
  readonly #events: ExpirationEvent[] = [];
  readonly #followers = new Set<Follower>();
  #floor = 1;
  #draining = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  get followerCount(): number {
    return this.#followers.size;
  }

  /** The oldest revision that a follower can start from. */
  get floor(): Revision {
    return revision(this.#floor);
  }

  raiseFloor(floor: Revision): void {
    this.#floor = Math.max(this.#floor, floor);
  }

  publish(events: readonly ExpirationEvent[]): void {
    this.#events.push(...events);
    for (const follower of this.#followers) {
      for (const event of events) follower.waitingBytes += event.key.length + event.valueSize;
      follower.wake();
    }
  }

  drain(): void {
    this.#draining = true;
    for (const follower of this.#followers) follower.wake();
  }

  reopen(): void {
    this.#draining = false;
  }

  async *watch(
    query: WatchExpirationsQuery,
    signal: AbortSignal,
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    const matches = this.#options.matcher(query.range);
    let position = this.#start(query);
    let first = true;
    let silentSinceMs = this.#options.clock.monotonicMs();
    const follower: Follower = { waitingBytes: 0, wake: () => undefined };
    this.#followers.add(follower);
    try {
      while (!signal.aborted) {
        this.#throwIfCut(follower, position);
        const events = this.#eventsAfter(position);
        const told = events.filter((event) => matches(event.key));
        const last = events.at(-1);
        if (last !== undefined) position = { revision: last.revision, index: last.index };
        else position = this.#whole(position);
        if (told.length > 0 || first) {
          first = false;
          yield this.#batch(query, told, position);
          this.#throwIfCut(follower, position);
          follower.waitingBytes = 0;
          silentSinceMs = this.#options.clock.monotonicMs();
        } else if (events.length === 0) {
          const untilMs = silentSinceMs + progressIntervalMs(query);
          if (await this.#news(untilMs, follower, signal)) continue;
          position = this.#whole(position);
          if (this.#eventsAfter(position).length > 0) continue;
          yield this.#batch(query, [], position);
          this.#throwIfCut(follower, position);
          follower.waitingBytes = 0;
          silentSinceMs = this.#options.clock.monotonicMs();
        }
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  #start(query: WatchExpirationsQuery): FeedPosition {
    const { start } = query;
    if (start.kind === "now") {
      return { revision: this.#options.now().revision, index: INDEX_LAST };
    }
    if (start.kind === "revision" && start.revision < 1) {
      throw invalidField("start.revision", "must be 1 or more");
    }
    const position =
      start.kind === "revision"
        ? { revision: start.revision - 1, index: INDEX_LAST }
        : readFeedToken(this.#options.historyId, start.token);
    // A token is good as long as everything behind it is kept.
    if (position.revision + 1 < this.#floor) {
      throw new KvError("REVISION_COMPACTED", "expirations from then are not kept any more", {
        metadata: { oldest_revision: this.#floor },
      });
    }
    return position;
  }

  #throwIfCut(follower: Follower, position: FeedPosition): void {
    const token = writeToken(this.#options.historyId, position);
    if (this.#draining) {
      throw new KvError("DRAINING", "the store is about to close", {
        metadata: { resume_token: token },
      });
    }
    if (follower.waitingBytes > this.#options.waitingBytesMax) {
      throw new KvError("SLOW_FOLLOWER", "too much waits for this follower", {
        metadata: { resume_token: token },
      });
    }
  }

  #eventsAfter(position: FeedPosition): readonly ExpirationEvent[] {
    const from = this.#events.findIndex(
      (event) =>
        event.revision > position.revision ||
        (event.revision === position.revision && event.index > position.index),
    );
    return from < 0 ? [] : this.#events.slice(from, from + EVENTS_PER_BATCH_MAX);
  }

  /** Where nothing is left to tell, the position is the newest revision, whole. */
  #whole(position: FeedPosition): FeedPosition {
    const { revision: newest } = this.#options.now();
    return newest < position.revision ? position : { revision: newest, index: INDEX_LAST };
  }

  #batch(
    query: WatchExpirationsQuery,
    events: readonly ExpirationEvent[],
    position: FeedPosition,
  ): ExpirationBatch {
    const { revision: newest, timeMs } = this.#options.now();
    // A follower may have asked for a revision that is yet to come.
    const reached = revision(Math.min(position.revision, newest));
    return {
      expirations: events.map((event) => (query.includeValue ? event : withoutValue(event))),
      resumeToken: writeToken(this.#options.historyId, position),
      progress: events.length === 0 ? { revision: reached, timeMs } : undefined,
    };
  }

  /** True when something came before then: an event, a drain, or the end of the signal. */
  #news(untilMs: number, follower: Follower, signal: AbortSignal): Promise<boolean> {
    if (this.#draining || signal.aborted) return Promise.resolve(true);
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const finish = (outcome: "news" | "silence"): void => {
        timer.cancel();
        signal.removeEventListener("abort", wake);
        follower.wake = () => undefined;
        resolve(outcome === "news");
      };
      const wake = (): void => {
        finish("news");
      };
      const timer = clock.after(Math.max(0, untilMs - clock.monotonicMs()), () => {
        finish("silence");
      });
      follower.wake = wake;
      signal.addEventListener("abort", wake);
    });
  }
}

function progressIntervalMs(query: WatchExpirationsQuery): number {
  return query.progressIntervalMs === 0 ? PROGRESS_INTERVAL_MS_DEFAULT : query.progressIntervalMs;
}

/** What nobody asked for was not omitted. */
function withoutValue(event: ExpirationEvent): ExpirationEvent {
  return { ...event, value: undefined, valueOmitted: false };
}
