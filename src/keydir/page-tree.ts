/**
 * An ordered map from byte strings to payloads of one fixed size: a B+tree of pages (Bayer and McCreight,
 * 1972; Comer, "The ubiquitous B-tree", 1979), outside the JavaScript heap.
 *
 * - A pinned state is a root. While one is pinned, a page that it may reach is copied before it is changed,
 *   and kept until no pinned state is as old; so writing never waits for who reads, nor the other way round.
 * - Each inner page knows how many entries are below each child: ranges are counted without walking them.
 * - Splits leave the left page fuller when the new entry is the last, for keys that come in order.
 */

import { assert, present } from "../base/index.js";
import {
  INNER,
  INNER_PAYLOAD_BYTES,
  keyBytesMax,
  LEAF,
  PAGE_CAPACITY,
  PageWindow,
  type Found,
  type PageEntry,
} from "./page.js";
import { sizeOf, splitPoint } from "./page-split.js";
import { PagePool } from "./page-pool.js";
import { Pins, type Pin } from "./pins.js";
import { TreeImage, type TreeShape } from "./tree-image.js";

/** A page with less than this in use is joined with a neighbour. */
const JOIN_BELOW_BYTES = PAGE_CAPACITY / 4;
/** Two pages are joined when they leave some room for more. */
const JOIN_FILL_BYTES = PAGE_CAPACITY * 0.8;
/** How full the left page stays when a split is at the end, and otherwise. */
const APPEND_FILL = 0.95;
const MIDDLE_FILL = 0.5;

/** Ways from the root: the page at each height, and which child was taken. Deeper than any tree can be. */
const HEIGHT_MAX = 24;

/** A tree of which all pages are in the pool, and nothing else is. */
interface LoadedTree {
  readonly pool: PagePool;
  readonly shape: TreeShape;
}

