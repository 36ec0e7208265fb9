/**
 * Older versions of keys, and what ended those that were removed.
 *
 * - The versions of a key that are kept here are older than its newest put, which is in the tree of keys; of a
 *   removed key, its tombstone and what came before.
 * - They are a chain: all that happened to the key between its oldest version and its newest is there. Whoever
 *   drops one drops those before it too.
 * - Where one version is kept, there is nothing here, and nobody asks.
 */

import { assert, DEFAULT_LIMITS, present, revision, type Revision } from "../base/index.js";
import { ENTRY_BYTES, isNewer, readEntry, writeEntry, type KeydirEntry } from "./keydir-entry.js";
import { keyBytesMax } from "./page-room.js";
import { PageTree } from "./page-tree.js";
import type { TreeImage } from "./tree-image.js";
import { countBelow, walkTree, type Walk, type WalkedEntry } from "./tree-walk.js";

/** The most versions of a key that can be kept. */
export const HISTORY_VERSIONS_MAX = 64;

/** A version in the tree: the entry, then whether it is a tombstone. */
const KIND_AT = ENTRY_BYTES;
const VERSION_BYTES = KIND_AT + 1;

/** Its name, big-endian, so that the versions of a key lie together, oldest first: length, key, place. */
const KEY_LENGTH_BYTES = 2;
const PLACE_BYTES = 8;

const VERSION_NAME_BYTES_MAX = KEY_LENGTH_BYTES + DEFAULT_LIMITS.keyBytesMax + PLACE_BYTES;

const NOTHING = Buffer.alloc(0);

/** All that happened to one key, as far as it is kept here. */
export interface Chain {
  readonly key: Buffer;
  /** Oldest first. */
  readonly versions: readonly KeydirEntry[];
}

/** The revision of a record and its position in the transaction. */
type Place = Pick<KeydirEntry, "revision" | "index">;

/** Before and behind every place that a version can have. */
const FIRST_PLACE: Place = { revision: revision(0), index: 0 };
const LAST_PLACE: Place = { revision: revision(2 ** 48 - 1), index: 0xffff };

interface HistoryTrees {
  readonly versions: PageTree | undefined;
  readonly removals: PageTree | undefined;
}

export class History {
  readonly versionsMax: number;
  readonly #versions: PageTree;
  /** Of every tombstone that is kept: its place, then its key. So those to be forgotten come first. */
  readonly #removals: PageTree;
  readonly #payload = Buffer.alloc(VERSION_BYTES);

  /** `trees`: those that were read back, if they were. */
  constructor(versionsMax: number, { versions, removals }: HistoryTrees) {
    assert(versionsMax >= 1 && versionsMax <= HISTORY_VERSIONS_MAX, "history.versions is in range");
    assert(keyBytesMax(VERSION_BYTES) >= VERSION_NAME_BYTES_MAX, "a page has room for every name");
    this.versionsMax = versionsMax;
    this.#versions = versions ?? new PageTree(VERSION_BYTES);
    this.#removals = removals ?? new PageTree(NOTHING.length);
  }

  /** Whether older versions are kept at all. */
  get isKept(): boolean {
    return this.versionsMax > 1;
  }

  /** How many versions there are, tombstones included. */
  get size(): number {
    return this.#versions.size;
  }

  get memoryBytes(): number {
    return this.isKept ? this.#versions.usedBytes + this.#removals.usedBytes : 0;
  }

  /** Of that, without what only a checkpoint under way keeps. */
  get ownBytes(): number {
    return this.isKept ? this.#versions.ownBytes + this.#removals.ownBytes : 0;
  }

