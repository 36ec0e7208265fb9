/** Waits that can be ended. */

/** Resolves after so long, or as soon as one of the signals aborts: whoever waited looks which it was. */
export function pause(
  waitMs: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    for (const signal of signals) {
      if (signal?.aborted === true) end();
      else signal?.addEventListener("abort", end);
    }
  });
}
