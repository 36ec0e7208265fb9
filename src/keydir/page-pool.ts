/**
 * Fixed-size pages in large pieces of memory, outside the JavaScript heap: what is in them costs the garbage
 * collector nothing, however much it is.
 *
 * A page is named by a number. Its bytes are reached through the typed arrays of its chunk, at
 * `base(page)`; integers are in the machine's order and aligned.
 */

import { assert, present, takeMemory } from "../base/index.js";

/**
 * 16 KiB: two of the longest keys fit a page, under the names that an order gives them too, which splitting
 * needs; and at 16-byte keys a page holds some two hundred entries.
 */
export const PAGE_BYTES = 16 * 1024;
const PAGE_SHIFT = 14;

/**
 * Pages in a chunk, which is what memory is taken in: 4 MiB, so that there are few of them and what leads to their
 * memory stays in the processor's caches. The machine gives memory to a page when it is first used, or else the
 * whole chunk is filled with zeros at once, which four megabytes bear.
 */
const CHUNK_PAGES = 256;
const CHUNK_SHIFT = 8;

/** The first pages have a chunk of their own, 256 KiB, which is all that a small store takes. */
const FIRST_PAGES = 16;

/** Pages that are read or written in one call: 256 KiB, whose checksums hold nobody up. */
const RUN_PAGES = 16;

/** No page has this number. */
const NO_PAGE = 0;

/** One chunk's memory, under the three widths that pages use. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
}

export class PagePool {
  readonly #chunks: Chunk[] = [];
  readonly #free: number[] = [];
  #nextPage = 1;
  #usedCount = 0;

  /** Bytes of the pages in use. */
  get usedBytes(): number {
    return this.#usedCount * PAGE_BYTES;
  }

  /** Behind the highest page that was ever in use. */
  get pageEnd(): number {
    return this.#nextPage;
  }

  /** Takes all pages up to this one into use. Only for a pool that is new. */
  growTo(lastPage: number): void {
    assert(this.#nextPage === 1, "a new pool grows");
    while (this.#nextPage <= lastPage) this.allocate();
  }

  /** How many pages from this one on are read or written in one call; they lie in one piece of memory. */
  runLengthFrom(page: number): number {
    return RUN_PAGES - (page & (RUN_PAGES - 1));
  }

  /** The bytes of so many pages, which are no more than a run from the first one. */
  bytesOf(firstPage: number, count: number): Buffer {
    assert(count <= this.runLengthFrom(firstPage), "the pages lie in one chunk");
    const start = this.base(firstPage);
    return this.chunk(firstPage).bytes.subarray(start, start + count * PAGE_BYTES);
  }

  chunk(page: number): Chunk {
    return present(this.#chunks[chunkIndex(page)], "the chunk of a page");
  }

  /** Where the page begins within its chunk, in bytes. */
  base(page: number): number {
    return (page & (CHUNK_PAGES - 1)) << PAGE_SHIFT;
  }

  /** A page with whatever bytes it had before. */
  allocate(): number {
    this.#usedCount++;
    const reused = this.#free.pop();
    if (reused !== undefined) return reused;
    const page = this.#nextPage++;
    if (chunkIndex(page) === this.#chunks.length) {
      this.#chunks.push(newChunk(page < FIRST_PAGES ? FIRST_PAGES : CHUNK_PAGES));
    }
    return page;
  }

  free(page: number): void {
    assert(page !== NO_PAGE && page < this.#nextPage, "only a page of the pool is freed");
    this.#usedCount--;
    this.#free.push(page);
  }

  /** A new page with the same bytes. */
  copy(page: number): number {
    const copy = this.allocate();
    const from = this.base(page);
    this.chunk(page).bytes.copy(this.chunk(copy).bytes, this.base(copy), from, from + PAGE_BYTES);
    return copy;
  }
}

/** The first pages of the second chunk would be those of the first: they are never used. */
function chunkIndex(page: number): number {
  return page < FIRST_PAGES ? 0 : 1 + (page >>> CHUNK_SHIFT);
}

function newChunk(pageCount: number): Chunk {
  const memory = takeMemory(pageCount * PAGE_BYTES);
  return { bytes: Buffer.from(memory), u16: new Uint16Array(memory), u32: new Uint32Array(memory) };
}
