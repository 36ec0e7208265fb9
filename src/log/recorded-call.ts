/**
 * The call that a set was made by, at the end of its record: a byte with the length of the request id, the id, and what the
 * record does not say of what was asked.
 */

import { assert } from "../base/index.js";

/** By what a set is known again when the call that made it is made again. */
export interface RecordedCall {
  /** Its request id, 1 to 255 bytes. */
  readonly id: Buffer;
  /** Whatever else tells what was asked, beside what the record says. */
  readonly asked: Buffer;
}

/** The longest request id that the format itself can hold. */
const ID_BYTES_FORMAT_MAX = 0xff;

/** Bytes that it takes in a record; none where there is no call. */
export function callLength(call: RecordedCall | undefined): number {
  return call === undefined ? 0 : 1 + call.id.length + call.asked.length;
}

/** Encodes the call into `into` at `position`; returns the position after it. */
export function encodeCall({ id, asked }: RecordedCall, into: Buffer, position: number): number {
  assert(id.length > 0 && id.length <= ID_BYTES_FORMAT_MAX, "a request id fits the format");
  into[position] = id.length;
  into.set(id, position + 1);
  into.set(asked, position + 1 + id.length);
  return position + 1 + id.length + asked.length;
}

/** The call whose bytes are all of these; it shares memory with them. */
export function decodeCall(bytes: Buffer): RecordedCall | "bad" {
  const idEnd = 1 + (bytes[0] ?? 0);
  if (idEnd === 1 || idEnd > bytes.length) return "bad";
  return { id: bytes.subarray(1, idEnd), asked: bytes.subarray(idEnd) };
}
