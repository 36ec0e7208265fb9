/** Reads a closed segment from end to end, in parts that hold the event loop only shortly. */

import { isKvError, systemErrorCode, type Clock } from "../base/index.js";
import { SegmentScanner, segmentSeed, type ScanStep } from "../log/index.js";
import type { SegmentStats, SegmentTable } from "./segment-table.js";

/** Where something is wrong in a segment, and what. */
export interface BadRecord {
  readonly offset: number;
  readonly problem: string;
}

export type RecordsStep = Extract<ScanStep, { kind: "records" }>;

export interface ClosedSegment {
  readonly segments: SegmentTable;
  readonly storeId: Buffer;
  readonly stats: SegmentStats;
}

/** A minute in all, until a descriptor is free to read with. */
const OPEN_ATTEMPTS_MAX = 600;
const OPEN_RETRY_DELAY_MS = 100;

/** Hands over the records of a closed segment; returns what is bad in it, if anything is. */
export function scanClosedSegment(
  { segments, storeId, stats }: ClosedSegment,
  use: (step: RecordsStep) => Promise<void>,
): Promise<BadRecord | undefined> {
  return segments.withFile(stats.id, async (file) => {
    const scanner = new SegmentScanner({
      file,
      kind: stats.kind,
      seed: segmentSeed(storeId, stats.id),
      endOffset: stats.endOffset,
      steps: "parts",
    });
    for (;;) {
      const step = await nextStep(scanner);
      if (step.kind === "bad") return step;
      if (step.kind !== "records") {
        // A segment that was cut at recovery has no footer, but it ends where the manifest says.
        const isWhole = step.kind === "footer" || step.offset === stats.endOffset;
        return isWhole ? undefined : { offset: step.offset, problem: "it ends too early" };
      }
      await use(step);
    }
  });
}

/** As `scanClosedSegment`, but waits where no descriptor is left, and begins anew. */
export async function scanPatiently(
  segment: ClosedSegment,
  clock: Clock,
  use: (step: RecordsStep) => Promise<void>,
): Promise<BadRecord | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await scanClosedSegment(segment, use);
    } catch (error) {
      if (!isKvError(error, "OVERLOADED") || attempt === OPEN_ATTEMPTS_MAX) throw error;
      await new Promise<void>((resolve) => clock.after(OPEN_RETRY_DELAY_MS, resolve));
    }
  }
}

/** A part that cannot be read is as bad as one that is wrong. Want of descriptors passes. */
async function nextStep(scanner: SegmentScanner): Promise<ScanStep> {
  try {
    return await scanner.next();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || code === "EMFILE" || code === "ENFILE") throw error;
    return { kind: "bad", offset: 0, batchOffset: 0, problem: `it cannot be read (${code})` };
  }
}
