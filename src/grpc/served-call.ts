/** A call as whoever answers it sees it, and what both kinds of call have in common. */

import { status, type MethodDefinition } from "@grpc/grpc-js";

import type { Http2Stream } from "../http2/index.js";
import type { CallStatus } from "./call-blocks.js";
import type { CallHead } from "./call-head.js";
import type { Encoding } from "./message-reader.js";

export interface ServedCall {
  /** ADDRESS:PORT of the caller. */
  readonly peer: string;
  /** When the caller waits no longer, by Date.now(). Infinity: never. */
  readonly deadlineMs: number;
  /** Nobody waits for the answer any more. */
  readonly cancelled: boolean;
  /** What the caller sent beside the request. */
  header(name: string): string | undefined;
}

/** What of a method a server needs. */
export type ServedMethod<Request, Reply> = Pick<
  MethodDefinition<Request, Reply>,
  "requestStream" | "requestDeserialize" | "responseSerialize"
>;

/** How a call is made of what comes. */
export interface CallStart<Request, Reply> {
  readonly stream: Http2Stream;
  readonly head: CallHead;
  readonly encoding: Encoding;
  readonly method: ServedMethod<Request, Reply>;
  readonly messageBytesMax: number;
}

export const DEADLINE_PASSED: CallStatus = {
  code: status.DEADLINE_EXCEEDED,
  details: "the deadline of the call has passed",
};

/** Later ones pass while nobody waits. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Calls back when the deadline passes. Undefined: it never does. */
export function atDeadline(deadlineMs: number, onPassed: () => void): NodeJS.Timeout | undefined {
  const leftMs = deadlineMs - Date.now();
  if (leftMs > TIMER_MS_MAX) return undefined;
  return setTimeout(onPassed, Math.max(0, leftMs));
}

/** A reply that is longer than a message may be. */
export function tooLongReply(length: number, bytesMax: number): CallStatus {
  const limit = `${String(bytesMax)} bytes (limits.message_bytes)`;
  const details = `the reply has ${String(length)} bytes, more than ${limit}`;
  return { code: status.RESOURCE_EXHAUSTED, details };
}
