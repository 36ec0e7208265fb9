/**
 * Tells one follower of the feed, from its start to its end. It is live, and then what is published comes to it; or it
 * is behind, and looks for what comes next in the ring or in the log until it has caught up.
 */

import { KvError, revision, timeMs, type Revision, type TimeMs } from "../base/index.js";
import type { LogPosition } from "../storage/index.js";
import type { FeedRecord, Kinds } from "./feed-record.js";
import type { Follower } from "./follower.js";
import { ALL_KINDS, type Subscription } from "./subscription.js";
import { ToldBatches } from "./told-batches.js";
import { INDEX_MAX, wantedAfter, wholeUpTo, type Tokens, type ToldPosition } from "./tokens.js";

/** The caller of a stream, as far as the store must know it. */
export interface FollowerCall {
  readonly signal: AbortSignal;
  /** See `Store.watch`. */
  readonly onCut: () => void;
}

/** One message of a stream: events in order, or a mark that says how far it is whole. */
export interface FeedBatch<Told> {
  readonly events: readonly Told[];
  /** From where a follower that got this batch goes on. Never empty. */
  readonly resumeToken: string;
  /** Everything up to the revision, and everything that was durable before that time, has been told. */
  readonly progress: { readonly revision: Revision; readonly timeMs: TimeMs } | undefined;
  /** What the stream was to begin with has been told. */
  readonly synced: boolean;
}

/** What all followers share. */
export interface SharedFeed {
  readonly tokens: Tokens;
  /** Everything up to here is durable and was published. */
  readonly published: Revision;
  readonly isDraining: boolean;
  readonly bufferBytesMax: number;
  readonly progressIntervalMs: number;
  readonly nowMs: () => TimeMs;
  /** What is to be told from the position on, from memory if it reaches back so far. */
  readonly ready: (position: LogPosition, kinds: Kinds) => Promise<Ready>;
  /** A follower reads the log no more. */
  readonly noteCaughtUp: () => void;
}

export interface Ready {
  readonly records: readonly FeedRecord[];
  readonly next: LogPosition;
}

/** What a stream begins with, before it goes on with what comes after the revision. */
export interface Prelude<Told> {
  readonly revision: Revision;
  /** Small enough to be batches. Throws, with this token, what `Store.watch` says. */
  readonly parts: (token: string) => AsyncIterable<readonly Told[]>;
}

export class Telling<Told extends ToldPosition> {
  readonly #feed: SharedFeed;
  readonly #follower: Follower;
  readonly #subscription: Subscription<Told>;
  readonly #batches: ToldBatches<Told>;
  #told: ToldPosition;
  /** Where to look while it is behind. */
  #position: LogPosition;
  /** Everything that was durable before this time has been told: of one that is behind, that is not now. */
  #wholeMs = timeMs(0);

  constructor(
    feed: SharedFeed,
    follower: Follower,
    subscription: Subscription<Told>,
    told: ToldPosition,
  ) {
    this.#feed = feed;
    this.#follower = follower;
    this.#subscription = subscription;
    this.#batches = new ToldBatches(follower, subscription);
    this.#told = told;
    this.#position = { revision: wantedAfter(told) };
  }

  /** Ends when nobody is there to be told any more. Throws what `Store.watch` says. */
  async *run(): AsyncGenerator<FeedBatch<Told>, void, undefined> {
    this.#wholeMs = await this.#wholeAtStart();
    yield* this.#mark();
    yield* this.#goOn();
  }

