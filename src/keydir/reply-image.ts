/** Remembered replies as pages of a checkpoint: the blocks of their ring, in the order of their entries. */

import { assert, present } from "../base/index.js";
import type { PageImage, PageLoader, PageRun } from "./page-image.js";
import { PAGE_BYTES } from "./page-pool.js";
import { BLOCK_PAGES, ReplyBlock, ReplyRing, type PinnedReplies } from "./reply-ring.js";

/** What is to be known of them beside the pages. */
export interface ReplyShape {
  /** Of the hash that names are known by, in hexadecimal digits. */
  readonly hashKey: string;
  readonly firstEntry: number;
  readonly entryCount: number;
}

export class ReplyImage implements PageImage {
  readonly shape: ReplyShape;
  readonly #blocks: readonly ReplyBlock[];
  #isReleased = false;

  constructor({ blocks, firstEntry, entryCount }: PinnedReplies, hashKey: Buffer) {
    this.shape = { hashKey: hashKey.toString("hex"), firstEntry, entryCount };
    this.#blocks = blocks;
  }

  get pageCount(): number {
    return this.#blocks.length * BLOCK_PAGES;
  }

  /** They are known already. */
  *find(): IterableIterator<void> {
    // Nothing to look for.
  }

  *runs(): IterableIterator<PageRun> {
    for (const [index, { bytes }] of this.#blocks.entries()) {
      yield { firstPage: index * BLOCK_PAGES, bytes };
    }
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const block of this.#blocks) block.pinCount--;
  }
}

export class ReplyLoader implements PageLoader<ReplyRing> {
  readonly #shape: ReplyShape;
  readonly #blocks: ReplyBlock[];

  /** `lastPage`: the highest page number. */
  constructor(shape: ReplyShape, lastPage: number) {
    assert((lastPage + 1) % BLOCK_PAGES === 0, "replies are written in whole blocks");
    this.#shape = shape;
    this.#blocks = Array.from({ length: (lastPage + 1) / BLOCK_PAGES }, () => new ReplyBlock());
  }

  runLengthFrom(page: number): number {
    return BLOCK_PAGES - (page % BLOCK_PAGES);
  }

  bytesFor(firstPage: number, count: number): Buffer {
    const block = present(
      this.#blocks[Math.floor(firstPage / BLOCK_PAGES)],
      "a block for the page",
    );
    const start = (firstPage % BLOCK_PAGES) * PAGE_BYTES;
    return block.bytes.subarray(start, start + count * PAGE_BYTES);
  }

  finish(): ReplyRing {
    const { firstEntry, entryCount } = this.#shape;
    return ReplyRing.of({ blocks: this.#blocks, firstEntry, entryCount });
  }
}
