/** Where the entries of a page that has become too full are cut in two. */

import { assert, present } from "../base/index.js";
import { commonPrefixLength, entryBytes, PAGE_CAPACITY, type PageEntry } from "./page.js";

/** What becomes of the entry at the cut: in a leaf it is the first of the right part, else it goes to the page above. */
export type Cut = "between" | "goes up";

/** What these entries take of a page, which keeps their common prefix once. */
export function sizeOf(entries: readonly PageEntry[]): number {
  const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return 0;
  return bytes - (entries.length - 1) * commonPrefixLength(first.key, last.key);
}

/**
 * The first entry of the right part, so that the left part has about this share of the bytes, and both fit a
 * page. There is one if no entry takes more than half a page and all but one of them were in a page. If the
 * new one has that page's prefix, the largest left part that fits leaves a right part that does: what did not
 * fit the left is at most the new entry and the next. If it has not, it is the first or the last one, and
 * the others fit.
 */
export function splitPoint(entries: readonly PageEntry[], cut: Cut, leftFill: number): number {
  const parts = new Parts(entries, cut);
  const wanted = parts.nearest(leftFill);
  for (let away = 0; away < entries.length; away++) {
    if (parts.fit(wanted - away)) return wanted - away;
    if (parts.fit(wanted + away)) return wanted + away;
  }
  assert(false, "entries of half a page at most can be cut in two");
  return wanted;
}

class Parts {
  readonly #entries: readonly PageEntry[];
  /** At each position, the bytes of the entries before it, as in a page without a prefix. */
  readonly #bytesBefore: Float64Array;
  /** What of the right part is in neither page. */
  readonly #skipped: 0 | 1;

  constructor(entries: readonly PageEntry[], cut: Cut) {
    this.#entries = entries;
    this.#skipped = cut === "goes up" ? 1 : 0;
    this.#bytesBefore = new Float64Array(entries.length + 1);
    entries.forEach((entry, index) => {
      this.#bytesBefore[index + 1] = this.#before(index) + entryBytes(entry);
    });
  }

  /** The cut that leaves the left part with this share of what all take, or a little less. */
  nearest(leftFill: number): number {
    const limit = this.#before(this.#entries.length) * leftFill;
    let at = 1;
    while (at < this.#entries.length - 2 && this.#before(at + 1) <= limit) at++;
    return at;
  }

  /** Whether both parts have an entry and fit a page. */
  fit(at: number): boolean {
    const right = at + this.#skipped;
    const { length } = this.#entries;
    if (at < 1 || right > length - 1) return false;
    return this.#size(0, at) <= PAGE_CAPACITY && this.#size(right, length) <= PAGE_CAPACITY;
  }

  #size(from: number, to: number): number {
    const first = present(this.#entries[from], "the first entry of a part");
    const last = present(this.#entries[to - 1], "the last entry of a part");
    const shared = (to - from - 1) * commonPrefixLength(first.key, last.key);
    return this.#before(to) - this.#before(from) - shared;
  }

  #before(position: number): number {
    return present(this.#bytesBefore[position], "a position among the entries");
  }
}
