/**
 * What turns values of a program into bytes and back, and says in the content type what they are. A value of a content type that
 * its codec does not read is an error, and never guessed at.
 */

import { status } from "@grpc/grpc-js";

import { KeyValueError } from "./key-value-error.js";

export interface Codec<T> {
  /** As an error calls it. */
  readonly name: string;
  /** What is stored with what it writes. Empty: nothing. */
  readonly contentType: string;
  /** Whether it reads values of this media type, which is in lower case and without parameters. Empty: none was said. */
  reads(mediaType: string): boolean;
  /** What it throws becomes an ENCODE_FAILED. The bytes are copied before the call returns. */
  encode(value: T): Uint8Array;
  /** What it throws becomes a DECODE_FAILED. The bytes are the codec's own. `mediaType` is one that it reads. */
  decode(bytes: Buffer, mediaType: string): T;
}

/** `text/plain` of `Text/Plain; charset=utf-8`. */
export function mediaType(contentType: string): string {
  // What was set as bytes has none.
  if (contentType === "") return "";
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

export function encodeValue<T>(codec: Codec<T>, value: T): Uint8Array {
  let bytes: unknown;
  try {
    bytes = codec.encode(value);
  } catch (cause) {
    throw encodeFailed(codec, cause);
  }
  // A program without types may pass anything.
  if (bytes instanceof Uint8Array) return bytes;
  throw encodeFailed(codec, new TypeError("what it made of the value is not bytes"));
}

export function decodeValue<T>(codec: Codec<T>, bytes: Buffer, contentType: string): T {
  const type = mediaType(contentType);
  if (!codec.reads(type)) {
    const found = contentType === "" ? "has no content type" : `is ${contentType}`;
    throw decodeFailed(codec, contentType, `the value ${found}, which ${codec.name} does not read`);
  }
  try {
    return codec.decode(bytes, type);
  } catch (cause) {
    throw decodeFailed(codec, contentType, `the value is no ${codec.name}`, cause);
  }
}

/** Whatever it is of. */
type Named = Pick<Codec<unknown>, "name">;

function encodeFailed({ name }: Named, cause: unknown): KeyValueError {
  return new KeyValueError(`the value cannot be written as ${name}: ${textOf(cause)}`, {
    reason: "ENCODE_FAILED",
    code: status.INVALID_ARGUMENT,
    metadata: { codec: name },
    cause,
  });
}

function decodeFailed(
  { name }: Named,
  contentType: string,
  problem: string,
  cause?: unknown,
): KeyValueError {
  return new KeyValueError(cause === undefined ? problem : `${problem}: ${textOf(cause)}`, {
    reason: "DECODE_FAILED",
    code: status.FAILED_PRECONDITION,
    metadata: { codec: name, content_type: contentType },
    cause,
  });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
