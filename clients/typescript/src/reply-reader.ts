/**
 * The results in a reply. What sets and gets answer is read by hand, as far as it is what most of them do; anything else, and
 * whatever is wrong, is for the generated reader.
 */

import {
  OperationResult,
  type GetResponse,
  type SetResponse,
} from "../../../generated/keyvaluedb/v1/key_value_service.js";
import type { Timestamp } from "../../../generated/google/protobuf/timestamp.js";
import { errorFromStatus, type KeyValueError } from "./key-value-error.js";

type Result = NonNullable<OperationResult["result"]>;

/** What an operation answers. */
export type AnyResult = Exclude<Result, { readonly $case: "error" }>["value"];

/** A field's number, shifted by three, and its wire type: 0 for a varint, 2 for a length and bytes. */
const RESULTS = (1 << 3) | 2;
const RESULT_SET = (1 << 3) | 2;
const RESULT_GET = (2 << 3) | 2;
const SET_REVISION = 1 << 3;
const GET_ENTRY = (1 << 3) | 2;
const GET_REVISION = 2 << 3;
const ENTRY_KEY = (1 << 3) | 2;
const ENTRY_VALUE = (2 << 3) | 2;
const ENTRY_REVISION = 3 << 3;
const ENTRY_CREATE_REVISION = 4 << 3;
const ENTRY_VERSION = 5 << 3;
const ENTRY_EXPIRE_TIME = (6 << 3) | 2;
const ENTRY_UPDATE_TIME = (7 << 3) | 2;
const ENTRY_CONTENT_TYPE = (8 << 3) | 2;
const TIME_SECONDS = 1 << 3;
const TIME_NANOS = 2 << 3;
const NANOS_MAX = 999_999_999;

const NO_VALUE = Buffer.alloc(0);

/** Longer texts are decoded faster by Node.js than here. */
const SHORT_TEXT_BYTES_MAX = 24;

/** Throws where it is no reply to so many operations. */
export function readReply(
  bytes: Buffer,
  operationCount: number,
): readonly (AnyResult | KeyValueError)[] {
  const results: (AnyResult | KeyValueError)[] = [];
  const reader = new ReplyReader(bytes);
  while (reader.position < bytes.length) {
    if (reader.varint() !== RESULTS) throw new Error("a reply has nothing but results");
    const length = reader.varint();
    const start = reader.position;
    const end = start + length;
    if (end > bytes.length) throw new Error("a reply is cut short");
    results.push(reader.plain(end) ?? anyResult(bytes.subarray(start, end)));
    reader.position = end;
  }
  if (results.length === operationCount) return results;
  throw new Error(
    `${String(results.length)} results came for ${String(operationCount)} operations`,
  );
}

function anyResult(bytes: Buffer): AnyResult | KeyValueError {
  const { result } = OperationResult.decode(bytes);
  if (result === undefined) throw new Error("a result is of a kind that this client does not know");
  return result.$case === "error" ? errorFromStatus(result.value) : result.value;
}

class ReplyReader {
  readonly #bytes: Buffer;
  position = 0;
  /** Integers so far that were past what a number holds, or cut short. */
  #badIntegerCount = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** NaN where it is past what a number holds, or past the end. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= Number.MAX_SAFE_INTEGER; factor *= 0x80) {
      const byte = this.#bytes[this.position++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte >= 0x80) continue;
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    this.#badIntegerCount += 1;
    return NaN;
  }

  /** A result of a plain set, or of a get that found a key. Undefined: something else. */
  plain(end: number): SetResponse | GetResponse | undefined {
    const badBefore = this.#badIntegerCount;
    const result = this.#plain(end);
    return this.#badIntegerCount === badBefore ? result : undefined;
  }

  #plain(end: number): SetResponse | GetResponse | undefined {
    const kind = this.varint();
    const length = this.varint();
    if (this.position + length !== end) return undefined;
    if (kind === RESULT_SET) return this.#set(end);
    return kind === RESULT_GET ? this.#get(end) : undefined;
  }

  #set(end: number): SetResponse | undefined {
    if (this.varint() !== SET_REVISION) return undefined;
    const revision = this.varint();
    if (this.position !== end) return undefined;
    return { revision, expireTime: undefined, previous: undefined, replayed: false };
  }

  #get(end: number): GetResponse | undefined {
    if (this.varint() !== GET_ENTRY) return undefined;
    const length = this.varint();
    const entry = this.#entry(this.position + length);
    if (entry === undefined || this.varint() !== GET_REVISION) return undefined;
    const revision = this.varint();
    return this.position === end ? { entry, revision } : undefined;
  }

  #entry(end: number): GetResponse["entry"] {
    if (this.varint() !== ENTRY_KEY) return undefined;
    const key = this.#text(this.varint());
    let value = NO_VALUE;
    let tag = this.varint();
    if (tag === ENTRY_VALUE) {
      const length = this.varint();
      // A copy: whoever keeps one value does not keep all of its reply.
      value = Buffer.from(this.#bytes.subarray(this.position, this.position + length));
      this.position += length;
      tag = this.varint();
    }
    if (tag !== ENTRY_REVISION) return undefined;
    const revision = this.varint();
    if (this.varint() !== ENTRY_CREATE_REVISION) return undefined;
    const createRevision = this.varint();
    if (this.varint() !== ENTRY_VERSION) return undefined;
    const version = this.varint();
    tag = this.varint();
    let expireTime: Timestamp | undefined;
    if (tag === ENTRY_EXPIRE_TIME) {
      expireTime = this.#time();
      if (expireTime === undefined) return undefined;
      tag = this.varint();
    }
    if (tag !== ENTRY_UPDATE_TIME) return undefined;
    const updateTime = this.#time();
    if (updateTime === undefined) return undefined;
    let contentType = "";
    if (this.position !== end) {
      if (this.varint() !== ENTRY_CONTENT_TYPE) return undefined;
      contentType = this.#text(this.varint());
    }
    if (this.position !== end) return undefined;
    return {
      key,
      value,
      revision,
      createRevision,
      version,
      expireTime,
      updateTime,
      contentType,
    };
  }

  #time(): Timestamp | undefined {
    const length = this.varint();
    const end = this.position + length;
    if (this.varint() !== TIME_SECONDS) return undefined;
    const seconds = this.varint();
    if (this.position === end) return { seconds, nanos: 0 };
    if (this.varint() !== TIME_NANOS) return undefined;
    const nanos = this.varint();
    if (nanos > NANOS_MAX) return undefined;
    return this.position === end ? { seconds, nanos } : undefined;
  }

  #text(length: number): string {
    const start = this.position;
    this.position += length;
    if (length > SHORT_TEXT_BYTES_MAX) return this.#bytes.toString("utf8", start, this.position);
    let text = "";
    for (let at = start; at < this.position; at += 1) {
      const byte = this.#bytes[at] ?? NaN;
      if (!(byte < 0x80)) return this.#bytes.toString("utf8", start, this.position);
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
