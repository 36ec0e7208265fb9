/**
 * Keys as if A to Z were a to z; those that are the same then, by their bytes. Other letters count as they are:
 * what is a capital of what changes with each edition of Unicode, and an order on disk must not.
 *
 * A name is the codes of the key in small letters, then an end: HIGH if the key has no capitals, which is the
 * last of those that are the same; else LOW and, behind it, a bit for each letter, 0 for a capital.
 */

import { namesFrom, type KeyOrder } from "./key-order.js";
import { CodeReader, codesOf, END, writeCode } from "./name-codes.js";

const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const SMALL_A = 0x61;
const SMALL_Z = 0x7a;
const TO_SMALL = SMALL_A - CAPITAL_A;

export const CASE_INSENSITIVE_ORDER: KeyOrder = {
  id: "case-insensitive",
  nameOf(key) {
    const name = Buffer.allocUnsafe(2 * key.length + 1 + bitBytes(key.length));
    let at = 0;
    let letterCount = 0;
    let hasCapitals = false;
    for (const byte of key) {
      const small = toSmall(byte);
      if (small !== byte) hasCapitals = true;
      if (isSmall(small)) letterCount++;
      at = writeCode(small, name, at);
    }
    name[at++] = hasCapitals ? END.LOW : END.HIGH;
    if (!hasCapitals) return name.subarray(0, at);
    const bits = name.subarray(at, at + bitBytes(letterCount)).fill(0);
    writeLetterBits(key, bits);
    return name.subarray(0, at + bits.length);
  },
  keyOf(name) {
    const codes = new CodeReader(name);
    const small = Buffer.allocUnsafe(name.length);
    let length = 0;
    let code = codes.next();
    for (; code > END.HIGH; code = codes.next()) small[length++] = codes.byteOf(code);
    const key = small.subarray(0, length);
    if (code === END.LOW) readLetterBits(key, codes.rest);
    return key;
  },
  stretchOf(prefix) {
    const small = Buffer.from(prefix.map(toSmall));
    return { ...namesFrom(codesOf(small)), isExact: !small.some(isSmall) };
  },
  nameBytesMax: (keyBytes) => keyBytes + 1 + bitBytes(keyBytes),
};

function toSmall(byte: number): number {
  return byte >= CAPITAL_A && byte <= CAPITAL_Z ? byte + TO_SMALL : byte;
}

function isSmall(byte: number): boolean {
  return byte >= SMALL_A && byte <= SMALL_Z;
}

function bitBytes(bitCount: number): number {
  return Math.ceil(bitCount / 8);
}

/** Sets the bit of each letter of the key that is small; the first letter's is the highest. */
function writeLetterBits(key: Buffer, bits: Buffer): void {
  let letter = 0;
  for (const byte of key) {
    if (!isSmall(toSmall(byte))) continue;
    if (isSmall(byte)) bits[letter >> 3] = (bits[letter >> 3] ?? 0) | (0x80 >> (letter & 7));
    letter++;
  }
}

/** Makes capitals of the key's letters whose bits are not set. */
function readLetterBits(key: Buffer, bits: Buffer): void {
  let letter = 0;
  for (const [at, byte] of key.entries()) {
    if (!isSmall(byte)) continue;
    const isCapital = ((bits[letter >> 3] ?? 0) & (0x80 >> (letter & 7))) === 0;
    if (isCapital) key[at] = byte - TO_SMALL;
    letter++;
  }
}
