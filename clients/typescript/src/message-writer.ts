/**
 * The operations of one message, written as they are asked for. What a caller passes in is copied at once, so that it
 * may be changed after. Sets and gets with nothing but a key and a value are written by hand.
 */

import {
  Operation,
  type GetRequest,
  type SetRequest,
} from "../../../generated/keyvaluedb/v1/key_value_service.js";

/** A write or a read of one key. */
export type AnyOperation = NonNullable<Operation["operation"]>;

/** Of a set that most are like. */
export interface PlainSet {
  readonly key: string;
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly requestId: string;
}

/** A field's number, shifted by three, and 2 for a length and bytes. */
const OPERATIONS = (1 << 3) | 2;
const OPERATION_SET = (1 << 3) | 2;
const OPERATION_GET = (2 << 3) | 2;
const KEY = (1 << 3) | 2;
const VALUE = (2 << 3) | 2;
const CONTENT_TYPE = (9 << 3) | 2;
const REQUEST_ID = (10 << 3) | 2;

/** A tag and the longest length. */
const FIELD_HEAD_BYTES_MAX = 1 + 5;

const BUFFER_BYTES_MIN = 4 * 1024;

/** Longer texts are encoded faster by Node.js than here. */
const SHORT_TEXT_BYTES_MAX = 32;

export class MessageWriter {
  #bytes: Buffer;
  #length = 0;

  /** `bytesExpected`: about how long the message will be. */
  constructor(bytesExpected = 0) {
    this.#bytes = Buffer.allocUnsafe(Math.max(bytesExpected, BUFFER_BYTES_MIN));
  }

  get length(): number {
    return this.#length;
  }

  /** A set without an expiration, a precondition and the entry before it. */
  addSet({ key, value, contentType, requestId }: PlainSet): void {
    const keyBytes = Buffer.byteLength(key);
    const typeBytes = Buffer.byteLength(contentType);
    const idBytes = Buffer.byteLength(requestId);
    let body = fieldBytes(keyBytes) + fieldBytes(value.length);
    if (typeBytes > 0) body += fieldBytes(typeBytes);
    if (idBytes > 0) body += fieldBytes(idBytes);
    this.#begin(OPERATION_SET, body);
    this.#text(KEY, key, keyBytes);
    this.#head(VALUE, value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    if (typeBytes > 0) this.#text(CONTENT_TYPE, contentType, typeBytes);
    if (idBytes > 0) this.#text(REQUEST_ID, requestId, idBytes);
  }

  /** A get of a key as it is. */
  addGet(key: string): void {
    const keyBytes = Buffer.byteLength(key);
    this.#begin(OPERATION_GET, fieldBytes(keyBytes));
    this.#text(KEY, key, keyBytes);
  }

  add(operation: AnyOperation): void {
    if (operation.$case === "get" && isPlainGet(operation.value)) {
      this.addGet(operation.value.key);
    } else if (operation.$case === "set" && isPlainSet(operation.value)) {
      this.addSet(operation.value);
    } else {
      const bytes = Operation.encode({ operation }).finish();
      this.#reserve(FIELD_HEAD_BYTES_MAX + bytes.length);
      this.#head(OPERATIONS, bytes.length);
      this.#bytes.set(bytes, this.#length);
      this.#length += bytes.length;
    }
  }

  /** An operation that another message had. */
  addWritten(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Takes back what was written from there on. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** What was written between two lengths. */
  written(start: number, end: number): Buffer {
    return this.#bytes.subarray(start, end);
  }

  #begin(kind: number, bodyBytes: number): void {
    const operationBytes = fieldBytes(bodyBytes);
    this.#reserve(fieldBytes(operationBytes));
    this.#head(OPERATIONS, operationBytes);
    this.#head(kind, bodyBytes);
  }

  #text(tag: number, text: string, bytes: number): void {
    this.#head(tag, bytes);
    // Only a text of ASCII has as many bytes as characters.
    if (bytes > SHORT_TEXT_BYTES_MAX || bytes !== text.length) {
      this.#length += this.#bytes.write(text, this.#length, bytes, "utf8");
      return;
    }
    for (let at = 0; at < bytes; at += 1) this.#bytes[this.#length++] = text.charCodeAt(at);
  }

  #head(tag: number, length: number): void {
    this.#bytes[this.#length++] = tag;
    let rest = length;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** With a tag of one byte and the length before it. */
function fieldBytes(length: number): number {
  let bytes = 2 + length;
  for (let rest = length; rest >= 0x80; rest >>>= 7) bytes += 1;
  return bytes;
}

function isPlainGet({ revision }: GetRequest): boolean {
  return revision === 0;
}

function isPlainSet({ expiration, precondition, returnPrevious }: SetRequest): boolean {
  return expiration === undefined && precondition === undefined && !returnPrevious;
}

/** About what it takes of a message: its key, and the values in it. */
export function bytesOf({ $case, value: request }: AnyOperation): number {
  const precondition = "precondition" in request ? request.precondition?.condition : undefined;
  return (
    request.key.length +
    ($case === "set" ? request.value.length : 0) +
    (precondition?.$case === "value" ? precondition.value.length : 0)
  );
}
