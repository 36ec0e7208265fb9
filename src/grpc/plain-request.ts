/**
 * Requests that are a key and a value and nothing else, as most are, read by hand: the key is never made into text, and
 * what they hold are parts of the request's own bytes. Whatever has more in it, or anything wrong with it, is for the
 * strict decoder (docs/decisions/hot-requests.md).
 */

import { isText } from "./text-check.js";

export interface PlainSet {
  /** Not empty, and valid UTF-8. */
  readonly key: Buffer;
  readonly value: Buffer;
}

/** A field's number, shifted by three, and 2 for a length and bytes. */
const KEY = (1 << 3) | 2;
const VALUE = (2 << 3) | 2;

const NO_VALUE = Buffer.alloc(0);

/** Of the fifth byte of a length, the last. */
const LENGTH_SHIFT_MAX = 28;

/** Walks over fields that have a length before them. */
export class FieldWalk {
  readonly bytes: Buffer;
  position: number;
  readonly end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Reads a length and passes over what has it. Returns where that starts; past the end: there is no such length. */
  length(): number {
    let length = 0;
    for (let shift = 0; shift <= LENGTH_SHIFT_MAX && this.position < this.end; shift += 7) {
      const byte = this.bytes[this.position] ?? 0;
      this.position += 1;
      length |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      const start = this.position;
      this.position = length < 0 ? Infinity : start + length;
      return start;
    }
    this.position = Infinity;
    return Infinity;
  }
}

/** A message of a key alone between two places, as most Gets are. */
export function readPlainKey(bytes: Buffer, start: number, end: number): Buffer | undefined {
  const walk = new FieldWalk(bytes, start, end);
  const key = keyAt(walk);
  return walk.position === end ? key : undefined;
}

/** A message of a key and perhaps a value between two places, as most Sets are. */
export function readPlainSet(bytes: Buffer, start: number, end: number): PlainSet | undefined {
  const walk = new FieldWalk(bytes, start, end);
  const key = keyAt(walk);
  if (key === undefined) return undefined;
  if (walk.position === end) return { key, value: NO_VALUE };
  if (bytes[walk.position] !== VALUE) return undefined;
  walk.position += 1;
  const valueStart = walk.length();
  return walk.position === end ? { key, value: bytes.subarray(valueStart, end) } : undefined;
}

function keyAt(walk: FieldWalk): Buffer | undefined {
  const { bytes, end } = walk;
  if (bytes[walk.position] !== KEY) return undefined;
  walk.position += 1;
  const start = walk.length();
  const isKey = walk.position <= end && walk.position > start;
  return isKey && isText(bytes, start, walk.position)
    ? bytes.subarray(start, walk.position)
    : undefined;
}
