/** How much waits to be written, and how much may: bounded in bytes and in transactions. */

import { KvError } from "../base/index.js";

export interface QueueBounds {
  readonly queueBytesMax: number;
  readonly queueTransactionsMax: number;
}

const RETRY_AFTER_MS = 100;

export class QueueRoom {
  readonly #bounds: QueueBounds;
  #queuedBytes = 0;
  #queuedTransactions = 0;
  /** Of those who wait for a segment to be prepared. */
  #waiterCount = 0;
  #waiterBytes = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  /** Throws OVERLOADED where a transaction of so many bytes is too much. One that nothing is ahead of never is. */
  admit(bytes: number): void {
    const { queueBytesMax, queueTransactionsMax } = this.#bounds;
    const ahead = this.#queuedBytes + this.#waiterBytes;
    if (ahead > 0 && ahead + bytes > queueBytesMax) {
      throw overloaded(
        `commit.queue_bytes: ${String(queueBytesMax)} bytes are waiting to be written`,
      );
    }
    if (this.#queuedTransactions + this.#waiterCount >= queueTransactionsMax) {
      throw overloaded(
        `commit.queue_transactions: ${String(queueTransactionsMax)} transactions are waiting`,
      );
    }
  }

  /** A transaction is in the queue from now on. */
  add(bytes: number): void {
    this.#queuedBytes += bytes;
    this.#queuedTransactions++;
  }

  /** So much of it was written. */
  remove(bytes: number, transactionCount: number): void {
    this.#queuedBytes -= bytes;
    this.#queuedTransactions -= transactionCount;
  }

  /** Counts a transaction of so many bytes while it waits to get into the queue. */
  async whileWaiting(bytes: number, wait: () => Promise<void>): Promise<void> {
    this.#waiterCount++;
    this.#waiterBytes += bytes;
    try {
      await wait();
    } finally {
      this.#waiterCount--;
      this.#waiterBytes -= bytes;
    }
  }
}

function overloaded(problem: string): KvError {
  return new KvError("OVERLOADED", problem, { retryAfterMs: RETRY_AFTER_MS });
}
