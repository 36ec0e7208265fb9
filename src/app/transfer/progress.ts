/** A bar on standard error that says how far a transfer is, only where a person looks at it. */

import { formatDurationMs } from "../duration.js";

/** Redrawn no more often than this, in redraws a second. */
const REDRAWS_PER_SECOND = 10;

export interface Progress {
  /** `done` and the total count the same thing: bytes of the file, or keys. */
  update(done: number, entries: number): void;
  stop(): void;
}

const NO_PROGRESS: Progress = { update: () => undefined, stop: () => undefined };

/** `total` undefined: it is not known, and only the entries are counted. */
export async function openProgress(total: number | undefined): Promise<Progress> {
  if (!process.stderr.isTTY) return NO_PROGRESS;
  const { SingleBar } = (await import("cli-progress")).default;
  const bar = new SingleBar({
    format:
      total === undefined
        ? "{entries} entries | {duration_formatted}"
        : "[{bar}] {percentage}% | {entries} entries | {eta_formatted} to go",
    barCompleteChar: "=",
    barIncompleteChar: " ",
    stream: process.stderr,
    fps: REDRAWS_PER_SECOND,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 100,
    formatTime: durationWords,
  });
  bar.start(total ?? 1, 0, { entries: 0 });
  return {
    update(done, entries) {
      bar.update(total === undefined ? 0 : Math.min(done, total), { entries });
    },
    stop() {
      bar.stop();
    },
  };
}

/** Before there is a rate to judge by, the estimate is no number. */
function durationWords(seconds: number): string {
  return Number.isFinite(seconds) ? formatDurationMs(Math.round(seconds) * 1000) : "?";
}
