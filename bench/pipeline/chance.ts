/** Numbers by chance that are the same for the same seed, without an allocation each. */

/** xorshift32 (Marsaglia, 2003): good enough to spread keys, and costs a nanosecond. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** 0 to `bound` - 1. */
  below(bound: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % bound;
  }
}
