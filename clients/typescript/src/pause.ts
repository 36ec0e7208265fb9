/** Waits that can be ended. */

import { onAbort } from "./aborting.js";

/** Resolves after so long, or as soon as one of the signals aborts: whoever waited looks which it was. */
export function pause(
  waitMs: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    const stops = signals.map((signal) => onAbort(signal, end));
    if (signals.some((signal) => signal?.aborted === true)) end();
  });
}
