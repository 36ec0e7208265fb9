/**
 * The keys of a range that a call has found so far and is about to delete, held true while others write: no more of
 * them than are asked for, and one that says that there are more.
 */

import { NO_DEADLINE, type TimeMs } from "../base/index.js";
import type { KeydirEntry } from "./key-draft.js";
import { deleteBytesOf } from "./transaction-size.js";

export interface FoundKeysOptions {
  /** Most keys of one transaction, and most bytes that deleting them may take. */
  readonly countMax: number;
  readonly bytesMax: number;
}

interface Found {
  readonly key: Buffer;
  readonly deadlineMs: TimeMs;
}

export class FoundKeys {
  readonly #options: FoundKeysOptions;
  readonly #found = new Map<string, Found>();
  #bytes = 0;
  #hasPassedOver = false;

  constructor(options: FoundKeysOptions) {
    this.#options = options;
  }

  /** There are more than one transaction may delete: no further one need be found. */
  isEnough(): boolean {
    const { countMax, bytesMax } = this.#options;
    return this.#found.size > countMax || this.#bytes > bytesMax;
  }

  /** There were enough when some came, and since then some went: the range must be searched from its start. */
  get isStale(): boolean {
    return this.#hasPassedOver && !this.isEnough();
  }

  /** What a key of the range is now. Undefined: it is not there. */
  note(key: Buffer, entry: KeydirEntry | undefined): void {
    const name = key.toString("latin1");
    const isKnown = this.#found.has(name);
    if (entry === undefined) {
      if (this.#found.delete(name)) this.#bytes -= deleteBytesOf(key);
      return;
    }
    if (!isKnown && this.isEnough()) {
      this.#hasPassedOver = true;
      return;
    }
    if (!isKnown) this.#bytes += deleteBytesOf(key);
    this.#found.set(name, { key, deadlineMs: entry.deadlineMs });
  }

  /** The range is searched once more; what is found already stays. */
  beginAnew(): void {
    this.#hasPassedOver = false;
  }

  /** Those that are due, which are to be expired instead; so many at the most. */
  dueAt(nowMs: TimeMs, countMax: number): readonly Buffer[] {
    const due: Buffer[] = [];
    for (const { key, deadlineMs } of this.#found.values()) {
      if (deadlineMs === NO_DEADLINE || deadlineMs > nowMs) continue;
      due.push(key);
      if (due.length === countMax) break;
    }
    return due;
  }

  /** What one transaction deletes of them, what that takes, and whether others are left. */
  chosen(): { readonly keys: readonly Buffer[]; readonly bytes: number; readonly more: boolean } {
    const { countMax, bytesMax } = this.#options;
    const keys: Buffer[] = [];
    let bytes = 0;
    for (const { key } of this.#found.values()) {
      const next = bytes + deleteBytesOf(key);
      if (keys.length === countMax || next > bytesMax) break;
      bytes = next;
      keys.push(key);
    }
    return { keys, bytes, more: keys.length < this.#found.size };
  }
}
