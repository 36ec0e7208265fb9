/**
 * What a checkpoint says beside its pages: the segments it was made against, and what was known of each. A
 * start reads only those segments that it does not cover.
 */

import { join } from "node:path";

import type { SegmentId } from "../base/index.js";
import type { Manifest, ManifestSegment } from "../log/index.js";
import { SegmentStats, type SegmentTable } from "./segment-table.js";

export const CHECKPOINTS_DIRECTORY = "checkpoints";
const CHECKPOINT_SUFFIX = ".checkpoint";

/** `000000000042.checkpoint`; the highest number is the newest. */
export function checkpointFileName(number: number): string {
  return String(number).padStart(12, "0") + CHECKPOINT_SUFFIX;
}

/** The number in a checkpoint's file name, or undefined for another file. */
export function checkpointNumberOf(fileName: string): number | undefined {
  const digits = /^(\d{12,15})\.checkpoint$/.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** How errors and log lines name a checkpoint: its file, relative to the data directory. */
export function checkpointLabel(number: number): string {
  return join(CHECKPOINTS_DIRECTORY, checkpointFileName(number));
}

/** What was known of a segment when the pages were pinned. */
type SegmentFacts = Pick<
  SegmentStats,
  "id" | "kind" | "livePutCount" | "liveBytes" | "keptTombstoneBytes" | "calledSetCount"
>;

export interface CheckpointState {
  readonly keyOrder: string;
  readonly historyVersions: number;
  readonly historySince: number;
  readonly segments: readonly (SegmentFacts & { readonly isCovered: boolean })[];
}

/** To be called in the step that pins the pages. */
export function checkpointState(manifest: Manifest, segments: SegmentTable): CheckpointState {
  return {
    keyOrder: manifest.keyOrder,
    historyVersions: manifest.historyVersions,
    historySince: manifest.historySince,
    // Every count under its own name, so that a new one cannot be forgotten here.
    segments: segments
      .list()
      .map((stats) => Object.assign({}, stats, { isCovered: isCovered(stats) })),
  };
}

/**
 * Whether the pages know where every live record of the segment lies, and no more will come. While compaction
 * points the keydir at what it wrote, they do not.
 */
export function isCovered(stats: SegmentStats): boolean {
  return !stats.isActive && stats.isPointedAt;
}

/** Why a checkpoint with this state is of no use now, or undefined. */
export function problemWithState(
  state: CheckpointState,
  manifest: Manifest,
  historyVersions: number,
): string | undefined {
  if (state.keyOrder !== manifest.keyOrder) return "it is in another key order";
  if (
    state.historyVersions !== historyVersions ||
    state.historyVersions !== manifest.historyVersions ||
    state.historySince !== manifest.historySince
  ) {
    return "it is from when another number of versions was kept";
  }
  const facts = new Map(state.segments.map((each) => [each.id, each]));
  for (const listed of manifest.segments) {
    const known = facts.get(listed.id);
    if (known?.isCovered !== true || listed.state === "retired") continue;
    const { kind, endOffset, isSealed } = restoreStats(known);
    if (
      kind !== listed.kind ||
      listed.state !== "closed" ||
      endOffset !== listed.endOffset ||
      isSealed !== listed.isSealed
    ) {
      return `it knows another segment ${String(listed.id)}`;
    }
  }
  return undefined;
}

/** The segments of a start, as a checkpoint knows them. */
export class KnownSegments {
  readonly #facts: ReadonlyMap<SegmentId, CheckpointState["segments"][number]>;
  /** Segments of which the pages say all. */
  readonly covered: ReadonlySet<SegmentId>;
  /** Segments that the pages point into and that are no longer part of the store. */
  readonly gone: ReadonlySet<SegmentId>;
  /** How many entries of the pages point into those. */
  readonly goneEntryCount: number;

  /** Without a state: nothing is known of any. */
  constructor(state: CheckpointState | undefined, live: readonly Pick<ManifestSegment, "id">[]) {
    const segments = state?.segments ?? [];
    const liveIds = new Set(live.map((listed) => listed.id));
    const gone = segments.filter((each) => !liveIds.has(each.id));
    this.covered = new Set(segments.filter((each) => each.isCovered).map((each) => each.id));
    this.#facts = new Map(segments.map((each) => [each.id, each]));
    this.gone = new Set(gone.map((each) => each.id));
    this.goneEntryCount = gone.reduce((sum, each) => sum + each.livePutCount, 0);
  }

  /** What is known of a live segment before it is read: of one that is not covered, only what is live in it. */
  statsOf({ id, kind }: Pick<ManifestSegment, "id" | "kind">): SegmentStats {
    const known = this.#facts.get(id);
    if (known?.isCovered === true) return restoreStats(known);
    const stats = new SegmentStats(id, kind);
    stats.livePutCount = known?.livePutCount ?? 0;
    stats.liveBytes = known?.liveBytes ?? 0;
    stats.calledSetCount = known?.calledSetCount ?? 0;
    stats.keptTombstoneBytes = known?.keptTombstoneBytes ?? 0;
    return stats;
  }
}

/** Every count is written and read under its own name. */
function restoreStats({
  isCovered: _,
  ...facts
}: CheckpointState["segments"][number]): SegmentStats {
  return Object.assign(new SegmentStats(facts.id, facts.kind), facts, { isDamaged: false });
}
