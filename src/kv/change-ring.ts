/**
 * The newest changes, in memory that all followers share. It is bounded in bytes: what it has to forget, a
 * follower reads from the log.
 *
 * Expirations are always in it. Other changes are, while someone follows them: whoever follows nothing but
 * expirations, or nothing at all, does not pay for them.
 */

import { revision, type Revision } from "../base/index.js";
import { RecordType, type DurableChange } from "../storage/index.js";
import { FeedRecord, kindsOf, type Kinds } from "./feed-record.js";

/** One read gives about so many records, so that no follower holds many. */
const READ_RECORDS_MAX = 1000;

/** Of the list. */
const FORGOTTEN_SHARE_MAX = 1 / 8;

const EXPIRATIONS = kindsOf([RecordType.EXPIRE]);

/** Some of the records, oldest first. */
export interface RingPart {
  readonly records: readonly FeedRecord[];
  /** Of the first record that comes after these; undefined: there is none. */
  readonly next: Revision | undefined;
}

export class ChangeRing {
  #records: (FeedRecord | undefined)[] = [];
  /** How many of the first places are empty: they are let go of now and then, since it moves all others. */
  #forgottenCount = 0;
  readonly #bytesMax: number;
  #start: Revision;
  /** From this revision on, changes of every kind are in it. */
  #wholeFrom: Revision | undefined;
  #bytes = 0;

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
    const added: FeedRecord[] = [];
    for (const change of changes) {
      const { type } = change.record;
      if (this.#wholeFrom === undefined && type !== RecordType.EXPIRE) continue;
      const record = new FeedRecord(change);
      record.onGrowth = this.#grow;
      this.#records.push(record);
      this.#bytes += record.memoryBytes;
      added.push(record);
    }
    this.#forgetOldest();
    return added;
  }

  /** The oldest records from the revision on, which is not before the start: whole transactions. */
  read(from: Revision): RingPart {
    const first = this.#firstFrom(from);
    let end = Math.min(first + READ_RECORDS_MAX, this.#records.length);
    const last = this.#records[end - 1]?.revision;
    while (end > first && this.#records[end]?.revision === last) end++;
    const records = this.#records.slice(first, end).filter((record) => record !== undefined);
    return { records, next: this.#records[end]?.revision };
  }

  readonly #grow = (bytes: number): void => {
    this.#bytes += bytes;
    this.#forgetOldest();
  };

  #forgetOldest(): void {
    for (;;) {
      const record = this.#records[this.#forgottenCount];
      if (record === undefined) break;
      // A transaction is forgotten whole.
      const isSplit = record.revision < this.#start;
      if (this.#bytes <= this.#bytesMax && !isSplit) break;
      this.#bytes -= record.memoryBytes;
      record.forget();
      this.#start = revision(Math.max(this.#start, record.revision + 1));
      this.#records[this.#forgottenCount++] = undefined;
    }
    if (this.#forgottenCount <= this.#records.length * FORGOTTEN_SHARE_MAX) return;
    this.#records = this.#records.slice(this.#forgottenCount);
    this.#forgottenCount = 0;
  }

  /** Where the first record of that revision or a later one lies. */
  #firstFrom(from: Revision): number {
    const newest = this.#records.at(-1);
    // Whoever follows closely asks for what is still to come.
    if (newest === undefined || newest.revision < from) return this.#records.length;
    let low = this.#forgottenCount;
    let high = this.#records.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle]?.revision ?? from) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isOnlyExpirations(kinds: Kinds): boolean {
  return (kinds & ~EXPIRATIONS) === 0;
}
