/**
 * In which leaves keys lie that are about to be asked for, found out for several at once. To find one key among millions
 * is half waiting for memory that no cache of the processor holds, one line after the other. Here each step reads a line
 * for every key before the next step looks at any of them, and the processor waits for all at a time.
 */

import { FORESEEN_KEYS_MAX, ForeseenKeys } from "../base/index.js";
import { childPosition } from "./inner-page.js";
import type { PageWindow } from "./page.js";

const NO_KEY = Buffer.alloc(0);

export class Outlook {
  /** A window of its own. */
  readonly #window: PageWindow;
  readonly #keys = new ForeseenKeys();
  readonly #leaves = new Uint32Array(FORESEEN_KEYS_MAX);
  /** Of what was read for nothing but to have it at hand, or else the compiler would leave it out. */
  #touched = 0;

  constructor(window: PageWindow) {
    this.#window = window;
  }

  /** Looks for the keys in the tree below this root, which has so many levels of inner pages. */
  look(keys: readonly Buffer[], root: number, innerLevels: number): void {
    const window = this.#window;
    const leaves = this.#leaves;
    const count = this.#keys.expect(keys);
    for (let index = 0; index < count; index++) {
      leaves[index] = this.#leafOf(keys[index] ?? NO_KEY, root, innerLevels);
    }
    let touched = 0;
    for (let index = 0; index < count; index++) {
      touched ^= window.moveTo(leaves[index] ?? 0).touchHead();
    }
    for (let index = 0; index < count; index++) {
      touched ^= window.moveTo(leaves[index] ?? 0).touchSlots(keys[index] ?? NO_KEY);
    }
    this.#touched ^= touched;
  }

  /** Where the key is or would be, if it is one of those that come next and the tree still has the same pages. */
  leafOf(key: Buffer): number | undefined {
    const index = this.#keys.positionOf(key);
    return index === undefined ? undefined : this.#leaves[index];
  }

  /** Forgets all of it, when a page gives keys to another, or is copied. */
  forget(): void {
    this.#keys.expect([]);
  }

  #leafOf(key: Buffer, root: number, innerLevels: number): number {
    let page = root;
    for (let level = 0; level < innerLevels; level++) {
      const window = this.#window.moveTo(page);
      page = window.child(childPosition(window.find(key)));
    }
    return page;
  }
}
