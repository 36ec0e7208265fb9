/**
 * How old what was told is. A message says up to when it tells everything, by the server's clock: when it was made, unless the
 * server is behind with what it tells. The least difference to the clock here that was ever seen is taken for the difference of the
 * clocks, so that a message that was long on its way, or lay unread here while the program was stopped, is known to be old.
 */

export class NearClock {
  /** Clock here less clock there. Too large by the shortest time that a message was on its way. */
  #differenceMs = Infinity;
  /** Until when everything was told, by the clock here. */
  #wholeUntilMs = -Infinity;

  /** A message came that tells everything up to this moment of the server's. */
  tell(serverTimeMs: number, nowMs: number): void {
    this.#differenceMs = Math.min(this.#differenceMs, nowMs - serverTimeMs);
    this.#wholeUntilMs = Math.max(this.#wholeUntilMs, serverTimeMs + this.#differenceMs);
  }

  /** How long ago everything was told, in milliseconds. `Infinity`: never. */
  ageMs(nowMs: number): number {
    return nowMs - this.#wholeUntilMs;
  }

  /** What the server's clock shows now, or showed not long ago. */
  serverTimeMs(nowMs: number): number {
    return nowMs - this.#differenceMs;
  }
}
