/**
 * The codes that names of keys consist of. Each byte of a key has a code, in the order of the bytes, and no code
 * begins with another. UTF-8 never has the bytes 0xf5 to 0xff, so their codes are free for other uses:
 *
 *   0 to 2      ends of the codes: what follows in a name only tells keys apart whose codes are the same
 *   3 to 60     the bytes 0x00 to 0x39, which is the digit 9
 *   61 to 66    a number of 2 to 7 digits; they follow
 *   67          a longer number; the count of its digits past 8 follows, then they
 *   68 to 254   the bytes 0x3a to 0xf4
 *   255         a byte of 0xf5 and above; it follows
 *
 * Pages of the keydir hold names, so whatever keeps such pages on disk keeps these codes.
 */

import { assert } from "./assert.js";

/** Ends of the codes; see above. */
export const END = { LOW: 0, MIDDLE: 1, HIGH: 2 } as const;

const FIRST_CODE = 3;
export const DIGIT_0 = 0x30;
export const DIGIT_9 = 0x39;
const LOW_SHIFT = FIRST_CODE;
/** Plus the count of digits, from 2 on. */
export const NUMBER_CODE = DIGIT_9 + LOW_SHIFT - 1;
/** A number with fewer digits than this has a code of its own for its length. */
export const LONG_NUMBER_DIGITS = 8;
export const LONG_NUMBER_CODE = NUMBER_CODE + LONG_NUMBER_DIGITS;
const HIGH_SHIFT = LONG_NUMBER_CODE - DIGIT_9;
const UTF8_BYTE_MAX = 0xf4;
const ESCAPE = 0xff;

/** What is above the code of any digit and any number, and not above that of any byte behind the digits. */
export const ABOVE_NUMBERS = LONG_NUMBER_CODE + 1;

/** Whether digits of a number of more than one follow. */
export function isNumberCode(code: number): boolean {
  return code > DIGIT_9 + LOW_SHIFT && code <= LONG_NUMBER_CODE;
}

/** Writes the byte's code; returns where it ends. */
export function writeCode(byte: number, name: Buffer, at: number): number {
  if (byte <= UTF8_BYTE_MAX) {
    name[at] = byte + (byte <= DIGIT_9 ? LOW_SHIFT : HIGH_SHIFT);
    return at + 1;
  }
  name[at] = ESCAPE;
  name[at + 1] = byte;
  return at + 2;
}

/** Writes the codes of the bytes; returns where they end. */
export function writeCodes(bytes: Buffer, name: Buffer): number {
  let at = 0;
  for (const byte of bytes) at = writeCode(byte, name, at);
  return at;
}

/** The codes of the bytes, and nothing behind them. */
export function codesOf(bytes: Buffer): Buffer {
  const codes = Buffer.allocUnsafe(2 * bytes.length);
  return codes.subarray(0, writeCodes(bytes, codes));
}

/** Goes through the codes of a name, which must be one of ours. */
export class CodeReader {
  readonly #name: Buffer;
  #at = 0;

  constructor(name: Buffer) {
    this.#name = name;
  }

  /** The next byte of the name as it is. */
  next(): number {
    const byte = this.#name[this.#at++];
    assert(byte !== undefined, "a name of a key ends as names end");
    return byte;
  }

  /** The byte that a code stands for, which is no end and no number's. */
  byteOf(code: number): number {
    if (code === ESCAPE) return this.next();
    return code - (code <= DIGIT_9 + LOW_SHIFT ? LOW_SHIFT : HIGH_SHIFT);
  }

  /** What is left of the name. */
  get rest(): Buffer {
    return this.#name.subarray(this.#at);
  }
}

/** Up to here, a count takes a single byte. */
const SHORT_COUNT_MAX = 0xfd;
const COUNT_OF_2_BYTES = 0xfe;
const COUNT_OF_4_BYTES = 0xff;

/** Writes a count as bytes in the order of counts, none of which begins with another; returns where it ends. */
export function writeCount(count: number, name: Buffer, at: number): number {
  if (count <= SHORT_COUNT_MAX) {
    name[at] = count;
    return at + 1;
  }
  if (count <= 0xffff) {
    name[at] = COUNT_OF_2_BYTES;
    return name.writeUInt16BE(count, at + 1);
  }
  name[at] = COUNT_OF_4_BYTES;
  return name.writeUInt32BE(count, at + 1);
}

/** Reads what `writeCount` wrote, from a source of its bytes. */
export function readCount(next: () => number): number {
  const first = next();
  if (first <= SHORT_COUNT_MAX) return first;
  const bytes = first === COUNT_OF_2_BYTES ? 2 : 4;
  let count = 0;
  for (let index = 0; index < bytes; index++) count = count * 256 + next();
  return count;
}
