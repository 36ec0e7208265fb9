/** Makes inputs that are nearly right out of ones that are: what lies deep is only reached by those. */

import type { Random } from "../support/random.js";

/** Values at which lengths, counts and signs go wrong. */
const EDGES: readonly number[] = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];
const CHANGES_MAX = 4;
const RUN_BYTES_MAX = 40;

type Change = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const CHANGES: readonly Change[] = [
  turnBit,
  turnBit,
  putByte,
  putEdge,
  putEdge,
  cut,
  remove,
  repeat,
  insert,
  zero,
  splice,
];

/** One of the inputs, changed in up to four places; no longer than `bytesMax`. */
export function mutate(inputs: readonly Buffer[], random: Random, bytesMax: number): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(inputs));
  for (let count = 1 + random.below(CHANGES_MAX); count > 0; count -= 1) {
    bytes = random.pick(CHANGES)(bytes, random, inputs);
  }
  return bytes.subarray(0, bytesMax);
}

function turnBit(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

function putByte(bytes: Buffer, random: Random): Buffer {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

/** An integer of one to eight bytes, at an edge or next to one. */
function putEdge(bytes: Buffer, random: Random): Buffer {
  const size = random.pick([1, 2, 4, 8]);
  if (bytes.length < size) return bytes;
  const at = random.below(bytes.length - size + 1);
  const edge = Math.max(0, random.pick(EDGES) + random.below(3) - 1);
  if (size === 8)
    bytes.writeBigUInt64LE(
      BigInt.asUintN(64, BigInt(edge) << BigInt(random.pick([0, 21, 32]))),
      at,
    );
  else bytes.writeUIntLE(edge % 2 ** (8 * size), at, size);
  return bytes;
}

function cut(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

function remove(bytes: Buffer, random: Random): Buffer {
  const { start, end } = runIn(bytes, random);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function repeat(bytes: Buffer, random: Random): Buffer {
  const { start, end } = runIn(bytes, random);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
}

function insert(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const noise = random.bytes(1 + random.below(RUN_BYTES_MAX));
  return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
}

function zero(bytes: Buffer, random: Random): Buffer {
  const { start, end } = runIn(bytes, random);
  return bytes.fill(0, start, end);
}

/** The beginning of one and the end of another. */
function splice(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const other = random.pick(others);
  const head = bytes.subarray(0, random.below(bytes.length + 1));
  return Buffer.concat([head, other.subarray(random.below(other.length + 1))]);
}

function runIn(bytes: Buffer, random: Random): { readonly start: number; readonly end: number } {
  const start = random.below(bytes.length + 1);
  return { start, end: Math.min(bytes.length, start + random.below(RUN_BYTES_MAX)) };
}
