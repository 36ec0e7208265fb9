/** The codecs that need no package: bytes, text and JSON, and the choice among several by what is stored. */

import type { Codec } from "../codec.js";

/** Half of a pair, which is no character: UTF-8 has no bytes for it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const BYTES: Codec<Uint8Array> = {
  name: "bytes",
  contentType: "",
  reads: () => true,
  encode: (value) => value,
  decode: (bytes) => bytes,
};

/** Bytes as they are, of any content type. What a client has if no other codec was chosen. */
export function bytes(): Codec<Uint8Array> {
  return BYTES;
}

const TEXT: Codec<string> = {
  name: "text",
  contentType: "text/plain; charset=utf-8",
  reads: (type) => type === "" || type.startsWith("text/"),
  encode: (value) => Buffer.from(wellFormed(value), "utf8"),
  decode: (encoded) => UTF8.decode(encoded),
};

/** Text in UTF-8. What is no valid UTF-8, or text that has none, is an error. */
export function text(): Codec<string> {
  return TEXT;
}

/** JSON. `T` is what the program says that it is; nothing checks it. */
export function json<T = unknown>(): Codec<T> {
  return {
    name: "json",
    contentType: "application/json",
    reads: (type) => type === "application/json" || type.endsWith("+json"),
    encode: (value) => Buffer.from(stringified(value), "utf8"),
    decode: (encoded) => JSON.parse(UTF8.decode(encoded)) as T,
  };
}

/**
 * Reads with the first of these codecs that reads what is stored, and with the last where none does, or nothing was said of what it is; writes
 * with the first.
 */
export function byContentType<T>(first: Codec<T>, ...others: readonly Codec<T>[]): Codec<T> {
  const all = [first, ...others];
  const last = all.at(-1) ?? first;
  const choose = (type: string): Codec<T> =>
    (type === "" ? undefined : all.find((codec) => codec.reads(type))) ?? last;
  return {
    name: all.map(({ name }) => name).join(" or "),
    contentType: first.contentType,
    reads: (type) => choose(type).reads(type),
    encode: (value) => first.encode(value),
    decode: (encoded, type) => choose(type).decode(encoded, type),
  };
}

function wellFormed(value: string): string {
  if (typeof value !== "string") throw new TypeError("it is not a string");
  if (LONE_SURROGATE.test(value)) throw new TypeError("it is not well-formed Unicode");
  return value;
}

function stringified(value: unknown): string {
  const made: unknown = JSON.stringify(value);
  if (typeof made === "string") return wellFormed(made);
  throw new TypeError("JSON has no such value");
}
