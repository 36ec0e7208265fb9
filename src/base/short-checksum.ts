/**
 * CRC-32 of a few bytes, by tables: eight bytes a step ("slicing-by-8", Kounavis and Berry, 2005). A call into zlib
 * costs as much as some hundred bytes of this, and needs an object for the part of the buffer that it is to look at.
 */

/** ISO-HDLC, as in zlib, the lowest bit first. */
const POLYNOMIAL = 0xedb8_8320;

const STEP_BYTES = 8;

/** Of each byte, what it does to the sum when 0 to 7 more bytes follow it: eight tables in one. */
const TABLES = tables();

function tables(): Int32Array {
  const all = new Int32Array(STEP_BYTES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ POLYNOMIAL;
    all[byte] = sum;
  }
  for (let index = 256; index < all.length; index++) {
    const before = all[index - 256] ?? 0;
    all[index] = (before >>> 8) ^ (all[before & 0xff] ?? 0);
  }
  return all;
}

/** Of the bytes from `start` to `end`, begun from a seed. */
export function shortChecksum(bytes: Uint8Array, start: number, end: number, seed: number): number {
  const table = TABLES;
  const stepsEnd = end - ((end - start) % STEP_BYTES);
  let sum = ~seed;
  let at = start;
  for (; at < stepsEnd; at += STEP_BYTES) {
    sum ^=
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    sum =
      (table[1792 + (sum & 0xff)] ?? 0) ^
      (table[1536 + ((sum >>> 8) & 0xff)] ?? 0) ^
      (table[1280 + ((sum >>> 16) & 0xff)] ?? 0) ^
      (table[1024 + (sum >>> 24)] ?? 0) ^
      (table[768 + (bytes[at + 4] ?? 0)] ?? 0) ^
      (table[512 + (bytes[at + 5] ?? 0)] ?? 0) ^
      (table[256 + (bytes[at + 6] ?? 0)] ?? 0) ^
      (table[bytes[at + 7] ?? 0] ?? 0);
  }
  for (; at < end; at++) sum = (sum >>> 8) ^ (table[(sum ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~sum >>> 0;
}
