/**
 * A ring of bytes in which entries lie one behind the other in the order in which they came; what a new one needs
 * is taken from the oldest. Its memory is in large pieces outside the JavaScript heap, taken as it fills,
 * so that millions of entries cost the garbage collector nothing.
 *
 * An entry is named by its place, in units. It lies within one chunk; where it does not fit in the rest of one, a
 * filler takes that rest. Integers are in the machine's order: nothing here is ever on disk.
 */

import { assert, MIB, present, takeMemory } from "../base/index.js";

const UNIT_BYTES = 16;

/** The longest entry. Larger chunks would take longer ones, and more memory at a time. */
const CHUNK_BYTES = 4 * MIB;
const CHUNK_UNITS = CHUNK_BYTES / UNIT_BYTES;
const CHUNK_SHIFT = 18;

/**
 * The head of an entry, in words of four bytes and then in doubles of eight. A filler may have as little as one
 * unit, so what it needs comes first.
 */
const UNITS_WORD = 0;
/** 0: nobody asks for this entry any more, or it is a filler. */
const KEY_BYTES_WORD = 1;
const CONTENT_TYPE_BYTES_WORD = 2;
const VALUE_BYTES_WORD = 3;
/** For whoever finds entries by their hash. */
const HASH_WORD = 4;
const NEXT_WORD = 5;
const REVISION_DOUBLE = 3;
const UPDATE_TIME_DOUBLE = 4;
const CREATE_REVISION_DOUBLE = 5;
const VERSION_DOUBLE = 6;
const DEADLINE_DOUBLE = 7;
const HEAD_BYTES = 64;

/** What a processor reads of memory at once. */
const LINE_BYTES = 64;
const LINE_WORDS = LINE_BYTES / 4;
/** Behind so much of an entry the processor has found out by itself what comes next. */
const TOUCHED_WORDS_MAX = 8 * LINE_WORDS;

const WORDS_PER_UNIT = UNIT_BYTES / 4;
const DOUBLES_PER_UNIT = UNIT_BYTES / 8;

interface Chunk {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
}

/** One entry, as it is written and read. */
export interface RingEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly contentType: string;
  readonly revision: number;
  readonly updateTimeMs: number;
  readonly createRevision: number;
  readonly version: number;
  readonly deadlineMs: number;
}

/** What an entry takes, its head and its rounding included. */
export function unitsOf({ key, value, contentType }: RingEntry): number {
  const bytes = HEAD_BYTES + key.length + Buffer.byteLength(contentType) + value.length;
  return Math.ceil(bytes / UNIT_BYTES);
}

export class ValueRing {
  readonly #unitsMax: number;
  readonly #chunks: Chunk[] = [];
  readonly #onDropped: (place: number) => void;
  /** Where the next entry goes, and where the oldest one is. */
  #head = 0;
  #tail = 0;
  #usedUnits = 0;

  /** `onDropped` is told of each entry that makes room for another, while it can still be read. */
  constructor(bytesMax: number, onDropped: (place: number) => void) {
    this.#unitsMax = Math.floor(bytesMax / UNIT_BYTES);
    this.#onDropped = onDropped;
  }

  /** What the entries take, those included that nobody asks for any more. */
  get usedBytes(): number {
    return this.#usedUnits * UNIT_BYTES;
  }

