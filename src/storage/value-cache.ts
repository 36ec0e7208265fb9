/**
 * The newest values of keys that were read or written lately, with all else that a Get tells, bounded in bytes. Whatever
 * came within the last three quarters of the bound is there; what is older stays only if it is used: a value that is
 * asked for in the oldest quarter moves to the front.
 *
 * That is nearly what a list in the order of use would keep, without one: values lie in a ring of bytes outside
 * the heap, and are found by the hash of their key, in chains through the ring (docs/decisions/value-cache.md).
 */

import {
  FORESEEN_KEYS_MAX,
  ForeseenKeys,
  present,
  revision,
  timeMs,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import { unitsOf, ValueRing, type RingEntry } from "./value-ring.js";

/** What a record holds beside what the keydir knows. */
export interface StoredValue {
  readonly revision: Revision;
  readonly value: Buffer;
  readonly contentType: string;
  readonly updateTimeMs: TimeMs;
}

/** The same of a key's newest state, with what the keydir knows of that. */
export interface NewestEntry extends StoredValue {
  readonly key: Buffer;
  readonly createRevision: Revision;
  readonly version: number;
  /** 0: never expires. */
  readonly deadlineMs: TimeMs;
}

/**
 * One chain for so many bytes: short chains, since what makes room is taken out of its own. With 256, a value of a
 * megabyte took half as long again to find room among small ones.
 */
const BYTES_PER_CHAIN = 64;
const CHAIN_COUNT_MAX = 2 ** 28;
const CHAIN_BYTES = 4;

const NO_KEY = Buffer.alloc(0);

/** FNV-1a, 32 bits: Fowler, Noll and Vo. */
const FNV_PRIME = 0x01000193;

export class ValueCache {
  readonly #ring: ValueRing;
  /** The place of the first entry of each chain, plus one; 0: there is none. Places in the ring link alike. */
  readonly #chains: Uint32Array;
  /** Nobody outside can choose keys that share a chain. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32);

  readonly #foreseen = new ForeseenKeys();
  readonly #foreseenHashes = new Uint32Array(FORESEEN_KEYS_MAX);
  readonly #foreseenLinks = new Uint32Array(FORESEEN_KEYS_MAX);
  // eslint-disable-next-line no-unused-private-class-members -- Else what only has memory read would be left out as useless.
  #touched = 0;

  /** The bound includes the memory of the chains. */
  constructor(bytesMax: number) {
    const chainCount = 2 ** Math.floor(Math.log2(Math.max(1, bytesMax / BYTES_PER_CHAIN)));
    this.#chains = new Uint32Array(Math.min(chainCount, CHAIN_COUNT_MAX));
    const ringBytes = Math.max(0, bytesMax - this.#chains.length * CHAIN_BYTES);
    this.#ring = new ValueRing(ringBytes, (place) => {
      this.#unlink(place);
    });
  }

  /** What the values take, with their keys and heads, and with what was replaced and has not made room yet. */
  get bytes(): number {
    return this.#ring.usedBytes;
  }

  /**
   * Has at hand what is here of keys that will be asked for next, in this order: most of what a get among a million takes is
   * waiting for memory. Each step reads a line for every key before the next one looks at any of them.
   */
  foresee(keys: readonly Buffer[]): void {
    const hashes = this.#foreseenHashes;
    const links = this.#foreseenLinks;
    const chains = this.#chains;
    const count = this.#foreseen.expect(keys);
    for (let index = 0; index < count; index++) {
      hashes[index] = hashOf(keys[index] ?? NO_KEY, this.#seed);
    }
    for (let index = 0; index < count; index++) {
      links[index] = chains[this.#chainOf(hashes[index] ?? 0)] ?? 0;
    }
    this.#touched ^= this.#ring.touch(links, count);
  }

  /** The key's newest state, if its value is here. Undefined says nothing of the key. */
  newest(key: Buffer): NewestEntry | undefined {
    const hash = this.#hashOf(key);
    const place = this.#find(key, hash);
    if (place === undefined) return undefined;
    const found = this.#entryAt(place, key);
    if (this.#ring.isOld(place)) this.#renew(place, found, hash);
    return found;
  }

  /** The value of the key at exactly this revision: a copy. */
  get(key: Buffer, ofRevision: Revision): StoredValue | undefined {
    const hash = this.#hashOf(key);
    const place = this.#find(key, hash);
    if (place === undefined || this.#ring.revisionAt(place) !== ofRevision) return undefined;
    if (this.#ring.isOld(place)) {
      const found = this.#entryAt(place, key);
      this.#renew(place, found, hash);
      const { value, contentType, updateTimeMs } = found;
      return { revision: ofRevision, value, contentType, updateTimeMs };
    }
    return this.#valueAt(place, ofRevision);
  }

  /** As `get`, for whoever passes by once: what is found is no more likely to stay than before. */
  peek(key: Buffer, ofRevision: Revision): StoredValue | undefined {
    const place = this.#find(key, this.#hashOf(key));
    if (place === undefined || this.#ring.revisionAt(place) !== ofRevision) return undefined;
    return this.#valueAt(place, ofRevision);
  }

  /** `entry` is the newest of its key. */
  put(entry: NewestEntry): void {
    const { key } = entry;
    const hash = this.#hashOf(key);
    const place = this.#find(key, hash);
    if (place !== undefined) {
      if (!this.#ring.isOld(place) && this.#ring.unitsAt(place) === unitsOf(entry)) {
        this.#ring.overwrite(place, entry);
        return;
      }
      this.#drop(place);
    }
    this.#append(entry, hash);
  }

  remove(key: Buffer): void {
    const place = this.#find(key, this.#hashOf(key));
    if (place !== undefined) this.#drop(place);
  }

  #valueAt(place: number, ofRevision: Revision): StoredValue {
    return {
      revision: ofRevision,
      value: this.#ring.valueAt(place),
      contentType: this.#ring.contentTypeAt(place),
      updateTimeMs: timeMs(this.#ring.updateTimeAt(place)),
    };
  }

  #entryAt(place: number, key: Buffer): NewestEntry {
    const ring = this.#ring;
    return {
      key,
      value: ring.valueAt(place),
      revision: revision(ring.revisionAt(place)),
      createRevision: revision(ring.createRevisionAt(place)),
      version: ring.versionAt(place),
      deadlineMs: timeMs(ring.deadlineAt(place)),
      updateTimeMs: timeMs(ring.updateTimeAt(place)),
      contentType: ring.contentTypeAt(place),
    };
  }

  /** Moves the entry to the front. */
  #renew(place: number, entry: RingEntry, hash: number): void {
    this.#drop(place);
    this.#append(entry, hash);
  }

  #append(entry: RingEntry, hash: number): void {
    const units = unitsOf(entry);
    if (!this.#ring.holds(units)) return;
    const place = this.#ring.append(entry, units);
    const chain = this.#chainOf(hash);
    this.#ring.setHash(place, hash);
    this.#ring.setNext(place, this.#chains[chain] ?? 0);
    this.#chains[chain] = place + 1;
  }

  #find(key: Buffer, hash: number): number | undefined {
    let link = this.#chains[this.#chainOf(hash)] ?? 0;
    while (link !== 0) {
      const place = link - 1;
      if (this.#ring.hashAt(place) === hash && this.#ring.hasKey(place, key)) return place;
      link = this.#ring.nextAt(place);
    }
    return undefined;
  }

  #drop(place: number): void {
    this.#unlink(place);
    this.#ring.forget(place);
  }

  #unlink(place: number): void {
    const next = this.#ring.nextAt(place);
    const chain = this.#chainOf(this.#ring.hashAt(place));
    let link = present(this.#chains[chain], "the chain of an entry");
    if (link === place + 1) {
      this.#chains[chain] = next;
      return;
    }
    while (this.#ring.nextAt(link - 1) !== place + 1) link = this.#ring.nextAt(link - 1);
    this.#ring.setNext(link - 1, next);
  }

  #hashOf(key: Buffer): number {
    const foreseen = this.#foreseen.positionOf(key);
    if (foreseen !== undefined) return this.#foreseenHashes[foreseen] ?? 0;
    return hashOf(key, this.#seed);
  }

  #chainOf(hash: number): number {
    return hash & (this.#chains.length - 1);
  }
}

function hashOf(key: Buffer, seed: number): number {
  let hash = seed;
  for (const byte of key) hash = Math.imul(hash ^ byte, FNV_PRIME);
  // The low bits choose the chain, and those of a product depend on the low bits of its factors alone.
  hash ^= hash >>> 15;
  return hash >>> 0;
}
