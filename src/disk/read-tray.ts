/**
 * What the event loop and the reading thread hand each other, in memory that both see: reads that are wanted, then what
 * came of them. Only one of the two touches it at a time.
 *
 *   words: the number of the trip, what follows it; then of each read its descriptor, length and outcome, side by side
 *   offsets: of each read, where it begins in its file
 *   bytes: what was read, one read behind the other
 */

import { assert, KIB, MIB } from "../base/index.js";

/** Reads up to this length may share a trip; a longer one costs little more alone. */
export const SMALL_READ_BYTES_MAX = 16 * KIB;

/** With more, the first of them would wait long for the last. */
const TRIP_READS_MAX = 256;

const TRIP_BYTES_MAX = MIB;

/**
 * What a read that comes with others costs through libuv's pool, about. If it takes the reading thread longer, most
 * of that is a disk that is waited for.
 */
export const READ_WORTH_MICROS = 40;

const TRIP_WORD = 0;
const COUNT_WORD = TRIP_WORD + 1;
const DONE_WORD = COUNT_WORD + 1;
const CREDIT_WORD = DONE_WORD + 1;
const SPENT_WORD = CREDIT_WORD + 1;
const DESCRIPTOR_WORDS = SPENT_WORD + 1;
const LENGTH_WORDS = DESCRIPTOR_WORDS + TRIP_READS_MAX;
const OUTCOME_WORDS = LENGTH_WORDS + TRIP_READS_MAX;
const WORDS_END = OUTCOME_WORDS + TRIP_READS_MAX;

const ALIGNMENT = Float64Array.BYTES_PER_ELEMENT;
const WORDS_BYTES = WORDS_END * Int32Array.BYTES_PER_ELEMENT;
const OFFSETS_START = Math.ceil(WORDS_BYTES / ALIGNMENT) * ALIGNMENT;
const BYTES_START = OFFSETS_START + TRIP_READS_MAX * Float64Array.BYTES_PER_ELEMENT;
const TRAY_BYTES = BYTES_START + TRIP_BYTES_MAX;

/** One read, as the reading thread finds it. `at` is where its bytes go in the tray. */
export interface TrayRead {
  readonly descriptor: number;
  readonly offset: number;
  readonly length: number;
  readonly at: number;
}

export class ReadTray {
  readonly memory: SharedArrayBuffer;
  readonly bytes: Buffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #offsets: Float64Array;
  #count = 0;
  #byteCount = 0;

  constructor(memory = new SharedArrayBuffer(TRAY_BYTES)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, WORDS_END);
    this.#offsets = new Float64Array(memory, OFFSETS_START, TRIP_READS_MAX);
    this.bytes = Buffer.from(memory, BYTES_START, TRIP_BYTES_MAX);
  }

  // What the event loop does.

  /** Puts one more read on the tray. False: it has no room for it. */
  add(descriptor: number, offset: number, length: number): boolean {
    if (this.#count === TRIP_READS_MAX || this.#byteCount + length > TRIP_BYTES_MAX) return false;
    this.#words[DESCRIPTOR_WORDS + this.#count] = descriptor;
    this.#words[LENGTH_WORDS + this.#count] = length;
    this.#offsets[this.#count] = offset;
    this.#count++;
    this.#byteCount += length;
    return true;
  }

  /** Hands the tray over; it is empty for the next trip. */
  send(creditMicros: number): void {
    assert(this.#count > 0, "a trip has something to read");
    this.#words[COUNT_WORD] = this.#count;
    this.#words[CREDIT_WORD] = creditMicros;
    this.#count = 0;
    this.#byteCount = 0;
    Atomics.add(this.#words, TRIP_WORD, 1);
    Atomics.notify(this.#words, TRIP_WORD);
  }

  /** How many of the reads were done, from the first on. */
  get doneCount(): number {
    return this.#words[DONE_WORD] ?? 0;
  }

  /** What they took in all, as the reading thread counts it. */
  get spentMicros(): number {
    return this.#words[SPENT_WORD] ?? 0;
  }

  /** What came of a read: how many bytes there were, or the number of the system's error, which is negative. */
  outcomeOf(index: number): number {
    return this.#words[OUTCOME_WORDS + index] ?? 0;
  }

  // What the reading thread does.

  /** Holds the thread until a trip after this one is sent; returns its number. */
  awaitAfter(trip: number): number {
    Atomics.wait(this.#words, TRIP_WORD, trip);
    return Atomics.load(this.#words, TRIP_WORD);
  }

  get creditMicros(): number {
    return this.#words[CREDIT_WORD] ?? 0;
  }

  *reads(): Iterable<TrayRead> {
    const count = this.#words[COUNT_WORD] ?? 0;
    let at = 0;
    for (let index = 0; index < count; index++) {
      const descriptor = this.#words[DESCRIPTOR_WORDS + index] ?? 0;
      const length = this.#words[LENGTH_WORDS + index] ?? 0;
      yield { descriptor, length, offset: this.#offsets[index] ?? 0, at };
      at += length;
    }
  }

  setOutcome(index: number, outcome: number): void {
    this.#words[OUTCOME_WORDS + index] = outcome;
  }

  /** Before the tray is handed back. */
  setDone(count: number, spentMicros: number): void {
    this.#words[DONE_WORD] = count;
    this.#words[SPENT_WORD] = spentMicros;
  }
}
