/**
 * Values that were read or written lately, bounded in bytes; the one used least lately goes first.
 *
 * The order of use is a list through the entries, not that of a Map: taking the first key of a Map passes over
 * all that were deleted before it. And the Maps are many and small, because one grows in a single step, and a
 * million entries would hold everyone up for that long.
 */

import { present, type Revision, type TimeMs } from "../base/index.js";

/** What a record holds beside what the keydir knows. */
export interface StoredValue {
  readonly revision: Revision;
  readonly value: Buffer;
  readonly contentType: string;
  readonly updateTimeMs: TimeMs;
}

/**
 * What an entry costs beside its key and value: objects, a buffer, and its place in a map. Half a million entries
 * with keys of 16 bytes and values of 100 took some 550 bytes of resident memory each.
 */
const ENTRY_BYTES = 400;

/** A power of two. A cache of a million entries has some four thousand in each. */
const SHARD_COUNT = 256;

/** Bytes at the end of a key that choose its shard; what keys have in common is mostly at their beginning. */
const HASHED_BYTES = 8;

/** FNV-1a, 32 bits: Fowler, Noll and Vo. */
const FNV_PRIME = 0x01000193;

interface Held {
  readonly name: string;
  readonly shard: Map<string, Held>;
  readonly value: StoredValue;
  /** Neighbours in the order of use. */
  newer: Held | undefined;
  older: Held | undefined;
}

export class ValueCache {
  readonly #bytesMax: number;
  readonly #shards = Array.from({ length: SHARD_COUNT }, () => new Map<string, Held>());
  #newest: Held | undefined;
  #oldest: Held | undefined;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The value of the key at exactly this revision. */
  get(key: Buffer, revision: Revision): StoredValue | undefined {
    const held = this.#shardOf(key).get(key.toString("latin1"));
    if (held?.value.revision !== revision) return undefined;
    if (held !== this.#newest) {
      this.#unlink(held);
      this.#linkNewest(held);
    }
    return held.value;
  }

  put(key: Buffer, value: StoredValue): void {
    const name = key.toString("latin1");
    const shard = this.#shardOf(key);
    const previous = shard.get(name);
    // A slow read must not put an old value over a new one.
    if (previous !== undefined && previous.value.revision > value.revision) return;
    if (previous !== undefined) this.#drop(previous);
    const cost = costOf(name, value);
    if (cost > this.#bytesMax) return;
    const held: Held = { name, shard, value, newer: undefined, older: undefined };
    shard.set(name, held);
    this.#linkNewest(held);
    this.#bytes += cost;
    while (this.#bytes > this.#bytesMax) this.#drop(present(this.#oldest, "what the bytes are of"));
  }

  remove(key: Buffer): void {
    const held = this.#shardOf(key).get(key.toString("latin1"));
    if (held !== undefined) this.#drop(held);
  }

  #shardOf(key: Buffer): Map<string, Held> {
    let hash = key.length;
    for (let at = Math.max(0, key.length - HASHED_BYTES); at < key.length; at++) {
      hash = Math.imul(hash ^ (key[at] ?? 0), FNV_PRIME);
    }
    return present(this.#shards[(hash >>> 16) & (SHARD_COUNT - 1)], "a shard for each hash");
  }

  #drop(held: Held): void {
    held.shard.delete(held.name);
    this.#unlink(held);
    this.#bytes -= costOf(held.name, held.value);
  }

  #linkNewest(held: Held): void {
    held.older = this.#newest;
    if (this.#newest !== undefined) this.#newest.newer = held;
    this.#newest = held;
    this.#oldest ??= held;
  }

  #unlink(held: Held): void {
    const { newer, older } = held;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    held.newer = undefined;
    held.older = undefined;
  }
}

function costOf(name: string, value: StoredValue): number {
  return ENTRY_BYTES + name.length + value.value.length;
}
