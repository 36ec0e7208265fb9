/**
 * Which batches are written in the call itself, for which the event loop stands still, and which by another thread. The way to another
 * thread and back wakes two processors that have fallen asleep, a good part of what a quick disk takes. So a
 * transaction is written at once while nobody else asks for anything and the disk is quick; whoever comes
 * meanwhile waits no longer than that write takes (docs/decisions/commit-path.md).
 */

import type { WriteManner } from "../disk/index.js";

/** What a write may take for the next one to be made at once. */
export const QUICK_MS_MAX = 1;

export class LoneWrites {
  readonly #lookupCount: () => number;
  /** Lookups when the last batch began to be written. */
  #lookupsBefore = 0;
  #lastMs = Infinity;

  /** `lookupCount`: how often keys were looked up in the store so far: by a set once, by a get once or twice. */
  constructor(lookupCount: () => number) {
    this.#lookupCount = lookupCount;
  }

  /** Of a batch that begins to be written now. */
  mannerOf({ transactionCount }: { readonly transactionCount: number }): WriteManner {
    const lookups = this.#lookupCount();
    const isAlone = transactionCount === 1 && lookups - this.#lookupsBefore <= 1;
    this.#lookupsBefore = lookups;
    return isAlone && this.#lastMs <= QUICK_MS_MAX ? "at-once" : "aside";
  }

  /** How long the batch took. */
  note(durationMs: number): void {
    this.#lastMs = durationMs;
  }
}
