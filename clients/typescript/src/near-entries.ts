/** What a near cache holds: entries as they came, so many bytes of them, the least used of which goes first. */

import type { Entry as WireEntry } from "../../../generated/keyvaluedb/v1/types.js";

/** A key as it was at a revision. */
export interface Held {
  /** Undefined: there was no such key. */
  readonly entry: WireEntry | undefined;
  /** Of the key's last change; of one that was not there, a revision at which it was not. */
  readonly revision: number;
  /** Of the change among those of its revision; infinite where the state after all of them was read. */
  readonly index: number;
}

/** What an entry takes beside its key, its value and its content type: objects, numbers and the place in the map. */
const OVERHEAD_BYTES = 256;

const BYTES_PER_CHARACTER = 2;

export class NearEntries {
  readonly #bytesMax: number;
  /** The least used first. */
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#held.size;
  }

  /** At most `bytesMax`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is held of a key, which is then the most used one. */
  use(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    this.#held.set(key, held);
    return held;
  }

  look(key: string): Held | undefined {
    return this.#held.get(key);
  }

  put(key: string, held: Held): void {
    this.drop(key);
    const bytes = bytesOf(key, held);
    if (bytes > this.#bytesMax) return;
    this.#held.set(key, held);
    this.#bytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#bytes -= bytesOf(key, held);
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }
}

function bytesOf(key: string, { entry }: Held): number {
  const valueBytes = entry === undefined ? 0 : entry.value.length;
  const typeLength = entry === undefined ? 0 : entry.contentType.length;
  return OVERHEAD_BYTES + (2 * key.length + typeLength) * BYTES_PER_CHARACTER + valueBytes;
}
