/** What the header fields of a request say of its call. */

import { status } from "@grpc/grpc-js";

import type { RequestHead } from "../http2/index.js";
import { CallFailure } from "./call-failure.js";
import type { Encoding } from "./message-reader.js";

export class CallHead {
  /** When the caller waits no longer, by Date.now(). Infinity: never. */
  readonly deadlineMs: number;
  /** How its messages are compressed, where they are. */
  readonly encoding: string;
  readonly #fields: RequestHead["fields"];

  constructor(deadlineMs: number, encoding: string, fields: RequestHead["fields"]) {
    this.deadlineMs = deadlineMs;
    this.encoding = encoding;
    this.#fields = fields;
  }

  header(wanted: string): string | undefined {
    return this.#fields.find(({ name }) => name === wanted)?.value;
  }
}

const CONTENT_TYPE = /^application\/grpc(?:[+;]|$)/u;

/** Up to eight digits and a unit, as gRPC over HTTP/2 has it. */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/u;
const MS_PER_UNIT: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * `waitedMs`: how long ago the request came. Throws a CallFailure where it asks for what cannot be, or its deadline has passed
 * since. Undefined: it is no call of gRPC.
 */
export function readCallHead(
  { method, fields }: RequestHead,
  waitedMs: number,
): CallHead | undefined {
  let isGrpc = false;
  let deadlineMs = Infinity;
  let encoding = "identity";
  for (const { name, value } of fields) {
    switch (name) {
      case "content-type":
        isGrpc = value === "application/grpc" || CONTENT_TYPE.test(value);
        break;
      case "grpc-timeout":
        deadlineMs = Date.now() + timeLeft(timeoutMsOf(value), waitedMs);
        break;
      case "grpc-encoding":
        encoding = value;
        break;
      default:
    }
  }
  if (!isGrpc || method !== "POST") return undefined;
  return new CallHead(deadlineMs, encoding, fields);
}

function timeLeft(timeoutMs: number, waitedMs: number): number {
  if (waitedMs === 0 || waitedMs < timeoutMs) return timeoutMs - waitedMs;
  const details = "the deadline of the call passed while it waited for its turn";
  throw new CallFailure(status.DEADLINE_EXCEEDED, details);
}

function timeoutMsOf(value: string): number {
  const [, amount, unit = ""] = TIMEOUT.exec(value) ?? [];
  if (amount !== undefined) return Number(amount) * (MS_PER_UNIT[unit] ?? NaN);
  const details = "grpc-timeout: must be up to 8 digits and one of H, M, S, m, u, n";
  throw new CallFailure(status.INVALID_ARGUMENT, details);
}

export function isEncoding(encoding: string): encoding is Encoding {
  return encoding === "identity" || encoding === "gzip" || encoding === "deflate";
}