  /** Pins the state of this moment to have its pages written down. */
  images(): { readonly versions: TreeImage; readonly removals: TreeImage } {
    return { versions: this.#versions.image(), removals: this.#removals.image() };
  }

  add(key: Buffer, version: KeydirEntry): void {
    this.#write(versionName(key, version), version);
    if (version.isTombstone) this.#removals.set(removalName(key, version), NOTHING);
  }

  /** Points a version at another place. */
  move(key: Buffer, version: KeydirEntry): void {
    this.#write(versionName(key, version), version);
  }

  /** Drops the oldest version if there are more than `countMax`; one at a time is added, so one is enough. */
  trim(key: Buffer, countMax: number): KeydirEntry | undefined {
    const first = versionName(key, FIRST_PLACE);
    const behind = versionName(key, LAST_PLACE);
    if (this.#countBelow(behind) - this.#countBelow(first) <= countMax) return undefined;
    const range = { start: first, end: behind, isDescending: false };
    for (const walked of this.#walk(range)) {
      const oldest = readVersion(walked);
      this.#drop(key, oldest);
      return oldest;
    }
    return undefined;
  }

  /** Newest first. */
  of(key: Buffer): KeydirEntry[] {
    return Array.from(this.#walk(rangeOf(key)), readVersion);
  }

  newestOf(key: Buffer): KeydirEntry | undefined {
    for (const walked of this.#walk(rangeOf(key))) return readVersion(walked);
    return undefined;
  }

  find(key: Buffer, ofRevision: Revision, index: number): KeydirEntry | undefined {
    return this.#versions.get(versionName(key, { revision: ofRevision, index }), readPayload);
  }

  /** The lowest revision of a tombstone; undefined: there is none. */
  oldestRemoval(): Revision | undefined {
    return this.#oldestRemoval()?.place.revision;
  }

  /**
   * Forgets the lowest tombstone and what is older of its key, if it is below the revision. Returns what is not
   * kept any more; nothing: there is no such tombstone.
   */
  forgetRemoval(floor: Revision): KeydirEntry[] {
    const oldest = this.#oldestRemoval();
    if (oldest === undefined || oldest.place.revision >= floor) return [];
    return this.cut(oldest.key, oldest.place);
  }

  /** Drops the version there and all older ones of the key, and returns them. */
  cut(key: Buffer, { revision: atRevision, index }: Place): KeydirEntry[] {
    const start = versionName(key, FIRST_PLACE);
    const range = { start, end: versionName(key, LAST_PLACE), isDescending: false };
    const dropped: KeydirEntry[] = [];
    for (const walked of this.#walk(range)) {
      const version = readVersion(walked);
      if (isNewer(version, { revision: atRevision, index })) break;
      dropped.push(version);
    }
    for (const version of dropped) this.#drop(key, version);
    return dropped;
  }

  /** Whole chains in the order of their names, from behind `after` on: those of `countMax` keys. */
  chains(after: Chain | undefined, countMax: number): Chain[] {
    const start = after === undefined ? undefined : versionName(after.key, LAST_PLACE);
    const chains: { readonly key: Buffer; readonly versions: KeydirEntry[] }[] = [];
    for (const walked of this.#walk({ start, isDescending: false })) {
      const key = keyOf(walked.key);
      const last = chains.at(-1);
      if (last?.key.equals(key) === true) last.versions.push(readVersion(walked));
      else if (chains.length === countMax) break;
      else chains.push({ key, versions: [readVersion(walked)] });
    }
    return chains;
  }

  #oldestRemoval(): { readonly key: Buffer; readonly place: Place } | undefined {
    const fromFirst = { isDescending: false };
    const newWindow: NewWindow = (page) => this.#removals.newWindow(page);
    for (const { key: name } of walkTree(newWindow, this.#removals.root, fromFirst)) {
      return { key: name.subarray(PLACE_BYTES), place: readPlace(name, 0) };
    }
    return undefined;
  }

  #write(name: Buffer, version: KeydirEntry): void {
    writeEntry(version, this.#payload);
    this.#payload.writeUInt8(version.isTombstone ? 1 : 0, KIND_AT);
    this.#versions.set(name, this.#payload);
  }

  #drop(key: Buffer, version: KeydirEntry): void {
    this.#versions.delete(versionName(key, version));
    if (version.isTombstone) this.#removals.delete(removalName(key, version));
  }

  #walk(walk: Walk): IterableIterator<WalkedEntry> {
    return walkTree((page) => this.#versions.newWindow(page), this.#versions.root, walk);
  }

  #countBelow(name: Buffer): number {
    return countBelow((page) => this.#versions.newWindow(page), this.#versions.root, name);
  }
}

type NewWindow = Parameters<typeof walkTree>[0];

function rangeOf(key: Buffer): Walk {
  const start = versionName(key, FIRST_PLACE);
  return { start, end: versionName(key, LAST_PLACE), isDescending: true };
}

function versionName(key: Buffer, place: Place): Buffer {
  const name = Buffer.allocUnsafe(KEY_LENGTH_BYTES + key.length + PLACE_BYTES);
  name.writeUInt16BE(key.length, 0);
  name.set(key, KEY_LENGTH_BYTES);
  writePlace(place, name, KEY_LENGTH_BYTES + key.length);
  return name;
}

function keyOf(name: Buffer): Buffer {
  return name.subarray(KEY_LENGTH_BYTES, name.length - PLACE_BYTES);
}

function removalName(key: Buffer, place: Place): Buffer {
  const name = Buffer.allocUnsafe(PLACE_BYTES + key.length);
  writePlace(place, name, 0);
  name.set(key, PLACE_BYTES);
  return name;
}

function writePlace(place: Place, bytes: Buffer, at: number): void {
  bytes.writeUIntBE(place.revision, at, 6);
  bytes.writeUInt16BE(place.index, at + 6);
}

function readPlace(bytes: Buffer, at: number): Place {
  return { revision: revision(bytes.readUIntBE(at, 6)), index: bytes.readUInt16BE(at + 6) };
}

function readVersion({ bytes, payloadAt }: WalkedEntry): KeydirEntry {
  return readPayload(bytes, payloadAt);
}

function readPayload(bytes: Buffer, at: number): KeydirEntry {
  const isTombstone = present(bytes[at + KIND_AT], "the kind of a version") === 1;
  return { ...readEntry(bytes, at), isTombstone };
}
