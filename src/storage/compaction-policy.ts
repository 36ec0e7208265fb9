/** Which segments to compact: a pure choice over what is known of each. */

import { revision, timeMs, type Revision, type SegmentId, type TimeMs } from "../base/index.js";
import { REPLY_OF_SET_BYTES_MAX } from "./reply-window.js";
import type { SegmentStats } from "./segment-table.js";

/** What followers may resume from is left alone: so long, and at most so much of it. */
export interface Retention {
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly nowMs: TimeMs;
}

export interface CompactionOptions extends Retention {
  /** Share of dead bytes from which a segment is worth it; 0: any dead byte is enough. */
  readonly garbageRatio: number;
  /** Bytes that one round may copy. */
  readonly copiedBytesMax: number;
  /** Whether a segment that would copy more by itself is left out, rather than taken alone. */
  readonly mustFit: boolean;
  /** A segment smaller than this is joined with others. */
  readonly smallBytes: number;
  /** Which segments may be chosen at all. */
  readonly isCandidate: (id: SegmentId) => boolean;
}

export interface CompactionPlan {
  readonly inputs: readonly SegmentStats[];
  /** Below this revision the log will no longer be whole. */
  readonly feedFloor: Revision;
}

/** Files this few are no burden; more small ones are joined. */
const SMALL_SEGMENTS_MAX = 4;

/** Undefined: nothing is worth compacting. */
export function chooseSegments(
  segments: readonly SegmentStats[],
  options: CompactionOptions,
): CompactionPlan | undefined {
  const candidates = segmentsBeyondRetention(segments, options).filter(
    (each) => !each.isDamaged && options.isCandidate(each.id),
  );
  const holders = oldestHolders(segments);
  const charges = tombstoneCharges(segments, holders);
  const isFull = options.garbageRatio === 0;
  const isSmall = (segment: SegmentStats): boolean => segment.endOffset < options.smallBytes;
  const areSmallJoined = candidates.filter(isSmall).length > (isFull ? 1 : SMALL_SEGMENTS_MAX);
  const worthwhile = candidates.filter((segment) => {
    if (areSmallJoined && isSmall(segment)) return true;
    const held = isFull ? 0 : heldTombstoneBytes(segment, holders);
    const dead = segment.recordBytes - segment.liveBytes - held;
    const garbage = dead + (charges.get(segment) ?? 0);
    return garbage > 0 && garbage >= options.garbageRatio * segment.recordBytes;
  });
  const inputs = takeWithin(worthwhile, options);
  return inputs.length === 0 ? undefined : { inputs, feedFloor: floorAbove(inputs) };
}

/** The feed's floor would have to be here before all that no follower may ask for could be compacted. */
export function floorBeyondRetention(
  segments: readonly SegmentStats[],
  retention: Retention,
): Revision {
  return floorAbove(segmentsBeyondRetention(segments, retention));
}

function floorAbove(segments: readonly SegmentStats[]): Revision {
  const highest = segments
    .filter((segment) => segment.kind === "log")
    .reduce((floor, segment) => Math.max(floor, segment.lastRevision), 0);
  return revision(highest + 1);
}

/** Closed segments that no follower may ask for: all compacted ones, and the oldest of the log. */
function segmentsBeyondRetention(
  segments: readonly SegmentStats[],
  { retentionMs, retentionBytes, nowMs }: Retention,
): SegmentStats[] {
  const log = segments.filter((segment) => segment.kind === "log");
  let retainedBytes = 0;
  let oldestRetained = log.length;
  for (let index = log.length - 1; index >= 0; index--) {
    const segment = log[index];
    if (segment === undefined) break;
    retainedBytes += segment.endOffset;
    const isRetained =
      nowMs - segment.commitTimeMs < retentionMs && retainedBytes <= retentionBytes;
    if (!segment.isActive && !isRetained) break;
    oldestRetained = index;
  }
  const retained = new Set(log.slice(oldestRetained));
  return segments.filter((segment) => !segment.isActive && !retained.has(segment));
}

