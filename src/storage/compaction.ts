/** When compaction runs, in which rounds, and what becomes of it when the disk is full or damaged. */

import {
  isKvError,
  KvError,
  systemErrorCode,
  type Logger,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import type { SpareSegments } from "../log/index.js";
import { segmentLabel, type SegmentTable } from "./segment-table.js";
import { chooseSegments } from "./compaction-policy.js";
import type { CompactionOutcome, Compactor, DroppedCounts } from "./compactor.js";
import { Pace } from "./pace.js";
import type { StorageOptions } from "./storage-options.js";

/** What compaction did. */
export interface CompactionResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
  readonly dropped: DroppedCounts;
  readonly damagedSegments: number;
  readonly durationMs: number;
}

/** One round copies at most so many segments' worth of live bytes: that much disk it needs at a time. */
const ROUND_SEGMENTS = 4;

export interface CompactionDependencies {
  readonly options: StorageOptions;
  readonly segments: SegmentTable;
  readonly spares: SpareSegments;
  readonly compactor: Compactor;
  readonly logger: Logger;
  readonly nowMs: () => TimeMs;
  readonly onDamage: (id: SegmentId, error: KvError) => void;
}

export class Compaction {
  readonly #dependencies: CompactionDependencies;
  readonly #stopping = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  constructor(dependencies: CompactionDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Compacts what is worth it: what passes the garbage ratio, or everything when `garbageRatio` is 0. One
   * run at a time; the next one waits. Throws NO_SPACE, STORAGE_FAILED or DRAINING; what was compacted
   * until then stays so.
   */
  run(garbageRatio: number): Promise<CompactionResult> {
    const ran = this.#last.then(() => this.#runNow(garbageRatio));
    this.#last = ran.catch(() => undefined);
    return ran;
  }

  /** Has a run under way end soon, and waits for it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#last;
  }

  async #runNow(garbageRatio: number): Promise<CompactionResult> {
    const { options, segments, spares } = this.#dependencies;
    const { clock } = options;
    const startedAtMs = clock.monotonicMs();
    const before = { bytes: segments.diskBytes, segments: segments.list().length };
    const dropped: DroppedCounts = { sets: 0, tombstones: 0, replies: 0 };
    const pace = new Pace(clock, options.compactionBytesPerSecond, this.#stopping.signal);
    const seen = new Set(segments.list().map((segment) => segment.id));
    let damagedSegments = 0;
    for (;;) {
      const outcome = await this.#round(garbageRatio, seen, pace);
      if (outcome === undefined) break;
      if (outcome.kind === "damaged") {
        damagedSegments++;
        this.#noteDamage(outcome);
        continue;
      }
      dropped.sets += outcome.dropped.sets;
      dropped.tombstones += outcome.dropped.tombstones;
      dropped.replies += outcome.dropped.replies;
      spares.fill();
    }
    return {
      bytesBefore: before.bytes,
      bytesAfter: segments.diskBytes,
      segmentsBefore: before.segments,
      segmentsAfter: segments.list().length,
      dropped,
      damagedSegments,
      durationMs: Math.round(clock.monotonicMs() - startedAtMs),
    };
  }

  /** One round over segments that this run has not made itself, so that it comes to an end. */
  async #round(
    garbageRatio: number,
    seen: Set<SegmentId>,
    pace: Pace,
  ): Promise<CompactionOutcome | undefined> {
    const { options, segments, spares, compactor, nowMs } = this.#dependencies;
    const isFull = spares.problem !== undefined;
    const plan = chooseSegments(segments.list(), {
      garbageRatio,
      retentionMs: options.retentionMs,
      retentionBytes: options.retentionBytes,
      nowMs: nowMs(),
      liveBytesMax: isFull ? options.reserveBytes / 2 : ROUND_SEGMENTS * options.segmentBytes,
      smallBytes: options.segmentBytes / 4,
      isCandidate: (id) => seen.has(id),
    });
    if (plan === undefined) return undefined;
    for (const input of plan.inputs) seen.delete(input.id);
    const spare = isFull ? spares.take("compaction-reserve") : undefined;
    try {
      const outcome = await compactor.run(plan, pace, spare);
      // The others of the round were not changed: they are to be chosen again, without the damaged one.
      if (outcome.kind === "damaged") for (const input of plan.inputs) seen.add(input.id);
      return outcome;
    } catch (error) {
      const code = systemErrorCode(error);
      if (isKvError(error) || (code !== "ENOSPC" && code !== "EDQUOT")) throw error;
      spares.fill();
      throw new KvError("NO_SPACE", "the disk has no room for what compaction keeps", {
        cause: error,
        retryAfterMs: 1000,
      });
    }
  }

  #noteDamage(outcome: Extract<CompactionOutcome, { kind: "damaged" }>): void {
    const { onDamage } = this.#dependencies;
    outcome.segment.isDamaged = true;
    const label = segmentLabel(outcome.segment.id);
    onDamage(
      outcome.segment.id,
      new KvError("CORRUPT", `compaction leaves ${label} alone: ${outcome.problem}`, {
        metadata: { segment: label, offset: outcome.offset },
      }),
    );
  }
}
