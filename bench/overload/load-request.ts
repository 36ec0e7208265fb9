/** What the load of the bench of overload is asked to do and what it saw, as one process tells another in JSON. */

import type { Work } from "../peer.js";

export interface OverloadRequest {
  readonly port: number;
  readonly work: Work;
  readonly connections: number;
  readonly seconds: number;
  /** Not counted, before. */
  readonly warmUpSeconds: number;
  /** So many calls a second, whatever becomes of them. 0: as many as are answered. */
  readonly ratePerSecond: number;
  /** Of calls that follow one another, so many at a time on each connection. */
  readonly depth: number;
  /** A call that cannot be sent for so long is given up. */
  readonly patienceMs: number;
}

/** Of calls that were intended in the time that counts. */
export interface OverloadOutcome {
  readonly offered: number;
  readonly accepted: number;
  readonly refused: number;
  readonly reset: number;
  /** Never sent: the server had enough of its connection's under way. */
  readonly givenUp: number;
  /** Sent, and not answered until long after. */
  readonly unanswered: number;
  /** The same, with those of the warm-up. */
  readonly acceptedInAll: number;
  readonly acceptedPerSecond: number;
  /** From when it was to be called until the answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** From when it was sent. */
  readonly sentP50Ms: number;
  readonly sentP99Ms: number;
  /** Of the refused, from when it was sent. */
  readonly refusedP99Ms: number;
  readonly cpuMicros: number;
}
