/** Pinned states of the keydir: whoever walks one sees one revision, and never blocks a writer. */

import { assert, type Clock, type Revision } from "../base/index.js";
import type { KeydirView, Walk, KeydirEntry } from "../keydir/index.js";
import type { SegmentHolder } from "./segment-table.js";

export class View implements SegmentHolder, Disposable {
  readonly revision: Revision;
  readonly pinnedAtMs: number;
  readonly #keydir: KeydirView;
  readonly #onRelease: (view: View) => void;
  /** How many use it: whoever pinned it, and whoever called `hold`. */
  #useCount = 1;

  constructor(
    revision: Revision,
    keydir: KeydirView,
    pinnedAtMs: number,
    onRelease: (view: View) => void,
  ) {
    this.revision = revision;
    this.pinnedAtMs = pinnedAtMs;
    this.#keydir = keydir;
    this.#onRelease = onRelease;
  }

  get size(): number {
    return this.#keydir.size;
  }
  get isReleased(): boolean {
    return this.#useCount === 0;
  }

  /** Entries with their keys; the bounds are names in the store's order of keys. */
  walk(walk: Walk): IterableIterator<[Buffer, KeydirEntry]> {
    assert(!this.isReleased, "only a pinned view is walked");
    return this.#keydir.walk(walk);
  }

  /** How many keys there are from the name `start`, included, to `end`, excluded; without walking over them. */
  count(range: Pick<Walk, "start" | "end">): number {
    assert(!this.isReleased, "only a pinned view is counted");
    return this.#keydir.count(range);
  }

  /** Keeps the view pinned for one more user, until that one calls `release` too. */
  hold(): this {
    assert(!this.isReleased, "only a pinned view is held");
    this.#useCount++;
    return this;
  }

  /** To be called once by each user; the last one lets go of the pages and segments. */
  release(): void {
    assert(!this.isReleased, "a view is released once by each user");
    this.#useCount--;
    if (this.#useCount > 0) return;
    this.#keydir.release();
    this.#onRelease(this);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** The views that are pinned now, oldest first. */
export class Views {
  readonly #clock: Clock;
  readonly #pinned = new Set<View>();
  readonly #onRelease: (view: View) => void;

  constructor(clock: Clock, onRelease: (view: View) => void) {
    this.#clock = clock;
    this.#onRelease = onRelease;
  }

  pin(revision: Revision, keydir: KeydirView): View {
    const view = new View(revision, keydir, this.#clock.monotonicMs(), (released) => {
      this.#pinned.delete(released);
      this.#onRelease(released);
    });
    this.#pinned.add(view);
    return view;
  }

  /** Every view that is pinned now. */
  all(): Iterable<View> {
    return this.#pinned;
  }

  oldest(): { readonly revision: Revision; readonly ageMs: number } | undefined {
    for (const view of this.#pinned) {
      const ageMs = Math.round(this.#clock.monotonicMs() - view.pinnedAtMs);
      return { revision: view.revision, ageMs };
    }
    return undefined;
  }
}
