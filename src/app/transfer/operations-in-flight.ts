/**
 * Keeps operations in flight, bounded in number and in bytes, and never two on one key: between two calls on the
 * wire there is no order, and the last line of a file must win.
 */

export interface InFlightBounds {
  readonly operationsMax: number;
  /** Of all operations together; one alone may have more. */
  readonly bytesMax: number;
}

export interface OperationSize {
  readonly key: string;
  readonly sizeBytes: number;
}

export class OperationsInFlight {
  readonly #bounds: InFlightBounds;
  #sizeBytes = 0;
  readonly #byKey = new Map<string, Promise<void>>();
  /** Wakes the one caller that waits for room. */
  #wake: () => void = () => undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(bounds: InFlightBounds) {
    this.#bounds = bounds;
  }

  /**
   * Starts the operation when there is room and its key is free. Rejects once one of them failed. Not
   * to be called again before it resolved.
   */
  async start(size: OperationSize, operation: () => Promise<void>): Promise<void> {
    const { key, sizeBytes } = size;
    while (this.#isFullFor(sizeBytes) || this.#byKey.has(key)) {
      await (this.#byKey.get(key) ?? this.#room());
    }
    this.#throwFailure();
    this.#sizeBytes += sizeBytes;
    const running = operation()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#byKey.delete(key);
        this.#sizeBytes -= sizeBytes;
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

  #isFullFor(sizeBytes: number): boolean {
    const { operationsMax, bytesMax } = this.#bounds;
    if (this.#byKey.size >= operationsMax) return true;
    return this.#byKey.size > 0 && this.#sizeBytes + sizeBytes > bytesMax;
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
