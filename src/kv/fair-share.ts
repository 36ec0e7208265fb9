/**
 * How much of some long work is done in one turn of the event loop: little, where nobody else has much to do; and where
 * others keep the loop busy, about as much as takes as long as theirs does, or the work would come to a stand beside them.
 */

import type { Clock } from "../base/index.js";
import { yieldToLoop } from "../storage/index.js";

interface ShareOptions {
  readonly clock: Clock;
  /** Pieces in one turn. */
  readonly least: number;
  readonly most: number;
}

export class FairShare {
  readonly #options: ShareOptions;
  #pieces: number;
  #ownMs = 0;

  constructor(options: ShareOptions) {
    this.#options = options;
    this.#pieces = options.least;
  }

  /** So many may be done in this turn. */
  get pieces(): number {
    return this.#pieces;
  }

  /** Does the work of a turn. */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    const fromMs = this.#options.clock.monotonicMs();
    const done = await work();
    this.#ownMs = this.#options.clock.monotonicMs() - fromMs;
    return done;
  }

  /** Lets everyone else have their turn. */
  async rest(): Promise<void> {
    const { clock, least, most } = this.#options;
    const fromMs = clock.monotonicMs();
    await yieldToLoop();
    const isCrowded = clock.monotonicMs() - fromMs > this.#ownMs;
    this.#pieces = isCrowded ? Math.min(most, this.#pieces * 2) : Math.max(least, this.#pieces / 2);
  }
}
