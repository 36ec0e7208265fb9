/**
 * In which leaves keys lie that are about to be asked for, found out for several at once. To find one key among millions
 * is half waiting for memory that no cache of the processor holds, one line after the other. Here each step reads a line
 * for every key before the next step looks at any of them, and the processor waits for all at a time.
 */

import { FORESEEN_KEYS_MAX, ForeseenKeys } from "../base/index.js";
import { hintAt } from "./bytes.js";
import { childPosition } from "./inner-page.js";
import { COUNT, PREFIX_LENGTH } from "./page-layout.js";
import type { PagePool } from "./page-pool.js";
import { sampleCount, sampleShift, samplesBelow, SLOT_WORDS, SLOTS } from "./page-samples.js";
import type { PageWindow } from "./page.js";

const NO_KEY = Buffer.alloc(0);

/** What a processor reads of memory at once, in 32-bit words. */
const LINE_WORDS = 16;

export class Outlook {
  readonly #pool: PagePool;
  /** One of its own. */
  readonly #window: PageWindow;
  readonly #keys = new ForeseenKeys();
  readonly #leaves = new Uint32Array(FORESEEN_KEYS_MAX);
  /** Of what was read for nothing but to have it at hand, or else the compiler would leave it out. */
  // eslint-disable-next-line no-unused-private-class-members -- Else what only has memory read would be left out as useless.
  #touched = 0;

  constructor(pool: PagePool, window: PageWindow) {
    this.#pool = pool;
    this.#window = window;
  }

  /** Looks for the keys in the tree below this root. */
  look(keys: readonly Buffer[], root: number): void {
    const pool = this.#pool;
    const leaves = this.#leaves;
    const count = this.#keys.expect(keys);
    const innerLevels = this.#innerLevels(root);
    for (let index = 0; index < count; index++) {
      leaves[index] = this.#leafOf(keys[index] ?? NO_KEY, root, innerLevels);
    }
    let touched = 0;
    for (let index = 0; index < count; index++) touched ^= touchHead(pool, leaves[index] ?? 0);
    for (let index = 0; index < count; index++) {
      touched ^= touchSlots(pool, leaves[index] ?? 0, keys[index] ?? NO_KEY);
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

  #innerLevels(root: number): number {
    const window = this.#window.moveTo(root);
    let levels = 0;
    for (; !window.isLeaf; levels++) window.moveTo(window.lowestChild);
    return levels;
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

/** Reads the head and the samples, for nothing but to have them at hand; returns something of them. */
function touchHead(pool: PagePool, page: number): number {
  const { u32 } = pool.chunk(page);
  const word = pool.base(page) >>> 2;
  return (u32[word] ?? 0) ^ (u32[word + LINE_WORDS] ?? 0) ^ (u32[word + 2 * LINE_WORDS] ?? 0);
}

/** The same of the slots of which one is the key's, if it is there. */
function touchSlots(pool: PagePool, page: number, key: Buffer): number {
  const { u16, u32 } = pool.chunk(page);
  const word = pool.base(page) >>> 2;
  const count = u16[word * 2 + COUNT] ?? 0;
  const high = hintAt(key, u16[word * 2 + PREFIX_LENGTH] ?? 0);
  const sample = samplesBelow(u32, word, sampleCount(count), high);
  const shift = sampleShift(count);
  const last = Math.max(0, Math.min((sample + 1) << shift, count - 1));
  const first = Math.min(sample << shift, last);
  const slots = word + SLOTS;
  return (u32[slots + first * SLOT_WORDS] ?? 0) ^ (u32[slots + last * SLOT_WORDS] ?? 0);
}
