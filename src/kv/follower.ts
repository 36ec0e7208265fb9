/** One follower of the feed: what it wants, whether it keeps up, and its sleep. */

import type { Clock } from "../base/index.js";
import { isInStretch, type KeyStretch } from "./key-range.js";

export interface FollowerOptions {
  readonly stretch: KeyStretch;
  /** Bytes that may be published for it while it does not ask for more. */
  readonly bufferBytesMax: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told when it is cut while it does not ask: whoever sends to it may be waiting for ever. */
  readonly onCut: () => void;
}

interface Published {
  readonly key: Buffer;
  readonly value: Buffer;
}

export class Follower {
  readonly #options: FollowerOptions;
  #isAsking = true;
  #waitingBytes = 0;
  #isCut = false;
  #wake: (() => void) | undefined;
  /** Something was published since it last looked. */
  #isStale = false;

  #lastYieldMs: number;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#lastYieldMs = options.clock.monotonicMs();
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  wants(key: Buffer): boolean {
    return isInStretch(this.#options.stretch, key);
  }

  /** A batch is on its way; until it is taken, what is published waits. */
  beginYield(): void {
    this.#isAsking = false;
  }

  endYield(): void {
    this.#isAsking = true;
    this.#waitingBytes = 0;
    this.#lastYieldMs = this.#options.clock.monotonicMs();
  }

  /** How long it has not been told anything. */
  silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastYieldMs;
  }

  publish(records: readonly Published[]): void {
    this.#isStale = true;
    if (this.#isAsking) {
      this.wake();
      return;
    }
    for (const { key, value } of records) {
      if (this.wants(key)) this.#waitingBytes += key.length + value.length;
    }
    if (this.#isCut || this.#waitingBytes <= this.#options.bufferBytesMax) return;
    this.#isCut = true;
    this.#options.onCut();
  }

  wake(): void {
    this.#wake?.();
  }

  /** Sleeps until something is published, the signal aborts, it `isOver`, or the time has passed. */
  wait(delayMs: number, isOver: () => boolean): Promise<void> {
    const { clock, signal } = this.#options;
    if (this.#isStale || signal.aborted || isOver()) {
      this.#isStale = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = clock.after(delayMs, () => {
        this.wake();
      });
      signal.addEventListener("abort", this.#onAbort);
      this.#wake = () => {
        timer.cancel();
        signal.removeEventListener("abort", this.#onAbort);
        this.#wake = undefined;
        this.#isStale = false;
        resolve();
      };
    });
  }

  readonly #onAbort = (): void => {
    this.wake();
  };
}
