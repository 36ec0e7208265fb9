/** Runs compaction on a period and on request, and remembers whether the last run went well. */

import { isKvError, type Clock, type Logger, type TimeMs, type Timer } from "../base/index.js";
import type { StorageEngine } from "../storage/index.js";
import type { CompactionReport } from "./store.js";

export interface HousekeepingOptions {
  readonly engine: StorageEngine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nowMs: () => TimeMs;
  /** 0: only on request. */
  readonly periodMs: number;
  readonly garbageRatio: number;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #timer: Timer | undefined;
  #isStopped = false;
  #failure: { readonly message: string; readonly sinceMs: TimeMs } | undefined;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /** Why the last compaction failed, until one succeeds. */
  get failure(): { readonly message: string; readonly sinceMs: TimeMs } | undefined {
    return this.#failure;
  }

  start(): void {
    const { clock, periodMs, garbageRatio, logger } = this.#options;
    if (periodMs === 0 || this.#isStopped) return;
    this.#timer = clock.after(periodMs, () => {
      this.compact(garbageRatio)
        .catch((error: unknown) => {
          if (!isKvError(error, "DRAINING")) logger.error({ err: error }, "compaction failed");
        })
        .finally(() => {
          this.start();
        });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** See `StorageEngine.compact`. */
  async compact(garbageRatio: number): Promise<CompactionReport> {
    const { engine, logger, nowMs } = this.#options;
    try {
      const { dropped, ...result } = await engine.compact(garbageRatio);
      this.#failure = undefined;
      const report: CompactionReport = {
        ...result,
        droppedSets: dropped.sets,
        droppedTombstones: dropped.tombstones,
        droppedReplies: dropped.replies,
      };
      if (report.droppedSets + report.droppedTombstones > 0) logger.info(report, "compacted");
      return report;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!isKvError(error, "DRAINING")) this.#failure ??= { message, sinceMs: nowMs() };
      throw error;
    }
  }
}
