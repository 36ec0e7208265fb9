/**
 * Which keys were removed by a transaction that is not durable yet: "absent" is an answer only when
 * the removal it rests on can no longer be undone. Bounded by the commit queue.
 *
 * Keys are found by name once someone asks: when a multitude expires, hardly anyone does before it is durable.
 */

import { present, type Revision } from "../base/index.js";

interface Removal {
  readonly key: Buffer;
  readonly revision: Revision;
}

export class UnsyncedRemovals {
  /** Oldest first; those before `#first` are durable. */
  #removals: Removal[] = [];
  #first = 0;
  /** The newest removal of each key, of those before `#named`. */
  readonly #byName = new Map<string, Revision>();
  #named = 0;

  add(key: Buffer, revision: Revision): void {
    this.#removals.push({ key, revision });
  }

  get(key: Buffer): Revision | undefined {
    if (this.#first === this.#removals.length) return undefined;
    for (; this.#named < this.#removals.length; this.#named++) {
      const { key: removed, revision } = present(this.#removals[this.#named], "a removal");
      this.#byName.set(removed.toString("latin1"), revision);
    }
    const last = this.#byName.get(key.toString("latin1"));
    const oldest = present(this.#removals[this.#first], "a removal that is not durable").revision;
    return last !== undefined && last >= oldest ? last : undefined;
  }

  /** Everything up to this revision is durable. */
  settle(durable: Revision): void {
    while ((this.#removals[this.#first]?.revision ?? Infinity) <= durable) this.#first++;
    // Moving the rest down each time would cost as much as the rest is long.
    if (this.#first * 2 < this.#removals.length || this.#first === 0) return;
    this.#removals = this.#removals.slice(this.#first);
    this.#first = 0;
    this.#byName.clear();
    this.#named = 0;
  }
}
