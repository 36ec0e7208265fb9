/** What a page has room for: bytes that entries take of it, by the lengths of their keys. */

import { PAGE_BYTES } from "./page-pool.js";
import { SLOT_WORDS, SLOTS } from "./page-samples.js";

export const HEADER_BYTES = SLOTS * 4;

/** Of the suffix's bytes, so many are in the hint. */
export const HINT_BYTES = 8;
/** Hint (two 32-bit integers), offset of the cell and length of the suffix (16 bits each). */
export const SLOT_BYTES = SLOT_WORDS * 4;

/** An inner page's payload: child and count. */
export const INNER_PAYLOAD_BYTES = 8;

/** Bytes that entries may take. */
export const PAGE_CAPACITY = PAGE_BYTES - HEADER_BYTES;

/** Bytes that one entry may take: when none takes more, entries that overflow a page fit two. */
const ENTRY_BYTES_MAX = Math.floor(PAGE_CAPACITY / 2);

/** The longest key of an entry with such a payload. Inner pages have the smaller payload, or the same. */
export function keyBytesMax(payloadBytes: number): number {
  return ENTRY_BYTES_MAX - SLOT_BYTES - Math.max(payloadBytes, INNER_PAYLOAD_BYTES);
}

/** Of a suffix, what the hint does not hold. */
export function restLengthOf(suffixLength: number): number {
  return Math.max(0, suffixLength - HINT_BYTES);
}

/** Of a common prefix, what it saves to keep once, when the longest key is so long: hints hold the rest. */
export function usefulPrefixLength(commonLength: number, longestKeyLength: number): number {
  return Math.min(commonLength, restLengthOf(longestKeyLength));
}

/** Bytes that an entry takes whose suffix is so long. */
export function entryBytes(suffixLength: number, payloadBytes: number): number {
  return SLOT_BYTES + restLengthOf(suffixLength) + payloadBytes;
}