  /** The same, with something to begin with. */
  async *runAfter(
    open: () => Promise<Prelude<Told>>,
  ): AsyncGenerator<FeedBatch<Told>, void, undefined> {
    // Whoever is cut off before the end of it has to begin anew.
    const resumeToken = this.#feed.tokens.stateToken(this.#told.revision);
    const part = { resumeToken, progress: undefined, synced: false };
    yield* this.#send({ ...part, events: [] });
    const openMs = this.#feed.nowMs();
    const prelude = await open();
    for await (const events of prelude.parts(resumeToken)) {
      if (this.#follower.hasGone()) return;
      this.#throwIfOver(resumeToken);
      yield* this.#send({ ...part, events });
      if (this.#follower.hasGone()) return;
      this.#throwIfOver(resumeToken);
    }
    this.#told = { revision: prelude.revision, index: INDEX_MAX };
    this.#position = { revision: wantedAfter(this.#told) };
    this.#wholeMs = openMs;
    yield* this.#mark("synced");
    yield* this.#goOn();
  }

  /** Of one that begins in the past, when the first change that may have to be told was committed. */
  async #wholeAtStart(): Promise<TimeMs> {
    for (let position = this.#position; ;) {
      const upTo = this.#feed.published;
      const atMs = this.#feed.nowMs();
      if (position.revision > upTo) return atMs;
      const { records, next } = await this.#feed.ready(position, ALL_KINDS);
      const wanted = this.#position.revision;
      const first = records.find((record) => record.revision >= wanted);
      if (first !== undefined) return believed(first.commitTimeMs, atMs) ?? timeMs(0);
      position = next;
    }
  }

  async *#goOn(): AsyncGenerator<FeedBatch<Told>, void, undefined> {
    const { progressIntervalMs } = this.#subscription;
    const intervalMs = progressIntervalMs || this.#feed.progressIntervalMs;
    const follower = this.#follower;
    while (!follower.hasGone()) {
      this.#throwIfOver();
      if (follower.isLive) yield* this.#tellWhatCame();
      else yield* this.#catchUp();
      if (follower.hasGone()) return;
      const leftMs = intervalMs - follower.silentMs();
      if (leftMs <= 0) yield* this.#mark();
      else if (follower.isLive) await follower.wait(leftMs, () => this.#feed.isDraining);
    }
  }

  async *#tellWhatCame(): AsyncGenerator<FeedBatch<Told>, void, undefined> {
    // In one step: what is taken is all that there is up to here.
    const upTo = this.#feed.published;
    const atMs = this.#feed.nowMs();
    yield* this.#tell(this.#follower.take());
    this.#reach({ revision: revision(Math.max(this.#position.revision, upTo + 1)) }, atMs);
  }

  async *#catchUp(): AsyncGenerator<FeedBatch<Told>, void, undefined> {
    const upTo = this.#feed.published;
    const atMs = this.#feed.nowMs();
    const { records, next } = await this.#feed.ready(this.#position, this.#subscription.kinds);
    this.#follower.takeFound(records);
    yield* this.#tell(records);
    // What is still to come was not committed before the last of these.
    this.#reach(next, next.revision > upTo ? atMs : believed(records.at(-1)?.commitTimeMs, atMs));
    if (this.#position.revision > this.#feed.published) {
      this.#follower.goLive();
      this.#feed.noteCaughtUp();
    }
  }

  /** Everything before the position was told, unless something was lost: then it is looked for again. */
  #reach(position: LogPosition, wholeMs = this.#wholeMs): void {
    if (this.#batches.takeLoss()) {
      this.#follower.fallBehind();
      this.#position = { revision: wantedAfter(this.#told) };
      return;
    }
    this.#position = position;
    this.#wholeMs = timeMs(Math.max(this.#wholeMs, wholeMs));
    const whole = { revision: revision(position.revision - 1), index: INDEX_MAX };
    if (whole.revision >= this.#told.revision) this.#told = whole;
  }

  async *#tell(records: readonly FeedRecord[]): AsyncGenerator<FeedBatch<Told>, void, undefined> {
    const follower = this.#follower;
    for await (const events of this.#batches.of(records, this.#told)) {
      if (follower.hasGone()) return;
      const last = events.at(-1);
      if (last === undefined) continue;
      this.#told = { revision: last.revision, index: last.index };
      const resumeToken = this.#feed.tokens.resumeToken(this.#told);
      yield* this.#send({ events, resumeToken, progress: undefined, synced: false });
      if (follower.hasGone()) return;
      this.#throwIfOver();
    }
  }

  *#mark(kind?: "synced"): Generator<FeedBatch<Told>, void, undefined> {
    yield* this.#send({
      events: [],
      resumeToken: this.#feed.tokens.resumeToken(this.#told),
      progress: { revision: wholeUpTo(this.#told), timeMs: this.#wholeMs },
      synced: kind === "synced",
    });
  }

  *#send(batch: FeedBatch<Told>): Generator<FeedBatch<Told>, void, undefined> {
    this.#follower.beginYield();
    yield batch;
    this.#follower.endYield();
  }

  #throwIfOver(token?: string): void {
    const { isDraining } = this.#feed;
    if (!isDraining && !this.#follower.isCut) return;
    const resumeToken = token ?? this.#feed.tokens.resumeToken(this.#told);
    const metadata = { resume_token: resumeToken };
    if (isDraining) {
      throw new KvError("DRAINING", "the server is stopping: go on with the resume token", {
        metadata,
        retryAfterMs: 1000,
      });
    }
    throw new KvError(
      "SLOW_FOLLOWER",
      `streams.buffer_bytes: more than ${String(this.#feed.bufferBytesMax)} bytes waited for this ` +
        "follower: go on with the resume token, faster",
      { metadata, retryAfterMs: 100 },
    );
  }
}

/** When something was committed, if a clock said so that was right: one that was ahead and was reset since leaves times to come. */
function believed(commitTimeMs: TimeMs | undefined, nowMs: TimeMs): TimeMs | undefined {
  return commitTimeMs === undefined || commitTimeMs > nowMs ? undefined : commitTimeMs;
}
