/**
 * An ordered map from byte strings to payloads of one fixed size: a B+tree of pages (Bayer and McCreight,
 * 1972; Comer, "The ubiquitous B-tree", 1979), outside the JavaScript heap.
 *
 * - A pinned state is a root. While one is pinned, a page that it may reach is copied before it is changed,
 *   and kept until no pinned state is as old; so writing never waits for who reads, nor the other way round.
 * - Each inner page knows how many entries are below each child: ranges are counted without walking them.
 * - Splits leave the left page fuller when the new entry is the last, for keys that come in order.
 */

import { assert } from "../base/index.js";
import { copyBytes } from "./bytes.js";
import { childCount, childPosition, entryCount, setChild, setChildCount } from "./inner-page.js";
import { Outlook } from "./outlook.js";
import { INNER, LEAF } from "./page-layout.js";
import { PageWindow } from "./page.js";
import { keyBytesMax, PAGE_CAPACITY } from "./page-room.js";
import {
  Entries,
  innerPayload,
  joined,
  refill,
  shortestBetween,
  type PageEntry,
} from "./page-split.js";
import { PAGE_BYTES, PagePool } from "./page-pool.js";
import { Pins, type Pin } from "./pins.js";
import { TreeImage, type TreeShape } from "./tree-image.js";
import { NOTHING_FOUND, TreePath } from "./tree-path.js";

/** A page with less than this in use is joined with a neighbour. */
const JOIN_BELOW_BYTES = PAGE_CAPACITY / 4;
/** Two pages are joined when they leave some room for more. */
const JOIN_FILL_BYTES = PAGE_CAPACITY * 0.8;
/** How full the left page stays when a split is at the end, and otherwise. */
const APPEND_FILL = 0.95;
const MIDDLE_FILL = 0.5;

/** A tree of which all pages are in the pool, and nothing else is. */
interface LoadedTree {
  readonly pool: PagePool;
  readonly shape: TreeShape;
}

/** Reads what it wants of the payload that lies there. */
type ReadPayload<T> = (bytes: Buffer, at: number) => T;

export class PageTree {
  readonly #pool: PagePool;
  readonly #pins: Pins;
  readonly #window: PageWindow;
  readonly #path = new TreePath();
  readonly #payloadBytes: number;
  readonly #keyBytesMax: number;
  #root: number;
  #size = 0;
  /**
   * The key that `get` found last, by its buffer, and where, until anything changes: whoever asks for a key in order to
   * write it finds it once.
   */
  #found = NOTHING_FOUND;
  readonly #outlook: Outlook;

