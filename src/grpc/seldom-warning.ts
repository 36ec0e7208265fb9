/** A warning about something that may happen many thousand times a second: told by how often, and at most once a second. */

import type { Clock, Logger } from "../base/index.js";

const INTERVAL_MS = 1000;

export class SeldomWarning {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #message: string;
  #count = 0;
  #toldMs = -Infinity;

  constructor(clock: Clock, logger: Logger, message: string) {
    this.#clock = clock;
    this.#logger = logger;
    this.#message = message;
  }

  /** It has happened once more. */
  note(): void {
    this.#count += 1;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldMs < INTERVAL_MS) return;
    this.#logger.warn({ refused: this.#count }, this.#message);
    this.#toldMs = nowMs;
    this.#count = 0;
  }
}
