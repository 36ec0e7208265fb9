/** What lies in frames of a peer, and the errors for what must not. */

import type { Frame } from "./frame-reader.js";
import { ConnectionError, ErrorCode, Flag, StreamError, WINDOW_BYTES_MAX } from "./protocol.js";

const PRIORITY_BYTES = 5;

/** The part of a block of header fields that a frame of headers carries. */
export function fragmentIn({ flags, payload }: Frame): Buffer {
  const fragment = withoutPadding(flags, payload);
  if ((flags & Flag.priority) === 0) return fragment;
  if (fragment.length < PRIORITY_BYTES) throw wrongLength("a priority");
  return fragment.subarray(PRIORITY_BYTES);
}

/** Priorities are not followed. */
export function checkPriority(payload: Buffer): void {
  if (payload.length === PRIORITY_BYTES) return;
  throw new StreamError(ErrorCode.frameSizeError, "a priority has 5 bytes");
}

export function withoutPadding(flags: number, payload: Buffer): Buffer {
  if ((flags & Flag.padded) === 0) return payload;
  const [padding] = payload;
  if (padding === undefined) throw wrongLength("a padded frame");
  if (padding >= payload.length) throw broken("a frame has more padding than it has bytes");
  return payload.subarray(1, payload.length - padding);
}

/** By how much the connection's window grows. */
export function incrementIn(payload: Buffer): number {
  if (payload.length !== 4) throw wrongLength("a window's growth");
  const increment = payload.readUInt32BE(0) & WINDOW_BYTES_MAX;
  if (increment === 0) throw broken("a window grows by nothing");
  return increment;
}

/** The same of a stream, whose fault is its own. */
export function streamIncrementIn(payload: Buffer): number {
  if (payload.length !== 4) throw wrongLength("a window's growth");
  const increment = payload.readUInt32BE(0) & WINDOW_BYTES_MAX;
  if (increment > 0) return increment;
  throw new StreamError(ErrorCode.protocolError, "a window grows by nothing");
}

export function broken(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.protocolError, what);
}

export function wrongLength(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.frameSizeError, `${what} has the wrong length`);
}
