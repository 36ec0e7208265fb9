/**
 * Tells when more calls come than can be served. Whatever has come is read within one turn of the event loop, and served as it
 * is read; so a call that is read long after the first of its turn has waited in its connection as long. Past that, calls are
 * refused, which costs a fraction of serving them, until the turn ends: those that are accepted wait no longer than a turn
 * and the refusals in it take (docs/decisions/overload.md).
 */

export interface TurnBounds {
  /** A turn with no more calls is never too long, however slow they are: closed loops of callers end by themselves. */
  readonly callsMin: number;
  readonly ms: number;
}

const DEFAULT_BOUNDS: TurnBounds = { callsMin: 1024, ms: 100 };

export class TurnGauge {
  readonly #bounds: TurnBounds;
  #callCount = 0;
  #startMs = 0;

  constructor(bounds = DEFAULT_BOUNDS) {
    this.#bounds = bounds;
  }

  /** To be asked for each call as it comes, with the time of a monotonic clock. */
  isOverloaded(nowMs: number): boolean {
    this.#callCount += 1;
    if (this.#callCount === 1) {
      this.#startMs = nowMs;
      setImmediate(this.#endTurn);
    }
    const { callsMin, ms } = this.#bounds;
    return this.#callCount > callsMin && nowMs - this.#startMs > ms;
  }

  /** After all that could be read was read. */
  readonly #endTurn = (): void => {
    this.#callCount = 0;
  };
}
