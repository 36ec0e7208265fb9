/** An operation that somebody waits for, from when it is asked until it is answered or given up. */

import { onAbort } from "./aborting.js";
import { cancelledError, type KeyValueError } from "./key-value-error.js";
import type { AnyResult } from "./reply-reader.js";

/** What most operations have in common with others of their kind. */
export interface Terms {
  /** Whether it may be made again. */
  readonly retries: boolean;
  /** What makes of the result what was asked for; what it throws is what the operation fails with. Undefined: as it is. */
  readonly read?: ((result: never) => unknown) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class Asked {
  /** When it is given up, as `performance.now` tells the time. `Infinity`: never. */
  readonly expiresMs: number;
  /** Whether it was answered, or given up. */
  isSettled = false;
  /** Where it begins in its message. */
  start = 0;
  readonly #terms: Terms;
  readonly #resolve: (value: never) => void;
  readonly #reject: (error: unknown) => void;
  #owner: { onSettled(): void } | undefined = undefined;
  #stopListening: (() => void) | undefined = undefined;

  /** `resolve` and `reject` are those of a promise. */
  constructor(
    resolve: (value: never) => void,
    reject: (error: unknown) => void,
    expiresMs: number,
    terms: Terms,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.expiresMs = expiresMs;
    this.#terms = terms;
  }

  /** Whoever has taken it on answers it from now on, unless its signal does before. */
  begin(owner: { onSettled(): void }): void {
    this.#owner = owner;
    const { signal } = this.#terms;
    if (signal === undefined) return;
    this.#stopListening = onAbort(signal, () => {
      this.reject(cancelledError(signal.reason));
    });
  }

  get isRetried(): boolean {
    return this.#terms.retries;
  }

  /** Whether it can wait until then to be made again. */
  outlives(untilMs: number): boolean {
    return this.isRetried && this.expiresMs > untilMs;
  }

  resolve(result: AnyResult): void {
    if (this.isSettled) return;
    this.#settle();
    const { read } = this.#terms;
    if (read === undefined) {
      this.#resolve(result as never);
      return;
    }
    try {
      this.#resolve(read(result as never) as never);
    } catch (error) {
      this.#reject(error);
    }
  }

  reject(error: KeyValueError): void {
    if (this.isSettled) return;
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.isSettled = true;
    this.#stopListening?.();
    this.#owner?.onSettled();
  }
}
