/**
 * The newest changes, in memory that all followers share. It is bounded in bytes: what it has to forget, a
 * follower reads from the log.
 *
 *   published ──► objects, while a follower waits to tell them ──► bytes ──► forgotten
 *
 * Expirations are always in it. Other changes are, while someone follows them: whoever follows nothing but
 * expirations, or nothing at all, does not pay for them.
 */

import { present, revision, type Revision } from "../base/index.js";
import { RecordType, type DurableChange } from "../storage/index.js";
import { FeedRecord, kindsOf, type Kinds } from "./feed-record.js";
import { packedBytes, PackedChanges } from "./packed-changes.js";

/** One read gives about so many records and bytes, so that no follower holds many. */
const READ_RECORDS_MAX = 1000;
const READ_BYTES_MAX = 1024 * 1024;

/** Of the memory, what may be taken by objects that someone waits to tell. */
const OBJECTS_SHARE_MAX = 1 / 2;

/** Bytes are taken, and let go of, in parts of this share of the memory, or so many. */
const PART_SHARE = 1 / 32;
const PART_BYTES_MAX = 1024 * 1024;

const EXPIRATIONS = kindsOf([RecordType.EXPIRE]);

/** Some of the records, oldest first. */
export interface RingPart {
  readonly records: readonly FeedRecord[];
  /** Of the first record that comes after these; undefined: there is none. */
  readonly next: Revision | undefined;
}

export class ChangeRing {
  /** Oldest first; what is in the parts is older than what is an object. */
  #parts: PackedChanges[] = [];
  #partBytes = 0;
  /** The last part that was let go of, to be filled again. */
  #spare: PackedChanges | undefined;
  #objects: FeedRecord[] = [];
  #objectBytes = 0;
  readonly #bytesMax: number;
  #start: Revision;
  /** From this revision on, changes of every kind are in it. */
  #wholeFrom: Revision | undefined;

  /** Nothing that was changed before `start` will be in it. `bytesMax`: memory for it. */
  constructor(start: Revision, bytesMax: number) {
    this.#start = start;
    this.#bytesMax = bytesMax;
  }

  /** From this revision on, every change of these kinds is in the ring. Undefined: none need be. */
  startOf(kinds: Kinds): Revision | undefined {
    if (isOnlyExpirations(kinds)) return this.#start;
    if (this.#wholeFrom === undefined) return undefined;
    return revision(Math.max(this.#start, this.#wholeFrom));
  }

  /** Takes changes of every kind from this revision on; undefined: expirations alone. */
  keepAllFrom(from: Revision | undefined): void {
    this.#wholeFrom = from;
  }

  /** Takes what is newer than all before, and forgets the oldest past the bound. Returns what all may be told. */
  add(changes: readonly DurableChange[]): readonly FeedRecord[] {
    this.#pack((record) => !record.isHeld);
    const added: FeedRecord[] = [];
    for (const change of changes) {
      const { type } = change.record;
      if (this.#wholeFrom === undefined && type !== RecordType.EXPIRE) continue;
      const record = new FeedRecord(change);
      record.onGrowth = this.#grow;
      this.#objects.push(record);
      this.#objectBytes += record.memoryBytes;
      added.push(record);
    }
    this.#keepToBound();
    return added;
  }

  /** The oldest records from the revision on, which is not before the start: whole transactions. */
  read(from: Revision): RingPart {
    const records: FeedRecord[] = [];
    let bytes = 0;
    let last: Revision | undefined;
    for (const record of this.#recordsFrom(from)) {
      const isFull = records.length >= READ_RECORDS_MAX || bytes >= READ_BYTES_MAX;
      if (isFull && record.revision !== last) return { records, next: record.revision };
      records.push(record);
      bytes += record.valueBytes;
      last = record.revision;
    }
    return { records, next: undefined };
  }

  *#recordsFrom(from: Revision): Generator<FeedRecord, void, undefined> {
    // Whoever follows closely asks for what is still to come. A transaction may have begun in the parts.
    const isInParts = (this.#objects[0]?.revision ?? Infinity) >= from;
    for (const part of isInParts ? this.#parts : []) {
      if ((part.lastRevision ?? 0) < from) continue;
      for (const change of part.changesFrom(from)) yield new FeedRecord(change);
    }
    const first = this.#firstObjectFrom(from);
    for (let at = first; at < this.#objects.length; at++) {
      yield present(this.#objects[at], "an object of the ring");
    }
  }

  readonly #grow = (bytes: number): void => {
    this.#objectBytes += bytes;
    this.#keepToBound();
  };

  #keepToBound(): void {
    this.#pack(() => this.#objectBytes > this.#bytesMax * OBJECTS_SHARE_MAX);
    let forgotten = 0;
    while (this.#objectBytes + this.#partBytes > this.#bytesMax) {
      const part = this.#parts[forgotten];
      if (part === undefined) break;
      forgotten++;
      this.#partBytes -= part.memoryBytes;
      // A transaction is forgotten whole: what is left of it is before the start.
      this.#start = revision(Math.max(this.#start, (part.lastRevision ?? 0) + 1));
      this.#spare = part;
    }
    if (forgotten > 0) this.#parts = this.#parts.slice(forgotten);
  }

  /** Makes bytes of the oldest objects, as long as that `isDue`. */
  #pack(isDue: (record: FeedRecord) => boolean): void {
    let count = 0;
    for (const record of this.#objects) {
      if (!isDue(record)) break;
      this.#objectBytes -= record.memoryBytes;
      this.#keep(present(record.change, "the change of a record that is kept"));
      record.forget();
      count++;
    }
    if (count > 0) this.#objects = this.#objects.slice(count);
  }

  #keep(change: DurableChange): void {
    const bytes = packedBytes(change);
    let part = this.#parts.at(-1);
    if (part?.holds(bytes) !== true) {
      part = this.#newPart(bytes);
      this.#parts.push(part);
      this.#partBytes += part.memoryBytes;
    }
    part.add(change);
  }

  #newPart(bytes: number): PackedChanges {
    const usualBytes = Math.min(PART_BYTES_MAX, Math.ceil(this.#bytesMax * PART_SHARE));
    const spare = this.#spare;
    this.#spare = undefined;
    // One that was made for a large change is not kept for small ones.
    if (spare?.memoryBytes !== usualBytes || bytes > usualBytes) {
      return new PackedChanges(Math.max(bytes, usualBytes));
    }
    spare.clear();
    return spare;
  }

  /** Where the first object of that revision or a later one lies. */
  #firstObjectFrom(from: Revision): number {
    const newest = this.#objects.at(-1);
    if (newest === undefined || newest.revision < from) return this.#objects.length;
    let low = 0;
    let high = this.#objects.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#objects[middle]?.revision ?? from) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isOnlyExpirations(kinds: Kinds): boolean {
  return (kinds & ~EXPIRATIONS) === 0;
}
