/**
 * The model's changes and their followers. All events are kept in one list; a follower is a place in it.
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
  ChangeBatch,
  ChangeEvent,
  Entry,
  ExpirationBatch,
  ExpirationEvent,
  KeyRange,
  StartPosition,
  WatchExpirationsQuery,
  WatchQuery,
} from "../../src/kv/index.js";
import { readStartToken, writeToken, type FeedPosition } from "./model-tokens.js";

/** Behind every event of its revision. */
const INDEX_LAST = Number.MAX_SAFE_INTEGER;

const PROGRESS_INTERVAL_MS_DEFAULT = 10_000;
const EVENTS_PER_BATCH_MAX = 256;

export interface FeedOptions {
  readonly clock: Clock;
  readonly historyId: string;
  /** Most bytes of keys and values that may wait for a follower. */
  readonly waitingBytesMax: number;
  readonly rangesMax: number;
  /** The newest revision and the logical time. */
  readonly now: () => { readonly revision: Revision; readonly timeMs: TimeMs };
  readonly matcher: (range: KeyRange) => (key: Buffer) => boolean;
  /** Everything there is, in key order. */
  readonly entries: () => readonly Entry[];
}

/** What happened to a key, with all that is known of it. */
export interface ModelEvent {
  /** With what was there before. */
  readonly change: ChangeEvent;
  /** Of an expiration. */
  readonly expiration?: ExpirationEvent;
}

/** What of an event a follower is told; undefined: nothing. */
type Pick<Told> = (event: ModelEvent) => Told | undefined;

interface Batch<Told> {
  readonly told: readonly Told[];
  readonly resumeToken: string;
  readonly progress: { readonly revision: Revision; readonly timeMs: TimeMs } | undefined;
  readonly synced: boolean;
}

interface Following<Told> {
  readonly start: StartPosition;
  readonly progressIntervalMs: number;
  readonly pick: Pick<Told>;
  /** What a stream from the current state begins with. Absent: it cannot begin so. */
  readonly state?: () => readonly Told[];
}

interface Follower {
  readonly wants: (event: ModelEvent) => boolean;
  waitingBytes: number;
  wake: () => void;
}

export class ModelFeed {
  readonly #options: FeedOptions;
  readonly #events: ModelEvent[] = [];
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

