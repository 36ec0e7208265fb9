/**
 * One log line a call: every one that failed, and a sample of those that did not. Never a key or a value.
 * Header fields are looked at only for a line that is written.
 */

import { status } from "@grpc/grpc-js";

import { KvError, type Logger } from "../base/index.js";
import type { ServedCall } from "./served-call.js";

/** Longer ones are cut: a caller must not be able to fill the log. */
const REQUEST_ID_LENGTH_MAX = 128;

const REQUEST_ID_KEY = "x-request-id";

/** What a log line needs of a call of any kind. */
export type LoggedCall = Pick<ServedCall, "peer" | "header">;

export interface CallOutcome {
  readonly method: string;
  readonly code: status;
  readonly durationMs: number;
  /** Absent where the call succeeded. */
  readonly error?: unknown;
}

export class CallLog {
  readonly #logger: Logger;
  readonly #sampleRatio: number;
  #sampleDue: number;

  /** `sampleRatio` is the share of successful calls that is logged: 0 none, 1 all. */
  constructor(logger: Logger, sampleRatio: number) {
    this.#logger = logger;
    this.#sampleRatio = sampleRatio;
    // So that the first call of all is in the sample.
    this.#sampleDue = 1 - sampleRatio;
  }

  /** Whether the next successful call is one of the sample. Asking counts it. */
  takesSample(): boolean {
    if (this.#sampleRatio <= 0) return false;
    this.#sampleDue += this.#sampleRatio;
    if (this.#sampleDue < 1) return false;
    this.#sampleDue -= 1;
    return true;
  }

  write(call: LoggedCall, outcome: CallOutcome): void {
    const { method, code, durationMs, error } = outcome;
    const fields = {
      method,
      code: status[code],
      durationMs: Math.round(durationMs * 1000) / 1000,
      peer: call.peer,
      ...requestIdOf(call),
    };
    if (code === status.INTERNAL || code === status.DATA_LOSS) {
      this.#logger.error({ ...fields, err: error }, "call failed");
    } else {
      const reason = error instanceof KvError ? { reason: error.code } : {};
      this.#logger.info({ ...fields, ...reason }, "call");
    }
  }
}

function requestIdOf(call: LoggedCall): { requestId?: string } {
  const requestId = call.header(REQUEST_ID_KEY);
  if (requestId === undefined || requestId === "") return {};
  return { requestId: requestId.slice(0, REQUEST_ID_LENGTH_MAX) };
}