export class PageTree {
  readonly #pool: PagePool;
  readonly #pins: Pins;
  readonly #window: PageWindow;
  readonly #found: Found = { index: 0, isExact: false };
  readonly #pathPages = new Uint32Array(HEIGHT_MAX);
  readonly #pathPositions = new Uint32Array(HEIGHT_MAX);
  readonly #payloadBytes: number;
  readonly #keyBytesMax: number;
  #root: number;
  #size = 0;
  /** Of the leaf that `#descend` came to. */
  #depth = 0;

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
    if (loaded === undefined) this.#window.reset(LEAF, this.#pins.epoch);
  }

  get size(): number {
    return this.#size;
  }
  get root(): number {
    return this.#root;
  }
  /** Bytes of the pages in use, pinned ones included. */
  get usedBytes(): number {
    return this.#pool.usedBytes;
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
  get<T>(key: Buffer, read: (bytes: Buffer, at: number) => T): T | undefined {
    const window = this.#descend(this.#root, key);
    if (!this.#found.isExact) return undefined;
    return read(window.bytes, window.payloadAt(this.#found.index));
  }

  /** Maps the key to the payload. */
  set(key: Buffer, payload: Buffer): void {
    assert(payload.length === this.#payloadBytes, "every payload has the same size");
    assert(key.length <= this.#keyBytesMax, "the key is not too long for a page");
    this.#pins.reclaimSome();
    const leaf = this.#descend(this.#root, key);
    const { index, isExact } = this.#found;
    const depth = this.#depth;
    this.#makePathWritable(depth);
    leaf.moveTo(this.#pageAt(depth));
    if (isExact) {
      leaf.payload(index).set(payload);
      return;
    }
    this.#size++;
    this.#addToCounts(depth, 1);
    if (leaf.insert(index, key, payload)) return;
    const entries = leaf.entries();
    entries.splice(index, 0, { key, payload });
    this.#write(depth, entries, index === entries.length - 1 ? APPEND_FILL : MIDDLE_FILL);
  }

  /** False: there was no such key. */
  delete(key: Buffer): boolean {
    this.#pins.reclaimSome();
    const leaf = this.#descend(this.#root, key);
    if (!this.#found.isExact) return false;
    const { index } = this.#found;
    const depth = this.#depth;
    this.#makePathWritable(depth);
    leaf.moveTo(this.#pageAt(depth)).remove(index);
    this.#size--;
    this.#addToCounts(depth, -1);
    this.#joinIfSmall(depth);
    return true;
  }

  /** To the leaf where the key is or would be; fills in the path and `#found`. */
  #descend(root: number, key: Buffer): PageWindow {
    const window = this.#window.moveTo(root);
    let depth = 0;
    this.#pathPages[0] = root;
    for (;;) {
      window.find(key, this.#found);
      if (window.isLeaf) {
        this.#depth = depth;
        return window;
      }
      const position = this.#found.isExact ? this.#found.index + 1 : this.#found.index;
      this.#pathPositions[depth] = position;
      const child = window.child(position);
      depth++;
      assert(depth < HEIGHT_MAX, "no tree is so high");
      this.#pathPages[depth] = child;
      window.moveTo(child);
    }
  }

  #pageAt(depth: number): number {
    return present(this.#pathPages[depth], "a page on the path");
  }
  #positionAt(depth: number): number {
    return present(this.#pathPositions[depth], "a position on the path");
  }

  /** Copies what a pinned state may reach, from the root down. */
  #makePathWritable(depth: number): void {
    for (let level = 0; level <= depth; level++) {
      const page = this.#pageAt(level);
      const own = this.#writable(page);
      if (own === page) continue;
      this.#pathPages[level] = own;
      if (level === 0) this.#root = own;
      else this.#window.moveTo(this.#pageAt(level - 1)).setChild(this.#positionAt(level - 1), own);
    }
  }

  #writable(page: number): number {
    const window = this.#window.moveTo(page);
    if (this.#pins.isPrivate(window.epoch)) return page;
    this.#pins.retire(page, window.epoch);
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

  #addToCounts(depth: number, by: number): void {
    for (let level = 0; level < depth; level++) {
      const window = this.#window.moveTo(this.#pageAt(level));
      const position = this.#positionAt(level);
      window.setChildCount(position, window.childCount(position) + by);
    }
    this.#window.moveTo(this.#pageAt(depth));
  }

  /** Writes the entries to the page at this depth, splitting it where they are too many. */
  #write(depth: number, entries: readonly PageEntry[], leftFill: number): void {
    const page = this.#pageAt(depth);
    const window = this.#window.moveTo(page);
    if (sizeOf(entries) <= PAGE_CAPACITY) {
      refill(window, entries);
      return;
    }
    const at = splitPoint(entries, window.isLeaf ? "between" : "goes up", leftFill);
    const right = this.#pool.allocate();
    const rightWindow = this.newWindow(right);
    let separator: Buffer;
    if (window.isLeaf) {
      const rightEntries = entries.slice(at);
      refill(window, entries.slice(0, at));
      rightWindow.reset(LEAF, this.#pins.stamp());
      rightWindow.fill(rightEntries);
      separator = shortestBetween(window.key(at - 1), rightWindow.key(0));
    } else {
      const middle = present(entries[at], "an entry to go up");
      refill(window, entries.slice(0, at));
      rightWindow.reset(INNER, this.#pins.stamp());
      rightWindow.lowestChild = middle.payload.readUInt32LE(0);
      rightWindow.lowestCount = middle.payload.readUInt32LE(4);
      rightWindow.fill(entries.slice(at + 1));
      separator = middle.key;
    }
    const rightEntry = { key: separator, payload: innerPayload(right, entryCount(rightWindow)) };
    this.#insertRight(depth, rightEntry, entryCount(window.moveTo(page)));
  }

  /** Lists the new right half of a split beside the left one, in the page above. */
  #insertRight(depth: number, right: PageEntry, leftCount: number): void {
    if (depth === 0) {
      const root = this.#pool.allocate();
      const window = this.newWindow(root);
      window.reset(INNER, this.#pins.stamp());
      window.lowestChild = this.#root;
      window.lowestCount = leftCount;
      window.fill([right]);
      this.#root = root;
      return;
    }
    const above = this.#window.moveTo(this.#pageAt(depth - 1));
    const position = this.#positionAt(depth - 1);
    above.setChildCount(position, leftCount);
    if (above.insert(position, right.key, right.payload)) return;
    const entries = above.entries();
    entries.splice(position, 0, right);
    this.#write(depth - 1, entries, position === entries.length - 1 ? APPEND_FILL : MIDDLE_FILL);
  }

  #joinIfSmall(depth: number): void {
    const window = this.#window.moveTo(this.#pageAt(depth));
    if (depth === 0) {
      this.#lowerRoot(window);
      return;
    }
    if (window.usedBytes >= JOIN_BELOW_BYTES) return;
    const above = this.newWindow(this.#pageAt(depth - 1));
    if (above.count === 0) {
      this.#joinIfSmall(depth - 1);
      return;
    }
    const position = this.#positionAt(depth - 1);
    const leftPosition = position > 0 ? position - 1 : 0;
    const left = this.newWindow(above.child(leftPosition));
    const right = this.newWindow(above.child(leftPosition + 1));
    const entries = joined(left, right, above.key(leftPosition));
    const isEmpty = window.count === 0;
    if (sizeOf(entries) > (isEmpty ? PAGE_CAPACITY : JOIN_FILL_BYTES)) return;
    const count = above.childCount(leftPosition) + above.childCount(leftPosition + 1);
    this.#drop(right.page);
    const own = this.#writable(left.page);
    refill(this.newWindow(own), entries);
    above.setChild(leftPosition, own);
    above.setChildCount(leftPosition, count);
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

/** Writes the entries into the page, keeping its kind, epoch and lowest child. */
function refill(window: PageWindow, entries: readonly PageEntry[]): void {
  const { epoch, lowestChild, lowestCount } = window;
  window.reset(window.isLeaf ? LEAF : INNER, epoch);
  window.lowestChild = lowestChild;
  window.lowestCount = lowestCount;
  window.fill(entries);
}

function joined(left: PageWindow, right: PageWindow, separator: Buffer): PageEntry[] {
  if (left.isLeaf) return [...left.entries(), ...right.entries()];
  const middle = { key: separator, payload: innerPayload(right.lowestChild, right.lowestCount) };
  return [...left.entries(), middle, ...right.entries()];
}

function innerPayload(child: number, count: number): Buffer {
  const payload = Buffer.alloc(INNER_PAYLOAD_BYTES);
  payload.writeUInt32LE(child, 0);
  payload.writeUInt32LE(count, 4);
  return payload;
}

/** How many entries of the tree are below the page. */
export function entryCount(window: PageWindow): number {
  if (window.isLeaf) return window.count;
  let count = 0;
  for (let position = 0; position <= window.count; position++) count += window.childCount(position);
  return count;
}

/** The shortest key above `low` and not above `high`. */
function shortestBetween(low: Buffer, high: Buffer): Buffer {
  let length = 0;
  while (length < low.length && low[length] === high[length]) length++;
  return Buffer.from(high.subarray(0, length + 1));
}
