/** One follower of the feed: what it wants, what waits for it, whether it keeps up, and its sleep. */

import type { Clock } from "../base/index.js";
import { yieldToLoop } from "../storage/index.js";
import type { FeedRecord, Kinds } from "./feed-record.js";
import type { KeyStretch } from "./key-range.js";
import type { Turns } from "./turns.js";

/** What it takes to look at one record, beside what it takes to match its key; see `Turns`. */
const STEPS_PER_RECORD = 500;

/** So many records may wait to be matched; what comes then is counted as if it were wanted. */
const UNMATCHED_RECORDS_MAX = 10_000;

/** So many records may wait to be told; a follower that is further behind reads them where they are kept. */
const WAITING_RECORDS_MAX = 10_000;

export interface FollowerOptions {
  /** What it wants: keys in one of these. */
  readonly stretches: readonly KeyStretch[];
  readonly kinds: Kinds;
  /** Bytes that may be published for it while it does not ask for more. */
  readonly bufferBytesMax: number;
  readonly clock: Clock;
  /** Shared by all followers of a feed. */
  readonly turns: Turns;
  readonly signal: AbortSignal;
  /** Told when it is cut while it does not ask: whoever sends to it may be waiting for ever. */
  readonly onCut: () => void;
  /** Told when there is something new for it, which may be asleep: `wake` is to be called soon. */
  readonly onNews: (follower: Follower) => void;
}

export class Follower {
  readonly #options: FollowerOptions;
  readonly #isQuicklyMatched: boolean;
  #isAsking = true;
  #waitingBytes = 0;
  #isCut = false;
  /** What is to be told, oldest first. Undefined: it looks for it itself, in the ring or the log. */
  #waiting: FeedRecord[] | undefined;
  /** What it took last, and is telling. */
  #taken: readonly FeedRecord[] = [];
  /** What was published while it does not ask, and is still to be matched. */
  #unmatched: FeedRecord[] = [];
  #isMatching = false;
  /** How many batches it has taken. */
  #yieldCount = 0;
  #wake: (() => void) | undefined;
  /** Something was published since it last looked. */
  #isStale = false;

  #lastYieldMs: number;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#isQuicklyMatched = options.stretches.every((each) => each.matchStepsMax === undefined);
    this.#lastYieldMs = options.clock.monotonicMs();
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** What is published comes to it. */
  get isLive(): boolean {
    return this.#waiting !== undefined;
  }

  /** The beginnings of the keys that it may want. */
  get prefixes(): readonly Buffer[] {
    return this.#options.stretches.map(({ prefix }) => prefix);
  }

  /** Nobody is there to be told any more. */
  hasGone(): boolean {
    return this.#options.signal.aborted;
  }

  wants(record: FeedRecord): boolean {
    const { kinds, stretches } = this.#options;
    return record.isOf(kinds) && stretches.some((stretch) => stretch.matches(record.key));
  }

  /** To be asked before `wants`. Undefined: now. A promise: ask again when it resolves. */
  turnFor({ key }: FeedRecord): Promise<void> | undefined {
    const { turns, stretches } = this.#options;
    let steps = STEPS_PER_RECORD;
    if (!this.#isQuicklyMatched) {
      for (const stretch of stretches) steps += stretch.matchStepsMax?.(key) ?? 0;
    }
    return turns.take(steps);
  }

  /** It has been told everything that was published: from now on `take` gives what comes. */
  goLive(): void {
    this.#waiting = [];
  }

  /** It looks for what it is to be told itself from now on. */
  fallBehind(): void {
    for (const record of this.#waiting ?? []) record.letGo();
    this.#waiting = undefined;
    this.#letGoTaken();
  }

  /** What is to be told now, some of it maybe not wanted; of a live one. */
  take(): readonly FeedRecord[] {
    this.#isStale = false;
    this.#letGoTaken();
    const taken = this.#waiting ?? [];
    if (taken.length === 0) return taken;
    this.#waiting = [];
    this.#taken = taken;
    return taken;
  }

  /** It has found these itself, and tells them now. */
  takeFound(records: readonly FeedRecord[]): void {
    for (const record of records) record.hold();
    this.#letGoTaken();
    this.#taken = records;
  }

  /** What was taken has been told. */
  #letGoTaken(): void {
    for (const record of this.#taken) record.letGo();
    this.#taken = [];
  }

  /** A batch is on its way; until it is taken, what is published waits. */
  beginYield(): void {
    this.#isAsking = false;
  }

  endYield(): void {
    this.#isAsking = true;
    this.#waitingBytes = 0;
    this.#unmatched = [];
    this.#yieldCount++;
    this.#lastYieldMs = this.#options.clock.monotonicMs();
  }

  /** How long it has not been told anything. */
  silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastYieldMs;
  }

  /** Takes note of what was published, if it may want it; quickly, as a commit waits for it. */
  offer(record: FeedRecord): void {
    // One that was cut will be told nothing more, so that nothing need wait for it.
    if (this.#isCut || !record.isOf(this.#options.kinds)) return;
    if (this.#isQuicklyMatched && !this.wants(record)) return;
    this.#isStale = true;
    if (this.#waiting !== undefined) {
      record.hold();
      this.#waiting.push(record);
    }
    if ((this.#waiting?.length ?? 0) > WAITING_RECORDS_MAX) this.fallBehind();
    if (this.#isAsking) {
      if (this.#wake !== undefined) this.#options.onNews(this);
      return;
    }
    if (this.#isQuicklyMatched) this.#count(record);
    else if (this.#unmatched.length < UNMATCHED_RECORDS_MAX) this.#unmatched.push(record);
    else this.#count(record);
    if (this.#unmatched.length > 0 && !this.#isMatching) void this.#matchWaiting();
  }

  /** Counts what it wants of what is to be matched, in turns of its own. */
  async #matchWaiting(): Promise<void> {
    this.#isMatching = true;
    await yieldToLoop();
    while (this.#unmatched.length > 0) {
      const records = this.#unmatched;
      this.#unmatched = [];
      await this.#countWanted(records);
    }
    this.#isMatching = false;
  }

  async #countWanted(records: readonly FeedRecord[]): Promise<void> {
    const round = this.#yieldCount;
    for (const record of records) {
      for (let turn = this.turnFor(record); turn; turn = this.turnFor(record)) await turn;
      // Once it has asked, these do not wait any more.
      if (round !== this.#yieldCount || this.#isCut || this.hasGone()) return;
      if (this.wants(record)) this.#count(record);
    }
  }

  #count({ key, valueBytes }: FeedRecord): void {
    this.#waitingBytes += key.length + valueBytes;
    if (this.#isCut || this.#waitingBytes <= this.#options.bufferBytesMax) return;
    this.#isCut = true;
    this.fallBehind();
    this.#options.onCut();
  }

  wake(): void {
    this.#wake?.();
  }

  /** Sleeps until something is published, the signal aborts, it `isOver`, or the time has passed. */
  wait(delayMs: number, isOver: () => boolean): Promise<void> {
    const { clock, signal } = this.#options;
    this.#letGoTaken();
    if (this.#isStale || signal.aborted || isOver()) {
      this.#isStale = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = clock.after(delayMs, () => {
        this.wake();
      });
      signal.addEventListener("abort", this.#onAbort);
      this.#wake = () => {
        timer.cancel();
        signal.removeEventListener("abort", this.#onAbort);
        this.#wake = undefined;
        this.#isStale = false;
        resolve();
      };
    });
  }

  readonly #onAbort = (): void => {
    this.wake();
  };
}
