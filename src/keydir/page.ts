/**
 * What is in a page of the tree: entries in key order, each a key and a payload of fixed size.
 *
 *   0      2       4        6       8         10       12       16       20      28
 *   +------+-------+--------+-------+---------+--------+--------+--------+-------+------- ... ------+
 *   | kind | count | prefix | heap  | garbage | prefix | lowest | lowest | epoch | slots →   ← heap |
 *   |      |       | length | start | bytes   | at     | child  | count  |       |                  |
 *   +------+-------+--------+-------+---------+--------+--------+--------+-------+------- ... ------+
 *
 * The prefix is what all keys of the page have in common, kept once. A slot has the next eight bytes of its
 * key as two integers, so that most comparisons end there, then where the rest of the key (the suffix)
 * lies in the heap, with the payload behind it, and how long the suffix is.
 *
 * Two kinds: a leaf's payload is what the tree maps to; an inner page's is a child and how many entries
 * are below it. Keys below a child are at or above its key; the lowest child has none.
 */

import { assert } from "../base/index.js";
import { PAGE_BYTES, type Chunk, type PagePool } from "./page-pool.js";

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

const NO_PREFIX = Buffer.alloc(0);

/** Hint (two 32-bit integers), offset and length of the suffix (16 bits each). */
const SLOT_BYTES = 12;
const SLOT_WORDS = SLOT_BYTES / 4;

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

export interface PageEntry {
  readonly key: Buffer;
  readonly payload: Buffer;
}

/** Where a key is or would be: the first slot whose key is not below it, and whether it is that key. */
export interface Found {
  index: number;
  isExact: boolean;
}

/** A window onto one page, moved from page to page so that a walk makes no garbage. */
export class PageWindow {
  readonly #pool: PagePool;
  readonly #leafPayloadBytes: number;
  #page = 0;
  #chunk: Chunk;
  #base = 0;
  #u16 = 0;
  #u32 = 0;

  constructor(pool: PagePool, leafPayloadBytes: number, page: number) {
    this.#pool = pool;
    this.#leafPayloadBytes = leafPayloadBytes;
    this.#chunk = pool.chunk(page);
    this.moveTo(page);
  }

  moveTo(page: number): this {
    this.#page = page;
    this.#chunk = this.#pool.chunk(page);
    this.#base = this.#pool.base(page);
    this.#u16 = this.#base >>> 1;
    this.#u32 = this.#base >>> 2;
    return this;
  }

