/**
 * Wakes followers a few at a time, so that a commit which a thousand of them are to be told of holds nobody up:
 * those who wait for it are answered first. What comes meanwhile reaches them with the same batch.
 */

import { yieldToLoop } from "../storage/index.js";

/** To be told something takes a follower some 50 microseconds, most of it on the wire. */
const WAKES_PER_TURN = 16;

interface Sleeper {
  readonly wake: () => void;
}

export class WakeQueue {
  /** In the order in which they are woken; each once. */
  readonly #waiting = new Set<Sleeper>();
  #isWaking = false;

  add(sleeper: Sleeper): void {
    this.#waiting.add(sleeper);
    if (!this.#isWaking) void this.#wakeAll();
  }

  async #wakeAll(): Promise<void> {
    this.#isWaking = true;
    while (this.#waiting.size > 0) {
      await yieldToLoop();
      let count = 0;
      for (const sleeper of this.#waiting) {
        this.#waiting.delete(sleeper);
        sleeper.wake();
        if (++count === WAKES_PER_TURN) break;
      }
    }
    this.#isWaking = false;
  }
}
