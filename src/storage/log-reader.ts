/**
 * Reads changes back from the log, in order, for followers that come from the past. The log above the feed's
 * floor is whole; what is asked from below it must be refused by the caller.
 *
 * It reads in steps. A step begins where its segment or the step before it does, whoever asks, so that followers who
 * are about as far share one: the newest few are kept for as long as someone reads.
 */

import { corrupt, revision, type Revision, type SegmentId } from "../base/index.js";
import {
  RecordType,
  SegmentScanner,
  segmentSeed,
  type LogRecord,
  type ScannedRecord,
} from "../log/index.js";
import { yieldToLoop } from "./pace.js";
import { segmentLabel, type SegmentStats, type SegmentTable } from "./segment-table.js";

/** How much of the log one step reads, so that no follower holds much memory. */
const STEP_BYTES = 512 * 1024;

/** Steps that are kept for the next one who asks. */
const KEPT_STEPS_MAX = 4;

/** Decoding so much takes half a millisecond where records are small; then everyone else has a turn. */
const SLICE_BYTES = 32 * 1024;

/** What a follower wants to read. Segments without an expiration are stepped over where it is these alone. */
export type LogKinds = "all" | "expirations";

/** The next revision that is wanted, and where its batch lies if that is known. */
export interface LogPosition {
  readonly revision: Revision;
  readonly place?: { readonly segment: SegmentId; readonly offset: number } | undefined;
}

export interface LogStep {
  /** From the position on, and maybe some from before it. */
  readonly records: readonly LogRecord[];
  readonly next: LogPosition;
}

/** The part of a segment that a step reads. */
interface Part {
  readonly stats: SegmentStats;
  readonly startOffset: number | undefined;
  readonly last: Revision;
  readonly kinds: LogKinds;
}

export class LogReader {
  readonly #segments: SegmentTable;
  readonly #storeId: Buffer;
  /** Oldest first. */
  readonly #steps = new Map<string, Promise<LogStep>>();

  constructor(segments: SegmentTable, storeId: Buffer) {
    this.#segments = segments;
    this.#storeId = storeId;
  }

  /** The changes from `position` on, up to `upTo` at the most, and where to go on. */
  async read(position: LogPosition, upTo: Revision, kinds: LogKinds = "all"): Promise<LogStep> {
    const stats = this.#segmentOf(position.revision);
    if (stats === undefined || position.revision > upTo) {
      return { records: [], next: { revision: revision(Math.max(position.revision, upTo + 1)) } };
    }
    const last = revision(Math.min(stats.lastRevision, upTo));
    if (kinds === "expirations" && stats.expirationCount === 0) {
      return { records: [], next: { revision: revision(last + 1) } };
    }
    const { place } = position;
    const startOffset = place?.segment === stats.id ? place.offset : undefined;
    const { records, next } = await this.#share({ stats, startOffset, last, kinds });
    const isAhead = next.revision > position.revision;
    return { records, next: isAhead ? next : { ...next, revision: position.revision } };
  }

  /** Nobody reads any more. */
  forgetSteps(): void {
    this.#steps.clear();
  }

  #share(part: Part): Promise<LogStep> {
    const { stats, startOffset, last, kinds } = part;
    const name = [stats.id, startOffset, last, kinds].join(" ");
    const shared = this.#steps.get(name);
    if (shared !== undefined) return shared;
    const step = this.#readPart(part);
    this.#steps.set(name, step);
    for (const oldest of this.#steps.keys()) {
      if (this.#steps.size <= KEPT_STEPS_MAX) break;
      this.#steps.delete(oldest);
    }
    // What failed may be there when it is asked for again.
    step.catch(() => this.#steps.delete(name));
    return step;
  }

  #readPart({ stats, startOffset, last, kinds }: Part): Promise<LogStep> {
    const { id, kind } = stats;
    return this.#segments.withFile(id, async (file) => {
      const scanner = new SegmentScanner({
        file,
        kind,
        seed: segmentSeed(this.#storeId, id),
        endOffset: stats.isActive ? await file.sizeBytes() : stats.endOffset,
        steps: "parts",
        ...(startOffset === undefined ? {} : { startOffset }),
      });
      return scan(scanner, { id, last, kinds });
    });
  }

  #segmentOf(wanted: Revision): SegmentStats | undefined {
    let found: SegmentStats | undefined;
    for (const stats of this.#segments.list()) {
      if (stats.kind !== "log" || stats.lastRevision < wanted) continue;
      if (found === undefined || stats.firstRevision < found.firstRevision) found = stats;
    }
    return found;
  }
}

interface Scan {
  readonly id: SegmentId;
  readonly last: Revision;
  readonly kinds: LogKinds;
}

async function scan(scanner: SegmentScanner, { id, last, kinds }: Scan): Promise<LogStep> {
  const records: LogRecord[] = [];
  let bytes = 0;
  let sliceBytes = 0;
  for (;;) {
    const step = await scanner.next();
    if (step.kind !== "records") {
      const problem = step.kind === "bad" ? step.problem : "the segment ends too early";
      throw corrupt(segmentLabel(id), step.offset, problem);
    }
    for (const { record } of step.records) {
      if (record.revision <= last && isWanted(record, kinds)) records.push(kept(record));
    }
    const stepBytes = step.endOffset - step.offset;
    bytes += stepBytes;
    sliceBytes += stepBytes;
    if (sliceBytes >= SLICE_BYTES) {
      sliceBytes = 0;
      await yieldToLoop();
    }
    if (!step.isBatchEnd) continue;
    const reached = step.header?.lastRevision ?? last;
    if (reached >= last) return { records, next: { revision: revision(last + 1) } };
    if (bytes < STEP_BYTES) continue;
    const place = { segment: id, offset: step.endOffset };
    return { records, next: { revision: revision(reached + 1), place } };
  }
}

/** A reply is remembered, but changes no key. */
function isWanted({ type }: LogRecord, kinds: LogKinds): boolean {
  return kinds === "all" ? type !== RecordType.REPLY : type === RecordType.EXPIRE;
}

/** The next step of the scanner overwrites what this one gave. */
function kept(record: ScannedRecord["record"]): LogRecord {
  return { ...record, key: Buffer.from(record.key), value: Buffer.from(record.value) };
}
