/** The view of one scan: it is let go of in time, also when whoever reads the scan never asks again. */

import { KvError, type Clock, type Timer } from "../base/index.js";
import type { View } from "../storage/index.js";

export interface ScanViewOptions {
  readonly view: View;
  readonly clock: Clock;
  readonly ageMsMax: number;
  /** Aborts when nobody reads the scan any more. */
  readonly signal: AbortSignal;
  /** Told when the scan is ended while it waits to be asked: whoever sends it may be waiting for ever. */
  readonly onCut: () => void;
}

export class ScanView implements Disposable {
  readonly view: View;
  readonly #options: ScanViewOptions;
  readonly #timer: Timer;
  /** Whether the view is walked or read just now, so that it must not go. */
  #isInUse = true;
  #isReleased = false;
  #error: KvError | undefined;

  constructor(options: ScanViewOptions) {
    const { view, clock, ageMsMax, signal } = options;
    this.#options = options;
    this.view = view;
    this.#timer = clock.after(ageMsMax, () => {
      this.end(openTooLong(ageMsMax));
    });
    signal.addEventListener("abort", this.#onAbort);
  }

  /** Whether nobody reads the scan any more. */
  hasGone(): boolean {
    return this.#options.signal.aborted;
  }

  /** To be called before each use, and after whatever was waited for. */
  throwIfEnded(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** From now on the scan waits to be asked for more. */
  beginYield(): void {
    this.#isInUse = false;
    if (this.#error !== undefined || this.hasGone()) this.#release();
  }

  endYield(): void {
    this.#isInUse = true;
  }

  /** Has the scan end with this error, at the next step that it takes. */
  end(error: KvError): void {
    this.#error ??= error;
    this.#onEnd();
  }

  [Symbol.dispose](): void {
    this.#release();
  }

  readonly #onAbort = (): void => {
    this.#onEnd();
  };

  #onEnd(): void {
    if (!this.#isInUse) this.#release();
    this.#options.onCut();
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#timer.cancel();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.view.release();
  }
}

function openTooLong(ageMsMax: number): KvError {
  return new KvError(
    "SLOW_FOLLOWER",
    `the scan was open for ${String(ageMsMax / 1000)} s, as long as views.age allows: read it faster, scan ` +
      "smaller ranges, or begin a new scan behind the last key that came",
  );
}
