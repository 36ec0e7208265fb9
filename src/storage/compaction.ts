/** When compaction runs, in which rounds, and what becomes of it when the disk is full or damaged. */

import {
  KvError,
  systemErrorCode,
  type Logger,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import type { Spare, SpareSegments } from "../log/index.js";
import { segmentLabel, type SegmentTable } from "./segment-table.js";
import { chooseSegments, floorBeyondRetention } from "./compaction-policy.js";
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

/** What a compacted segment holds beside records, generously. */
const OUTPUT_OVERHEAD_BYTES = 4096;

interface RunState {
  readonly garbageRatio: number;
  readonly pace: Pace;
  /** Segments that this run may still choose. */
  readonly candidates: Set<SegmentId>;
  isDiskFull: boolean;
  noSpace: KvError | undefined;
}

export interface CompactionDependencies {
  readonly options: StorageOptions;
  readonly segments: SegmentTable;
  readonly spares: SpareSegments;
  readonly compactor: Compactor;
  readonly logger: Logger;
  readonly nowMs: () => TimeMs;
  /** See `PaceOptions`. */
  readonly writersWait: () => Promise<void> | undefined;
  readonly onDamage: (id: SegmentId, error: KvError) => void;
}

export class Compaction {
  readonly #dependencies: CompactionDependencies;
  readonly #stopping = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  /** Runs that have not begun, by their garbage ratio. */
  readonly #waiting = new Map<number, Promise<CompactionResult>>();

  constructor(dependencies: CompactionDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Compacts what is worth it: what passes the garbage ratio, or everything when `garbageRatio` is 0. One
   * run at a time; callers who ask for the same while one waits share that one. Throws NO_SPACE,
   * STORAGE_FAILED or DRAINING; what was compacted until then stays so.
   */
  run(garbageRatio: number): Promise<CompactionResult> {
    const waiting = this.#waiting.get(garbageRatio);
    if (waiting !== undefined) return waiting;
    const ran = this.#last.then(() => {
      this.#waiting.delete(garbageRatio);
      return this.#runNow(garbageRatio);
    });
    this.#waiting.set(garbageRatio, ran);
    this.#last = ran.catch(() => undefined);
    return ran;
  }

  /** Has a run under way end soon, and waits for it. Later runs end at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#last;
  }

  async #runNow(garbageRatio: number): Promise<CompactionResult> {
    const { options, segments, spares, writersWait } = this.#dependencies;
    const { clock, compactionBytesPerSecond: bytesPerSecond } = options;
    const { signal } = this.#stopping;
    const startedAtMs = clock.monotonicMs();
    const before = { bytes: segments.diskBytes, segments: segments.list().length };
    const dropped: DroppedCounts = { sets: 0, tombstones: 0, replies: 0 };
    const state: RunState = {
      garbageRatio,
      pace: new Pace({ clock, bytesPerSecond, signal, writersWait }),
      candidates: new Set(segments.list().map((segment) => segment.id)),
      isDiskFull: spares.problem !== undefined,
      noSpace: undefined,
    };
    const { retentionMs, retentionBytes } = options;
    const retention = { retentionMs, retentionBytes, nowMs: this.#dependencies.nowMs() };
    const floor = floorBeyondRetention(segments.list(), retention);
    await this.#dependencies.compactor.forgetRemoved(floor, state.pace);
    await this.#dependencies.compactor.forgetReplies(retention.nowMs, state.pace);
    let damagedSegments = 0;
    let roundCount = 0;
    for (;;) {
      const outcome = await this.#round(state);
      if (outcome === "nothing left") break;
      if (outcome === "no space") continue;
      if (outcome.kind === "damaged") {
        damagedSegments++;
        this.#noteDamage(outcome);
        continue;
      }
      roundCount++;
      dropped.sets += outcome.dropped.sets;
      dropped.tombstones += outcome.dropped.tombstones;
      dropped.replies += outcome.dropped.replies;
      spares.fill();
    }
    if (state.noSpace !== undefined && roundCount === 0) throw state.noSpace;
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
  async #round(state: RunState): Promise<CompactionOutcome | "nothing left" | "no space"> {
    const { options, segments, spares, compactor, nowMs } = this.#dependencies;
    const { isDiskFull, candidates } = state;
    const plan = chooseSegments(segments.list(), {
      garbageRatio: state.garbageRatio,
      retentionMs: options.retentionMs,
      retentionBytes: options.retentionBytes,
      nowMs: nowMs(),
      copiedBytesMax: isDiskFull
        ? options.reserveBytes - OUTPUT_OVERHEAD_BYTES
        : ROUND_SEGMENTS * options.segmentBytes,
      mustFit: isDiskFull,
      smallBytes: options.segmentBytes / 4,
      isCandidate: (id) => candidates.has(id),
    });
    if (plan === undefined) return "nothing left";
    for (const input of plan.inputs) candidates.delete(input.id);
    let taken: Spare | undefined;
    const takeSpare = (): Spare | undefined => {
      taken = isDiskFull ? spares.take("compaction-reserve", 0) : undefined;
      return taken;
    };
    try {
      const outcome = await compactor.run(plan, state.pace, takeSpare);
      // The others of the round were not changed: they are to be chosen again, without the damaged one.
      if (outcome.kind === "damaged") for (const input of plan.inputs) candidates.add(input.id);
      return outcome;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
      // The same again within the reserve; what does not fit that either is left out.
      if (!isDiskFull) for (const input of plan.inputs) candidates.add(input.id);
      state.isDiskFull = true;
      state.noSpace = noSpace(error);
      spares.fill();
      return "no space";
    } finally {
      if (taken !== undefined) spares.fill();
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

function noSpace(cause: unknown): KvError {
  return new KvError("NO_SPACE", "the disk has no room for what compaction keeps", {
    cause,
    retryAfterMs: 1000,
  });
}
