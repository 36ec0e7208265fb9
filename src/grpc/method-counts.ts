/** What is counted of the calls of each method, and how long those took lately. */

import { status } from "@grpc/grpc-js";

import { RecentLatency, type Clock, type Latency } from "../base/index.js";
import { nameOf } from "./served-call.js";

/** Of a method, since the server started. */
export interface MethodStatus {
  /** As the schema has it, such as `Set`. */
  readonly method: string;
  /** Calls that were begun. */
  readonly callCount: number;
  /** Of those, how many ended with a status that is no success, those left aside that their callers cancelled. */
  readonly errorCount: number;
  /** Calls that were not begun, because more came than could be served. */
  readonly refusedCount: number;
  /**
   * From a request that was there, whole, to its answer: of calls of one reply, and of a pipeline's requests. How long other
   * streams last is for their callers to say. Undefined: there was none lately.
   */
  readonly latency: Latency | undefined;
  /** Of pipelines: operations that were answered, and how many of those with an error. */
  readonly operationCount: number;
  readonly operationErrorCount: number;
}

export class MethodCounts {
  callCount = 0;
  errorCount = 0;
  refusedCount = 0;
  operationCount = 0;
  operationErrorCount = 0;
  readonly name: string;
  readonly latency: RecentLatency;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.latency = new RecentLatency(clock);
  }

  /** One of its calls has ended with this status, which is no success. */
  noteFailure(code: status): void {
    if (code !== status.CANCELLED) this.errorCount += 1;
  }

  status(): MethodStatus {
    return {
      method: this.name,
      callCount: this.callCount,
      errorCount: this.errorCount,
      refusedCount: this.refusedCount,
      latency: this.latency.summary(),
      operationCount: this.operationCount,
      operationErrorCount: this.operationErrorCount,
    };
  }
}

/** Of all methods that are served. */
export class CountedMethods {
  readonly #clock: Clock;
  readonly #methods = new Map<string, MethodCounts>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of the method with this path. */
  of(path: string): MethodCounts {
    let counts = this.#methods.get(path);
    if (counts === undefined) {
      counts = new MethodCounts(nameOf(path), this.#clock);
      this.#methods.set(path, counts);
    }
    return counts;
  }

  /** Of those that were ever called, by name. */
  status(): readonly MethodStatus[] {
    return [...this.#methods.values()]
      .filter(({ callCount, refusedCount }) => callCount + refusedCount > 0)
      .map((counts) => counts.status())
      .sort((one, other) => (one.method < other.method ? -1 : 1));
  }
}