  holds(units: number): boolean {
    return units <= Math.min(this.#unitsMax, CHUNK_UNITS);
  }

  /** Whether the entry is in the oldest quarter of what the ring can hold, and so will soon make room for others. */
  isOld(place: number): boolean {
    const newer = place < this.#head ? this.#head - place : this.#head - place + this.#unitsMax;
    return newer * 4 > this.#unitsMax * 3;
  }

  /** Appends an entry of so many units, as `unitsOf` says; returns its place. */
  append(entry: RingEntry, units: number): number {
    assert(this.holds(units), "only an entry that fits is appended");
    const rest = this.#restOfChunk();
    if (rest < units) this.#write(rest);
    // The last chunk may be a short one, and then the first one follows.
    const restOfNext = this.#restOfChunk();
    if (restOfNext < units) this.#write(restOfNext);
    const place = this.#write(units);
    this.overwrite(place, entry);
    return place;
  }

  /** Puts the entry where one of the same key lies that is no shorter. */
  overwrite(place: number, entry: RingEntry): void {
    const { key, value, contentType } = entry;
    const { bytes, words, doubles } = this.#chunk(place);
    const unit = place & (CHUNK_UNITS - 1);
    const head = unit * WORDS_PER_UNIT;
    words[head + KEY_BYTES_WORD] = key.length;
    words[head + CONTENT_TYPE_BYTES_WORD] = Buffer.byteLength(contentType);
    words[head + VALUE_BYTES_WORD] = value.length;
    const double = unit * DOUBLES_PER_UNIT;
    doubles[double + REVISION_DOUBLE] = entry.revision;
    doubles[double + UPDATE_TIME_DOUBLE] = entry.updateTimeMs;
    doubles[double + CREATE_REVISION_DOUBLE] = entry.createRevision;
    doubles[double + VERSION_DOUBLE] = entry.version;
    doubles[double + DEADLINE_DOUBLE] = entry.deadlineMs;
    let at = unit * UNIT_BYTES + HEAD_BYTES;
    bytes.set(key, at);
    at += key.length;
    if (contentType !== "") at += bytes.write(contentType, at);
    bytes.set(value, at);
  }

  /** Marks the entry as one that nobody asks for any more. */
  forget(place: number): void {
    this.#setWord(place, KEY_BYTES_WORD, 0);
  }

  unitsAt(place: number): number {
    return this.#word(place, UNITS_WORD);
  }
  hashAt(place: number): number {
    return this.#word(place, HASH_WORD);
  }
  setHash(place: number, hash: number): void {
    this.#setWord(place, HASH_WORD, hash);
  }
  nextAt(place: number): number {
    return this.#word(place, NEXT_WORD);
  }
  setNext(place: number, next: number): void {
    this.#setWord(place, NEXT_WORD, next);
  }
  revisionAt(place: number): number {
    return this.#double(place, REVISION_DOUBLE);
  }
  updateTimeAt(place: number): number {
    return this.#double(place, UPDATE_TIME_DOUBLE);
  }

  createRevisionAt(place: number): number {
    return this.#double(place, CREATE_REVISION_DOUBLE);
  }
  versionAt(place: number): number {
    return this.#double(place, VERSION_DOUBLE);
  }
  deadlineAt(place: number): number {
    return this.#double(place, DEADLINE_DOUBLE);
  }

  hasKey(place: number, key: Buffer): boolean {
    if (this.#word(place, KEY_BYTES_WORD) !== key.length) return false;
    const { bytes } = this.#chunk(place);
    const start = (place & (CHUNK_UNITS - 1)) * UNIT_BYTES + HEAD_BYTES;
    for (let index = 0; index < key.length; index++) {
      if (bytes[start + index] !== key[index]) return false;
    }
    return true;
  }

  /**
   * Reads entries for nothing but to have them at hand: first where each begins, then the rest of each, so that the processor
   * waits for the memory of many at a time. A link is a place plus one; 0 is none. Returns what the reads gave, or
   * else the compiler would leave them out.
   */
  touch(links: Uint32Array, count: number): number {
    const chunks = this.#chunks;
    let touched = 0;
    for (let index = 0; index < count; index++) {
      const place = (links[index] ?? 0) - 1;
      const words = chunks[place >>> CHUNK_SHIFT]?.words;
      if (words !== undefined) touched ^= words[(place & (CHUNK_UNITS - 1)) * WORDS_PER_UNIT] ?? 0;
    }
    for (let index = 0; index < count; index++) {
      const place = (links[index] ?? 0) - 1;
      const words = chunks[place >>> CHUNK_SHIFT]?.words;
      if (words === undefined) continue;
      const start = (place & (CHUNK_UNITS - 1)) * WORDS_PER_UNIT;
      const length = (words[start + UNITS_WORD] ?? 0) * WORDS_PER_UNIT;
      const end = start + Math.min(length, TOUCHED_WORDS_MAX);
      for (let word = start + LINE_WORDS; word < end; word += LINE_WORDS) {
        touched ^= words[word] ?? 0;
      }
    }
    return touched;
  }

  contentTypeAt(place: number): string {
    const length = this.#word(place, CONTENT_TYPE_BYTES_WORD);
    if (length === 0) return "";
    const start = this.#bodyStart(place);
    return this.#chunk(place).bytes.toString("utf8", start, start + length);
  }

  /** A copy, since the ring will use these bytes again. */
  valueAt(place: number): Buffer {
    const value = Buffer.allocUnsafe(this.#word(place, VALUE_BYTES_WORD));
    const start = this.#bodyStart(place) + this.#word(place, CONTENT_TYPE_BYTES_WORD);
    value.set(this.#chunk(place).bytes.subarray(start, start + value.length));
    return value;
  }

  /** Behind the key. */
  #bodyStart(place: number): number {
    const start = (place & (CHUNK_UNITS - 1)) * UNIT_BYTES + HEAD_BYTES;
    return start + this.#word(place, KEY_BYTES_WORD);
  }

  #restOfChunk(): number {
    const chunkStart = this.#head - (this.#head & (CHUNK_UNITS - 1));
    return Math.min(chunkStart + CHUNK_UNITS, this.#unitsMax) - this.#head;
  }

  /** Takes so many units at the head, within its chunk, as one entry that nobody asks for yet. */
  #write(units: number): number {
    while (this.#unitsMax - this.#usedUnits < units) this.#dropOldest();
    const place = this.#head;
    if (place >>> CHUNK_SHIFT === this.#chunks.length) this.#chunks.push(this.#newChunk(place));
    this.#setWord(place, UNITS_WORD, units);
    this.#setWord(place, KEY_BYTES_WORD, 0);
    this.#head = (place + units) % this.#unitsMax;
    this.#usedUnits += units;
    return place;
  }

  #dropOldest(): void {
    const place = this.#tail;
    if (this.#word(place, KEY_BYTES_WORD) > 0) this.#onDropped(place);
    const units = this.#word(place, UNITS_WORD);
    this.#tail = (place + units) % this.#unitsMax;
    this.#usedUnits -= units;
  }

  #newChunk(place: number): Chunk {
    const units = Math.min(CHUNK_UNITS, this.#unitsMax - place);
    const memory = takeMemory(units * UNIT_BYTES);
    return {
      bytes: Buffer.from(memory),
      words: new Uint32Array(memory),
      doubles: new Float64Array(memory),
    };
  }

  #chunk(place: number): Chunk {
    return present(this.#chunks[place >>> CHUNK_SHIFT], "the chunk of an entry");
  }
  #word(place: number, word: number): number {
    return this.#chunk(place).words[(place & (CHUNK_UNITS - 1)) * WORDS_PER_UNIT + word] ?? 0;
  }
  #setWord(place: number, word: number, value: number): void {
    this.#chunk(place).words[(place & (CHUNK_UNITS - 1)) * WORDS_PER_UNIT + word] = value;
  }
  #double(place: number, double: number): number {
    return this.#chunk(place).doubles[(place & (CHUNK_UNITS - 1)) * DOUBLES_PER_UNIT + double] ?? 0;
  }
}
