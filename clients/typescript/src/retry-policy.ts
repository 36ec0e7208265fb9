/**
 * When a call is made again, and after how long. Only after what says that the server did not answer, or that it will have
 * room later: an expired deadline is the caller's, and any other answer is an answer.
 */

import { status } from "@grpc/grpc-js";

import { KeyValueError } from "./key-value-error.js";

const UNAVAILABLE: number = status.UNAVAILABLE;
const RESOURCE_EXHAUSTED: number = status.RESOURCE_EXHAUSTED;

const WAIT_MS_FIRST = 50;
const WAIT_MS_MAX = 2000;

export function isRetried(error: unknown): error is KeyValueError {
  if (!(error instanceof KeyValueError)) return false;
  if (error.code === UNAVAILABLE) return true;
  return error.code === RESOURCE_EXHAUSTED && error.retryAfterMs !== undefined;
}

/** How long to wait after so many tries that failed, the last one with this error. */
export function waitMsAfter(
  failureCount: number,
  { retryAfterMs }: { readonly retryAfterMs?: number | undefined },
): number {
  return retryAfterMs ?? spread(Math.min(WAIT_MS_FIRST * 2 ** (failureCount - 1), WAIT_MS_MAX));
}

/** A random half to the whole, so that those who failed together do not come back together. */
export function spread(waitMs: number): number {
  return waitMs * (0.5 + Math.random() / 2);
}
