/** The streams of a connection that we have ended before the other side had: what still comes for them is no fault, and goes nowhere. */

import { Flag } from "./protocol.js";

/** Of so many it is known. */
const COUNT_MAX = 1024;

export class EndedStreams {
  readonly #ids = new Set<number>();

  add(id: number): void {
    this.#ids.add(id);
    if (this.#ids.size <= COUNT_MAX) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }

  /** Whether what came for that stream is of one of these. It is forgotten once the other side has ended it too. */
  takes(id: number, flags: number): boolean {
    if (!this.#ids.has(id)) return false;
    if ((flags & Flag.endStream) !== 0) this.#ids.delete(id);
    return true;
  }
}
