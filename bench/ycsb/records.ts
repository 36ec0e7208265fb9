/** What is stored: YCSB's keys and records, and how an answer is seen to be right. */

import { Chance } from "../pipeline/chance.js";
import { digitsOf, fnvHash64 } from "./fnv.js";

const FIELD_COUNT = 10;
const FIELD_BYTES = 100;
/** Ten fields of a hundred bytes, as one value. */
export const RECORD_BYTES = FIELD_COUNT * FIELD_BYTES;

/** So that all keys are as long as each other. */
const DIGITS = 19;
export const KEY_BYTES = "user".length + DIGITS;

/** Of the record of this number; hashed, so that the order of insertion is not the order of keys. */
export function keyOf(number: number): string {
  return `user${digitsOf(fnvHash64(number)).padStart(DIGITS, "0")}`;
}

/** New content for a record each time; it begins with the key, so that it is seen whose it is. */
export class RecordSource {
  readonly #chance: Chance;
  readonly #noise: Buffer;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    const noise = Array.from({ length: 8 * RECORD_BYTES }, () => 32 + this.#chance.below(95));
    this.#noise = Buffer.from(noise);
  }

  make(key: string): Buffer {
    const record = Buffer.allocUnsafe(RECORD_BYTES);
    const from = this.#chance.below(this.#noise.length - RECORD_BYTES);
    this.#noise.copy(record, 0, from, from + RECORD_BYTES);
    record.write(key, 0, "latin1");
    return record;
  }
}

export function isRecordOf(key: string, value: Uint8Array | undefined): boolean {
  if (value?.length !== RECORD_BYTES) return false;
  for (let at = 0; at < KEY_BYTES; at += 1) if (value[at] !== key.charCodeAt(at)) return false;
  return true;
}
