/** Small helpers over byte arrays: integers, checksums, comparisons. */

import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

import { assert } from "./assert.js";
import { shortChecksum } from "./short-checksum.js";
import type { ChecksumSeed } from "./types.js";

const UINT32_SPAN = 2 ** 32;

/** Reads an unsigned 64-bit little-endian integer. Undefined where it is past what a number holds. */
export function readSafeUint64(bytes: Buffer, offset: number): number | undefined {
  const value = bytes.readUInt32LE(offset + 4) * UINT32_SPAN + bytes.readUInt32LE(offset);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Writes a safe integer, zero or more, as an unsigned 64-bit little-endian integer. */
export function writeSafeUint64(bytes: Buffer, value: number, offset: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, "only safe integers are written");
  const high = Math.floor(value / UINT32_SPAN);
  writeUint32(bytes, value - high * UINT32_SPAN, offset);
  writeUint32(bytes, high, offset + 4);
}

/** Byte by byte, little-endian, which takes half the time of what Buffer has for it. */
function writeUint32(bytes: Buffer, value: number, offset: number): void {
  assert(offset >= 0 && offset + 4 <= bytes.length, "an integer is written within its buffer");
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}

/**
 * CRC-32 (ISO-HDLC, as in zlib) of the bytes, begun from a seed. For given bytes two seeds never give
 * the same sum, because the sum is a bijection of the seed.
 */
export function checksum(bytes: Uint8Array, seed: ChecksumSeed): number {
  return crc32(bytes, seed);
}

/** Up to so many bytes a loop takes less time than a call into zlib. */
const SHORT_BYTES_MAX = 384;

/** The same of the bytes from `start` to `end`. */
export function checksumPart(
  bytes: Uint8Array,
  start: number,
  end: number,
  seed: ChecksumSeed,
): number {
  if (end - start <= SHORT_BYTES_MAX) return shortChecksum(bytes, start, end, seed);
  return crc32(bytes.subarray(start, end), seed);
}

/** The SHA-256 of a text, or of bytes, as 64 hexadecimal digits: of all ways that Node.js has, the fastest for what is short. */
export function sha256Hex(content: Buffer | string): string {
  return hash("sha256", content, "hex");
}

/** Mixes 32-bit parts into one seed, by CRC-32 of their bytes: cheap, and spreads every bit. */
export function checksumSeed(...parts: readonly number[]): ChecksumSeed {
  const bytes = Buffer.allocUnsafe(parts.length * 8);
  parts.forEach((part, index) => {
    writeSafeUint64(bytes, part, index * 8);
  });
  return crc32(bytes) as ChecksumSeed;
}

/** Whether every byte is zero. */
export function isAllZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** A Buffer over the same memory, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