  /** An empty tree; or, with `loaded`, the one whose pages are in that pool. */
  constructor(payloadBytes: number, loaded?: LoadedTree) {
    this.#payloadBytes = payloadBytes;
    this.#keyBytesMax = keyBytesMax(payloadBytes);
    this.#pool = loaded?.pool ?? new PagePool();
    this.#pins = new Pins(
      (page) => {
        this.#pool.free(page);
      },
      (loaded?.shape.epoch ?? 0) + 1,
    );
    this.#root = loaded?.shape.root ?? this.#pool.allocate();
    this.#size = loaded?.shape.size ?? 0;
    this.#window = this.newWindow(this.#root);
    this.#outlook = new Outlook(this.#pool, this.newWindow(this.#root));
    if (loaded === undefined) this.#window.reset(LEAF, this.#pins.epoch);
  }

  get size(): number {
    return this.#size;
  }
  get root(): number {
    return this.#root;
  }
  /** Bytes of the pages in use, with those that only pinned states reach. */
  get usedBytes(): number {
    return this.#pool.usedBytes;
  }
  /** Bytes of the pages that the newest state consists of. */
  get ownBytes(): number {
    return this.#pool.usedBytes - this.#pins.keptCount * PAGE_BYTES;
  }

  newWindow(page: number): PageWindow {
    return new PageWindow(this.#pool, this.#payloadBytes, page);
  }

  /** Keeps the state of this moment until the pin is released. */
  pin(): Pin {
    return this.#pins.pin();
  }

  /** Pins the state of this moment to have its pages written down. */
  image(): TreeImage {
    const shape = {
      payloadBytes: this.#payloadBytes,
      root: this.#root,
      size: this.#size,
      epoch: this.#pins.epoch,
    };
    const window = this.newWindow(this.#root);
    return new TreeImage({ pool: this.#pool, window, shape, pin: this.#pins.pin() });
  }

  /** Runs `read` on where the key's payload lies. Undefined: there is no such key. */
  get<T>(key: Buffer, read: ReadPayload<T>): T | undefined {
    const window = this.#window.moveTo(this.#outlook.leafOf(key) ?? this.#root);
    // The way down without a note of it, which only a change needs.
    while (!window.isLeaf) window.moveTo(window.child(childPosition(window.find(key))));
    const index = window.find(key);
    if (index < 0) return undefined;
    this.#found = { key, page: window.page, index };
    return read(window.bytes, window.payloadAt(index));
  }

  /** Finds out where keys are or would be that are asked for next, in this order: FORESEEN_KEYS_MAX of them at the most. */
  foresee(keys: readonly Buffer[]): void {
    this.#outlook.look(keys, this.#root);
  }

  /** Maps the key to the payload. */
  set(key: Buffer, payload: Buffer): void {
    this.replace(key, payload, readNothing);
  }

  /** Maps the key to the payload; before, runs `read` on the payload that it replaces, if there is one. */
  replace<T>(key: Buffer, payload: Buffer, read: ReadPayload<T>): T | undefined {
    assert(payload.length === this.#payloadBytes, "every payload has the same size");
    assert(key.length <= this.#keyBytesMax, "the key is not too long for a page");
    this.#pins.reclaimSome();
    const known = this.#found;
    // Where a leaf can be changed as it is, so can all pages above it: they were copied before it was, or are new.
    const isKnown =
      known.key === key && this.#pins.isPrivate(this.#window.moveTo(known.page).epoch);
    const found = isKnown ? known.index : this.#descendToWrite(key);
    const leaf = this.#window;
    if (found >= 0) {
      const at = leaf.payloadAt(found);
      const before = read(leaf.bytes, at);
      copyBytes(payload, 0, leaf.bytes, at, payload.length);
      return before;
    }
    const { depth } = this.#path;
    const index = ~found;
    this.#size++;
    this.#path.addToCounts(leaf, 1);
    if (!leaf.insert(index, key, payload)) this.#insertBySplit(depth, index, { key, payload });
    return undefined;
  }

  /** False: there was no such key. */
  delete(key: Buffer): boolean {
    return this.take(key, readNothing) !== undefined;
  }

  /** Deletes the key; before, runs `read` on its payload. Undefined: there was no such key. */
  take<T>(key: Buffer, read: ReadPayload<T>): T | undefined {
    this.#pins.reclaimSome();
    this.#found = NOTHING_FOUND;
    const index = this.#path.descend(this.#window, this.#root, key);
    if (index < 0) return undefined;
    const { depth } = this.#path;
    this.#makePathWritable(depth);
    const leaf = this.#window.moveTo(this.#path.pageAt(depth));
    const before = read(leaf.bytes, leaf.payloadAt(index));
    leaf.remove(index);
    this.#size--;
    this.#path.addToCounts(leaf, -1);
    if (leaf.count === 0) this.#removeEmpty(depth);
    else this.#joinIfSmall(depth);
    return before;
  }

  /** Moves the window to the leaf where the key is or would be, which may be changed then; returns what its `find` does. */
  #descendToWrite(key: Buffer): number {
    this.#found = NOTHING_FOUND;
    const found = this.#path.descend(this.#window, this.#root, key);
    const { depth } = this.#path;
    this.#makePathWritable(depth);
    this.#window.moveTo(this.#path.pageAt(depth));
    return found;
  }

  /** Copies what a pinned state may reach, from the root down. */
  #makePathWritable(depth: number): void {
    for (let level = 0; level <= depth; level++) {
      const page = this.#path.pageAt(level);
      const own = this.#writable(page);
      if (own === page) continue;
      this.#path.setPage(level, own);
      if (level === 0) this.#root = own;
      else
        setChild(
          this.#window.moveTo(this.#path.pageAt(level - 1)),
          this.#path.positionAt(level - 1),
          own,
        );
    }
  }

  #writable(page: number): number {
    const window = this.#window.moveTo(page);
    if (this.#pins.isPrivate(window.epoch)) return page;
    this.#pins.retire(page, window.epoch);
    this.#outlook.forget();
    const copy = this.#pool.copy(page);
    this.#window.moveTo(copy).epoch = this.#pins.stamp();
    return copy;
  }

  /** Gives up a page that the tree no longer has. */
  #drop(page: number): void {
    const { epoch } = this.#window.moveTo(page);
    if (this.#pins.isPrivate(epoch)) this.#pool.free(page);
    else this.#pins.retire(page, epoch);
  }

  /** Inserts into the page at this depth what it has no room for, or no prefix. */
  #insertBySplit(depth: number, index: number, entry: PageEntry): void {
    this.#outlook.forget();
    const page = this.#path.pageAt(depth);
    const window = this.#window.moveTo(page);
    const { count, payloadBytes } = window;
    const copy = this.#pool.copy(page);
    const old = this.newWindow(copy);
    const before = { window: old, from: 0, to: index };
    const after = { window: old, from: index, to: count };
    const entries = new Entries([before, entry, after], payloadBytes);
    if (entries.size() <= PAGE_CAPACITY) {
      refill(window, entries, entries.length);
      this.#pool.free(copy);
      return;
    }
    const right = this.#split(window, entries, index === count ? APPEND_FILL : MIDDLE_FILL);
    this.#pool.free(copy);
    this.#insertRight(depth, right, entryCount(window.moveTo(page)));
  }

  /** Leaves the page with the left part of the entries; returns how the page above lists the right one. */
  #split(window: PageWindow, entries: Entries, leftFill: number): PageEntry {
    const right = this.newWindow(this.#pool.allocate());
    let separator: Buffer;
    if (window.isLeaf) {
      const at = entries.splitPoint("between", leftFill);
      right.reset(LEAF, this.#pins.stamp());
      entries.writeTo(right, at);
      refill(window, entries, at);
      separator = shortestBetween(window.key(at - 1), right.key(0));
    } else {
      const at = entries.splitPoint("goes up", leftFill);
      const middle = entries.entry(at);
      right.reset(INNER, this.#pins.stamp());
      right.lowestChild = middle.payload.readUInt32LE(0);
      right.lowestCount = middle.payload.readUInt32LE(4);
      entries.writeTo(right, at + 1);
      refill(window, entries, at);
      separator = middle.key;
    }
    return { key: separator, payload: innerPayload(right.page, entryCount(right)) };
  }

  /** Lists the new right half of a split beside the left one, in the page above. */
  #insertRight(depth: number, right: PageEntry, leftCount: number): void {
    if (depth === 0) {
      const root = this.#pool.allocate();
      const window = this.newWindow(root);
      window.reset(INNER, this.#pins.stamp());
      window.lowestChild = this.#root;
      window.lowestCount = leftCount;
      window.insert(0, right.key, right.payload);
      this.#root = root;
      return;
    }
    const above = this.#window.moveTo(this.#path.pageAt(depth - 1));
    const position = this.#path.positionAt(depth - 1);
    setChildCount(above, position, leftCount);
    if (above.insert(position, right.key, right.payload)) return;
    this.#insertBySplit(depth - 1, position, right);
  }

  /** Takes out the leaf at this depth, which is empty, with all above it that lead to nothing else. */
  #removeEmpty(leafDepth: number): void {
    this.#outlook.forget();
    let depth = leafDepth;
    for (; depth > 0; depth--) {
      this.#pool.free(this.#path.pageAt(depth));
      const above = this.#window.moveTo(this.#path.pageAt(depth - 1));
      if (above.count === 0) continue;
      const position = this.#path.positionAt(depth - 1);
      if (position === 0) {
        above.lowestChild = above.child(1);
        above.lowestCount = childCount(above, 1);
      }
      above.remove(Math.max(0, position - 1));
      this.#joinIfSmall(depth - 1);
      return;
    }
    this.#window.moveTo(this.#root).reset(LEAF, this.#pins.stamp());
  }

  #joinIfSmall(depth: number): void {
    const window = this.#window.moveTo(this.#path.pageAt(depth));
    if (depth === 0) {
      this.#lowerRoot(window);
      return;
    }
    if (window.usedBytes >= JOIN_BELOW_BYTES) return;
    const above = this.newWindow(this.#path.pageAt(depth - 1));
    if (above.count === 0) {
      this.#joinIfSmall(depth - 1);
      return;
    }
    const position = this.#path.positionAt(depth - 1);
    const leftPosition = position > 0 ? position - 1 : 0;
    const left = this.newWindow(above.child(leftPosition));
    const right = this.newWindow(above.child(leftPosition + 1));
    const isEmpty = window.count === 0;
    // What two pages take is soon said; what one page would take of both, only a walk over all their entries tells.
    // It is hardly less: they save one prefix at the most, unless both have come to have a longer one in common.
    if (!isEmpty && left.usedBytes + right.usedBytes > JOIN_FILL_BYTES) return;
    const entries = joined(left, right, above.key(leftPosition));
    if (entries.size() > (isEmpty ? PAGE_CAPACITY : JOIN_FILL_BYTES)) return;
    const count = childCount(above, leftPosition) + childCount(above, leftPosition + 1);
    this.#outlook.forget();
    // The left page is about to be written to, so its entries are taken from a copy.
    const own = this.#writable(left.page);
    const copy = this.#pool.copy(own);
    left.moveTo(copy);
    refill(this.#window.moveTo(own), entries, entries.length);
    this.#drop(right.page);
    this.#pool.free(copy);
    setChild(above, leftPosition, own);
    setChildCount(above, leftPosition, count);
    above.remove(leftPosition);
    this.#joinIfSmall(depth - 1);
  }

  /** A root with one child gives way to it. */
  #lowerRoot(root: PageWindow): void {
    while (!root.isLeaf && root.count === 0) {
      const child = root.lowestChild;
      this.#drop(root.page);
      this.#root = child;
      root.moveTo(child);
    }
  }
}

function readNothing(): true {
  return true;
}
