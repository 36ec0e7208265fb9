/** What a load is asked to do and what it saw, as one process tells another in JSON. */

import type { Work } from "../peer.js";

/** Of every key. */
export const KEY_BYTES = 16;

export interface LoadRequest {
  /**
   * Our own: a bare connection; the stream of the typed client; or all of that, with retries or without. Or that of
   * Redis.
   */
  readonly protocol: "pipeline" | "stream" | "client" | "client-with-retries" | "resp";
  readonly port: number;
  readonly work: Work;
  readonly connections: number;
  /** Operations under way at a time on each connection. */
  readonly depth: number;
  readonly operations: number;
  /** Done before, and not timed. */
  readonly warmUpOperations: number;
  /** How many different keys there are. */
  readonly keyCount: number;
  /** Every key once, in order, so that all are there. Otherwise each key is drawn at random. */
  readonly isFill: boolean;
  readonly seed: number;
}

export interface LoadOutcome {
  /** With those of the warm-up. */
  readonly operations: number;
  /** Of all of them, those with the right answer: for a Get, an entry with a value as long as it was set. */
  readonly succeeded: number;
  readonly ratePerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** CPU time of the load's process, the warm-up included. */
  readonly cpuMicros: number;
}
