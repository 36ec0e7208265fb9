/**
 * Where the replies lie that are remembered for calls that are made again, by the id of the call; the oldest first, which are
 * forgotten first. Outside the heap and checkpointed, like the directory of keys.
 *
 * An id is known by a keyed hash of 64 bits. Two ids with the same one are as good as never met; whoever reads the record that
 * is named here sees the id that it is of, and the newer of the two is the one that is remembered.
 */

import { randomBytes } from "node:crypto";

import type { SegmentId } from "../base/index.js";
import { HASH_KEY_BYTES, IdHash } from "./id-hash.js";
import { ReplyImage } from "./reply-image.js";
import { ReplyIndex } from "./reply-index.js";
import { ReplyRing, type NameHash, type ReplyEntry } from "./reply-ring.js";

/** How many more the ring has room for than are remembered, as a share: what comes out of order is sorted that seldom. */
const SLACK = 1 / 4;

const PER_TURN = 2000;

export interface RepliesOptions {
  /** How many may be remembered, at the most. */
  readonly entriesMax: number;
  /** Of the hash, 8 bytes. Default: random ones, so that nobody can make ids that collide. */
  readonly hashKey?: Buffer;
}

export class Replies {
  readonly #hashKey: Buffer;
  readonly #hash: IdHash;
  readonly #roomMax: number;
  /** Made when the first is remembered. */
  #ring: ReplyRing | undefined;
  #index: ReplyIndex | undefined;
  /** The id that was hashed last. It is known by its buffer, so nobody may change the bytes of an id once it was asked for. */
  #hashedId: Buffer | undefined;
  #newest = 0;
  #isOrdered = true;

  constructor({ entriesMax, hashKey = randomBytes(HASH_KEY_BYTES) }: RepliesOptions) {
    this.#hashKey = hashKey;
    this.#hash = new IdHash(hashKey);
    this.#roomMax = Math.ceil(entriesMax * (1 + SLACK)) + 1;
  }

  get size(): number {
    return this.#index?.size ?? 0;
  }

  /** Whether they came in the order of their revisions: only then the oldest are in front. */
  get isOrdered(): boolean {
    return this.#isOrdered;
  }

  /** Where the reply lies that is remembered under an id with the hash of this one. */
  get(id: Buffer): ReplyEntry | undefined {
    const position = this.#find(id);
    return position === undefined ? undefined : this.#ringNow.at(position);
  }

  /** Whether there is no room for another before they are settled, and the oldest forgotten. */
  get isFull(): boolean {
    return this.#ring?.isFull === true;
  }

  /** Remembers it in place of one of the same id, which it returns. There must be room. */
  put(id: Buffer, entry: ReplyEntry): ReplyEntry | undefined {
    const before = this.#find(id);
    if (before === undefined) {
      this.#push(this.#hash, entry);
      return undefined;
    }
    const replaced = this.#ringNow.at(before);
    if (replaced.revision === entry.revision) {
      this.#ringNow.set(before, entry);
      return replaced;
    }
    this.#forgetAt(before);
    this.#push(this.#hash, entry);
    return replaced;
  }

  /** The one in front: the oldest, where they are in order. */
  oldest(): ReplyEntry | undefined {
    const ring = this.#ring;
    if (ring === undefined) return undefined;
    while (ring.count > 0) {
      const position = ring.positionOf(0);
      if (!ring.isForgotten(position)) return ring.at(position);
      ring.shift();
    }
    return undefined;
  }

  /** Forgets the one in front, and returns it. */
  forgetOldest(): ReplyEntry | undefined {
    const oldest = this.oldest();
    if (oldest === undefined) return undefined;
    this.#index?.remove(this.#ringNow.positionOf(0));
    this.#ringNow.shift();
    return oldest;
  }

  /** Forgets those that lie in these segments. Gives way now and then; to be run to its end. */
  *forgetIn(segments: ReadonlySet<SegmentId>): IterableIterator<void> {
    const count = this.#ring?.count ?? 0;
    for (let ordinal = 0; ordinal < count; ordinal++) {
      if (ordinal % PER_TURN === PER_TURN - 1) yield;
      const position = this.#ringNow.positionOf(ordinal);
      if (this.#ringNow.isForgotten(position)) continue;
      if (segments.has(this.#ringNow.at(position).segment)) this.#forgetAt(position);
    }
  }

  /** Puts them into the order of their revisions, where they are not, and lets go of what is forgotten. */
  settle(): void {
    const ring = this.#ring;
    if (ring === undefined || (this.#isOrdered && ring.count === this.size)) return;
    const positions: number[] = [];
    for (let ordinal = 0; ordinal < ring.count; ordinal++) {
      const position = ring.positionOf(ordinal);
      if (!ring.isForgotten(position)) positions.push(position);
    }
    if (!this.#isOrdered) {
      positions.sort((left, right) => ring.revisionAt(left) - ring.revisionAt(right));
    }
    this.#ring = undefined;
    this.#index = undefined;
    this.#newest = 0;
    this.#isOrdered = true;
    for (const position of positions) {
      const name = { low: ring.lowHashAt(position), high: ring.highHashAt(position) };
      this.#push(name, ring.at(position));
    }
  }

  /** Takes in what a ring held that was read back. */
  static from(ring: ReplyRing, options: RepliesOptions): Replies {
    const entriesMax = Math.max(options.entriesMax, ring.count);
    const replies = new Replies({ ...options, entriesMax });
    replies.#ring = ring;
    replies.settle();
    return replies;
  }

  /** Pins the state of this moment to have it written down. */
  image(): ReplyImage {
    return new ReplyImage(this.#ringNow.pin(), this.#hashKey);
  }

  get #ringNow(): ReplyRing {
    return this.#ring ?? this.#make();
  }

  #make(): ReplyRing {
    this.#ring = new ReplyRing(this.#roomMax);
    this.#index = new ReplyIndex(this.#ring);
    return this.#ring;
  }

  #find(id: Buffer): number | undefined {
    if (this.#hashedId !== id) {
      this.#hash.update(id);
      this.#hashedId = id;
    }
    return this.#index?.find(this.#hash);
  }

  #push(name: NameHash, entry: ReplyEntry): void {
    const position = this.#ringNow.push(name, entry);
    this.#index?.add(name, position);
    if (entry.revision < this.#newest) this.#isOrdered = false;
    else this.#newest = entry.revision;
  }

  #forgetAt(position: number): void {
    this.#index?.remove(position);
    this.#ringNow.forget(position);
  }
}