  get page(): number {
    return this.#page;
  }
  get isLeaf(): boolean {
    return this.#chunk.u16[this.#u16 + KIND] === LEAF;
  }
  get count(): number {
    return this.#chunk.u16[this.#u16 + COUNT] ?? 0;
  }
  get epoch(): number {
    const { u32 } = this.#chunk;
    const word = this.#u32 + EPOCH;
    return (u32[word] ?? 0) + (u32[word + 1] ?? 0) * WORD_VALUES;
  }
  set epoch(epoch: number) {
    const { u32 } = this.#chunk;
    u32[this.#u32 + EPOCH] = epoch % WORD_VALUES;
    u32[this.#u32 + EPOCH + 1] = Math.floor(epoch / WORD_VALUES);
  }
  get lowestChild(): number {
    return this.#chunk.u32[this.#u32 + LOWEST_CHILD] ?? 0;
  }
  set lowestChild(page: number) {
    this.#chunk.u32[this.#u32 + LOWEST_CHILD] = page;
  }
  get lowestCount(): number {
    return this.#chunk.u32[this.#u32 + LOWEST_COUNT] ?? 0;
  }
  set lowestCount(count: number) {
    this.#chunk.u32[this.#u32 + LOWEST_COUNT] = count;
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

  find(key: Buffer, found: Found): void {
    const prefixOrder = this.#comparePrefix(key);
    if (prefixOrder !== 0) {
      found.index = prefixOrder < 0 ? 0 : this.count;
      found.isExact = false;
      return;
    }
    const from = this.#get16(PREFIX_LENGTH);
    const high = hintAt(key, from);
    const low = hintAt(key, from + 4);
    const { u32 } = this.#chunk;
    const slots = this.#u32 + HEADER_BYTES / 4;
    let first = 0;
    let last = this.count;
    // The hints decide nearly every comparison; so they are compared here, without a call for each.
    while (first < last) {
      const middle = (first + last) >>> 1;
      const word = slots + middle * SLOT_WORDS;
      const slotHigh = u32[word] ?? 0;
      let order = slotHigh - high;
      if (order === 0) order = (u32[word + 1] ?? 0) - low;
      if (order === 0) order = this.#compareRest(middle, key, from);
      if (order === 0) {
        found.index = middle;
        found.isExact = true;
        return;
      }
      if (order < 0) first = middle + 1;
      else last = middle;
    }
    found.index = first;
    found.isExact = false;
  }

  key(index: number): Buffer {
    const prefixLength = this.#get16(PREFIX_LENGTH);
    const suffixLength = this.#suffixLength(index);
    const key = Buffer.allocUnsafe(prefixLength + suffixLength);
    const prefixAt = this.#base + this.#get16(PREFIX_AT);
    const suffixAt = this.#base + this.#suffixAt(index);
    const { bytes } = this.#chunk;
    bytes.copy(key, 0, prefixAt, prefixAt + prefixLength);
    bytes.copy(key, prefixLength, suffixAt, suffixAt + suffixLength);
    return key;
  }

  /** The payload's own bytes: writing to them writes to the page. */
  payload(index: number): Buffer {
    const start = this.payloadAt(index);
    return this.#chunk.bytes.subarray(start, start + this.payloadBytes);
  }

  /** The chunk's bytes, and where in them the payload begins: for readers that make no garbage. */
  get bytes(): Buffer {
    return this.#chunk.bytes;
  }
  payloadAt(index: number): number {
    return this.#base + this.#suffixAt(index) + this.#suffixLength(index);
  }

  /** The child at a position from 0, the lowest, to `count`. */
  child(position: number): number {
    if (position === 0) return this.lowestChild;
    return this.#chunk.bytes.readUInt32LE(this.payloadAt(position - 1));
  }
  childCount(position: number): number {
    if (position === 0) return this.lowestCount;
    return this.#chunk.bytes.readUInt32LE(this.payloadAt(position - 1) + 4);
  }
  setChild(position: number, page: number): void {
    if (position === 0) this.lowestChild = page;
    else this.#chunk.bytes.writeUInt32LE(page, this.payloadAt(position - 1));
  }
  setChildCount(position: number, count: number): void {
    if (position === 0) this.lowestCount = count;
    else this.#chunk.bytes.writeUInt32LE(count, this.payloadAt(position - 1) + 4);
  }

  /** Inserts in place; false: there is no room, or the key does not have the page's prefix. */
  insert(index: number, key: Buffer, payload: Buffer): boolean {
    const prefixLength = this.#get16(PREFIX_LENGTH);
    if (this.count > 0 && this.#comparePrefix(key) !== 0) return false;
    const suffixLength = key.length - prefixLength;
    const cellBytes = suffixLength + payload.length;
    const slotsEnd = HEADER_BYTES + this.count * SLOT_BYTES;
    const heapStart = this.#get16(HEAP_START) - cellBytes;
    if (heapStart < slotsEnd + SLOT_BYTES) return false;
    const { bytes } = this.#chunk;
    const cellAt = this.#base + heapStart;
    bytes.set(prefixLength === 0 ? key : key.subarray(prefixLength), cellAt);
    bytes.set(payload, cellAt + suffixLength);
    const slotAt = this.#base + HEADER_BYTES + index * SLOT_BYTES;
    bytes.copyWithin(slotAt + SLOT_BYTES, slotAt, this.#base + slotsEnd);
    this.#writeSlot(index, hintAt(key, prefixLength), hintAt(key, prefixLength + 4));
    this.#setSuffix(index, heapStart, suffixLength);
    this.#set16(HEAP_START, heapStart);
    this.#set16(COUNT, this.count + 1);
    return true;
  }

  remove(index: number): void {
    const cellBytes = this.#suffixLength(index) + this.payloadBytes;
    const slotAt = this.#base + HEADER_BYTES + index * SLOT_BYTES;
    const slotsEnd = this.#base + HEADER_BYTES + this.count * SLOT_BYTES;
    this.#chunk.bytes.copyWithin(slotAt, slotAt + SLOT_BYTES, slotsEnd);
    this.#set16(GARBAGE, this.#get16(GARBAGE) + cellBytes);
    this.#set16(COUNT, this.count - 1);
    if (this.count === 0) this.#clearHeap();
  }

  /** Every entry, copied out. */
  entries(): PageEntry[] {
    return Array.from({ length: this.count }, (_, index) => ({
      key: this.key(index),
      payload: Buffer.from(this.payload(index)),
    }));
  }

  /** Writes these entries, in order, into the page, which `reset` has made empty; they must fit. */
  fill(entries: readonly PageEntry[]): void {
    const prefix = prefixOf(entries);
    const prefixAt = PAGE_BYTES - prefix.length;
    this.#chunk.bytes.set(prefix, this.#base + prefixAt);
    this.#set16(PREFIX_LENGTH, prefix.length);
    this.#set16(PREFIX_AT, prefixAt);
    this.#set16(HEAP_START, prefixAt);
    entries.forEach(({ key, payload }, index) => {
      assert(this.insert(index, key, payload), "what was measured fits the page");
    });
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
    const { bytes } = this.#chunk;
    const common = Math.min(length, key.length);
    for (let index = 0; index < common; index++) {
      const order = (key[index] ?? 0) - (bytes[at + index] ?? 0);
      if (order !== 0) return order;
    }
    // A key that ends within the prefix comes before every key that has it.
    return key.length < length ? -1 : 0;
  }

  /** Compares what lies behind the hints, which are equal. Below zero: the slot's key comes first. */
  #compareRest(index: number, key: Buffer, from: number): number {
    const suffixLength = this.#suffixLength(index);
    const keyLength = key.length - from;
    if (suffixLength <= 8 || keyLength <= 8) return suffixLength - keyLength;
    const at = this.#base + this.#suffixAt(index);
    return this.#chunk.bytes.compare(key, from + 8, key.length, at + 8, at + suffixLength);
  }

  #writeSlot(index: number, high: number, low: number): void {
    const word = this.#u32 + HEADER_BYTES / 4 + index * SLOT_WORDS;
    this.#chunk.u32[word] = high;
    this.#chunk.u32[word + 1] = low;
  }
  #setSuffix(index: number, at: number, length: number): void {
    const half = this.#u16 + (HEADER_BYTES + index * SLOT_BYTES + 8) / 2;
    this.#chunk.u16[half] = at;
    this.#chunk.u16[half + 1] = length;
  }
  #suffixAt(index: number): number {
    return this.#chunk.u16[this.#u16 + (HEADER_BYTES + index * SLOT_BYTES + 8) / 2] ?? 0;
  }
  #suffixLength(index: number): number {
    return this.#chunk.u16[this.#u16 + (HEADER_BYTES + index * SLOT_BYTES + 10) / 2] ?? 0;
  }
  #get16(field: number): number {
    return this.#chunk.u16[this.#u16 + field] ?? 0;
  }
  #set16(field: number, value: number): void {
    this.#chunk.u16[this.#u16 + field] = value;
  }
}

/** Four bytes of the key from `at` on as one integer that sorts like them; missing ones count as zero. */
function hintAt(key: Buffer, at: number): number {
  return (
    (((key[at] ?? 0) << 24) |
      ((key[at + 1] ?? 0) << 16) |
      ((key[at + 2] ?? 0) << 8) |
      (key[at + 3] ?? 0)) >>>
    0
  );
}

/** How many bytes the two keys, and so all between them, begin with alike. */
export function commonPrefixLength(first: Buffer, last: Buffer): number {
  const most = Math.min(first.length, last.length);
  let length = 0;
  while (length < most && first[length] === last[length]) length++;
  return length;
}

/** What is kept once for all of these: nothing for a single one, so that any neighbour can join it. */
function prefixOf(entries: readonly PageEntry[]): Buffer {
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined || entries.length < 2) return NO_PREFIX;
  return first.key.subarray(0, commonPrefixLength(first.key, last.key));
}

/** Bytes that an entry takes in a page without a prefix. */
export function entryBytes(entry: PageEntry): number {
  return SLOT_BYTES + entry.key.length + entry.payload.length;
}
