/** Whether anyone still waits for the answer of a call. */

import { KvError } from "../base/index.js";

import type { ServedCall } from "./served-call.js";

/** Throws DEADLINE_EXCEEDED or CANCELLED when nobody does. */
export function throwIfAbandoned(call: Pick<ServedCall, "cancelled" | "deadlineMs">): void {
  const { deadlineMs } = call;
  // Most callers set none, and need no clock to be read.
  if (deadlineMs !== Infinity && deadlineMs <= Date.now()) {
    throw new KvError("DEADLINE_EXCEEDED", "the deadline of the call has passed");
  }
  if (call.cancelled) throw new KvError("CANCELLED", "the caller has gone");
}
