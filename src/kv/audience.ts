/**
 * Who is to be told of a key. Followers are found by how the keys that they want begin, so that a change costs
 * what those who want it cost, and not a look at every follower.
 */

import type { FeedRecord } from "./feed-record.js";

/** A longer beginning is cut: the follower itself looks at the rest. */
const PREFIX_BYTES_MAX = 64;

export interface Listener {
  /** Called at most once a record, for records that it may want. */
  readonly offer: (record: FeedRecord) => void;
}

export class Audience<L extends Listener> {
  readonly #byPrefix = new Map<string, Set<L>>();
  /** How many entries of the map have a name of each length. */
  readonly #countOfLength = new Map<number, number>();
  /** Those lengths, shortest first. */
  #lengths: readonly number[] = [];

  /** `prefixes`: each key that it wants begins with one of these. */
  add(listener: L, prefixes: readonly Buffer[]): void {
    for (const prefix of prefixes) {
      const name = nameOf(prefix);
      const listeners = this.#byPrefix.get(name);
      if (listeners !== undefined) {
        listeners.add(listener);
        continue;
      }
      this.#byPrefix.set(name, new Set([listener]));
      this.#countLength(name.length, 1);
    }
  }

  remove(listener: L, prefixes: readonly Buffer[]): void {
    for (const prefix of prefixes) {
      const name = nameOf(prefix);
      const listeners = this.#byPrefix.get(name);
      if (listeners?.delete(listener) !== true || listeners.size > 0) continue;
      this.#byPrefix.delete(name);
      this.#countLength(name.length, -1);
    }
  }

  offer(record: FeedRecord): void {
    const { key } = record;
    const offered = this.#lengths.length > 1 ? new Set<L>() : undefined;
    for (const length of this.#lengths) {
      if (length > key.length) return;
      const listeners = this.#byPrefix.get(key.toString("latin1", 0, length));
      if (listeners === undefined) continue;
      for (const listener of listeners) {
        if (offered?.has(listener) === true) continue;
        offered?.add(listener);
        listener.offer(record);
      }
    }
  }

  #countLength(length: number, change: 1 | -1): void {
    const count = (this.#countOfLength.get(length) ?? 0) + change;
    if (count === 0) this.#countOfLength.delete(length);
    else this.#countOfLength.set(length, count);
    this.#lengths = [...this.#countOfLength.keys()].sort((left, right) => left - right);
  }
}

function nameOf(prefix: Buffer): string {
  return prefix.toString("latin1", 0, Math.min(prefix.length, PREFIX_BYTES_MAX));
}
