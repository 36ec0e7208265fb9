/**
 * The newest expirations, in memory that all followers share. It is bounded in bytes: what it has to
 * forget, a follower reads from the log.
 */

import { revision, type Revision } from "../base/index.js";
import type { StorageEngine } from "../storage/index.js";

export type ExpireRecord = Awaited<
  ReturnType<StorageEngine["logReader"]["read"]>
>["expirations"][number];

/** Memory for the ring, in bytes. */
const RING_BYTES_MAX = 8 * 1024 * 1024;

/** What a record takes beside its key and value: its object and two buffers; measured on Node 20. */
const RECORD_BYTES = 300;

/** One read gives about so many records, so that no follower holds many. */
const READ_RECORDS_MAX = 1000;

/** Some of the records, oldest first. */
export interface RingPart {
  readonly records: readonly ExpireRecord[];
  /** Of the first record that comes after these; undefined: there is none. */
  readonly next: Revision | undefined;
}

export class ExpirationRing {
  readonly #records: ExpireRecord[] = [];
  #start: Revision;
  #bytes = 0;

  /** Nothing that expired before `start` will be in it. */
  constructor(start: Revision) {
    this.#start = start;
  }

  /** Every expiration from this revision on is in the ring. */
  get start(): Revision {
    return this.#start;
  }

  /** Takes records that are newer than all others, and forgets the oldest past the bound. */
  add(records: readonly ExpireRecord[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += memoryOf(record);
    }
    let dropCount = 0;
    for (const record of this.#records) {
      // A transaction is forgotten whole.
      const isSplit = record.revision < this.#start;
      if (this.#bytes <= RING_BYTES_MAX && !isSplit) break;
      this.#bytes -= memoryOf(record);
      this.#start = revision(Math.max(this.#start, record.revision + 1));
      dropCount++;
    }
    if (dropCount > 0) this.#records.splice(0, dropCount);
  }

  /** The oldest records from the revision on, which is not before the start: whole transactions. */
  read(from: Revision): RingPart {
    const first = this.#firstFrom(from);
    let end = Math.min(first + READ_RECORDS_MAX, this.#records.length);
    const last = this.#records[end - 1]?.revision;
    while (end > first && this.#records[end]?.revision === last) end++;
    return { records: this.#records.slice(first, end), next: this.#records[end]?.revision };
  }

  /** Where the first record of that revision or a later one lies. */
  #firstFrom(from: Revision): number {
    const newest = this.#records.at(-1);
    // Whoever follows closely asks for what is still to come.
    if (newest === undefined || newest.revision < from) return this.#records.length;
    let low = 0;
    let high = this.#records.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle]?.revision ?? from) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function memoryOf(record: ExpireRecord): number {
  return RECORD_BYTES + record.key.length + record.value.length;
}
