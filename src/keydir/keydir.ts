/**
 * The directory of keys: for each, where its newest record lies and what must be known without reading
 * it. In the store's order of keys; beside it, which keys expire and when, and their older versions. It knows
 * nothing of the log.
 *
 * The tree compares bytes, so it holds each key's name in that order; see `KeyOrder`.
 *
 * A view is the directory as it was at one moment: pinning it costs next to nothing, and it may be
 * walked for as long as it takes while the directory changes.
 */

import { assert, BYTES_ORDER, DEFAULT_LIMITS, NO_DEADLINE } from "../base/index.js";
import type { KeyOrder, Revision, TimeMs } from "../base/index.js";
import { REPLIES, type LoadedKeydir, type PageImages } from "./checkpoint-file.js";
import { Deadlines } from "./deadlines.js";
import { History } from "./history.js";
import { ENTRY_BYTES, isNewer, readEntry, writeEntry, type KeydirEntry } from "./keydir-entry.js";
import { keyBytesMax } from "./page-room.js";
import { PageTree } from "./page-tree.js";
import type { Pin } from "./pins.js";
import { Replies } from "./replies.js";
import type { PageImage } from "./page-image.js";
import { countBelow, walkTree, type Walk } from "./tree-walk.js";

/**
 * What a key takes: its slot and entry in a page that is two thirds full, as pages are after inserts in random
 * order, and its name. Measured with names of 16, 40 and 100 bytes that had little in common: 79 to 90, 109 to
 * 126, and 200 to 211 bytes. Names with much in common take less. `memoryBytes` is exact; this is what it is
 * expected to grow by.
 */
const COST_BYTES = 64;
const COST_PER_NAME_BYTE = 1.5;

/** The names of the trees in a checkpoint. */
const KEYS = "keys";
const DEADLINES = "deadlines";

const VERSIONS = "versions";
const REMOVALS = "removals";

export interface KeydirOptions {
  readonly order?: KeyOrder;
  /** How many versions of each key are kept, the newest included. Default: 1. */
  readonly versionsMax?: number;
  /** How many replies may be remembered. Default: none. */
  readonly repliesMax?: number;
  /** What an `image` of a keydir like this one had. */
  readonly loaded?: LoadedKeydir;
}

export class Keydir {
  /** Of every key that has one. */
  readonly deadlines: Deadlines;
  readonly history: History;
  /** Where remembered replies lie. */
  readonly replies: Replies;
  readonly #tree: PageTree;
  readonly #payload = Buffer.alloc(ENTRY_BYTES);
  readonly #order: KeyOrder;
  /**
   * The key that was asked for last, and its entry. A write asks twice, once to judge and once to commit, and finding
   * a key among millions takes longer than all else that a pipeline does for it (`make bench`). It is known by its
   * buffer, so nobody may change the bytes of a key once it was asked for.
   */
  #askedKey: Buffer | undefined;
  #askedEntry: KeydirEntry | undefined;

  constructor({
    order = BYTES_ORDER,
    versionsMax = 1,
    repliesMax = 0,
    loaded,
  }: KeydirOptions = {}) {
    const nameBytesMax = order.nameBytesMax(DEFAULT_LIMITS.keyBytesMax);
    assert(nameBytesMax <= keyBytesMax(ENTRY_BYTES), "a page has room for every name");
    const trees = loaded?.trees;
    this.#order = order;
    this.#tree = trees?.get(KEYS) ?? new PageTree(ENTRY_BYTES);
    this.deadlines = new Deadlines(trees?.get(DEADLINES));
    this.history = new History(versionsMax, {
      versions: trees?.get(VERSIONS),
      removals: trees?.get(REMOVALS),
    });
    this.replies = repliesOf(repliesMax, loaded?.replies);
  }

  get size(): number {
    return this.#tree.size;
  }

  /** What keys, deadlines and older versions take of memory, in bytes: pages that views keep included. */
  get memoryBytes(): number {
    return this.#tree.usedBytes + this.deadlines.memoryBytes + this.history.memoryBytes;
  }

  /** Of that, without what only views keep, which comes back when they are released. */
  get ownBytes(): number {
    return this.#tree.ownBytes + this.deadlines.ownBytes + this.history.ownBytes;
  }

