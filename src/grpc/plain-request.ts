/**
 * Requests that are a key, a value, its content type and a request id, as most are, read by hand: keys and ids are never made
 * into text, and what they hold are parts of the request's own bytes. Whatever has more in it, or in another order, or anything
 * wrong with it, is for the strict decoder (docs/decisions/hot-requests.md).
 */

import { isText } from "./text-check.js";

export interface PlainSet {
  /** Not empty, and valid UTF-8. */
  readonly key: Buffer;
  readonly value: Buffer;
  readonly contentType: string;
  /** Not empty, and valid UTF-8. */
  readonly requestId: Buffer | undefined;
}

/** A field's number, shifted by three, and 2 for a length and bytes. */
const KEY = (1 << 3) | 2;
const VALUE = (2 << 3) | 2;
const CONTENT_TYPE = (9 << 3) | 2;
const REQUEST_ID = (10 << 3) | 2;

const EMPTY = Buffer.alloc(0);

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

/** A message of a key, and perhaps a value, a content type and a request id, between two places, as most Sets are. */
export function readPlainSet(bytes: Buffer, start: number, end: number): PlainSet | undefined {
  const walk = new FieldWalk(bytes, start, end);
  const key = keyAt(walk);
  if (key === undefined) return undefined;
  const value = bytesAt(walk, VALUE);
  const contentType = textAt(walk, CONTENT_TYPE);
  const requestId = textAt(walk, REQUEST_ID);
  if (walk.position !== end) return undefined;
  return {
    key,
    value,
    contentType: contentType.length === 0 ? "" : contentType.toString(),
    requestId: requestId.length === 0 ? undefined : requestId,
  };
}

function keyAt(walk: FieldWalk): Buffer | undefined {
  const key = textAt(walk, KEY);
  return key.length === 0 ? undefined : key;
}

/** The text in the field that comes next, if it is that one. Past what is no text the walk ends nowhere. */
function textAt(walk: FieldWalk, tag: number): Buffer {
  const text = bytesAt(walk, tag);
  if (isText(text, 0, text.length)) return text;
  walk.position = Infinity;
  return EMPTY;
}

function bytesAt(walk: FieldWalk, tag: number): Buffer {
  const { bytes, end } = walk;
  if (walk.position >= end || bytes[walk.position] !== tag) return EMPTY;
  walk.position += 1;
  const start = walk.length();
  return walk.position <= end ? bytes.subarray(start, walk.position) : EMPTY;
}
