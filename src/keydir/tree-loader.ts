/** A tree made from pages that were written down, which keep their numbers. */

import { assert } from "../base/index.js";
import { PagePool } from "./page-pool.js";
import { PageTree } from "./page-tree.js";
import type { TreeShape } from "./tree-image.js";

/** Takes the pages of a tree back, in any order, straight into the memory where they will be used. */
export class TreeLoader {
  readonly #shape: TreeShape;
  readonly #pool = new PagePool();
  readonly #isLoaded: Uint8Array;

  /** `lastPage`: the highest page number. */
  constructor(shape: TreeShape, lastPage: number) {
    this.#shape = shape;
    this.#pool.growTo(lastPage);
    this.#isLoaded = new Uint8Array(lastPage + 1);
  }

  /** How many pages from this one on lie in one piece of memory. */
  runLengthFrom(page: number): number {
    return this.#pool.runLengthFrom(page);
  }

  /** Where the bytes of so many pages belong. */
  bytesFor(firstPage: number, count: number): Buffer {
    this.#isLoaded.fill(1, firstPage, firstPage + count);
    return this.#pool.bytesOf(firstPage, count);
  }

  finish(): PageTree {
    assert(this.#isLoaded[this.#shape.root] === 1, "the root is among the pages");
    for (let page = this.#isLoaded.length - 1; page > 0; page--) {
      if (this.#isLoaded[page] === 0) this.#pool.free(page);
    }
    return new PageTree(this.#shape.payloadBytes, { pool: this.#pool, shape: this.#shape });
  }
}
