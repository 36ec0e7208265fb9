/** A warning about something that may happen many thousand times a second: told by how often, and at most once a second. */

import type { Clock, Logger } from "../base/index.js";

const INTERVAL_MS = 1000;

export class SeldomWarning {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #message: string;
  #count = 0;
  /** Whether it was told within the interval. */
  #isTold = false;

  constructor(clock: Clock, logger: Logger, message: string) {
    this.#clock = clock;
    this.#logger = logger;
    this.#message = message;
  }

  /** It has happened once more: told at once, or with others at the end of the interval. */
  note(): void {
    this.#count += 1;
    if (!this.#isTold) this.#tell();
  }

  #tell(): void {
    this.#logger.warn({ refused: this.#count }, this.#message);
    this.#count = 0;
    this.#isTold = true;
    this.#clock.after(INTERVAL_MS, () => {
      this.#isTold = false;
      if (this.#count > 0) this.#tell();
    });
  }
}
