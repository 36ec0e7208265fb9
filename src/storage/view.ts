/** Pinned states of the keydir: whoever walks one sees one revision, and never blocks a writer. */

import type { Clock, Revision } from "../base/index.js";
import type { KeydirView, Walk, KeydirEntry } from "../keydir/index.js";
import type { SegmentHolder } from "./segment-table.js";

export class View implements SegmentHolder, Disposable {
  readonly revision: Revision;
  readonly pinnedAtMs: number;
  readonly #keydir: KeydirView;
  readonly #onRelease: (view: View) => void;
  #isReleased = false;

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
    return this.#isReleased;
  }

  walk(walk: Walk): IterableIterator<[Buffer, KeydirEntry]> {
    return this.#keydir.walk(walk);
  }

  /** Lets go of the segments that only this view reaches. Twice is as good as once. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
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
