/** Counts what a follower is told: each key once, in order, and how long after its deadline. */

import { percentile } from "../statistics.js";
import { dueAfterMs, isWarmUpKey, numberOfDueKey, type DueKeys } from "./due-keys.js";

/** Where an expiration stands among all changes. */
export interface Position {
  readonly revision: number;
  readonly index: number;
}

export interface TallyOutcome {
  readonly expected: number;
  /** How many different keys it was told of. */
  readonly told: number;
  readonly toldAgain: number;
  /** Of keys that it should not have been told of. */
  readonly strange: number;
  /** How many were not after the one before, by revision and index. Undefined: they have no position. */
  readonly outOfOrder: number | undefined;
  /** From the deadline that was asked for until it was told; below 0, it was told before. In whole milliseconds. */
  readonly lagMinMs: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
  /** From the first deadline until the last was told. */
  readonly untilAllToldMs: number;
}

export class Tally {
  readonly #keys: DueKeys;
  readonly #dueFromMs: number;
  readonly #isTold: Uint8Array;
  readonly #lags: Float64Array;
  #told = 0;
  #toldAgain = 0;
  #strange = 0;
  #outOfOrder: number | undefined;
  #before: Position = { revision: 0, index: 0 };
  #lastToldMs: number;

  /** The first deadline is at `dueFromMs`, in milliseconds since 1970. */
  constructor(keys: DueKeys, dueFromMs: number) {
    this.#keys = keys;
    this.#dueFromMs = dueFromMs;
    this.#isTold = new Uint8Array(keys.keyCount);
    this.#lags = new Float64Array(keys.keyCount);
    this.#lastToldMs = dueFromMs;
  }

  get isComplete(): boolean {
    return this.#told === this.#keys.keyCount;
  }

  tell(key: string, nowMs: number, position?: Position): void {
    if (position !== undefined) this.#place(position);
    if (isWarmUpKey(key)) return;
    const number = numberOfDueKey(key);
    const isTold = this.#isTold[number];
    if (isTold === undefined) {
      this.#strange += 1;
    } else if (isTold === 1) {
      this.#toldAgain += 1;
    } else {
      this.#isTold[number] = 1;
      this.#lags[this.#told] = nowMs - this.#dueFromMs - dueAfterMs(number, this.#keys);
      this.#told += 1;
      this.#lastToldMs = nowMs;
    }
  }

  outcome(): TallyOutcome {
    const lags = this.#lags.slice(0, this.#told).sort();
    const lag = (ratio: number): number =>
      lags.length === 0 ? Number.NaN : percentile(lags, ratio);
    return {
      expected: this.#keys.keyCount,
      told: this.#told,
      toldAgain: this.#toldAgain,
      strange: this.#strange,
      outOfOrder: this.#outOfOrder,
      lagMinMs: lag(0),
      lagP50Ms: lag(0.5),
      lagP99Ms: lag(0.99),
      lagMaxMs: lag(1),
      untilAllToldMs: this.#lastToldMs - this.#dueFromMs,
    };
  }

  #place({ revision, index }: Position): void {
    const { revision: revisionBefore, index: indexBefore } = this.#before;
    const isAfter =
      this.#outOfOrder === undefined ||
      revision > revisionBefore ||
      (revision === revisionBefore && index > indexBefore);
    this.#outOfOrder = (this.#outOfOrder ?? 0) + (isAfter ? 0 : 1);
    this.#before = { revision, index };
  }
}

/** What is wrong with it. Undefined: every key was told, once, in order, and none before its deadline. */
export function tallyProblemOf(outcome: TallyOutcome): string | undefined {
  const { expected, told, toldAgain, strange, outOfOrder, lagMinMs } = outcome;
  if (told !== expected) return `only ${String(told)} of ${String(expected)} expirations were told`;
  if (toldAgain > 0) return `${String(toldAgain)} expirations were told again`;
  if (strange > 0) return `${String(strange)} expirations were of keys that were not due`;
  if ((outOfOrder ?? 0) > 0) return `${String(outOfOrder)} expirations were told out of order`;
  if (lagMinMs < 0) return `one was told ${String(-lagMinMs)} ms before its deadline`;
  return undefined;
}
