/** The streams of a connection that we have ended before the other side had: what still comes for them is no fault, and goes nowhere. */

import { Flag } from "./protocol.js";

/** Of at least so many it is known. */
const COUNT_MIN = 1024;

/** By an answer that was all there is to say, or by a reset, after which the other side sends no more. */
export type EndedHow = "answered" | "reset";

export class EndedStreams {
  readonly #countMax: number;
  readonly #ids = new Map<number, EndedHow>();

  /** `streamsMax`: most that the other side may have at a time. */
  constructor(streamsMax: number) {
    this.#countMax = Math.max(COUNT_MIN, streamsMax);
  }

  add(id: number, how: EndedHow): void {
    this.#ids.set(id, how);
    if (this.#ids.size <= this.#countMax) return;
    const [oldest] = this.#ids.keys();
    if (oldest !== undefined) this.#ids.delete(oldest);
  }

  /**
   * Something came for that stream. Returns how it was ended where it is one of these, and the other side does not end it
   * by this; once it does it is forgotten, and counts as reset.
   */
  take(id: number, flags: number): EndedHow | undefined {
    const how = this.#ids.get(id);
    if (how === undefined || (flags & Flag.endStream) === 0) return how;
    this.#ids.delete(id);
    return "reset";
  }

  /** The other side has reset it. */
  delete(id: number): void {
    this.#ids.delete(id);
  }
}
