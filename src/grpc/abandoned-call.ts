/** Whether anyone still waits for the answer of a call. */

import { KvError } from "../base/index.js";

interface AbandonableCall {
  readonly cancelled: boolean;
  getDeadline(): Date | number;
}

/** Throws DEADLINE_EXCEEDED or CANCELLED when nobody does. */
export function throwIfAbandoned(call: AbandonableCall): void {
  const deadline = call.getDeadline();
  // Infinity, where the caller set none, is after every moment.
  if (Number(deadline) <= Date.now()) {
    throw new KvError("DEADLINE_EXCEEDED", "the deadline of the call has passed");
  }
  if (call.cancelled) throw new KvError("CANCELLED", "the caller has gone");
}
