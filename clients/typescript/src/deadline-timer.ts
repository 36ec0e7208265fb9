/**
 * One timer for all deadlines of a queue. It rings for the earliest that was expected, also if that was met meanwhile, and is then told
 * the next one by looking: so an operation costs a comparison, and no timer of its own.
 */

/** Deadlines this close ring together. */
const GRAIN_MS = 4;

/** Longer waits overflow the timers of Node.js. */
const WAIT_MS_MAX = 2 ** 31 - 1;

export class DeadlineTimer {
  #timer: NodeJS.Timeout | undefined;
  #ringsMs = Infinity;
  readonly #onRing: (nowMs: number) => number;

  /** `onRing` answers the next deadline, as `performance.now` tells the time; `Infinity`: there is none. */
  constructor(onRing: (nowMs: number) => number) {
    this.#onRing = onRing;
  }

  expect(deadlineMs: number): void {
    if (deadlineMs >= this.#ringsMs) return;
    clearTimeout(this.#timer);
    this.#ringsMs = deadlineMs;
    const waitMs = Math.max(deadlineMs - performance.now(), GRAIN_MS);
    this.#timer = setTimeout(
      () => {
        this.#ringsMs = Infinity;
        this.expect(this.#onRing(performance.now()));
      },
      Math.min(Math.ceil(waitMs), WAIT_MS_MAX),
    );
    // What is waited for keeps the program alive, not this.
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#ringsMs = Infinity;
  }
}
