/**
 * How long nothing is sent after a stream broke. Each break that follows another without a reply in between makes it longer, unless
 * the server says how long it is. Who cannot wait until it is over has the error at once.
 */

import type { Asked } from "./asked.js";
import type { KeyValueError } from "./key-value-error.js";
import { isRetried, waitMsAfter } from "./retry-policy.js";

export class BreakPause {
  readonly #onOver: () => void;
  /** Since the last reply. */
  #breakCount = 0;
  /** Why nothing is sent now, and until when. */
  #now: { readonly error: KeyValueError; readonly untilMs: number } | undefined;

  /** `onOver` is told when there may be sent again. */
  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** Nothing may be sent. */
  get isOn(): boolean {
    return this.#now !== undefined;
  }

  /** The server answers: the next break is the first one. */
  forgetBreaks(): void {
    this.#breakCount = 0;
  }

  /** A stream broke: until when what was sent on it waits to be sent again. `Infinity`: it is not sent again. */
  nextAfter(error: KeyValueError): number {
    this.#breakCount += 1;
    return isRetried(error) ? performance.now() + waitMsAfter(this.#breakCount, error) : Infinity;
  }

  begin(untilMs: number, error: KeyValueError): void {
    this.#now = { error, untilMs };
    setTimeout(() => {
      this.#now = undefined;
      this.#onOver();
    }, untilMs - performance.now());
  }

  /** Throws why nothing is sent now where this one does not wait until there is. */
  throwUnlessOutlivedBy(asked: Asked): void {
    if (this.#now !== undefined && !asked.outlives(this.#now.untilMs)) throw this.#now.error;
  }
}
