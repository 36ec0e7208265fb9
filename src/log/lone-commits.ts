/**
 * When the event loop may stand still for a commit. A write that blocks saves the way to another thread and back, a third of
 * what the write of a lone commit takes; but whoever asks for anything meanwhile has to wait as well. So it is done only
 * where nobody does: for a commit that is alone, after some like it, written aside by a disk that is quick, during
 * which nobody asked for anything. Every so often one is written aside again, to see whether that still holds.
 *
 * docs/decisions/commit-path.md has the measures.
 */

import { KIB, type Clock } from "../base/index.js";

/** So many writes aside in a row must have been quick and quiet. */
const QUIET_WRITES_MIN = 4;
/** Then so many may block, before it is looked again. */
const BLOCKING_WRITES_MAX = 16;
/** A disk that takes longer is left to other threads, as are batches that would take it longer. */
const QUICK_MS_MAX = 2;
const SMALL_BYTES_MAX = 64 * KIB;
/** After a write that blocked for longer than that. */
const PAUSE_MS = 1000;

/** A batch as far as it matters here. */
interface Written {
  readonly transactionCount: number;
  readonly length: number;
}

export class LoneCommits {
  readonly #clock: Clock;
  #askedCount = 0;
  #quietWrites = 0;
  #blockingWrites = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something was asked for that would wait while a write blocks. */
  noteAsked(): void {
    this.#askedCount += 1;
  }

  /** Whether this batch may be written by a call that blocks. */
  mayBlock(batch: Written): boolean {
    if (!isLone(batch) || this.#quietWrites < QUIET_WRITES_MIN) return false;
    if (this.#blockingWrites >= BLOCKING_WRITES_MAX) return false;
    return this.#clock.monotonicMs() >= this.#notBeforeMs;
  }

  /** Has `write` block, and notes how long it does. */
  block(write: () => void): void {
    const startMs = this.#clock.monotonicMs();
    write();
    this.#blockingWrites += 1;
    const endMs = this.#clock.monotonicMs();
    if (endMs - startMs > QUICK_MS_MAX) this.#notBeforeMs = endMs + PAUSE_MS;
  }

  /** To be called as a write aside begins; the result, when it has ended. */
  watch(batch: Written): () => void {
    const startMs = this.#clock.monotonicMs();
    const askedBefore = this.#askedCount;
    return () => {
      this.#blockingWrites = 0;
      const isQuick = this.#clock.monotonicMs() - startMs <= QUICK_MS_MAX;
      const isQuiet = isQuick && isLone(batch) && this.#askedCount === askedBefore;
      this.#quietWrites = isQuiet ? this.#quietWrites + 1 : 0;
    };
  }
}

function isLone({ transactionCount, length }: Written): boolean {
  return transactionCount === 1 && length <= SMALL_BYTES_MAX;
}
