/** The way from the root of a tree to a leaf: the page at each height, and which child was taken there. */

import { assert, present } from "../base/index.js";
import { childCount, childPosition, setChildCount } from "./inner-page.js";
import type { PageWindow } from "./page.js";

/** Deeper than any tree can be. */
const HEIGHT_MAX = 24;

/** Where a key was found that is known by its buffer. */
interface Found {
  readonly key: Buffer | undefined;
  readonly page: number;
  readonly index: number;
}

export const NOTHING_FOUND: Found = { key: undefined, page: 0, index: 0 };

export class TreePath {
  readonly #pages = new Uint32Array(HEIGHT_MAX);
  readonly #positions = new Uint32Array(HEIGHT_MAX);
  #depth = 0;

  /** Of the leaf. */
  get depth(): number {
    return this.#depth;
  }

  /** Goes from the root to the leaf where the key is or would be; returns what the leaf's `find` does. */
  descend(window: PageWindow, root: number, key: Buffer): number {
    window.moveTo(root);
    let depth = 0;
    this.#pages[0] = root;
    while (!window.isLeaf) {
      const position = childPosition(window.find(key));
      this.#positions[depth] = position;
      const child = window.child(position);
      depth++;
      assert(depth < HEIGHT_MAX, "no tree is so high");
      this.#pages[depth] = child;
      window.moveTo(child);
    }
    this.#depth = depth;
    return window.find(key);
  }

  /** So many entries more are below the leaf's place in each page above it. Moves the window to the leaf. */
  addToCounts(window: PageWindow, by: number): void {
    for (let level = 0; level < this.#depth; level++) {
      window.moveTo(this.pageAt(level));
      const position = this.positionAt(level);
      setChildCount(window, position, childCount(window, position) + by);
    }
    window.moveTo(this.pageAt(this.#depth));
  }

  pageAt(depth: number): number {
    return present(this.#pages[depth], "a page on the path");
  }
  setPage(depth: number, page: number): void {
    this.#pages[depth] = page;
  }
  positionAt(depth: number): number {
    return present(this.#positions[depth], "a position on the path");
  }
}
