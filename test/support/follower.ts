/** Follows a store for a test, while time stands still or is let pass. */

import type {
  ChangeBatch,
  ChangeEvent,
  ExpirationBatch,
  ExpirationEvent,
  Store,
  WatchExpirationsQuery,
  WatchQuery,
} from "../../src/kv/index.js";
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

interface StreamBatch {
  readonly resumeToken: string;
}

/** A stream of a store, read while time stands still or is let pass. */
abstract class StreamFollower<Batch extends StreamBatch, Event> {
  readonly #clock: ManualClock;
  readonly #abort = new AbortController();
  readonly #batches: AsyncGenerator<Batch, void, undefined>;
  #resumeToken = "";

  constructor(
    clock: ManualClock,
    open: (signal: AbortSignal) => AsyncGenerator<Batch, void, undefined>,
  ) {
    this.#clock = clock;
    this.#batches = open(this.#abort.signal);
  }

  protected abstract eventsOf(batch: Batch): readonly Event[];

  /** The token of the last batch. */
  get resumeToken(): string {
    return this.#resumeToken;
  }

  /** The next batch, without letting time pass; undefined at the end of the stream. */
  async next(): Promise<Batch | undefined> {
    const result = await this.#batches.next();
    if (result.done === true) return undefined;
    this.#resumeToken = result.value.resumeToken;
    return result.value;
  }

  /** The first batch, which comes at once. */
  async first(): Promise<Batch> {
    const first = await this.next();
    if (first === undefined) throw new Error("the stream ended before its first batch");
    return first;
  }

  /** The next batch, letting a little time pass until it comes. */
  async nextInTime(): Promise<Batch | undefined> {
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
  async collect(count: number): Promise<Event[]> {
    const events: Event[] = [];
    while (events.length < count) {
      const batch = await this.nextInTime();
      if (batch === undefined) throw new Error(`the stream ended after ${String(events.length)}`);
      events.push(...this.eventsOf(batch));
    }
    return events;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#batches.return(undefined).catch(() => undefined);
  }
}

export class Follower extends StreamFollower<ExpirationBatch, ExpirationEvent> {
  constructor(store: Store, clock: ManualClock, query: WatchExpirationsQuery) {
    super(clock, (signal) => store.watchExpirations(query, signal));
  }

  /** Begins to follow, and waits for the first batch, which comes at once. */
  static async start(
    store: Store,
    clock: ManualClock,
    more: Partial<WatchExpirationsQuery> = {},
  ): Promise<{ readonly follower: Follower; readonly first: ExpirationBatch }> {
    const follower = new Follower(store, clock, watchOf(more));
    return { follower, first: await follower.first() };
  }

  protected eventsOf(batch: ExpirationBatch): readonly ExpirationEvent[] {
    return batch.expirations;
  }
}

export function changesOf(more: Partial<WatchQuery> = {}): WatchQuery {
  return {
    ranges: [],
    start: { kind: "now" },
    kinds: [],
    includePrevious: false,
    progressIntervalMs: 60_000,
    ...more,
  };
}

export class ChangeFollower extends StreamFollower<ChangeBatch, ChangeEvent> {
  constructor(store: Store, clock: ManualClock, query: WatchQuery) {
    super(clock, (signal) => store.watch(query, signal));
  }

  /** Begins to follow, and waits for the first batch, which comes at once. */
  static async start(
    store: Store,
    clock: ManualClock,
    more: Partial<WatchQuery> = {},
  ): Promise<{ readonly follower: ChangeFollower; readonly first: ChangeBatch }> {
    const follower = new ChangeFollower(store, clock, changesOf(more));
    return { follower, first: await follower.first() };
  }

  /** What the stream begins with, up to where it says that this is told. */
  async state(): Promise<{ readonly events: ChangeEvent[]; readonly revision: number }> {
    const events: ChangeEvent[] = [];
    for (;;) {
      const batch = await this.nextInTime();
      if (batch === undefined) throw new Error("the stream ended before the state was told");
      events.push(...batch.events);
      if (batch.synced) return { events, revision: batch.progress?.revision ?? 0 };
    }
  }

  protected eventsOf(batch: ChangeBatch): readonly ChangeEvent[] {
    return batch.events;
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
