/** One follower of the feed: what it wants, whether it keeps up, and its sleep. */

import type { Clock } from "../base/index.js";
import { yieldToLoop } from "../storage/index.js";
import type { KeyStretch } from "./key-range.js";
import type { Turns } from "./turns.js";

/** What it takes to look at one record, beside what it takes to match its key; see `Turns`. */
const STEPS_PER_RECORD = 500;

/** So many records may wait to be matched; what comes then is counted as if it were wanted. */
const UNMATCHED_RECORDS_MAX = 10_000;

export interface FollowerOptions {
  readonly stretch: KeyStretch;
  /** Bytes that may be published for it while it does not ask for more. */
  readonly bufferBytesMax: number;
  readonly clock: Clock;
  /** Shared by all followers of a feed. */
  readonly turns: Turns;
  readonly signal: AbortSignal;
  /** Told when it is cut while it does not ask: whoever sends to it may be waiting for ever. */
  readonly onCut: () => void;
}

interface Published {
  readonly key: Buffer;
  readonly value: Buffer;
}

export class Follower {
  readonly #options: FollowerOptions;
  #isAsking = true;
  #waitingBytes = 0;
  #isCut = false;
  /** What was published while it does not ask, and is still to be matched. */
  #unmatched: Published[] = [];
  #isMatching = false;
  /** How many batches it has taken. */
  #yieldCount = 0;
  #wake: (() => void) | undefined;
  /** Something was published since it last looked. */
  #isStale = false;

  #lastYieldMs: number;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#lastYieldMs = options.clock.monotonicMs();
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Nobody is there to be told any more. */
  hasGone(): boolean {
    return this.#options.signal.aborted;
  }

  wants(key: Buffer): boolean {
    return this.#options.stretch.matches(key);
  }

  /** To be asked before `wants`. Undefined: now. A promise: ask again when it resolves. */
  turnFor(key: Buffer): Promise<void> | undefined {
    const { turns, stretch } = this.#options;
    return turns.take(STEPS_PER_RECORD + (stretch.matchStepsMax?.(key) ?? 0));
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

  /** Takes note of what was published, some records at least; quickly, as a commit waits for it. */
  publish(records: readonly Published[]): void {
    this.#isStale = true;
    if (this.#isAsking) {
      this.wake();
      return;
    }
    if (this.#isCut) return;
    for (const record of records) {
      if (this.#options.stretch.matchStepsMax === undefined) {
        if (this.wants(record.key)) this.#count(record);
      } else if (this.#unmatched.length < UNMATCHED_RECORDS_MAX) this.#unmatched.push(record);
      else this.#count(record);
    }
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

  async #countWanted(records: readonly Published[]): Promise<void> {
    const round = this.#yieldCount;
    for (const record of records) {
      for (let turn = this.turnFor(record.key); turn; turn = this.turnFor(record.key)) await turn;
      // Once it has asked, these do not wait any more.
      if (round !== this.#yieldCount || this.#isCut || this.hasGone()) return;
      if (this.wants(record.key)) this.#count(record);
    }
  }

  #count({ key, value }: Published): void {
    this.#waitingBytes += key.length + value.length;
    if (this.#isCut || this.#waitingBytes <= this.#options.bufferBytesMax) return;
    this.#isCut = true;
    this.#options.onCut();
  }

  wake(): void {
    this.#wake?.();
  }

  /** Sleeps until something is published, the signal aborts, it `isOver`, or the time has passed. */
  wait(delayMs: number, isOver: () => boolean): Promise<void> {
    const { clock, signal } = this.#options;
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
