/**
 * How many requests are worked on at a time, over all connections. Past that, what connections bring waits as bytes, which cost
 * little, where requests under way are objects that the garbage collector copies again and again. Connections that wait
 * take turns, a few requests each, so that one with much to ask does not hold up one that asks little. What
 * has waited too long for its turn may be refused.
 *
 * The turns are those of deficit round robin (Shreedhar and Varghese, 1995), with requests for units.
 */

import type { Clock, Timer } from "../base/index.js";

/** So many requests a connection may begin in its turn while others wait. */
export const TURN_REQUESTS = 16;

/** Turns that are given in one of the event loop, where few requests have room. */
const TURNS_MIN = 16;

/** For each request that there may be room for in a turn of the event loop so many late ones are read, which takes a fraction of the time. */
const LATE_SHARE = 2;

/** Heads come before data, so that more may be begun than there was room for; past so many more there is too much. */
const OVER_MAX = 4096;

/** Where no request is ever done with, it is looked so often for who is late while one may wait. */
const ALARMS_A_WAIT = 4;

/** All connections together may have so much waiting, beside the one piece of up to 64 KiB that each was brought last. */
const KEPT_BYTES_MAX = 67_108_864;

export interface IntakeOptions {
  readonly clock: Clock;
  /** Most requests that are worked on at a time. */
  readonly requestsMax: number;
  /** What has waited for so long before its turn came is late. */
  readonly waitMsMax: number;
}

/** What a connection brought, and waits to be read. */
export interface Waiting {
  /** By the monotonic clock. */
  readonly waitsSinceMs: number;
  /** Its turn has come. It waits anew with what it does not read now. */
  takeTurn(): void;
  /** It has waited too long: what it brought until then is to be read now. It waits anew with what it brought since. */
  takeLate(sinceMs: number): void;
}

export class Intake {
  readonly #options: IntakeOptions;
  /** In the order of their turns. */
  readonly #waiting = new Set<Waiting>();
  /** Worked on, and those that were done with in this turn of the event loop. */
  #count = 0;
  #doneCount = 0;
  #isEndAwaited = false;
  #turnsLeft = 0;
  #keptBytes = 0;
  /** Requests that were late, since turns were given last. */
  #lateCount = 0;
  #alarm: Timer | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#count >= this.#options.requestsMax;
  }

  /** Whether so many are worked on that a further one must not be, also if it was begun. */
  get isOverfull(): boolean {
    return this.#count >= this.#options.requestsMax + OVER_MAX;
  }

  /** Whether so much waits on all connections together that no more should be brought. */
  get isCrammed(): boolean {
    return this.#keptBytes >= KEPT_BYTES_MAX;
  }

  /** Connections that wait for their turn. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  get nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** A request is worked on from now on. */
  enter(): void {
    this.#count += 1;
  }

  /** It is done with. There is room for others when this turn of the event loop has ended, so that one turn serves no more than that. */
  leave(): void {
    this.#doneCount += 1;
    this.#awaitEndOfTurn();
  }

  /** So many more bytes wait, or with a negative number so many fewer. */
  keep(bytes: number): void {
    this.#keptBytes += bytes;
  }

  /** A request is read that was late. */
  noteLate(): void {
    this.#lateCount += 1;
  }

  /** Gives it a turn when there is room, or has it take all when it is late. */
  wait(waiting: Waiting): void {
    this.#waiting.add(waiting);
    this.#setAlarm();
  }

  /** It waits again, and may have missed its turn meanwhile. */
  waitAgain(waiting: Waiting): void {
    this.wait(waiting);
    this.#awaitEndOfTurn();
  }

  /** It waits no longer. */
  drop(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    this.#setAlarm();
  }

  #awaitEndOfTurn(): void {
    if (this.#isEndAwaited) return;
    this.#isEndAwaited = true;
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isEndAwaited = false;
    this.#count -= this.#doneCount;
    this.#doneCount = 0;
    this.#giveTurns();
  };

  /** Also where no request is ever done with: who is late must not wait for that. */
  readonly #onAlarm = (): void => {
    this.#alarm = undefined;
    this.#giveTurns();
  };

  #giveTurns(): void {
    if (this.#waiting.size === 0) return;
    const { clock, requestsMax, waitMsMax } = this.#options;
    const lateMs = clock.monotonicMs() - waitMsMax;
    let areLateLeft = false;
    this.#turnsLeft = Math.max(TURNS_MIN, requestsMax / TURN_REQUESTS);
    // Whoever waits anew is come to again, at the end.
    for (const waiting of this.#waiting) {
      const isLate = waiting.waitsSinceMs <= lateMs;
      if (isLate && this.#lateCount >= LATE_SHARE * requestsMax) areLateLeft = true;
      else if (isLate) this.#end(waiting).takeLate(lateMs);
      else this.#giveTurn(waiting);
    }
    if (areLateLeft) this.#giveLateTurns();
    this.#lateCount = 0;
    this.#setAlarm();
  }

  /** To refuse all that are late would leave no time to serve any; whom there is room for is served late. */
  #giveLateTurns(): void {
    this.#awaitEndOfTurn();
    for (const waiting of this.#waiting) {
      if (!this.#giveTurn(waiting)) return;
    }
  }

  /** Returns whether there was room. Requests that never enter leave room for others; still one turn of the event loop has no more. */
  #giveTurn(waiting: Waiting): boolean {
    if (this.isFull) return false;
    if (this.#turnsLeft < 1) {
      this.#awaitEndOfTurn();
      return false;
    }
    this.#turnsLeft -= 1;
    this.#end(waiting).takeTurn();
    return true;
  }

  #end(waiting: Waiting): Waiting {
    this.#waiting.delete(waiting);
    return waiting;
  }

  #setAlarm(): void {
    if (this.#waiting.size > 0) {
      const { clock, waitMsMax } = this.#options;
      this.#alarm ??= clock.after(waitMsMax / ALARMS_A_WAIT, this.#onAlarm);
    } else {
      this.#alarm?.cancel();
      this.#alarm = undefined;
    }
  }
}
