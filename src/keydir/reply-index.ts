/**
 * Finds the position of an entry in the ring of replies by the hash of its name: tables with open addressing and linear
 * probing (Knuth, "The Art of Computer Programming", volume 3, 6.4, algorithms L and R), outside the JavaScript heap. There are
 * many of them, each of which grows by itself, so that no step is long: with a million entries in all one has four thousand.
 */

import type { NameHash, ReplyRing } from "./reply-ring.js";

const TABLES = 256;

/** Slots of a table that is new. */
const SLOTS_MIN = 16;

/** At most this much of a table is in use. */
const LOAD_MAX = 5 / 8;

export class ReplyIndex {
  readonly #ring: ReplyRing;
  readonly #tables = new Array<SlotTable | undefined>(TABLES).fill(undefined);
  #size = 0;

  /** An empty index of that ring. */
  constructor(ring: ReplyRing) {
    this.#ring = ring;
  }

  get size(): number {
    return this.#size;
  }

  /** The position of the entry with that hash; undefined where there is none. */
  find({ low, high }: NameHash): number | undefined {
    const table = this.#tables[high % TABLES];
    if (table === undefined) return undefined;
    for (let slot = table.first(low); ; slot = table.after(slot)) {
      const position = table.positionAt(slot);
      if (position === undefined) return undefined;
      if (table.lowAt(slot) === low && this.#ring.highHashAt(position) === high) return position;
    }
  }

  /** Adds a position whose hash is not in the index. */
  add({ low, high }: NameHash, position: number): void {
    const table = (this.#tables[high % TABLES] ??= new SlotTable());
    table.add(low, position);
    this.#size++;
  }

  /** Takes a position out that is in the index. */
  remove(position: number): void {
    const table = this.#tables[this.#ring.highHashAt(position) % TABLES];
    table?.remove(this.#ring.lowHashAt(position), position);
    this.#size--;
  }
}

/** Of each slot: the position, 1 higher, or 0 where it is free; then the lower half of the hash. */
const SLOT_WORDS = 2;

class SlotTable {
  #slots = new Uint32Array(SLOTS_MIN * SLOT_WORDS);
  #mask = SLOTS_MIN - 1;
  #size = 0;

  /** Where a search for that hash begins. */
  first(low: number): number {
    return low & this.#mask;
  }

  after(slot: number): number {
    return (slot + 1) & this.#mask;
  }

  /** Undefined: the slot is free. */
  positionAt(slot: number): number | undefined {
    const taken = this.#slots[slot * SLOT_WORDS] ?? 0;
    return taken === 0 ? undefined : taken - 1;
  }

  lowAt(slot: number): number {
    return this.#slots[slot * SLOT_WORDS + 1] ?? 0;
  }

  add(low: number, position: number): void {
    if (this.#size >= (this.#mask + 1) * LOAD_MAX) this.#grow();
    let slot = this.first(low);
    while (this.positionAt(slot) !== undefined) slot = this.after(slot);
    this.#slots[slot * SLOT_WORDS] = position + 1;
    this.#slots[slot * SLOT_WORDS + 1] = low;
    this.#size++;
  }

  /** What was pushed past its slot moves up, so that no search ends too early. */
  remove(low: number, position: number): void {
    let free = this.first(low);
    while (this.positionAt(free) !== position) free = this.after(free);
    for (
      let slot = this.after(free);
      this.positionAt(slot) !== undefined;
      slot = this.after(slot)
    ) {
      const fromWanted = (slot - this.lowAt(slot)) & this.#mask;
      if (fromWanted < ((slot - free) & this.#mask)) continue;
      this.#slots.copyWithin(free * SLOT_WORDS, slot * SLOT_WORDS, (slot + 1) * SLOT_WORDS);
      free = slot;
    }
    this.#slots[free * SLOT_WORDS] = 0;
    this.#size--;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    this.#mask = this.#mask * 2 + 1;
    this.#size = 0;
    for (let at = 0; at < before.length; at += SLOT_WORDS) {
      const taken = before[at] ?? 0;
      if (taken !== 0) this.add(before[at + 1] ?? 0, taken - 1);
    }
  }
}
