/** Follows the expirations of a store for a test, while time stands still or is let pass. */

import type {
  ExpirationBatch,
  ExpirationEvent,
  Store,
  WatchExpirationsQuery,
} from "../../src/kv/store.js";
import { ALL_KEYS } from "./calls.js";
import { settle, type ManualClock } from "./manual-clock.js";

/** A wait gives up after so much real time; a real disk may be slow. */
const WAIT_MS_MAX = 8000;
/** In each round of a wait a little of the clock's time passes. */
const ROUND_MS = 5;
/** After so many rounds real time passes as well, for disks and sockets to be heard. */
const QUICK_ROUNDS = 200;

export function watchOf(more: Partial<WatchExpirationsQuery> = {}): WatchExpirationsQuery {
  return {
    range: ALL_KEYS,
    start: { kind: "now" },
    includeValue: true,
    progressIntervalMs: 60_000,
    ...more,
  };
}

export class Follower {
  readonly #clock: ManualClock;
  readonly #abort = new AbortController();
  readonly #batches: AsyncGenerator<ExpirationBatch, void, undefined>;
  #resumeToken = "";

  constructor(store: Store, clock: ManualClock, query: WatchExpirationsQuery) {
    this.#clock = clock;
    this.#batches = store.watchExpirations(query, this.#abort.signal);
  }

  /** Begins to follow, and waits for the first batch, which comes at once. */
  static async start(
    store: Store,
    clock: ManualClock,
    more: Partial<WatchExpirationsQuery> = {},
  ): Promise<{ readonly follower: Follower; readonly first: ExpirationBatch }> {
    const follower = new Follower(store, clock, watchOf(more));
    const first = await follower.next();
    if (first === undefined) throw new Error("the stream ended before its first batch");
    return { follower, first };
  }

  /** The token of the last batch. */
  get resumeToken(): string {
    return this.#resumeToken;
  }

  /** The next batch, without letting time pass; undefined at the end of the stream. */
  async next(): Promise<ExpirationBatch | undefined> {
    const result = await this.#batches.next();
    if (result.done === true) return undefined;
    this.#resumeToken = result.value.resumeToken;
    return result.value;
  }

  /** The next batch, letting a little time pass until it comes. */
  async nextInTime(): Promise<ExpirationBatch | undefined> {
    let isSettled = false;
    const next = this.next().finally(() => {
      isSettled = true;
    });
    next.catch(() => undefined);
    const untilMs = performance.now() + WAIT_MS_MAX;
    for (let round = 0; performance.now() < untilMs; round += 1) {
      await settle();
      // The flag is set by the promise above.
      if (isSettled as boolean) return next;
      await this.#clock.advance(ROUND_MS);
      if (round > QUICK_ROUNDS) await aMillisecond();
    }
    throw new Error("no batch came");
  }

  /** So many events, letting time pass until they came; a batch may bring a few more. */
  async collect(count: number): Promise<ExpirationEvent[]> {
    const events: ExpirationEvent[] = [];
    while (events.length < count) {
      const batch = await this.nextInTime();
      if (batch === undefined) throw new Error(`the stream ended after ${String(events.length)}`);
      events.push(...batch.expirations);
    }
    return events;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#batches.return(undefined).catch(() => undefined);
  }
}

function aMillisecond(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}

/** All events from a revision on that are there now. */
export async function expirationsSince(
  store: Store,
  clock: ManualClock,
  query: Partial<WatchExpirationsQuery> & { readonly count: number },
): Promise<ExpirationEvent[]> {
  const { count, ...more } = query;
  const { follower, first } = await Follower.start(store, clock, more);
  try {
    const events = [...first.expirations];
    if (events.length < count) events.push(...(await follower.collect(count - events.length)));
    return events;
  } finally {
    await follower.stop();
  }
}
