/** A page of the tree: entries in key order, each a key and a payload of fixed size, as page-layout.ts draws it. */

import { assert } from "../base/index.js";
import { compareBytes, copyBytes, hintAt, writeHint } from "./bytes.js";
import {
  CELL_AT,
  COUNT,
  EPOCH,
  GARBAGE,
  HEAP_START,
  KIND,
  LEAF,
  LOWEST_CHILD,
  LOWEST_COUNT,
  PREFIX_AT,
  PREFIX_HINT,
  PREFIX_HINT_BYTES,
  PREFIX_LENGTH,
  SLOT_HALVES,
  SUFFIX_LENGTH,
  WORD_VALUES,
  type PageKind,
} from "./page-layout.js";
import { PAGE_BYTES, type PagePool } from "./page-pool.js";
import {
  sampleCount,
  SAMPLES,
  sampleShift,
  samplesBelow,
  SLOT_WORDS,
  SLOTS,
  takeSamples,
} from "./page-samples.js";
import {
  HEADER_BYTES,
  HINT_BYTES,
  INNER_PAYLOAD_BYTES,
  restLengthOf,
  SLOT_BYTES,
} from "./page-room.js";

/** No cell lies there. */
const NO_ROOM = 0;

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
    this.#page = page;
    this.#bytes = chunk.bytes;
    this.#u16 = chunk.u16;
    this.#u32 = chunk.u32;
    this.#base = this.#pool.base(page);
    this.#half = this.#base >>> 1;
    this.#word = this.#base >>> 2;
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
  reset(kind: PageKind, epoch: number): void {
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
    const slots = this.#word + SLOTS;
    const { count } = this;
    const sampleEnd = sampleCount(count);
    const shift = sampleShift(count);
    let sample = samplesBelow(u32, this.#word, sampleEnd, high);
    let first = sample << shift;
    while (sample < sampleEnd && u32[this.#word + SAMPLES + sample] === high) sample++;
    let last = sample < sampleEnd ? (sample + 1) << shift : count;
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
    const word = this.#word + SLOTS + index * SLOT_WORDS;
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
    const word = this.#word + SLOTS + index * SLOT_WORDS;
    this.#u32[word] = hintAt(key, prefixLength);
    this.#u32[word + 1] = hintAt(key, prefixLength + 4);
    const half = word * 2 + CELL_AT;
    this.#u16[half] = cellAt;
    this.#u16[half + 1] = suffixLength;
    this.#sampleFrom(index, this.count - 1);
    return true;
  }

  remove(index: number): void {
    const cellBytes = this.#restLength(index) + this.payloadBytes;
    const slotAt = this.#base + HEADER_BYTES + index * SLOT_BYTES;
    const slotsEnd = this.#base + HEADER_BYTES + this.count * SLOT_BYTES;
    this.#bytes.copyWithin(slotAt, slotAt + SLOT_BYTES, slotsEnd);
    this.#set16(GARBAGE, this.#get16(GARBAGE) + cellBytes);
    this.#set16(COUNT, this.count - 1);
    this.#sampleFrom(index, this.count + 1);
    if (this.count === 0) this.#clearHeap();
  }

  /** Gives the page, which `reset` has made empty, what all keys that will be appended begin with. */
  setPrefix(key: Buffer, length: number): void {
    assert(this.count === 0, "an empty page gets its prefix");
    const prefixAt = PAGE_BYTES - length;
    copyBytes(key, 0, this.#bytes, this.#base + prefixAt, length);
    if (length <= PREFIX_HINT_BYTES) this.#u32[this.#word + PREFIX_HINT] = prefixHint(key, length);
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
    const word = this.#word + SLOTS + end * SLOT_WORDS;
    const sourceWord = source.#word + HEADER_BYTES / 4 + index * SLOT_WORDS;
    this.#u32[word] = source.#u32[sourceWord] ?? 0;
    this.#u32[word + 1] = source.#u32[sourceWord + 1] ?? 0;
    const half = word * 2 + CELL_AT;
    this.#u16[half] = cellAt;
    this.#u16[half + 1] = source.#suffixLength(index);
    this.#sampleFrom(end, end);
  }

  /** Takes the samples anew of this slot and those behind it; before, there were so many slots. */
  #sampleFrom(index: number, countBefore: number): void {
    const shift = sampleShift(this.count);
    const isSame = shift === sampleShift(countBefore) && index > 0;
    takeSamples(this.#u32, this.#word, this.count, isSame ? (index - 1) >>> shift : 0);
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
    if (length <= PREFIX_HINT_BYTES && length <= key.length) {
      return prefixHint(key, length) - (this.#u32[this.#word + PREFIX_HINT] ?? 0);
    }
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

/** The key's first bytes, from one to four, as one integer that sorts like them. */
function prefixHint(key: Buffer, length: number): number {
  return hintAt(key, 0) >>> (32 - 8 * length);
}
