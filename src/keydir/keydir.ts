/**
 * The directory of keys: for each, where its newest record lies and what must be known without reading
 * it. In the store's order of keys; beside it, which keys expire and when. It knows nothing of the log.
 *
 * The tree compares bytes, so it holds each key's name in that order; see `KeyOrder`.
 *
 * A view is the directory as it was at one moment: pinning it costs next to nothing, and it may be
 * walked for as long as it takes while the directory changes.
 */

import {
  assert,
  BYTES_ORDER,
  DEFAULT_LIMITS,
  NO_DEADLINE,
  revision,
  segmentId,
  timeMs,
} from "../base/index.js";
import type { KeyOrder, Revision, SegmentId, TimeMs } from "../base/index.js";
import { Deadlines } from "./deadlines.js";
import { keyBytesMax } from "./page.js";
import { PageTree } from "./page-tree.js";
import type { Pin } from "./pins.js";
import type { TreeImage } from "./tree-image.js";
import { countBelow, walkTree, type Walk } from "./tree-walk.js";

export interface KeydirEntry {
  readonly segment: SegmentId;
  readonly offset: number;
  readonly length: number;
  readonly revision: Revision;
  /** Position of the record within its transaction. */
  readonly index: number;
  readonly createRevision: Revision;
  readonly version: number;
  /** 0: never expires. */
  readonly deadlineMs: TimeMs;
}

/**
 * An entry in the tree, little-endian. Revisions, versions and deadlines take 48 bits: at a million a second
 * they last for nine years of writing without a pause; as milliseconds, until the year 10889.
 */
const SEGMENT_AT = 0;
const OFFSET_AT = SEGMENT_AT + 4;
const LENGTH_AT = OFFSET_AT + 4;
const INDEX_AT = LENGTH_AT + 4;
const REVISION_AT = INDEX_AT + 2;
const CREATE_REVISION_AT = REVISION_AT + 6;
const VERSION_AT = CREATE_REVISION_AT + 6;
const DEADLINE_AT = VERSION_AT + 6;
const ENTRY_BYTES = DEADLINE_AT + 6;

/**
 * What a key takes beside its own bytes: its slot and entry in a page that is two thirds full, as pages are
 * after inserts in random order. `memoryBytes` is exact; this is what it is expected to grow by.
 */
const COST_BYTES = 80;

/** The names of the trees in a checkpoint. */
const KEYS = "keys";
const DEADLINES = "deadlines";

export type LoadedTrees = ReadonlyMap<string, PageTree>;

export class Keydir {
  /** Of every key that has one. */
  readonly deadlines: Deadlines;
  readonly #tree: PageTree;
  readonly #payload = Buffer.alloc(ENTRY_BYTES);
  readonly #order: KeyOrder;

  /** An empty one; or the one of these trees, which an `image` had. */
  constructor(order: KeyOrder = BYTES_ORDER, trees?: LoadedTrees) {
    const nameBytesMax = order.nameBytesMax(DEFAULT_LIMITS.keyBytesMax);
    assert(nameBytesMax <= keyBytesMax(ENTRY_BYTES), "a page has room for every name");
    this.#order = order;
    this.#tree = trees?.get(KEYS) ?? new PageTree(ENTRY_BYTES);
    this.deadlines = new Deadlines(trees?.get(DEADLINES));
  }

  get size(): number {
    return this.#tree.size;
  }

  /** What keys and deadlines take of memory, in bytes: their pages, those that views keep included. */
  get memoryBytes(): number {
    return this.#tree.usedBytes + this.deadlines.memoryBytes;
  }

  /** Of that, without what only views keep, which comes back when they are released. */
  get ownBytes(): number {
    return this.#tree.ownBytes + this.deadlines.ownBytes;
  }

  get(key: Buffer): KeydirEntry | undefined {
    return this.#tree.get(this.#order.nameOf(key), readEntry);
  }

  /** Returns the entry that was there before. */
  put(key: Buffer, entry: KeydirEntry): KeydirEntry | undefined {
    writeEntry(entry, this.#payload);
    const previous = this.#tree.replace(this.#order.nameOf(key), this.#payload, readEntry);
    this.#moveDeadline(key, previous?.deadlineMs ?? NO_DEADLINE, entry.deadlineMs);
    return previous;
  }

  /** Returns the entry that was there. */
  remove(key: Buffer): KeydirEntry | undefined {
    const previous = this.#tree.take(this.#order.nameOf(key), readEntry);
    if (previous === undefined) return undefined;
    this.#moveDeadline(key, previous.deadlineMs, NO_DEADLINE);
    return previous;
  }

  /** What `memoryBytes` is expected to grow by with this key. */
  costOf(key: Buffer): number {
    return COST_BYTES + this.#order.nameOf(key).length;
  }

  pin(): KeydirView {
    return new KeydirView(this.#tree, this.#order);
  }

  /** Pins the state of this moment to have its pages written down. */
  image(): KeydirImage {
    return new KeydirImage(
      new Map([
        [KEYS, this.#tree.image()],
        [DEADLINES, this.deadlines.image()],
      ]),
    );
  }

  #moveDeadline(key: Buffer, from: TimeMs, to: TimeMs): void {
    if (from === to) return;
    if (from !== NO_DEADLINE) this.deadlines.remove(from, key);
    if (to !== NO_DEADLINE) this.deadlines.add(to, key);
  }
}

/** All trees of a pinned keydir. */
export class KeydirImage implements Disposable {
  readonly trees: ReadonlyMap<string, TreeImage>;

  constructor(trees: ReadonlyMap<string, TreeImage>) {
    this.trees = trees;
  }

  [Symbol.dispose](): void {
    for (const tree of this.trees.values()) tree.release();
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

function readEntry(bytes: Buffer, at: number): KeydirEntry {
  return {
    segment: segmentId(bytes.readUInt32LE(at + SEGMENT_AT)),
    offset: bytes.readUInt32LE(at + OFFSET_AT),
    length: bytes.readUInt32LE(at + LENGTH_AT),
    index: bytes.readUInt16LE(at + INDEX_AT),
    revision: revision(bytes.readUIntLE(at + REVISION_AT, 6)),
    createRevision: revision(bytes.readUIntLE(at + CREATE_REVISION_AT, 6)),
    version: bytes.readUIntLE(at + VERSION_AT, 6),
    deadlineMs: timeMs(bytes.readUIntLE(at + DEADLINE_AT, 6)),
  };
}

function writeEntry(entry: KeydirEntry, bytes: Buffer): void {
  assert(entry.index <= 0xffff, "an index fits 16 bits");
  bytes.writeUInt32LE(entry.segment, SEGMENT_AT);
  bytes.writeUInt32LE(entry.offset, OFFSET_AT);
  bytes.writeUInt32LE(entry.length, LENGTH_AT);
  bytes.writeUInt16LE(entry.index, INDEX_AT);
  bytes.writeUIntLE(entry.revision, REVISION_AT, 6);
  bytes.writeUIntLE(entry.createRevision, CREATE_REVISION_AT, 6);
  bytes.writeUIntLE(entry.version, VERSION_AT, 6);
  bytes.writeUIntLE(entry.deadlineMs, DEADLINE_AT, 6);
}
