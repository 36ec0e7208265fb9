/** When a batch is written: at once, or after a wait in which others may join it. */

export const WINDOW_NAMES = [
  "at once",
  "at the turn's end",
  "a turn after each sync",
  "100 µs after the first",
  "1 ms after the first",
] as const;
export type WindowName = (typeof WINDOW_NAMES)[number];

/** Both are told when the first commit that waits came. */
export interface Window {
  /** Nothing was being written when it came. */
  readonly whenIdle: (sinceMs: number) => Promise<void>;
  /** A sync has just ended, and those who waited for it are told. */
  readonly afterSync: (sinceMs: number) => Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Timers are as coarse as a millisecond; turns of the event loop are not, and let everybody else go on. */
function atLeast(ms: number): Window["whenIdle"] {
  return async (sinceMs) => {
    while (performance.now() - sinceMs < ms) await turn();
  };
}

export const WINDOWS: Readonly<Record<WindowName, Window>> = {
  "at once": { whenIdle: nothing, afterSync: nothing },
  "at the turn's end": { whenIdle: turn, afterSync: nothing },
  "a turn after each sync": { whenIdle: turn, afterSync: turn },
  "100 µs after the first": { whenIdle: atLeast(0.1), afterSync: atLeast(0.1) },
  "1 ms after the first": { whenIdle: atLeast(1), afterSync: atLeast(1) },
};
