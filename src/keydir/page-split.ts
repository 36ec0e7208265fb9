/**
 * Entries on their way to other pages: those of one or two pages, in order, and perhaps one more between
 * them. What they take is computed, and where to cut them in two; then they are copied from page to page.
 */

import { assert, present } from "../base/index.js";
import { commonPrefixLength } from "./bytes.js";
import { INNER, LEAF } from "./page-layout.js";
import type { PageWindow } from "./page.js";
import { entryBytes, INNER_PAYLOAD_BYTES, PAGE_CAPACITY, usefulPrefixLength } from "./page-room.js";

export interface PageEntry {
  readonly key: Buffer;
  readonly payload: Buffer;
}

/** Entries of a page from one slot to before another. The page must stay as it is. */
interface PageSlice {
  readonly window: PageWindow;
  readonly from: number;
  readonly to: number;
}

/** What becomes of the entry at the cut: in a leaf it is the right part's first, else it goes to the page above. */
type Cut = "between" | "goes up";

type Piece = PageSlice | PageEntry;

export class Entries {
  readonly length: number;
  readonly #pieces: readonly Piece[];
  readonly #payloadBytes: number;
  readonly #keyLengths: Uint16Array;

  constructor(pieces: readonly Piece[], payloadBytes: number) {
    this.#pieces = pieces;
    this.#payloadBytes = payloadBytes;
    this.length = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
    this.#keyLengths = new Uint16Array(this.length);
    let at = 0;
    for (const piece of pieces) {
      if ("key" in piece) this.#keyLengths[at++] = piece.key.length;
      else {
        for (let slot = piece.from; slot < piece.to; slot++) {
          this.#keyLengths[at++] = piece.window.keyLength(slot);
        }
      }
    }
  }

  entry(index: number): PageEntry {
    let start = 0;
    const piece = this.#pieces.find((each) => {
      start += lengthOf(each);
      return index < start;
    });
    const holder = present(piece, "an entry of that index");
    if ("key" in holder) return holder;
    const slot = holder.to + index - start;
    return { key: holder.window.key(slot), payload: Buffer.from(holder.window.payload(slot)) };
  }

  /** What these take of a page, their prefix included. */
  size(from = 0, to = this.length): number {
    const prefixLength = this.#prefixLength(from, to);
    let bytes = prefixLength;
    for (let index = from; index < to; index++) {
      bytes += entryBytes(this.#keyLength(index) - prefixLength, this.#payloadBytes);
    }
    return bytes;
  }

  /**
   * The first entry of the right part, so that the left part has about this share of the bytes, and both fit
   * a page. There is one if no entry takes more than half a page and all but one of them were in a page. If
   * the new one has that page's prefix, the largest left part that fits leaves a right part that does: what
   * did not fit the left is at most the new entry and the next. If it has not, it is the first or the last
   * one, and the others fit.
   */
  splitPoint(cut: Cut, leftFill: number): number {
    const wanted = this.#nearest(leftFill);
    for (let away = 0; away < this.length; away++) {
      if (this.#partsFit(wanted - away, cut)) return wanted - away;
      if (this.#partsFit(wanted + away, cut)) return wanted + away;
    }
    assert(false, "entries of half a page at most can be cut in two");
    return wanted;
  }

  /** Writes these to the page, which `reset` has made empty; they must fit. */
  writeTo(window: PageWindow, from = 0, to = this.length): void {
    const prefixLength = this.#prefixLength(from, to);
    if (prefixLength > 0) window.setPrefix(this.entry(from).key, prefixLength);
    let start = 0;
    for (const piece of this.#pieces) {
      const end = start + lengthOf(piece);
      if ("key" in piece) {
        if (start >= from && start < to) append(window, piece);
      } else {
        const last = Math.min(to, end);
        for (let index = Math.max(from, start); index < last; index++) {
          window.appendFrom(piece.window, piece.from + index - start);
        }
      }
      start = end;
    }
  }

  /** The cut that leaves the left part with this share of what all take, or a little less. */
  #nearest(leftFill: number): number {
    const prefixLength = this.#prefixLength(0, this.length);
    const limit = this.size() * leftFill;
    let bytes = prefixLength;
    for (let at = 0; at < this.length; at++) {
      bytes += entryBytes(this.#keyLength(at) - prefixLength, this.#payloadBytes);
      if (bytes > limit) return Math.max(1, at);
    }
    return this.length - 1;
  }

  #partsFit(at: number, cut: Cut): boolean {
    const right = cut === "goes up" ? at + 1 : at;
    if (at < 1 || right > this.length - 1) return false;
    return this.size(0, at) <= PAGE_CAPACITY && this.size(right) <= PAGE_CAPACITY;
  }

  /**
   * Of what these have in common, as much as saves anything: not what the hints hold anyway. So these take
   * the least that they can with any prefix.
   */
  #prefixLength(from: number, to: number): number {
    if (to - from < 2) return 0;
    let longest = 0;
    for (let index = from; index < to; index++) {
      longest = Math.max(longest, this.#keyLength(index));
    }
    const common = commonPrefixLength(this.entry(from).key, this.entry(to - 1).key);
    return usefulPrefixLength(common, longest);
  }

  #keyLength(index: number): number {
    return present(this.#keyLengths[index], "the length of a key");
  }
}

function lengthOf(piece: Piece): number {
  return "key" in piece ? 1 : piece.to - piece.from;
}

function append(window: PageWindow, { key, payload }: PageEntry): void {
  assert(window.insert(window.count, key, payload), "what was measured fits the page");
}

/** Writes the first so many entries into the page, keeping its kind, epoch and lowest child. */
export function refill(window: PageWindow, entries: Entries, count: number): void {
  const { epoch, lowestChild, lowestCount } = window;
  window.reset(window.isLeaf ? LEAF : INNER, epoch);
  window.lowestChild = lowestChild;
  window.lowestCount = lowestCount;
  entries.writeTo(window, 0, count);
}

export function joined(left: PageWindow, right: PageWindow, separator: Buffer): Entries {
  const leftSlice = { window: left, from: 0, to: left.count };
  const rightSlice = { window: right, from: 0, to: right.count };
  if (left.isLeaf) return new Entries([leftSlice, rightSlice], left.payloadBytes);
  const middle = { key: separator, payload: innerPayload(right.lowestChild, right.lowestCount) };
  return new Entries([leftSlice, middle, rightSlice], left.payloadBytes);
}

export function innerPayload(child: number, count: number): Buffer {
  const payload = Buffer.alloc(INNER_PAYLOAD_BYTES);
  payload.writeUInt32LE(child, 0);
  payload.writeUInt32LE(count, 4);
  return payload;
}

/** The shortest key above `low` and not above `high`. */
export function shortestBetween(low: Buffer, high: Buffer): Buffer {
  let length = 0;
  while (length < low.length && low[length] === high[length]) length++;
  return Buffer.from(high.subarray(0, length + 1));
}
