/**
 * Which states are pinned, and which pages are kept only for them. Time is counted in epochs: a pin ends one,
 * unless nothing was written in it. A page carries the epoch that it was written in; a pin sees the pages of
 * its own and earlier ones.
 *
 * A page that the tree gives up is listed with the newest pin that sees it. When that pin is released, the
 * page goes to the next older one, if that sees it too, or is free. So a long-lived view keeps what it
 * reaches, and not what came and went since.
 */

import { assert } from "../base/index.js";
import { PageList } from "./page-list.js";

/** Pages looked at by a write: few, because every write pays for some. */
const PAGES_PER_WRITE = 32;
/** Pages looked at in one turn of the event loop: under a millisecond, also where each goes back to its pool. */
const PAGES_PER_TURN = 1024;

export interface Pin {
  readonly epoch: number;
  release(): void;
}

/** The pins of one epoch, in a list from the newest to the oldest. */
interface Pinned {
  readonly epoch: number;
  /** How many pins there are; 0: released. */
  count: number;
  newer: Pinned | undefined;
  /** Once released: the one that was next when it was. */
  older: Pinned | undefined;
  /** Given up by the tree, and seen by this one and by none that is newer. */
  kept: PageList;
}

export class Pins {
  readonly #free: (page: number) => void;
  #newest: Pinned | undefined;
  /** What released pins kept, to be handed on or freed: a few pages at a time. */
  readonly #draining: Pinned[] = [];
  #epoch: number;
  /** Whether a page may carry the current epoch. */
  #isStamped = true;
  #isTurnDue = false;
  #keptCount = 0;

  /** `epoch`: not before any that a page carries. */
  constructor(free: (page: number) => void, epoch = 1) {
    this.#free = free;
    this.#epoch = epoch;
  }

  /** The current epoch: no page carries a later one. */
  get epoch(): number {
    return this.#epoch;
  }

  /** What a page that is written now carries. */
  stamp(): number {
    this.#isStamped = true;
    return this.#epoch;
  }

  /** Whether no pinned state reaches a page that was written in this epoch. */
  isPrivate(epoch: number): boolean {
    return this.#newest === undefined || epoch > this.#newest.epoch;
  }

  pin(): Pin {
    const pinned = this.#pinnedNow();
    pinned.count++;
    let isReleased = false;
    return {
      epoch: pinned.epoch,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        if (--pinned.count === 0) this.#drop(pinned);
      },
    };
  }

  /** Gives up a page, written in this epoch, that a pinned state may still reach. */
  retire(page: number, epoch: number): void {
    const newest = this.#newest;
    assert(newest !== undefined && epoch <= newest.epoch, "what no pin sees is not kept");
    newest.kept.push(page, epoch);
    this.#keptCount++;
  }

  /** How many pages the tree has given up that are not free yet. */
  get keptCount(): number {
    return this.#keptCount;
  }

  /** Gives a few pages back that nobody can reach any more. */
  reclaimSome(): void {
    if (this.#draining.length > 0) this.#drain(PAGES_PER_WRITE);
  }

  /** Of the current epoch, which ends; or of the last one, where nothing was written since. */
  #pinnedNow(): Pinned {
    const newest = this.#newest;
    const last = this.#epoch - 1;
    if (!this.#isStamped && newest?.epoch === last) return newest;
    const epoch = this.#isStamped ? this.#epoch++ : last;
    this.#isStamped = false;
    const pinned = { epoch, count: 0, newer: undefined, older: newest, kept: new PageList() };
    if (newest !== undefined) newest.newer = pinned;
    this.#newest = pinned;
    return pinned;
  }

  #drop(pinned: Pinned): void {
    const { newer, older } = pinned;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older !== undefined) older.newer = newer;
    if (pinned.kept.length === 0) return;
    this.#draining.push(pinned);
    this.#drainLater();
  }

  #drain(pagesMax: number): void {
    let left = pagesMax;
    for (let pinned = this.#draining.at(-1); pinned !== undefined; pinned = this.#draining.at(-1)) {
      const { kept } = pinned;
      const older = nextPinned(pinned);
      if (older !== undefined && kept.epochMax <= older.epoch) older.kept.takeAll(kept);
      for (; left > 0 && kept.length > 0; left--) {
        const epoch = kept.firstEpoch;
        const page = kept.shift();
        if (older !== undefined && epoch <= older.epoch) older.kept.push(page, epoch);
        else {
          this.#free(page);
          this.#keptCount--;
        }
      }
      if (kept.length > 0) return;
      this.#draining.pop();
    }
  }

  #drainLater(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(() => {
      this.#isTurnDue = false;
      this.#drain(PAGES_PER_TURN);
      if (this.#draining.length > 0) this.#drainLater();
    });
  }
}

/** The next older one that is still pinned. Shortens the way there for whoever asks next. */
function nextPinned(pinned: Pinned): Pinned | undefined {
  while (pinned.older?.count === 0) pinned.older = pinned.older.older;
  return pinned.older;
}
