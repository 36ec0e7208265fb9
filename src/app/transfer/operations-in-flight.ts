/**
 * Keeps a bounded number of operations in flight, and never two on one key: between two calls on the
 * wire there is no order, and the last line of a file must win.
 */

export class OperationsInFlight {
  readonly #operationsMax: number;
  readonly #byKey = new Map<string, Promise<void>>();
  /** Wakes the one caller that waits for room. */
  #wake: () => void = () => undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(operationsMax: number) {
    this.#operationsMax = operationsMax;
  }

  /**
   * Starts the operation when there is room and its key is free. Rejects once one of them failed. Not
   * to be called again before it resolved.
   */
  async start(key: string, operation: () => Promise<void>): Promise<void> {
    while (this.#byKey.size >= this.#operationsMax || this.#byKey.has(key)) {
      await (this.#byKey.get(key) ?? this.#room());
    }
    this.#throwFailure();
    const running = operation()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#byKey.delete(key);
        this.#wake();
      });
    this.#byKey.set(key, running);
  }

  /** Waits until none is left; rejects if one of them failed. */
  async finish(): Promise<void> {
    await this.settle();
    this.#throwFailure();
  }

  /** Waits until none is left, however they end. */
  async settle(): Promise<void> {
    while (this.#byKey.size > 0) await Promise.all(this.#byKey.values());
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