  publish(events: readonly ModelEvent[]): void {
    this.#events.push(...events);
    for (const follower of this.#followers) {
      for (const event of events) if (follower.wants(event)) follower.waitingBytes += sizeOf(event);
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
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch, void, undefined> {
    const { start, kinds, progressIntervalMs, includePrevious } = query;
    const matches = this.#matcherOf(query.ranges);
    const pick = ({ change }: ModelEvent): ChangeEvent | undefined => {
      if (!matches(change.entry.key)) return undefined;
      if (kinds.length > 0 && !kinds.includes(change.kind)) return undefined;
      return includePrevious ? change : { ...change, previous: undefined };
    };
    const state = (): ChangeEvent[] =>
      this.#options
        .entries()
        .filter(({ key }) => matches(key))
        .map(setOfEntry);
    for await (const batch of this.#follow({ start, progressIntervalMs, pick, state }, signal)) {
      const { told, ...rest } = batch;
      yield { ...rest, events: told };
    }
  }

  async *watchExpirations(
    query: WatchExpirationsQuery,
    signal: AbortSignal,
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    const { start, progressIntervalMs, includeValue } = query;
    const matches = this.#options.matcher(query.range);
    if (start.kind === "current-state") throw invalidField("start.current_state", "for Watch only");
    const pick = ({ expiration }: ModelEvent): ExpirationEvent | undefined => {
      if (expiration === undefined || !matches(expiration.key)) return undefined;
      // What nobody asked for was not omitted.
      return includeValue ? expiration : { ...expiration, value: undefined, valueOmitted: false };
    };
    for await (const batch of this.#follow({ start, progressIntervalMs, pick }, signal)) {
      const { told, resumeToken, progress } = batch;
      yield { expirations: told, resumeToken, progress };
    }
  }

  async *#follow<Told>(
    following: Following<Told>,
    signal: AbortSignal,
  ): AsyncGenerator<Batch<Told>, void, undefined> {
    const { pick, state } = following;
    const start = this.#start(following);
    let position = start ?? this.#now();
    let first = true;
    let silentSinceMs = this.#options.clock.monotonicMs();
    const wants = (event: ModelEvent): boolean => pick(event) !== undefined;
    const follower: Follower = { wants, waitingBytes: 0, wake: () => undefined };
    this.#followers.add(follower);
    try {
      if (start === undefined && state !== undefined) {
        const resumeToken = writeToken(this.#options.historyId, { state: true });
        const part = { resumeToken, progress: undefined, synced: false };
        yield { ...part, told: [] };
        position = this.#now();
        yield { ...part, told: state() };
        yield { ...this.#batch([], position), synced: true };
        follower.waitingBytes = 0;
        first = false;
      }
      while (!signal.aborted) {
        this.#throwIfCut(follower, position);
        const events = this.#eventsAfter(position, following.start);
        const told = events.flatMap((event) => pick(event) ?? []);
        const last = events.at(-1)?.change;
        if (last !== undefined) position = { revision: last.revision, index: last.index };
        else position = this.#whole(position);
        if (told.length > 0 || first) {
          first = false;
          yield this.#batch(told, position);
          this.#throwIfCut(follower, position);
          follower.waitingBytes = 0;
          silentSinceMs = this.#options.clock.monotonicMs();
        } else if (events.length === 0) {
          const untilMs = silentSinceMs + intervalMsOf(following);
          if (await this.#news(untilMs, follower, signal)) continue;
          position = this.#whole(position);
          if (this.#eventsAfter(position, following.start).length > 0) continue;
          yield this.#batch([], position);
          this.#throwIfCut(follower, position);
          follower.waitingBytes = 0;
          silentSinceMs = this.#options.clock.monotonicMs();
        }
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  /** Undefined: with the current state. */
  #start({ start, state }: Following<unknown>): FeedPosition | undefined {
    if (start.kind === "now") return this.#now();
    if (start.kind === "current-state") return undefined;
    if (start.kind === "revision" && start.revision < 1) {
      throw invalidField("start.revision", "must be 1 or more");
    }
    const position =
      start.kind === "revision"
        ? { revision: start.revision - 1, index: INDEX_LAST }
        : readStartToken(this.#options.historyId, start.token);
    if (position === "state") {
      if (state === undefined) throw invalidField("start.resume_token", "of the current state");
      return undefined;
    }
    // A token is good as long as everything behind it is kept.
    if (position.revision + 1 < this.#floor) {
      throw new KvError("REVISION_COMPACTED", "changes from then are not kept any more", {
        metadata: { oldest_revision: this.#floor },
      });
    }
    return position;
  }

  #now(): FeedPosition {
    return { revision: this.#options.now().revision, index: INDEX_LAST };
  }

  #matcherOf(ranges: readonly KeyRange[]): (key: Buffer) => boolean {
    const { matcher, rangesMax } = this.#options;
    if (ranges.length > rangesMax) throw invalidField("ranges", `more than ${String(rangesMax)}`);
    if (ranges.length === 0) return () => true;
    const matchers = ranges.map((range, index) => {
      try {
        return matcher(range);
      } catch (error) {
        if (!(error instanceof KvError)) throw error;
        const field = error.metadata.field?.replace(/^range/, `ranges[${String(index)}]`) ?? "";
        throw invalidField(field, error.message);
      }
    });
    return (key) => matchers.some((matches) => matches(key));
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

  /** From a revision that is yet to come on, nothing before it is told. */
  #eventsAfter(position: FeedPosition, start: StartPosition): readonly ModelEvent[] {
    const least = start.kind === "revision" ? start.revision : 0;
    const from = this.#events.findIndex(
      ({ change }) =>
        change.revision >= least &&
        (change.revision > position.revision ||
          (change.revision === position.revision && change.index > position.index)),
    );
    return from < 0 ? [] : this.#events.slice(from, from + EVENTS_PER_BATCH_MAX);
  }

  /** Where nothing is left to tell, the position is the newest revision, whole. */
  #whole(position: FeedPosition): FeedPosition {
    const { revision: newest } = this.#options.now();
    return newest < position.revision ? position : { revision: newest, index: INDEX_LAST };
  }

  #batch<Told>(told: readonly Told[], position: FeedPosition): Batch<Told> {
    const { revision: newest, timeMs } = this.#options.now();
    // A follower may have asked for a revision that is yet to come.
    const reached = revision(Math.min(position.revision, newest));
    return {
      told,
      resumeToken: writeToken(this.#options.historyId, position),
      progress: told.length === 0 ? { revision: reached, timeMs } : undefined,
      synced: false,
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

/** An entry as the set that it is. */
function setOfEntry(entry: Entry): ChangeEvent {
  return {
    kind: "set",
    revision: entry.revision,
    index: 0,
    entry,
    valueOmitted: false,
    previous: undefined,
    previousOmitted: false,
    commitTimeMs: entry.updateTimeMs,
  };
}

function sizeOf({ change, expiration }: ModelEvent): number {
  return change.entry.key.length + (expiration?.valueSize ?? change.entry.value.length);
}

function intervalMsOf({ progressIntervalMs }: Following<unknown>): number {
  return progressIntervalMs === 0 ? PROGRESS_INTERVAL_MS_DEFAULT : progressIntervalMs;
}
