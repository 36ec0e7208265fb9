/**
 * A clock that stands still until a test moves it. Wall and monotonic time are apart, so that a test
 * can step the one without the other, as an operator or NTP does.
 */

import { timeMs, type Clock, type TimeMs, type Timer } from "../../src/base/index.js";

/** 2030-01-01T00:00:00Z: past any real time, so that a stray look at the machine's clock shows. */
const START_MS = 1_893_456_000_000;

/** Turns of the event loop in which what was set off by one timer may go on before the next fires. */
const SETTLE_TURNS = 12;

/** Bounds a timer that sets itself again with no delay. */
const TIMERS_FIRED_MAX = 100_000;

interface PendingTimer extends Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 1000;
  #order = 0;
  readonly #timers = new Set<PendingTimer>();

  constructor(startMs: number = START_MS) {
    this.#wallMs = startMs;
  }

  wallMs(): TimeMs {
    return timeMs(Math.floor(this.#wallMs));
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer: PendingTimer = {
      dueMs: this.#monotonicMs + Math.max(0, delayMs),
      order: this.#order++,
      run,
      cancel: () => {
        this.#timers.delete(timer);
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  /** How many timers wait: what is left after a close is a leak. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /**
   * Lets time pass on both clocks. Timers that fall due fire in order, each at its own moment, and what
   * they set off settles before the next.
   */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + durationMs;
    for (let fired = 0; ; fired += 1) {
      if (fired > TIMERS_FIRED_MAX) throw new Error("a timer sets itself again without a delay");
      const timer = this.#nextTimer(untilMs);
      if (timer === undefined) break;
      this.#moveTo(Math.max(timer.dueMs, this.#monotonicMs));
      this.#timers.delete(timer);
      timer.run();
      await settle();
    }
    this.#moveTo(untilMs);
  }

  /** Lets time pass and fires nothing, as when the event loop is held up. Timers fire with `advance`. */
  pass(durationMs: number): void {
    this.#moveTo(this.#monotonicMs + durationMs);
  }

  /** Forgets all timers, as the end of a process does. */
  dropTimers(): void {
    this.#timers.clear();
  }

  /** Steps the wall clock alone, forwards or backwards. */
  stepWall(stepMs: number): void {
    this.#wallMs += stepMs;
  }

  #nextTimer(untilMs: number): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
      else if (timer.dueMs === next.dueMs && timer.order < next.order) next = timer;
    }
    return next;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}

/** Gives everything that can go on without the passing of time a chance to do so. */
export async function settle(turns: number = SETTLE_TURNS): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Waits until the condition holds; fails, naming it, after so many turns of the event loop. */
export async function until(
  what: string,
  condition: () => boolean,
  turnsMax = 20_000,
): Promise<void> {
  for (let turn = 0; turn < turnsMax; turn += 1) {
    if (condition()) return;
    await settle(1);
  }
  throw new Error(`it never came to pass that ${what}`);
}
