/**
 * Page numbers, each with the epoch in which the page was written: a queue in pieces of typed memory, so that
 * a million of them are no garbage, taking one costs the same however many there are, and two lists become
 * one without a look at what is in them.
 */

import { present } from "../base/index.js";

const PIECE_PAGES = 1024;

interface Piece {
  readonly pages: Uint32Array;
  /** Float64: epochs have up to 53 bits. */
  readonly epochs: Float64Array;
  start: number;
  end: number;
  next: Piece | undefined;
}

export class PageList {
  #first: Piece | undefined;
  #last: Piece | undefined;
  #length = 0;
  #epochMax = 0;

  get length(): number {
    return this.#length;
  }
  /** No page in it was written in a later epoch. */
  get epochMax(): number {
    return this.#epochMax;
  }
  /** Of the page that `shift` would take: when it was written. */
  get firstEpoch(): number {
    const piece = present(this.#first, "a piece of a list that has pages");
    return present(piece.epochs[piece.start], "the epoch of a page");
  }

  push(page: number, epoch: number): void {
    const piece = this.#last;
    const last =
      piece === undefined || piece.end === PIECE_PAGES ? this.#append(newPiece()) : piece;
    last.pages[last.end] = page;
    last.epochs[last.end] = epoch;
    last.end++;
    this.#length++;
    if (epoch > this.#epochMax) this.#epochMax = epoch;
  }

  /** Takes the first page; there must be one. */
  shift(): number {
    const piece = present(this.#first, "a piece of a list that has pages");
    const page = present(piece.pages[piece.start], "a page of the list");
    piece.start++;
    this.#length--;
    if (piece.start === piece.end) {
      this.#first = piece.next;
      if (this.#first === undefined) this.#last = undefined;
    }
    return page;
  }

  /** Takes over all that the other list has. */
  takeAll(other: PageList): void {
    if (other.#first === undefined) return;
    if (this.#last === undefined) this.#first = other.#first;
    else this.#last.next = other.#first;
    this.#last = other.#last;
    this.#length += other.#length;
    this.#epochMax = Math.max(this.#epochMax, other.#epochMax);
    other.#first = other.#last = undefined;
    other.#length = 0;
  }

  #append(piece: Piece): Piece {
    if (this.#last === undefined) this.#first = piece;
    else this.#last.next = piece;
    this.#last = piece;
    return piece;
  }
}

function newPiece(): Piece {
  return {
    pages: new Uint32Array(PIECE_PAGES),
    epochs: new Float64Array(PIECE_PAGES),
    start: 0,
    end: 0,
    next: undefined,
  };
}
