/** The streams of a connection that we have ended before the other side had: what still comes for them is no fault, and goes nowhere. */

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

  has(id: number): boolean {
    return this.#ids.has(id);
  }
}
