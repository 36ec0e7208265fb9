/**
 * The promise of a pipeline that its operations are done in the order in which they were sent: a change is newer than
 * all changes that were sent before it, and a look at a key stands for what was sent of that key before.
 */

export class PipelineOrder {
  #newest = 0;
  readonly #newestOfKey = new Map<string, number>();

  /** To be told of operations in the order in which they were sent. Throws where this one was done before another. */
  changed(key: string, revision: number): void {
    if (revision <= this.#newest) {
      throw new Error(
        `a change of ${key} is revision ${String(revision)}, one sent before it ${String(this.#newest)}`,
      );
    }
    this.#newest = revision;
    this.#newestOfKey.set(key, revision);
  }

  /** Likewise, of what found that there is nothing to change, too. */
  looked(key: string, revision: number): void {
    const newest = this.#newestOfKey.get(key) ?? 0;
    if (revision >= newest) return;
    throw new Error(
      `a look at ${key} stands for revision ${String(revision)}, a change sent before it was ${String(newest)}`,
    );
  }
}
