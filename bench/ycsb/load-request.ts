/** What a load is asked to do and what it saw, as one process tells another in JSON. */

import type { Kind, WorkloadName } from "./workloads.js";

/** How a server is spoken to. */
export type Protocol = "ours" | "our-stream" | "etcd";

export interface YcsbLoadRequest {
  readonly protocol: Protocol;
  readonly port: number;
  /** Connections; a stream of ours is one, whatever this says. */
  readonly connections: number;
  /** Each waits for its answer before it asks for the next; they share the connections evenly. */
  readonly clients: number;
  /** `load`: every record once. Otherwise a workload, for so many seconds. */
  readonly work: "load" | WorkloadName;
  readonly seconds: number;
  /** How many there are before. */
  readonly recordCount: number;
  readonly seed: number;
}

export interface KindFigures {
  readonly kind: Kind;
  readonly count: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

export interface YcsbLoadOutcome {
  /** Timed, and in all: with those of the warm-up, which the server counts too. */
  readonly operations: number;
  readonly operationsInAll: number;
  /** Of all of them, those whose answer was what it must be. */
  readonly right: number;
  /** The first that was not, in words. */
  readonly firstWrong: string | undefined;
  readonly ratePerSecond: number;
  readonly kinds: readonly KindFigures[];
  /** Writes that were acknowledged, in all, and among them those under a condition. */
  readonly writes: number;
  readonly conditionalWrites: number;
  /** Reads of one record or of a range, in all. */
  readonly reads: number;
  /** Read-modify-writes that found the record changed and began anew. */
  readonly conflicts: number;
  readonly recordCount: number;
  /** CPU time of the load's process while it was timed. */
  readonly cpuMicros: number;
}