  get(key: Buffer): KeydirEntry | undefined {
    if (key === this.#askedKey) return this.#askedEntry;
    const entry = this.#tree.get(this.#order.nameOf(key), readEntry);
    this.#askedKey = key;
    this.#askedEntry = entry;
    return entry;
  }

  /** Finds out at once where keys lie that are asked for next, in this order. */
  foresee(keys: readonly Buffer[]): void {
    // A name that is made anew for each question is not known again.
    if (this.#order === BYTES_ORDER) this.#tree.foresee(keys);
  }

  /** Makes the entry the newest of its key; returns what is not kept any more, if something is not. */
  put(key: Buffer, entry: KeydirEntry): KeydirEntry | undefined {
    const previous = this.#replace(key, entry);
    this.#moveDeadline(key, previous?.deadlineMs ?? NO_DEADLINE, entry.deadlineMs);
    if (!this.history.isKept) return previous;
    if (previous !== undefined) this.history.add(key, previous);
    return this.history.trim(key, this.history.versionsMax - 1);
  }

  /** Ends a key with this tombstone; returns what is not kept any more, if something is not. */
  remove(key: Buffer, tombstone: KeydirEntry): KeydirEntry | undefined {
    const previous = this.#delete(key);
    if (!this.history.isKept) return previous;
    if (previous !== undefined) this.history.add(key, previous);
    this.history.add(key, tombstone);
    return this.history.trim(key, this.history.versionsMax);
  }

  /**
   * Takes in a version of whatever age, as replay finds them; returns what is not kept any more, which may be
   * this one. Only where history is kept.
   */
  insert(key: Buffer, version: KeydirEntry): KeydirEntry | undefined {
    const newest = this.get(key);
    const last = newest ?? this.history.newestOf(key);
    if (last === undefined || isNewer(version, last)) {
      return version.isTombstone ? this.remove(key, version) : this.put(key, version);
    }
    this.history.add(key, version);
    const { versionsMax } = this.history;
    return this.history.trim(key, newest === undefined ? versionsMax : versionsMax - 1);
  }

  /** The version of the key that was made there, if it is kept: the newest one or an older one. */
  find(key: Buffer, ofRevision: Revision, index: number): KeydirEntry | undefined {
    const newest = this.get(key);
    if (newest?.revision === ofRevision && newest.index === index) return newest;
    return this.history.isKept ? this.history.find(key, ofRevision, index) : undefined;
  }

  /** Points the version that `find` finds at another place. */
  move(key: Buffer, entry: KeydirEntry): void {
    const newest = this.get(key);
    if (newest?.revision !== entry.revision || newest.index !== entry.index) {
      this.history.move(key, entry);
      return;
    }
    this.#askedKey = undefined;
    writeEntry(entry, this.#payload);
    this.#tree.set(this.#order.nameOf(key), this.#payload);
  }

  /** Forgets that there ever was such a key; returns all that was kept of it. */
  forget(key: Buffer): KeydirEntry[] {
    const versions = this.versionsOf(key);
    const [newest] = versions;
    this.#delete(key);
    if (newest !== undefined && this.history.isKept) this.history.cut(key, newest);
    return versions;
  }

  /** Every version of the key that is kept, newest first; tombstones are among them. */
  versionsOf(key: Buffer): KeydirEntry[] {
    const newest = this.get(key);
    const older = this.history.isKept ? this.history.of(key) : [];
    return newest === undefined ? older : [newest, ...older];
  }

  /** What `memoryBytes` is expected to grow by with this key. */
  costOf(key: Buffer): number {
    return COST_BYTES + Math.ceil(COST_PER_NAME_BYTE * this.#order.nameOf(key).length);
  }

  pin(): KeydirView {
    return new KeydirView(this.#tree, this.#order);
  }

  /** Pins the state of this moment to have its pages written down. */
  image(): KeydirImage {
    const images = new Map<string, PageImage>([
      [KEYS, this.#tree.image()],
      [DEADLINES, this.deadlines.image()],
    ]);
    if (this.replies.size > 0) images.set(REPLIES, this.replies.image());
    if (this.history.isKept) {
      const { versions, removals } = this.history.images();
      images.set(VERSIONS, versions).set(REMOVALS, removals);
    }
    return new KeydirImage(images);
  }

  /** Returns what it replaces, if there is one. */
  #replace(key: Buffer, entry: KeydirEntry): KeydirEntry | undefined {
    const known = key === this.#askedKey ? this.#askedEntry : undefined;
    this.#askedKey = undefined;
    writeEntry(entry, this.#payload);
    const name = this.#order.nameOf(key);
    if (known === undefined) return this.#tree.replace(name, this.#payload, readEntry);
    this.#tree.set(name, this.#payload);
    return known;
  }

  #delete(key: Buffer): KeydirEntry | undefined {
    this.#askedKey = undefined;
    const previous = this.#tree.take(this.#order.nameOf(key), readEntry);
    if (previous === undefined) return undefined;
    this.#moveDeadline(key, previous.deadlineMs, NO_DEADLINE);
    return previous;
  }

  #moveDeadline(key: Buffer, from: TimeMs, to: TimeMs): void {
    if (from === to) return;
    if (from !== NO_DEADLINE) this.deadlines.remove(from, key);
    if (to !== NO_DEADLINE) this.deadlines.add(to, key);
  }
}

/** All of a pinned keydir. */
export class KeydirImage implements Disposable {
  readonly images: PageImages;

  constructor(images: PageImages) {
    this.images = images;
  }

  [Symbol.dispose](): void {
    for (const image of this.images.values()) image.release();
  }
}

export class KeydirView {
  readonly size: number;
  readonly #tree: PageTree;
  readonly #root: number;
  readonly #pin: Pin;
  readonly #order: KeyOrder;

  constructor(tree: PageTree, order: KeyOrder) {
    this.#order = order;
    this.size = tree.size;
    this.#tree = tree;
    this.#root = tree.root;
    this.#pin = tree.pin();
  }

  /** Entries with their keys; the bounds are names. */
  *walk(walk: Walk): IterableIterator<[Buffer, KeydirEntry]> {
    for (const { key: name, bytes, payloadAt } of walkTree(this.#newWindow, this.#root, walk)) {
      yield [this.#order.keyOf(name), readEntry(bytes, payloadAt)];
    }
  }

  /** How many keys there are from the name `start`, included, to `end`, excluded; without walking over them. */
  count({ start, end }: Pick<Walk, "start" | "end">): number {
    const below = start === undefined ? 0 : countBelow(this.#newWindow, this.#root, start);
    return Math.max(0, countBelow(this.#newWindow, this.#root, end) - below);
  }

  /** Lets go of the pages that only this view reaches; it must not be walked any more. */
  release(): void {
    this.#pin.release();
  }

  readonly #newWindow = (page: number): ReturnType<PageTree["newWindow"]> =>
    this.#tree.newWindow(page);
}

function repliesOf(entriesMax: number, loaded: LoadedKeydir["replies"]): Replies {
  if (loaded === undefined) return new Replies({ entriesMax });
  return Replies.from(loaded.ring, { entriesMax, hashKey: loaded.hashKey });
}
