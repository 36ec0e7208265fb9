/**
 * Where remembered replies lie, one after the other as they came: fixed-size entries in a ring of blocks outside the JavaScript
 * heap. New ones go behind the last, the oldest in front go first, and nothing is moved for it.
 *
 *   0          8          16            24        28       32       36      40
 *   +----------+----------+-------------+---------+--------+--------+-------+
 *   | hash     | revision | commit time | segment | length | offset | flags |
 *   +----------+----------+-------------+---------+--------+--------+-------+
 *
 * Revision and time are doubles, in the machine's order, as the rest. A position names an entry for as long as it is in the ring.
 * A block that is pinned, because a checkpoint writes it, is copied before it is changed.
 */

import { assert, present, revision, segmentId, takeMemory, timeMs } from "../base/index.js";
import type { Revision, SegmentId, TimeMs } from "../base/index.js";
import { PAGE_BYTES } from "./page-pool.js";

/** Where the reply of a call lies, and how long it is to be remembered. */
export interface ReplyEntry {
  readonly segment: SegmentId;
  readonly offset: number;
  readonly length: number;
  readonly revision: Revision;
  readonly commitTimeMs: TimeMs;
  /** Whether it lies in the record of the set that it tells of, and not in one of its own. */
  readonly isInSet: boolean;
}

/** What an id is known by; see `IdHash`. */
export interface NameHash {
  readonly low: number;
  readonly high: number;
}

/** A block is a few pages of a checkpoint: small enough that a copy of one holds nobody up. */
export const BLOCK_PAGES = 4;
const BLOCK_BYTES = BLOCK_PAGES * PAGE_BYTES;
const ENTRY_BYTES = 40;
const ENTRY_DOUBLES = ENTRY_BYTES / 8;
const ENTRY_WORDS = ENTRY_BYTES / 4;
export const BLOCK_ENTRIES = Math.floor(BLOCK_BYTES / ENTRY_BYTES);

const HIGH_WORD = 1;
const REVISION_DOUBLE = 1;
const TIME_DOUBLE = 2;
const SEGMENT_WORD = 6;
const LENGTH_WORD = 7;
const OFFSET_WORD = 8;
const FLAGS_WORD = 9;

const FLAG_FORGOTTEN = 1;
const FLAG_IN_SET = 2;

export class ReplyBlock {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  /** How many images are to see it as it is. */
  pinCount = 0;

  constructor() {
    const memory = takeMemory(BLOCK_BYTES);
    this.bytes = Buffer.from(memory);
    this.words = new Uint32Array(memory);
    this.doubles = new Float64Array(memory);
  }
}

/** The state of a ring: its blocks in the order of their entries. */
export interface PinnedReplies {
  readonly blocks: readonly ReplyBlock[];
  /** Where in the first block the oldest entry is. */
  readonly firstEntry: number;
  readonly entryCount: number;
}

export class ReplyRing {
  readonly #blocks: (ReplyBlock | undefined)[];
  readonly #span: number;
  readonly #entriesMax: number;
  /** One that has become free, for the next to use: as many come as go. */
  #spare: ReplyBlock | undefined;
  /** The position of the oldest entry. */
  #first = 0;
  #count = 0;

