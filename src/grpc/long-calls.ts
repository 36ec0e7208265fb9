/**
 * Calls of one reply that take as long as their work on the disk does. While one waits for that, next to nothing is done for it; so it does
 * not count among the calls that are worked on, or a thousand of them would hold up all others. How many of
 * a method may wait has a bound of its own.
 */

import { KvError } from "../base/index.js";
import type { Intake } from "../http2/index.js";

/** Each of them does its work one at a time, or nearly: who asks for so many has lost count. */
export const LONG_CALLS_MAX = 16;

const RETRY_AFTER_MS = 1000;

export class LongCalls {
  readonly #method: string;
  readonly #intake: Pick<Intake, "enter" | "leave">;
  #count = 0;

  constructor(method: string, intake: Pick<Intake, "enter" | "leave">) {
    this.#method = method;
    this.#intake = intake;
  }

  /** Does the work of a call that was counted among those worked on, and is again when it is done. Throws OVERLOADED past the bound. */
  async wait<Reply>(work: () => Promise<Reply>): Promise<Reply> {
    if (this.#count >= LONG_CALLS_MAX) {
      const problem =
        `${String(LONG_CALLS_MAX)} calls of ${this.#method} are under way: ` +
        "wait for one of them to end before another is made";
      throw new KvError("OVERLOADED", problem, { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#count += 1;
    this.#intake.leave();
    try {
      return await work();
    } finally {
      this.#intake.enter();
      this.#count -= 1;
    }
  }
}
