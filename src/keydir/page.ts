/**
 * What is in a page of the tree: entries in key order, each a key and a payload of fixed size.
 *
 *   0      2       4        6       8         10       12       16       20      28
 *   +------+-------+--------+-------+---------+--------+--------+--------+-------+------- ... ------+
 *   | kind | count | prefix | heap  | garbage | prefix | lowest | lowest | epoch | slots →   ← heap |
 *   |      |       | length | start | bytes   | at     | child  | count  |       |                  |
 *   +------+-------+--------+-------+---------+--------+--------+--------+-------+------- ... ------+
 *
 * The prefix is what all keys of the page have in common, kept once; the suffix is what follows. A slot has
 * the suffix's first eight bytes as two integers, the hint, so that most comparisons end there; then where
 * the entry's cell lies in the heap, and how long the suffix is. A cell is the rest of the suffix, which
 * the hint does not hold, and the payload.
 *
 * Two kinds: a leaf's payload is what the tree maps to; an inner page's is a child and how many entries
 * are below it. Keys below a child are at or above its key; the lowest child has none.
 */

import { assert } from "../base/index.js";
import { compareBytes, copyBytes, hintAt, writeHint } from "./bytes.js";
import { PAGE_BYTES, type PagePool } from "./page-pool.js";

export const LEAF = 1;
export const INNER = 2;

const KIND = 0;
const COUNT = 1;
const PREFIX_LENGTH = 2;
const HEAP_START = 3;
const GARBAGE = 4;
const PREFIX_AT = 5;
/** In 32-bit words from here on. */
const LOWEST_CHILD = 3;
const LOWEST_COUNT = 4;
/** In two of them, the lower first: an epoch ends with nearly every pin, and there may be a thousand a second. */
const EPOCH = 5;
const HEADER_BYTES = 28;
const WORD_VALUES = 2 ** 32;

/** Of the suffix's bytes, so many are in the hint. */
const HINT_BYTES = 8;
/** Hint (two 32-bit integers), offset of the cell and length of the suffix (16 bits each). */
const SLOT_BYTES = 12;
const SLOT_WORDS = SLOT_BYTES / 4;
const SLOT_HALVES = SLOT_BYTES / 2;
/** In 16-bit units from the slot's start. */
const CELL_AT = 4;
const SUFFIX_LENGTH = 5;

/** No cell lies there. */
const NO_ROOM = 0;

/** Bytes that entries may take. */
export const PAGE_CAPACITY = PAGE_BYTES - HEADER_BYTES;

/** Bytes that one entry may take: when none takes more, entries that overflow a page fit two. */
const ENTRY_BYTES_MAX = Math.floor(PAGE_CAPACITY / 2);

/** The longest key of an entry with such a payload. Inner pages have the smaller payload, or the same. */
export function keyBytesMax(payloadBytes: number): number {
  return ENTRY_BYTES_MAX - SLOT_BYTES - Math.max(payloadBytes, INNER_PAYLOAD_BYTES);
}

/** An inner page's payload: child and count. */
export const INNER_PAYLOAD_BYTES = 8;

/** A window onto one page, moved from page to page so that a walk makes no garbage. */
export class PageWindow {
  readonly #pool: PagePool;
  readonly #leafPayloadBytes: number;
  #page = 0;
  #bytes: Buffer;
  #u16: Uint16Array;
  #u32: Uint32Array;
  /** Where the page begins, in bytes. */
  #base = 0;
  /** The same in 16-bit and 32-bit units. */
  #half = 0;
  #word = 0;

  constructor(pool: PagePool, leafPayloadBytes: number, page: number) {
    this.#pool = pool;
    this.#leafPayloadBytes = leafPayloadBytes;
    const chunk = pool.chunk(page);
    this.#bytes = chunk.bytes;
    this.#u16 = chunk.u16;
    this.#u32 = chunk.u32;
    this.moveTo(page);
  }

  moveTo(page: number): this {
    const chunk = this.#pool.chunk(page);
    const base = this.#pool.base(page);
    this.#page = page;
    this.#bytes = chunk.bytes;
    this.#u16 = chunk.u16;
    this.#u32 = chunk.u32;
    this.#base = base;
    this.#half = base >>> 1;
    this.#word = base >>> 2;
    return this;
  }

