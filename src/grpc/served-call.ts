/** A call as whoever answers it sees it, and what both kinds of call have in common. */

import { status } from "@grpc/grpc-js";

import type { Http2Stream } from "../http2/index.js";
import type { ByteBudget } from "./byte-budget.js";
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

/** A method as a server has it. */
export interface ServedMethod<Request, Reply> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** Never throws: what is wrong with a request is for the handler to say. */
  readonly decodeRequest: (bytes: Buffer) => Request;
  /** With the head that every message has on the wire. */
  readonly encodeReply: (reply: Reply) => Buffer;
}

/** A method under the name that logs have for it: `Set`. */
export interface NamedMethod<Request, Reply> {
  readonly name: string;
  readonly definition: ServedMethod<Request, Reply>;
}

/** `Set` of `/keyvaluedb.v1.KeyValueService/Set`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** By the names that their handlers have. */
export type ServiceDefinition = Readonly<Record<string, ServedMethod<unknown, never>>>;

/** How a call is made of what comes. */
export interface CallStart<Request, Reply> {
  readonly stream: Http2Stream;
  readonly head: CallHead;
  readonly encoding: Encoding;
  readonly method: ServedMethod<Request, Reply>;
  readonly messageBytesMax: number;
  /** What requests that are not whole may hold. */
  readonly requestBudget: ByteBudget;
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
