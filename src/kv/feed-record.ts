/**
 * A change as all followers of the feed share it: what is made of it for one of them is there for the next. The
 * ring forgets it when its memory is wanted; who still waits to tell it finds it in bytes, or in the log, then.
 */

import type { TimeMs } from "../base/index.js";
import type { DurableChange, LogRecord } from "../storage/index.js";

/** What a record takes beside its key and value: objects and buffers; measured on Node 20. */
const RECORD_BYTES = 300;

/** One bit for each type of record. */
export type Kinds = number & { readonly brand: "Kinds" };

export function kindsOf(types: readonly LogRecord["type"][]): Kinds {
  return types.reduce((kinds, type) => kinds | (1 << type), 0) as Kinds;
}

export class FeedRecord {
  readonly key: Buffer;
  readonly revision: LogRecord["revision"];
  readonly index: number;
  readonly commitTimeMs: TimeMs;
  /** Bytes of the value, as they count for whoever is to be told. */
  readonly valueBytes: number;
  readonly #kind: number;
  #change: DurableChange | undefined;
  /** Under the name of what makes it; most records are told as they are, and have none of it. */
  #made: Map<string, Promise<unknown>> | undefined;
  #memoryBytes: number;
  #holderCount = 0;
  /** Told how much more memory it takes. Absent: nothing is kept with it. */
  onGrowth: ((bytes: number) => void) | undefined;

  constructor(change: DurableChange) {
    const { record } = change;
    this.key = record.key;
    this.revision = record.revision;
    this.index = record.index;
    this.commitTimeMs = record.commitTimeMs;
    this.valueBytes = record.isValueOmitted ? 0 : record.valueSize;
    this.#kind = 1 << record.type;
    this.#change = change;
    this.#memoryBytes = RECORD_BYTES + record.key.length + record.value.length;
  }

  /** Undefined: it was forgotten. */
  get change(): DurableChange | undefined {
    return this.#change;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Whether someone is still to tell it. */
  get isHeld(): boolean {
    return this.#holderCount > 0;
  }

  /** Someone will tell it, until `letGo`. */
  hold(): void {
    this.#holderCount++;
  }

  letGo(): void {
    this.#holderCount--;
  }

  isOf(kinds: Kinds): boolean {
    return (this.#kind & kinds) !== 0;
  }

  /** What `make` gives, made once for all who ask while the record is kept in memory. */
  once<T>(name: string, make: () => Promise<T>, bytesOf: (made: T) => number): Promise<T> {
    if (this.onGrowth === undefined) return make();
    const before = this.#made?.get(name) as Promise<T> | undefined;
    if (before !== undefined) return before;
    const made = make();
    this.#made ??= new Map();
    this.#made.set(name, made);
    made.then(
      (value) => {
        const bytes = bytesOf(value);
        if (this.#change === undefined) return;
        this.#memoryBytes += bytes;
        this.onGrowth?.(bytes);
      },
      () => this.#made?.delete(name),
    );
    return made;
  }

  forget(): void {
    this.#change = undefined;
    this.onGrowth = undefined;
    this.#made = undefined;
  }
}
