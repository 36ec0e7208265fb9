/** An iteration that whoever reads it can end at any time, also while the next item is being waited for. */

export class Endable<Item> implements AsyncIterableIterator<Item, void, undefined> {
  readonly #ending = new AbortController();
  readonly #items: AsyncGenerator<Item, void, undefined>;

  /** `open` begins when the first item is asked for. Its signal aborts when `return` is called, or the one that is given does. */
  constructor(
    open: (signal: AbortSignal) => AsyncGenerator<Item, void, undefined>,
    signal: AbortSignal | undefined,
  ) {
    const ending = this.#ending.signal;
    this.#items = open(signal === undefined ? ending : AbortSignal.any([signal, ending]));
  }

  /** What is asked for before the item before it has come, comes after that. */
  async next(): Promise<IteratorResult<Item, void>> {
    try {
      return await this.#items.next();
    } catch (error) {
      if (this.#ending.signal.aborted) return { done: true, value: undefined };
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Item, void>> {
    this.#ending.abort();
    try {
      return await this.#items.return();
    } catch {
      return { done: true, value: undefined };
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
