/**
 * The one feed behind every follower: changes in order, each once it is durable.
 *
 *   commit, durable ──► ring ──► who is live and may want it ──► a few at a time, woken ──► told
 *                        log ──► who comes from further back ──► until it has caught up
 *
 * A change is looked at by those who may want it, and made into an event once. A follower's own pace is the flow
 * control. While it does not ask, the bytes of what is published for it are counted, and past a bound it is
 * cut with a token to go on from.
 */

import {
  invalidField,
  KvError,
  revision,
  type Clock,
  type KeyOrder,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import type { DurableChange, LogPosition, StorageEngine } from "../storage/index.js";
import { Audience } from "./audience.js";
import { ChangeRing } from "./change-ring.js";
import { FeedRecord, type Kinds } from "./feed-record.js";
import { Follower } from "./follower.js";
import { ONLY_EXPIRATIONS, type Subscription } from "./subscription.js";
import {
  Telling,
  type FeedBatch,
  type FollowerCall,
  type Prelude,
  type Ready,
  type SharedFeed,
} from "./telling.js";
import { INDEX_MAX, wantedAfter, type Tokens, type ToldPosition } from "./tokens.js";
import { Turns } from "./turns.js";
import { WakeQueue } from "./wake-queue.js";

/** More followers than this are refused: each costs a stream and a place in every wake-up. */
const FOLLOWERS_MAX = 10_000;

export interface ChangeFeedOptions {
  readonly engine: StorageEngine;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly nowMs: () => TimeMs;
  /** Bytes that may be published for a follower while it does not ask. */
  readonly bufferBytesMax: number;
  /** Memory for the newest changes, in bytes. */
  readonly ringBytesMax: number;
  readonly progressIntervalMs: number;
}

/** What of a subscription the feed itself must know. */
type Wish = Pick<Subscription<ToldPosition>, "kinds" | "includePrevious" | "start">;

export class ChangeFeed implements SharedFeed {
  readonly #options: ChangeFeedOptions;
  readonly #followers = new Set<Follower>();
  readonly #audience = new Audience<Follower>();
  readonly #ring: ChangeRing;
  readonly #turns = new Turns();
  readonly #wakes = new WakeQueue();
  /** Of those who want more than expirations, and of those who ask for what was replaced. */
  #wholeCount = 0;
  #previousCount = 0;
  #published: Revision;
  #isDraining = false;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
    this.#published = options.engine.durableRevision;
    this.#ring = new ChangeRing(revision(this.#published + 1), options.ringBytesMax);
    options.engine.changes.listen((lastRevision, changes) => {
      this.#publish(lastRevision, changes);
    });
  }

  get followerCount(): number {
    return this.#followers.size;
  }
  get keyOrder(): KeyOrder {
    return this.#options.engine.keyOrder;
  }
  get tokens(): Tokens {
    return this.#options.tokens;
  }
  get bufferBytesMax(): number {
    return this.#options.bufferBytesMax;
  }
  get progressIntervalMs(): number {
    return this.#options.progressIntervalMs;
  }
  get isDraining(): boolean {
    return this.#isDraining;
  }
  /** Everything up to here is durable and was published. */
  get published(): Revision {
    return this.#published;
  }

  nowMs(): TimeMs {
    return this.#options.nowMs();
  }

  /** Ends every stream with DRAINING and a token. */
  drain(): void {
    this.#isDraining = true;
    for (const follower of this.#followers) follower.wake();
  }

  /** See `Store.watch`. `openState` gives what a stream from the current state begins with. */
  async *follow<Told extends ToldPosition>(
    subscription: Subscription<Told>,
    call: FollowerCall,
    openState?: () => Promise<Prelude<Told>>,
  ): AsyncGenerator<FeedBatch<Told>, void, undefined> {
    const told = this.#toldBefore(subscription);
    if (told === undefined && openState === undefined) {
      throw invalidField("start.resume_token", "is of a stream that began with the current state");
    }
    this.#throwIfCompacted(wantedAfter(told ?? this.#toldNow()));
    if (this.#followers.size >= FOLLOWERS_MAX) {
      throw new KvError("OVERLOADED", `${String(FOLLOWERS_MAX)} followers are being served`, {
        retryAfterMs: 1000,
      });
    }
    const follower = new Follower({
      ...this.#options,
      ...subscription,
      ...call,
      turns: this.#turns,
      onNews: (each) => {
        this.#wakes.add(each);
      },
    });
    this.#join(follower, subscription);
    try {
      const telling = new Telling(this, follower, subscription, told ?? this.#toldNow());
      yield* told === undefined && openState !== undefined
        ? telling.runAfter(openState)
        : telling.run();
    } finally {
      this.#leave(follower, subscription);
    }
  }

  /** What is to be told from the position on, from memory if it reaches back so far. */
  async ready(position: LogPosition, kinds: Kinds): Promise<Ready> {
    const upTo = this.#published;
    const start = this.#ring.startOf(kinds);
    if (start !== undefined && position.revision >= start) {
      const { records, next } = this.#ring.read(position.revision);
      const end = revision(Math.max(position.revision, upTo + 1));
      return { records, next: { revision: next ?? end } };
    }
    this.#throwIfCompacted(position.revision);
    const logKinds = kinds === ONLY_EXPIRATIONS ? "expirations" : "all";
    const { records, next } = await this.#options.engine.logReader.read(position, upTo, logKinds);
    return {
      records: records.map((record) => new FeedRecord({ record, replaced: undefined })),
      next,
    };
  }

  /** A follower reads the log no more. */
  noteCaughtUp(): void {
    for (const { isLive } of this.#followers) if (!isLive) return;
    this.#options.engine.logReader.forgetSteps();
  }

  #join(follower: Follower, { kinds, includePrevious }: Wish): void {
    this.#followers.add(follower);
    this.#audience.add(follower, follower.prefixes);
    if (kinds !== ONLY_EXPIRATIONS && this.#wholeCount++ === 0) {
      this.#ring.keepAllFrom(revision(this.#published + 1));
    }
    if (includePrevious) this.#previousCount++;
    this.#options.engine.changes.notesReplaced = this.#previousCount > 0;
  }

  #leave(follower: Follower, { kinds, includePrevious }: Wish): void {
    this.#followers.delete(follower);
    follower.fallBehind();
    this.#audience.remove(follower, follower.prefixes);
    if (kinds !== ONLY_EXPIRATIONS && --this.#wholeCount === 0) this.#ring.keepAllFrom(undefined);
    if (includePrevious) this.#previousCount--;
    this.#options.engine.changes.notesReplaced = this.#previousCount > 0;
    this.noteCaughtUp();
  }

  #publish(lastRevision: Revision, changes: readonly DurableChange[]): void {
    this.#published = lastRevision;
    // Whoever waits moves on when there is something to tell, or it is time for a mark.
    for (const record of this.#ring.add(changes)) this.#audience.offer(record);
  }

  #toldNow(): ToldPosition {
    return { revision: this.#published, index: INDEX_MAX };
  }

  /** Undefined: the stream begins with the current state. */
  #toldBefore({ start }: Wish): ToldPosition | undefined {
    switch (start.kind) {
      case "now":
        return this.#toldNow();
      case "revision":
        if (start.revision < 1) throw invalidField("start.revision", "must be 1 or more");
        // A token must not name what is yet to come: the next history of this store may never have it.
        return {
          revision: revision(Math.min(start.revision - 1, this.#published)),
          index: INDEX_MAX,
        };
      case "resume-token":
        return this.#toldBeforeToken(start.token);
      case "current-state":
        return undefined;
    }
  }

  #toldBeforeToken(token: string): ToldPosition | undefined {
    const told = this.#options.tokens.readStartToken(token, "start.resume_token");
    if (told === "state") return undefined;
    if (told.revision <= this.#published) return told;
    throw new KvError(
      "HISTORY_CHANGED",
      "start.resume_token: the token is ahead of this store, which is an older copy: begin anew",
      { metadata: { field: "start.resume_token", revision: this.#published } },
    );
  }

  #throwIfCompacted(wanted: Revision): void {
    const { feedFloor } = this.#options.engine;
    if (wanted >= feedFloor) return;
    throw new KvError(
      "REVISION_COMPACTED",
      `revision ${String(wanted)} is no longer retained; the oldest is ${String(feedFloor)}: ` +
        "list the keys and follow from now, or raise watch.retention",
      { metadata: { revision: wanted, oldest_revision: feedFloor } },
    );
  }
}
