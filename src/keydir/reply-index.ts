/**
 * Finds the position of an entry in the ring of replies by the hash of its name: a table with open addressing and linear
 * probing (Knuth, "The Art of Computer Programming", volume 3, 6.4, algorithms L and R), outside the JavaScript heap. Made
 * once for as many as there may ever be, so no step is long; the machine gives memory to what is used of it.
 */

import type { NameHash, ReplyRing } from "./reply-ring.js";

/** Of each slot: the position, 1 higher, or 0 where it is free; then the lower half of the hash. */
const SLOT_WORDS = 2;

/** At most this much of the table is in use. */
const LOAD_MAX = 5 / 8;

export class ReplyIndex {
  readonly #ring: ReplyRing;
  readonly #slots: Uint32Array;
  readonly #mask: number;
  #size = 0;

  /** An empty table with room for so many entries of that ring. */
  constructor(ring: ReplyRing, entriesMax: number) {
    const slotCount = 2 ** Math.ceil(Math.log2(Math.max(2, entriesMax / LOAD_MAX)));
    this.#ring = ring;
    this.#slots = new Uint32Array(slotCount * SLOT_WORDS);
    this.#mask = slotCount - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The position of the entry with that hash; undefined where there is none. */
  find({ low, high }: NameHash): number | undefined {
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const taken = this.#slots[slot * SLOT_WORDS] ?? 0;
      if (taken === 0) return undefined;
      if (this.#slots[slot * SLOT_WORDS + 1] !== low) continue;
      if (this.#ring.highHashAt(taken - 1) === high) return taken - 1;
    }
  }

  /** Adds a position whose hash is not in the table. */
  add({ low }: NameHash, position: number): void {
    let slot = low & this.#mask;
    while (this.#slots[slot * SLOT_WORDS] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot * SLOT_WORDS] = position + 1;
    this.#slots[slot * SLOT_WORDS + 1] = low;
    this.#size++;
  }

  /** Takes a position out that is in the table. What was pushed past its slot moves up, so no search ends too early. */
  remove(position: number): void {
    let free = this.#ring.lowHashAt(position) & this.#mask;
    while (this.#slots[free * SLOT_WORDS] !== position + 1) free = (free + 1) & this.#mask;
    for (let slot = (free + 1) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const taken = this.#slots[slot * SLOT_WORDS] ?? 0;
      if (taken === 0) break;
      const low = this.#slots[slot * SLOT_WORDS + 1] ?? 0;
      const fromWanted = (slot - low) & this.#mask;
      if (fromWanted < ((slot - free) & this.#mask)) continue;
      this.#slots[free * SLOT_WORDS] = taken;
      this.#slots[free * SLOT_WORDS + 1] = low;
      free = slot;
    }
    this.#slots[free * SLOT_WORDS] = 0;
    this.#size--;
  }
}
