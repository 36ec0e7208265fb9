/** Who waits for answers that come in the order of the questions. */

import type { Done } from "./load-connection.js";

/** Those who have theirs are let go of, so many at a time. */
const LET_GO_COUNT = 1024;

export class Waiting {
  #waiting: Done[] = [];
  #first = 0;

  add(done: Done): void {
    this.#waiting.push(done);
  }

  answer(answer: "right" | "wrong"): void {
    const done = this.#waiting[this.#first++];
    if (this.#first === LET_GO_COUNT) {
      this.#waiting = this.#waiting.slice(LET_GO_COUNT);
      this.#first = 0;
    }
    done?.(answer);
  }
}
