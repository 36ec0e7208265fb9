/**
 * Runs compaction on a period, when a segment was sealed or the disk is full, and on request; and remembers
 * whether the last run went well.
 */

import { isKvError, type Clock, type Logger, type TimeMs, type Timer } from "../base/index.js";
import type { StorageEngine } from "../storage/index.js";
import type { CompactionReport } from "./store.js";

/** Sealing comes in bursts; one run serves them all. */
const HINT_DELAY_MS = 1000;

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
  #isHinted = false;
  #failure: { readonly message: string; readonly sinceMs: TimeMs } | undefined;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /** Why the last compaction failed, until one succeeds. */
  get failure(): { readonly message: string; readonly sinceMs: TimeMs } | undefined {
    return this.#failure;
  }

  /** There may be something to compact. Runs soon, and not again before it is done. */
  hint(): void {
    if (this.#isHinted || this.#isStopped || this.#options.periodMs === 0) return;
    this.#isHinted = true;
    this.#options.clock.after(HINT_DELAY_MS, () => {
      this.#isHinted = false;
      if (!this.#isStopped) void this.#compactQuietly();
    });
  }

  start(): void {
    const { clock, periodMs } = this.#options;
    if (periodMs === 0 || this.#isStopped) return;
    this.#timer = clock.after(periodMs, () => {
      void this.#compactQuietly().finally(() => {
        this.start();
      });
    });
  }

  async #compactQuietly(): Promise<void> {
    try {
      await this.compact(this.#options.garbageRatio);
    } catch (error) {
      if (isKvError(error, "DRAINING")) return;
      this.#options.logger.error({ err: error }, "compaction failed");
    }
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
