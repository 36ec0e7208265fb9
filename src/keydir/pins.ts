/**
 * Which states are pinned, and which pages are kept only for them. Time is counted in epochs: each pin ends
 * one. A page carries the epoch that it was written in; a pin sees the pages of its own and earlier ones.
 */

import { assert } from "../base/index.js";

/** Pages given back in one go: few, because every write gives some back. */
const RECLAIM_PAGES = 32;

export interface Pin {
  readonly epoch: number;
  release(): void;
}

interface Retired {
  readonly page: number;
  /** The epoch in which the tree gave the page up: pins of this one and later do not see it. */
  readonly epoch: number;
}

export class Pins {
  readonly #free: (page: number) => void;
  /** Pinned epochs, oldest first, with how many pins each has. */
  readonly #pinned: { readonly epoch: number; isReleased: boolean }[] = [];
  /** In the order in which they were given up. */
  #retired: Retired[] = [];
  #retiredStart = 0;
  #epoch = 1;

  constructor(free: (page: number) => void) {
    this.#free = free;
  }

  /** What a page that is written now carries. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether no pinned state reaches a page that was written in this epoch. */
  isPrivate(epoch: number): boolean {
    const newest = this.#pinned.at(-1);
    return newest === undefined || epoch > newest.epoch;
  }

  pin(): Pin {
    const pinned = { epoch: this.#epoch++, isReleased: false };
    this.#pinned.push(pinned);
    return {
      epoch: pinned.epoch,
      release: () => {
        pinned.isReleased = true;
        this.#dropReleased();
        this.#reclaimLater();
      },
    };
  }

  /** Gives up a page that a pinned state may still reach. */
  retire(page: number): void {
    this.#retired.push({ page, epoch: this.#epoch });
  }

  /** Gives a few pages back that nobody can reach any more. */
  reclaimSome(): void {
    if (this.#retiredStart === this.#retired.length) return;
    const oldest = this.#pinned[0]?.epoch ?? Infinity;
    const end = Math.min(this.#retired.length, this.#retiredStart + RECLAIM_PAGES);
    while (this.#retiredStart < end) {
      const retired = this.#retired[this.#retiredStart];
      assert(retired !== undefined, "there is a retired page");
      if (oldest < retired.epoch) break;
      this.#free(retired.page);
      this.#retiredStart++;
    }
    if (this.#retiredStart * 2 > this.#retired.length) {
      this.#retired = this.#retired.slice(this.#retiredStart);
      this.#retiredStart = 0;
    }
  }

  #dropReleased(): void {
    for (let index = this.#pinned.length - 1; index >= 0; index--) {
      if (this.#pinned[index]?.isReleased === true) this.#pinned.splice(index, 1);
    }
  }

  #reclaimLater(): void {
    const before = this.#retired.length - this.#retiredStart;
    this.reclaimSome();
    const after = this.#retired.length - this.#retiredStart;
    if (after > 0 && after < before) {
      setImmediate(() => {
        this.#reclaimLater();
      });
    }
  }
}
