/**
 * Tells expirations to whoever follows, in order, each once it is durable.
 *
 * The newest ones are in memory, in a ring that all followers share; a follower that comes from further
 * back reads the log until it has caught up. Its own pace is the flow control. While it does not ask, the
 * bytes of what is published for it are counted, and past a bound it is cut with a token to go on from.
 */

import {
  invalidField,
  KvError,
  NO_REVISION,
  revision,
  type Clock,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import { unpackValue, type LogPosition, type StorageEngine } from "../storage/index.js";
import { ExpirationRing, type ExpireRecord } from "./expiration-ring.js";
import { Follower } from "./follower.js";
import { toStretch } from "./key-range.js";
import type {
  ExpirationBatch,
  ExpirationEvent,
  StartPosition,
  WatchExpirationsQuery,
} from "./store.js";
import { INDEX_MAX, type Tokens, type ToldPosition } from "./tokens.js";
import { Turns } from "./turns.js";

/** One batch holds about so many bytes of keys and values, and so many events at the most. */
const BATCH_BYTES_MAX = 256 * 1024;
const BATCH_EVENTS_MAX = 1000;

/** More followers than this are refused: each costs a stream and a place in every wake-up. */
const FOLLOWERS_MAX = 10_000;

export interface ExpirationFeedOptions {
  readonly engine: StorageEngine;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly nowMs: () => TimeMs;
  /** Bytes that may be published for a follower while it does not ask. */
  readonly bufferBytesMax: number;
  readonly progressIntervalMs: number;
}

interface Ready {
  readonly records: readonly ExpireRecord[];
  readonly next: LogPosition;
}

export class ExpirationFeed {
  readonly #options: ExpirationFeedOptions;
  readonly #followers = new Set<Follower>();
  readonly #ring: ExpirationRing;
  readonly #turns = new Turns();
  /** Everything up to here is durable and was published. */
  #published: Revision;
  #isDraining = false;

  constructor(options: ExpirationFeedOptions) {
    this.#options = options;
    this.#published = options.engine.durableRevision;
    this.#ring = new ExpirationRing(revision(this.#published + 1));
    options.engine.listen(({ lastRevision, expirations }) => {
      this.#publish(lastRevision, expirations);
    });
  }

  get followerCount(): number {
    return this.#followers.size;
  }

  /** Ends every stream with DRAINING and a token. */
  drain(): void {
    this.#isDraining = true;
    for (const follower of this.#followers) follower.wake();
  }

  /** See `Store.watchExpirations`. */
  async *follow(
    query: WatchExpirationsQuery,
    signal: AbortSignal,
    onCut: () => void,
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    const stretch = toStretch(query.range, this.#options.engine.keyOrder);
    let told = this.#toldBefore(query.start);
    this.#throwIfCompacted(wantedAfter(told));
    if (this.#followers.size >= FOLLOWERS_MAX) {
      throw new KvError("OVERLOADED", `${String(FOLLOWERS_MAX)} followers are being served`, {
        retryAfterMs: 1000,
      });
    }
    const { bufferBytesMax, clock } = this.#options;
    const intervalMs = query.progressIntervalMs || this.#options.progressIntervalMs;
    const turns = this.#turns;
    const follower = new Follower({ stretch, bufferBytesMax, clock, turns, signal, onCut });
    this.#followers.add(follower);
    try {
      yield* this.#tell(follower, told, []);
      let position: LogPosition = { revision: wantedAfter(told) };
      while (!signal.aborted) {
        this.#throwIfOver(follower, told);
        const ready = await this.#ready(position);
        for await (const batch of batchesOf(ready.records, told, follower, query)) {
          if (follower.hasGone()) return;
          const last = batch.at(-1);
          if (last === undefined) continue;
          told = { revision: last.revision, index: last.index };
          yield* this.#tell(follower, told, batch);
          if (follower.hasGone()) return;
          this.#throwIfOver(follower, told);
        }
        position = ready.next;
        told = laterOf(told, { revision: revision(position.revision - 1), index: INDEX_MAX });
        const leftMs = intervalMs - follower.silentMs();
        if (leftMs <= 0) yield* this.#tell(follower, told, []);
        else if (position.revision > this.#published) {
          await follower.wait(leftMs, () => this.#isDraining);
        }
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  /** What is to be told from the position on, from memory if it reaches back so far. */
  async #ready(position: LogPosition): Promise<Ready> {
    const upTo = this.#published;
    if (position.revision >= this.#ring.start) {
      const { records, next } = this.#ring.read(position.revision);
      const end = revision(Math.max(position.revision, upTo + 1));
      return { records, next: { revision: next ?? end } };
    }
    this.#throwIfCompacted(position.revision);
    const { expirations, next } = await this.#options.engine.logReader.read(position, upTo);
    return { records: expirations, next };
  }

  *#tell(
    follower: Follower,
    told: ToldPosition,
    expirations: readonly ExpirationEvent[],
  ): Generator<ExpirationBatch, void, undefined> {
    const { tokens, nowMs } = this.#options;
    const isMark = expirations.length === 0;
    const batch: ExpirationBatch = {
      expirations,
      resumeToken: tokens.resumeToken(told),
      progress: isMark ? { revision: wholeUpTo(told), timeMs: nowMs() } : undefined,
    };
    follower.beginYield();
    yield batch;
    follower.endYield();
  }

  #publish(lastRevision: Revision, expirations: readonly ExpireRecord[]): void {
    this.#published = lastRevision;
    // Whoever waits moves on when there is something to tell, or it is time for a mark.
    if (expirations.length === 0) return;
    this.#ring.add(expirations);
    for (const follower of this.#followers) follower.publish(expirations);
  }

  #toldBefore(start: StartPosition): ToldPosition {
    switch (start.kind) {
      case "now":
        return { revision: this.#published, index: INDEX_MAX };
      case "revision":
        if (start.revision < 1) throw invalidField("start.revision", "must be 1 or more");
        // A token must not name what is yet to come: the next history of this store may never have it.
        return {
          revision: revision(Math.min(start.revision - 1, this.#published)),
          index: INDEX_MAX,
        };
      case "resume-token": {
        const told = this.#options.tokens.readResumeToken(start.token, "start.resume_token");
        if (told.revision <= this.#published) return told;
        throw new KvError(
          "HISTORY_CHANGED",
          "start.resume_token: the token is ahead of this store, which is an older copy: begin anew",
          { metadata: { field: "start.resume_token", revision: this.#published } },
        );
      }
    }
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

  #throwIfOver(follower: Follower, told: ToldPosition): void {
    const metadata = { resume_token: this.#options.tokens.resumeToken(told) };
    if (this.#isDraining) {
      throw new KvError("DRAINING", "the server is stopping: go on with the resume token", {
        metadata,
        retryAfterMs: 1000,
      });
    }
    if (!follower.isCut) return;
    throw new KvError(
      "SLOW_FOLLOWER",
      `streams.buffer_bytes: more than ${String(this.#options.bufferBytesMax)} bytes waited for this ` +
        "follower: go on with the resume token, faster",
      { metadata, retryAfterMs: 100 },
    );
  }
}

/** The first revision of which something may not have been told. */
function wantedAfter(told: ToldPosition): Revision {
  return told.index === INDEX_MAX ? revision(told.revision + 1) : told.revision;
}

/** The last revision of which everything was told. */
function wholeUpTo(told: ToldPosition): Revision {
  return revision(wantedAfter(told) - 1);
}

function laterOf(left: ToldPosition, right: ToldPosition): ToldPosition {
  return left.revision > right.revision ? left : right;
}

/** From a revision that is yet to come on, nothing before it is told. */
function startOf({ start }: WatchExpirationsQuery): Revision {
  return start.kind === "revision" ? start.revision : NO_REVISION;
}

async function* batchesOf(
  records: readonly ExpireRecord[],
  told: ToldPosition,
  follower: Follower,
  query: WatchExpirationsQuery,
): AsyncGenerator<ExpirationEvent[], void, undefined> {
  const start = startOf(query);
  let batch: ExpirationEvent[] = [];
  let bytes = 0;
  for (const record of records) {
    const isTold =
      record.revision < Math.max(told.revision, start) ||
      (record.revision === told.revision && record.index <= told.index);
    if (isTold) continue;
    for (let turn = follower.turnFor(record.key); turn; turn = follower.turnFor(record.key)) {
      await turn;
      if (follower.hasGone()) return;
    }
    if (!follower.wants(record.key)) continue;
    const event = await toEvent(record, query);
    const size = sizeOf(record);
    if (batch.length === BATCH_EVENTS_MAX || (batch.length > 0 && bytes + size > BATCH_BYTES_MAX)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function toEvent(
  record: ExpireRecord,
  { includeValue }: WatchExpirationsQuery,
): Promise<ExpirationEvent> {
  return {
    revision: record.revision,
    index: record.index,
    key: record.key,
    value: includeValue && !record.isValueOmitted ? await unpackValue(record) : undefined,
    valueSize: record.valueSize,
    valueOmitted: includeValue && record.isValueOmitted,
    contentType: record.contentType,
    deadlineMs: record.deadlineMs,
    commitTimeMs: record.commitTimeMs,
    cause: record.isWhileDown ? "deadline-while-down" : "deadline",
  };
}

function sizeOf(record: ExpireRecord): number {
  return record.key.length + (record.isValueOmitted ? 0 : record.valueSize);
}
