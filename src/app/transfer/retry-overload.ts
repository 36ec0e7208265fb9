/** Tries again what a server had no room for, when the server says that waiting helps. */

import { setTimeout as sleep } from "node:timers/promises";

import { isKvError, type ErrorCode } from "../../base/index.js";

/** The reasons of RESOURCE_EXHAUSTED: the operation was not done, so it may be done again. */
const NOT_DONE: readonly ErrorCode[] = ["OVERLOADED", "NO_SPACE", "QUOTA"];

const DELAY_MS_MIN = 10;
const DELAY_MS_MAX = 5000;

export interface RetryOptions {
  /** From the first refusal on. */
  readonly retryMsMax: number;
  readonly signal: AbortSignal;
}

/** Rejects as the operation does once it is no use to wait, the time is up, or the signal aborts. */
export async function retryOverload<T>(
  operation: () => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  let giveUpMs: number | undefined;
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      const delayMs = retryDelayMs(error);
      giveUpMs ??= performance.now() + options.retryMsMax;
      if (delayMs === undefined || options.signal.aborted) throw error;
      if (performance.now() + delayMs > giveUpMs) throw error;
      await sleep(delayMs);
    }
  }
}

/** Spread out, so that all that were refused together do not come back together. */
function retryDelayMs(error: unknown): number | undefined {
  if (!isKvError(error) || !NOT_DONE.includes(error.code)) return undefined;
  if (error.retryAfterMs === undefined) return undefined;
  const delayMs = error.retryAfterMs * (1 + Math.random() / 2);
  return Math.min(Math.max(delayMs, DELAY_MS_MIN), DELAY_MS_MAX);
}