  get page(): number {
    return this.#page;
  }
  get isLeaf(): boolean {
    return this.#u16[this.#half + KIND] === LEAF;
  }
  get count(): number {
    return this.#u16[this.#half + COUNT] ?? 0;
  }
  get epoch(): number {
    const word = this.#word + EPOCH;
    return (this.#u32[word] ?? 0) + (this.#u32[word + 1] ?? 0) * WORD_VALUES;
  }
  set epoch(epoch: number) {
    this.#u32[this.#word + EPOCH] = epoch % WORD_VALUES;
    this.#u32[this.#word + EPOCH + 1] = Math.floor(epoch / WORD_VALUES);
  }
  get lowestChild(): number {
    return this.#u32[this.#word + LOWEST_CHILD] ?? 0;
  }
  set lowestChild(page: number) {
    this.#u32[this.#word + LOWEST_CHILD] = page;
  }
  get lowestCount(): number {
    return this.#u32[this.#word + LOWEST_COUNT] ?? 0;
  }
  set lowestCount(count: number) {
    this.#u32[this.#word + LOWEST_COUNT] = count;
  }
  get payloadBytes(): number {
    return this.isLeaf ? this.#leafPayloadBytes : INNER_PAYLOAD_BYTES;
  }
  /** Bytes in use by entries and the prefix. */
  get usedBytes(): number {
    const heapBytes = PAGE_BYTES - this.#get16(HEAP_START) - this.#get16(GARBAGE);
    return heapBytes + this.count * SLOT_BYTES;
  }

  /** Makes it an empty page of this kind. */
  reset(kind: typeof LEAF | typeof INNER, epoch: number): void {
    this.#set16(KIND, kind);
    this.#set16(COUNT, 0);
    this.#clearHeap();
    this.lowestChild = 0;
    this.lowestCount = 0;
    this.epoch = epoch;
  }

  /**
   * The slot of the key. Where there is none: the complement (`~`, so below zero) of the slot that it would
   * have, the first whose key is above it.
   */
  find(key: Buffer): number {
    const prefixOrder = this.#comparePrefix(key);
    if (prefixOrder !== 0) return ~(prefixOrder < 0 ? 0 : this.count);
    const from = this.#get16(PREFIX_LENGTH);
    const high = hintAt(key, from);
    const low = hintAt(key, from + 4);
    const u32 = this.#u32;
    const slots = this.#word + HEADER_BYTES / 4;
    let first = 0;
    let last = this.count;
    // The hints decide nearly every comparison; so they are compared here, without a call for each.
    while (first < last) {
      const middle = (first + last) >>> 1;
      const word = slots + middle * SLOT_WORDS;
      const slotHigh = u32[word] ?? 0;
      if (slotHigh < high) first = middle + 1;
      else if (slotHigh > high) last = middle;
      else {
        const slotLow = u32[word + 1] ?? 0;
        const order = slotLow === low ? this.#compareRest(middle, key, from) : slotLow - low;
        if (order === 0) return middle;
        if (order < 0) first = middle + 1;
        else last = middle;
      }
    }
    return ~first;
  }

  key(index: number): Buffer {
    const prefixLength = this.#get16(PREFIX_LENGTH);
    const suffixLength = this.#suffixLength(index);
    const key = Buffer.allocUnsafe(prefixLength + suffixLength);
    copyBytes(this.#bytes, this.#base + this.#get16(PREFIX_AT), key, 0, prefixLength);
    const word = this.#word + HEADER_BYTES / 4 + index * SLOT_WORDS;
    writeHint(this.#u32[word] ?? 0, key, prefixLength);
    writeHint(this.#u32[word + 1] ?? 0, key, prefixLength + 4);
    if (suffixLength > HINT_BYTES) {
      const restAt = this.#base + this.#cellAt(index);
      copyBytes(this.#bytes, restAt, key, prefixLength + HINT_BYTES, suffixLength - HINT_BYTES);
    }
    return key;
  }

  keyLength(index: number): number {
    return this.#get16(PREFIX_LENGTH) + this.#suffixLength(index);
  }

  /** The payload's own bytes: writing to them writes to the page. */
  payload(index: number): Buffer {
    const start = this.payloadAt(index);
    return this.#bytes.subarray(start, start + this.payloadBytes);
  }

  /** The chunk's bytes, and where in them the payload begins: for readers that make no garbage. */
  get bytes(): Buffer {
    return this.#bytes;
  }
  payloadAt(index: number): number {
    return this.#base + this.#cellAt(index) + this.#restLength(index);
  }

  /** The child at a position from 0, the lowest, to `count`. */
  child(position: number): number {
    if (position === 0) return this.lowestChild;
    return this.#bytes.readUInt32LE(this.payloadAt(position - 1));
  }
  childCount(position: number): number {
    if (position === 0) return this.lowestCount;
    return this.#bytes.readUInt32LE(this.payloadAt(position - 1) + 4);
  }
  setChild(position: number, page: number): void {
    if (position === 0) this.lowestChild = page;
    else this.#bytes.writeUInt32LE(page, this.payloadAt(position - 1));
  }
  setChildCount(position: number, count: number): void {
    if (position === 0) this.lowestCount = count;
    else this.#bytes.writeUInt32LE(count, this.payloadAt(position - 1) + 4);
  }

  /** Inserts in place; false: there is no room, or the key does not have the page's prefix. */
  insert(index: number, key: Buffer, payload: Buffer): boolean {
    if (this.count > 0 && this.#comparePrefix(key) !== 0) return false;
    const prefixLength = this.#get16(PREFIX_LENGTH);
    const suffixLength = key.length - prefixLength;
    const restLength = restLengthOf(suffixLength);
    const cellAt = this.#makeRoom(index, restLength + payload.length);
    if (cellAt === NO_ROOM) return false;
    const at = this.#base + cellAt;
    copyBytes(key, prefixLength + HINT_BYTES, this.#bytes, at, restLength);
    copyBytes(payload, 0, this.#bytes, at + restLength, payload.length);
    const word = this.#word + HEADER_BYTES / 4 + index * SLOT_WORDS;
    this.#u32[word] = hintAt(key, prefixLength);
    this.#u32[word + 1] = hintAt(key, prefixLength + 4);
    const half = word * 2 + CELL_AT;
    this.#u16[half] = cellAt;
    this.#u16[half + 1] = suffixLength;
    return true;
  }

  remove(index: number): void {
    const cellBytes = this.#restLength(index) + this.payloadBytes;
    const slotAt = this.#base + HEADER_BYTES + index * SLOT_BYTES;
    const slotsEnd = this.#base + HEADER_BYTES + this.count * SLOT_BYTES;
    this.#bytes.copyWithin(slotAt, slotAt + SLOT_BYTES, slotsEnd);
    this.#set16(GARBAGE, this.#get16(GARBAGE) + cellBytes);
    this.#set16(COUNT, this.count - 1);
    if (this.count === 0) this.#clearHeap();
  }

  /** Gives the page, which `reset` has made empty, what all keys that will be appended begin with. */
  setPrefix(key: Buffer, length: number): void {
    assert(this.count === 0, "an empty page gets its prefix");
    const prefixAt = PAGE_BYTES - length;
    copyBytes(key, 0, this.#bytes, this.#base + prefixAt, length);
    this.#set16(PREFIX_LENGTH, length);
    this.#set16(PREFIX_AT, prefixAt);
    this.#set16(HEAP_START, prefixAt);
  }

  /** Appends an entry of another page of the same kind; it must fit. */
  appendFrom(source: PageWindow, index: number): void {
    if (source.#get16(PREFIX_LENGTH) !== this.#get16(PREFIX_LENGTH)) {
      const isIn = this.insert(this.count, source.key(index), source.payload(index));
      assert(isIn, "what was measured fits the page");
      return;
    }
    // With prefixes of one length, slot and cell are the same bytes in both.
    const cellBytes = source.#restLength(index) + source.payloadBytes;
    const end = this.count;
    const cellAt = this.#makeRoom(end, cellBytes);
    assert(cellAt !== NO_ROOM, "what was measured fits the page");
    const from = source.#base + source.#cellAt(index);
    copyBytes(source.#bytes, from, this.#bytes, this.#base + cellAt, cellBytes);
    const word = this.#word + HEADER_BYTES / 4 + end * SLOT_WORDS;
    const sourceWord = source.#word + HEADER_BYTES / 4 + index * SLOT_WORDS;
    this.#u32[word] = source.#u32[sourceWord] ?? 0;
    this.#u32[word + 1] = source.#u32[sourceWord + 1] ?? 0;
    const half = word * 2 + CELL_AT;
    this.#u16[half] = cellAt;
    this.#u16[half + 1] = source.#suffixLength(index);
  }

  /** Makes room for an entry at this slot, which its writer fills in; returns where its cell goes. */
  #makeRoom(index: number, cellBytes: number): number {
    const count = this.count;
    const slotsEnd = HEADER_BYTES + count * SLOT_BYTES;
    const cellAt = this.#get16(HEAP_START) - cellBytes;
    if (cellAt < slotsEnd + SLOT_BYTES) return NO_ROOM;
    if (index < count) {
      const slotAt = this.#base + HEADER_BYTES + index * SLOT_BYTES;
      this.#bytes.copyWithin(slotAt + SLOT_BYTES, slotAt, this.#base + slotsEnd);
    }
    this.#set16(HEAP_START, cellAt);
    this.#set16(COUNT, count + 1);
    return cellAt;
  }

  /** The prefix goes with the last key: the next one need not begin with it. */
  #clearHeap(): void {
    this.#set16(PREFIX_LENGTH, 0);
    this.#set16(HEAP_START, PAGE_BYTES);
    this.#set16(GARBAGE, 0);
    this.#set16(PREFIX_AT, PAGE_BYTES);
  }

  #comparePrefix(key: Buffer): number {
    const length = this.#get16(PREFIX_LENGTH);
    if (length === 0) return 0;
    const at = this.#base + this.#get16(PREFIX_AT);
    // A key that ends within the prefix comes before every key that has it.
    const common = Math.min(length, key.length);
    const order = compareBytes(key, 0, this.#bytes, at, common);
    return order !== 0 || common === length ? order : -1;
  }

  /** Compares what lies behind the hints, which are equal. Below zero: the slot's key comes first. */
  #compareRest(index: number, key: Buffer, from: number): number {
    const suffixLength = this.#suffixLength(index);
    const keyLength = key.length - from;
    const common = Math.min(suffixLength, keyLength) - HINT_BYTES;
    if (common > 0) {
      const at = this.#base + this.#cellAt(index);
      const order = compareBytes(this.#bytes, at, key, from + HINT_BYTES, common);
      if (order !== 0) return order;
    }
    return suffixLength - keyLength;
  }

  #cellAt(index: number): number {
    return this.#u16[this.#half + HEADER_BYTES / 2 + index * SLOT_HALVES + CELL_AT] ?? 0;
  }
  #suffixLength(index: number): number {
    return this.#u16[this.#half + HEADER_BYTES / 2 + index * SLOT_HALVES + SUFFIX_LENGTH] ?? 0;
  }
  /** Of what the hint does not hold. */
  #restLength(index: number): number {
    return restLengthOf(this.#suffixLength(index));
  }
  #get16(field: number): number {
    return this.#u16[this.#half + field] ?? 0;
  }
  #set16(field: number, value: number): void {
    this.#u16[this.#half + field] = value;
  }
}

function restLengthOf(suffixLength: number): number {
  return Math.max(0, suffixLength - HINT_BYTES);
}

/** Of a common prefix, what it saves to keep once, when the longest key is so long: hints hold the rest. */
export function usefulPrefixLength(commonLength: number, longestKeyLength: number): number {
  return Math.min(commonLength, restLengthOf(longestKeyLength));
}

/** Bytes that an entry takes whose suffix is so long. */
export function entryBytes(suffixLength: number, payloadBytes: number): number {
  return SLOT_BYTES + restLengthOf(suffixLength) + payloadBytes;
}
