/**
 * Which keys were removed by a transaction that is not durable yet: "absent" is an answer only when
 * the removal it rests on can no longer be undone. Bounded by the commit queue.
 */

import type { Revision } from "../base/index.js";

export class UnsyncedRemovals {
  readonly #byKey = new Map<string, Revision>();
  /** Oldest first. */
  readonly #order: { readonly name: string; readonly revision: Revision }[] = [];

  add(key: Buffer, revision: Revision): void {
    const name = key.toString("latin1");
    this.#byKey.set(name, revision);
    this.#order.push({ name, revision });
  }

  get(key: Buffer): Revision | undefined {
    return this.#byKey.size === 0 ? undefined : this.#byKey.get(key.toString("latin1"));
  }

  /** Everything up to this revision is durable. */
  settle(durable: Revision): void {
    let count = 0;
    for (const { name, revision } of this.#order) {
      if (revision > durable) break;
      count++;
      if (this.#byKey.get(name) === revision) this.#byKey.delete(name);
    }
    if (count > 0) this.#order.splice(0, count);
  }
}