/**
 * A tombstone must stay while an older segment holds dead values; so its bytes count as garbage of
 * the oldest segment that does, and what holds many tombstones up is compacted soon.
 */
function tombstoneCharges(
  segments: readonly SegmentStats[],
  [oldest]: readonly SegmentStats[],
): Map<SegmentStats, number> {
  const charges = new Map<SegmentStats, number>();
  if (oldest === undefined) return charges;
  for (const segment of segments) {
    if (segment.looseTombstoneBytes === 0 || !holdsUp(oldest, segment.lastRevision)) continue;
    charges.set(oldest, (charges.get(oldest) ?? 0) + segment.looseTombstoneBytes);
  }
  return charges;
}

/** Bytes of the segment's tombstones that another segment holds up: copying them would gain nothing. */
function heldTombstoneBytes(segment: SegmentStats, holders: readonly SegmentStats[]): number {
  const isHeld = holders.some((each) => each !== segment && holdsUp(each, segment.lastRevision));
  return isHeld ? segment.looseTombstoneBytes : 0;
}

/**
 * Of the segments with dead values the two that begin lowest, the lowest first. Who holds a tombstone up can
 * be told from them alone, and of many segments no pair need be looked at.
 */
function oldestHolders(segments: readonly SegmentStats[]): readonly SegmentStats[] {
  let lowest: SegmentStats | undefined;
  let second: SegmentStats | undefined;
  for (const segment of segments) {
    if (segment.deadPutCount === 0) continue;
    if (lowest === undefined || segment.firstRevision < lowest.firstRevision) {
      second = lowest;
      lowest = segment;
    } else if (second === undefined || segment.firstRevision < second.firstRevision) {
      second = segment;
    }
  }
  return [lowest, second].filter((each) => each !== undefined);
}

/** Whether dropping a tombstone of this revision could let a dead value of the segment come back. */
export function holdsUp(segment: SegmentStats, tombstoneRevision: Revision): boolean {
  return segment.deadPutCount > 0 && segment.firstRevision < tombstoneRevision;
}

/** The lowest revision that a dead value in one of the segments may have: tombstones above it must stay. */
export function lowestHeldUp(segments: readonly SegmentStats[]): Revision | undefined {
  let lowest: Revision | undefined;
  for (const { deadPutCount, firstRevision } of segments) {
    if (deadPutCount > 0 && (lowest === undefined || firstRevision < lowest))
      lowest = firstRevision;
  }
  return lowest;
}

/**
 * As many as copy no more than one round may: oldest first; or, where they must fit, those first that copy
 * least.
 */
function takeWithin(
  segments: readonly SegmentStats[],
  { copiedBytesMax, mustFit }: CompactionOptions,
): SegmentStats[] {
  const ordered = mustFit
    ? [...segments].sort((left, right) => copiedBytes(left) - copiedBytes(right))
    : segments;
  const taken: SegmentStats[] = [];
  let bytes = 0;
  for (const segment of ordered) {
    const isAlone = taken.length === 0 && !mustFit;
    bytes += copiedBytes(segment);
    if (!isAlone && bytes > copiedBytesMax) break;
    taken.push(segment);
  }
  return taken;
}

/** What is copied of the segment at the most: tombstones may be held up, and replies of dead sets be remembered. */
function copiedBytes(segment: SegmentStats): number {
  const { liveBytes, looseTombstoneBytes, calledSetCount, deadPutCount } = segment;
  const replyCountMax = Math.min(calledSetCount, deadPutCount);
  return liveBytes + looseTombstoneBytes + replyCountMax * REPLY_OF_SET_BYTES_MAX;
}

/**
 * Takes back the times of a clock that was wrong and reset since: nothing was written after the logical time
 * that recovery found. What was stamped in the future would otherwise be kept for followers until then.
 */
export function capCommitTimes(segments: readonly SegmentStats[], logicalTimeMs: TimeMs): void {
  for (const segment of segments) {
    segment.commitTimeMs = timeMs(Math.min(segment.commitTimeMs, logicalTimeMs));
  }
}