  /** Has room for so many entries, forgotten ones included. */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
    // One block more than they need, so that the first and the last entry never share one from both ends.
    this.#blocks = new Array<undefined>(Math.ceil(entriesMax / BLOCK_ENTRIES) + 1);
    this.#span = this.#blocks.length * BLOCK_ENTRIES;
  }

  /** A ring of what was pinned, in blocks that are this one's own from now on. */
  static of({ blocks, firstEntry, entryCount }: PinnedReplies): ReplyRing {
    const ring = new ReplyRing(blocks.length * BLOCK_ENTRIES);
    blocks.forEach((block, index) => (ring.#blocks[index] = block));
    ring.#first = firstEntry;
    ring.#count = entryCount;
    return ring;
  }

  /** How many entries there are, forgotten ones included. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count >= this.#entriesMax;
  }

  /** The position of the so-manieth entry from the oldest. */
  positionOf(ordinal: number): number {
    return (this.#first + ordinal) % this.#span;
  }

  /** Puts it behind the last; returns its position. There must be room. */
  push(name: NameHash, entry: ReplyEntry): number {
    assert(!this.isFull, "there is room in the ring");
    const position = this.positionOf(this.#count++);
    const { words } = this.#writable(position);
    const at = (position % BLOCK_ENTRIES) * ENTRY_WORDS;
    words[at] = name.low;
    words[at + HIGH_WORD] = name.high;
    this.set(position, entry);
    return position;
  }

  /** Lets go of the oldest. */
  shift(): void {
    assert(this.#count > 0, "there is an oldest entry");
    const block = Math.floor(this.#first / BLOCK_ENTRIES);
    this.#first = (this.#first + 1) % this.#span;
    this.#count--;
    if (Math.floor(this.#first / BLOCK_ENTRIES) === block) return;
    const free = this.#blocks[block];
    if (free?.pinCount === 0) this.#spare = free;
    this.#blocks[block] = undefined;
  }

  at(position: number): ReplyEntry {
    const { words, doubles } = this.#block(position);
    const inBlock = position % BLOCK_ENTRIES;
    const at = inBlock * ENTRY_WORDS;
    const double = inBlock * ENTRY_DOUBLES;
    return {
      segment: segmentId(words[at + SEGMENT_WORD] ?? 0),
      offset: words[at + OFFSET_WORD] ?? 0,
      length: words[at + LENGTH_WORD] ?? 0,
      revision: revision(doubles[double + REVISION_DOUBLE] ?? 0),
      commitTimeMs: timeMs(doubles[double + TIME_DOUBLE] ?? 0),
      isInSet: ((words[at + FLAGS_WORD] ?? 0) & FLAG_IN_SET) !== 0,
    };
  }

  /** Puts another entry of the same name there. */
  set(position: number, entry: ReplyEntry): void {
    const { words, doubles } = this.#writable(position);
    const inBlock = position % BLOCK_ENTRIES;
    const at = inBlock * ENTRY_WORDS;
    const double = inBlock * ENTRY_DOUBLES;
    doubles[double + REVISION_DOUBLE] = entry.revision;
    doubles[double + TIME_DOUBLE] = entry.commitTimeMs;
    words[at + SEGMENT_WORD] = entry.segment;
    words[at + LENGTH_WORD] = entry.length;
    words[at + OFFSET_WORD] = entry.offset;
    words[at + FLAGS_WORD] = entry.isInSet ? FLAG_IN_SET : 0;
  }

  /** Marks an entry as one that is not remembered any more. */
  forget(position: number): void {
    const at = (position % BLOCK_ENTRIES) * ENTRY_WORDS + FLAGS_WORD;
    this.#writable(position).words[at] = FLAG_FORGOTTEN;
  }

  isForgotten(position: number): boolean {
    const at = (position % BLOCK_ENTRIES) * ENTRY_WORDS + FLAGS_WORD;
    return this.#block(position).words[at] === FLAG_FORGOTTEN;
  }

  revisionAt(position: number): number {
    const at = (position % BLOCK_ENTRIES) * ENTRY_DOUBLES + REVISION_DOUBLE;
    return this.#block(position).doubles[at] ?? 0;
  }

  lowHashAt(position: number): number {
    return this.#block(position).words[(position % BLOCK_ENTRIES) * ENTRY_WORDS] ?? 0;
  }

  highHashAt(position: number): number {
    return this.#block(position).words[(position % BLOCK_ENTRIES) * ENTRY_WORDS + HIGH_WORD] ?? 0;
  }

  /** Pins the blocks in the order of their entries. */
  pin(): PinnedReplies {
    const blocks: ReplyBlock[] = [];
    const firstEntry = this.#first % BLOCK_ENTRIES;
    for (let ordinal = -firstEntry; ordinal < this.#count; ordinal += BLOCK_ENTRIES) {
      blocks.push(this.#block(this.positionOf(Math.max(0, ordinal))));
    }
    for (const block of blocks) block.pinCount++;
    return { blocks, firstEntry, entryCount: this.#count };
  }

  #block(position: number): ReplyBlock {
    return present(this.#blocks[Math.floor(position / BLOCK_ENTRIES)], "a block in the ring");
  }

  #writable(position: number): ReplyBlock {
    const index = Math.floor(position / BLOCK_ENTRIES);
    const block = this.#blocks[index];
    if (block?.pinCount === 0) return block;
    const fresh = this.#spare ?? new ReplyBlock();
    this.#spare = undefined;
    if (block !== undefined) fresh.words.set(block.words);
    this.#blocks[index] = fresh;
    return fresh;
  }
}
