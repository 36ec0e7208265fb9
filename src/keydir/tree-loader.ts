/** A tree made from pages that were written down, which keep their numbers. */

import { assert } from "../base/index.js";
import type { PageLoader } from "./page-image.js";
import { PagePool } from "./page-pool.js";
import { PageTree } from "./page-tree.js";
import type { TreeShape } from "./tree-image.js";

export class TreeLoader implements PageLoader<PageTree> {
  readonly #shape: TreeShape;
  readonly #pool = new PagePool();
  readonly #isLoaded: Uint8Array;

  /** `lastPage`: the highest page number. */
  constructor(shape: TreeShape, lastPage: number) {
    this.#shape = shape;
    this.#pool.growTo(lastPage);
    this.#isLoaded = new Uint8Array(lastPage + 1);
  }

  runLengthFrom(page: number): number {
    return this.#pool.runLengthFrom(page);
  }

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
