/**
 * Which calls are refused when they have waited too long to be begun, and with what. The answer is made once: a server
 * that has too much to do has no time for more.
 */

import { KvError } from "../base/index.js";
import type { RequestHead } from "../http2/index.js";
import { onlyStatusBlock, type CallStatus } from "./call-blocks.js";
import type { CountedMethods, MethodCounts } from "./method-counts.js";
import type { SeldomWarning } from "./seldom-warning.js";
import type { ServiceDefinition } from "./served-call.js";
import { toStatus } from "./status-map.js";

/** Whoever is refused does not come again at once, or nothing is gained. */
const RETRY_AFTER_MS = 1000;

export class Shedding {
  readonly #warning: SeldomWarning;
  readonly #block: Buffer;
  readonly #methods: CountedMethods;
  /** Those that may be refused, by path. */
  readonly #refusable = new Map<string, MethodCounts>();

  /** `waitMsMax`: what has waited for so long is refused. Each is counted, and noted in the warning. */
  constructor(waitMsMax: number, warning: SeldomWarning, methods: CountedMethods) {
    this.#warning = warning;
    this.#methods = methods;
    const problem =
      "more calls come than can be served: this one did nothing, for it waited for longer than " +
      `calls.wait, which is ${String(waitMsMax)} ms`;
    this.#block = onlyStatusBlock(overloaded(problem));
  }

  /** Calls of one reply may be refused from now on. Streams never are: they are few, and bounded by themselves. */
  mayRefuse(definition: ServiceDefinition): void {
    for (const { path, requestStream, responseStream } of Object.values(definition)) {
      if (requestStream || responseStream) continue;
      this.#refusable.set(path, this.#methods.of(path));
    }
  }

  /** Of a call that was begun when more were under way than may be. */
  refuse(method: MethodCounts): CallStatus {
    method.refusedCount += 1;
    this.#warning.note();
    return TOO_MANY;
  }

  /** All of the answer to a call that is late; undefined: it is one of those that are served even so. */
  refusalOf({ path }: RequestHead): Buffer | undefined {
    const method = this.#refusable.get(path);
    if (method === undefined) return undefined;
    method.refusedCount += 1;
    this.#warning.note();
    return this.#block;
  }
}

function overloaded(problem: string): CallStatus {
  return toStatus(new KvError("OVERLOADED", problem, { retryAfterMs: RETRY_AFTER_MS }));
}

const TOO_MANY = overloaded("more calls are under way than can be served soon");
