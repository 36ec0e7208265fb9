/** Values that were read or written lately, least recently used first, bounded in bytes. */

import type { Revision, TimeMs } from "../base/index.js";

/** What a record holds beside what the keydir knows. */
export interface StoredValue {
  readonly revision: Revision;
  readonly value: Buffer;
  readonly contentType: string;
  readonly updateTimeMs: TimeMs;
}

/** What an entry costs beside its key and value: objects and its place in the map; estimated. */
const ENTRY_BYTES = 200;

export class ValueCache {
  readonly #bytesMax: number;
  readonly #values = new Map<string, StoredValue>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The value of the key at exactly this revision. */
  get(key: Buffer, revision: Revision): StoredValue | undefined {
    const name = key.toString("latin1");
    const found = this.#values.get(name);
    if (found?.revision !== revision) return undefined;
    this.#values.delete(name);
    this.#values.set(name, found);
    return found;
  }

  put(key: Buffer, value: StoredValue): void {
    const name = key.toString("latin1");
    const previous = this.#values.get(name);
    // A slow read must not put an old value over a new one.
    if (previous !== undefined && previous.revision > value.revision) return;
    this.#drop(name);
    const cost = costOf(name, value);
    if (cost > this.#bytesMax) return;
    this.#values.set(name, value);
    this.#bytes += cost;
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#drop(oldest);
    }
  }

  remove(key: Buffer): void {
    this.#drop(key.toString("latin1"));
  }

  #drop(name: string): void {
    const value = this.#values.get(name);
    if (value === undefined) return;
    this.#values.delete(name);
    this.#bytes -= costOf(name, value);
  }
}

function costOf(name: string, value: StoredValue): number {
  return ENTRY_BYTES + name.length + value.value.length;
}
