/**
 * A pinned tree as its pages, to be written down. Pages keep their numbers, because they name each other by
 * them.
 */

import type { PageWindow } from "./page.js";
import type { PageImage, PageRun } from "./page-image.js";
import type { PagePool } from "./page-pool.js";
import type { Pin } from "./pins.js";

/** What is to be known of a tree beside its pages. */
export interface TreeShape {
  readonly payloadBytes: number;
  readonly root: number;
  readonly size: number;
  /** No page of it was written in a later one. */
  readonly epoch: number;
}

export interface TreeImageOptions {
  readonly pool: PagePool;
  readonly window: PageWindow;
  readonly shape: TreeShape;
  readonly pin: Pin;
}

export class TreeImage implements PageImage {
  readonly shape: TreeShape;
  readonly #pool: PagePool;
  readonly #window: PageWindow;
  readonly #pin: Pin;
  /** A bit for each page of the pool. */
  readonly #isReached: Uint8Array;
  #pageCount = 0;

  constructor({ pool, window, shape, pin }: TreeImageOptions) {
    this.shape = shape;
    this.#pool = pool;
    this.#window = window;
    this.#pin = pin;
    this.#isReached = new Uint8Array((pool.pageEnd >>> 3) + 1);
  }

  get pageCount(): number {
    return this.#pageCount;
  }

  /** Finds the pages that the pinned state reaches. Gives way after each inner page; to be run to its end. */
  *find(): IterableIterator<void> {
    const inner = [this.shape.root];
    this.#reach(this.shape.root);
    for (let page = inner.pop(); page !== undefined; page = inner.pop()) {
      const { isLeaf, count } = this.#window.moveTo(page);
      if (isLeaf) continue;
      const children = Array.from({ length: count + 1 }, (_, at) => this.#window.child(at));
      // All children of a page are of one kind, and leaves reach nothing.
      const areLeaves = this.#window.moveTo(children[0] ?? page).isLeaf;
      for (const child of children) {
        this.#reach(child);
        if (!areLeaves) inner.push(child);
      }
      yield;
    }
  }

  *runs(): IterableIterator<PageRun> {
    const { pageEnd } = this.#pool;
    for (let page = 1; page < pageEnd;) {
      if (!this.#has(page)) {
        page++;
        continue;
      }
      const firstPage = page;
      const end = firstPage + this.#pool.runLengthFrom(firstPage);
      while (page < end && page < pageEnd && this.#has(page)) page++;
      yield { firstPage, bytes: this.#pool.bytesOf(firstPage, page - firstPage) };
    }
  }

  release(): void {
    this.#pin.release();
  }

  #reach(page: number): void {
    this.#isReached[page >>> 3] = (this.#isReached[page >>> 3] ?? 0) | (1 << (page & 7));
    this.#pageCount++;
  }

  #has(page: number): boolean {
    return ((this.#isReached[page >>> 3] ?? 0) & (1 << (page & 7))) !== 0;
  }
}
