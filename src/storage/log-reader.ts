/**
 * Reads expire records back from the log, in order, for followers that come from the past. The log above
 * the feed's floor is whole; what is asked from below it must be refused by the caller.
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
const STEP_BYTES = 1024 * 1024;

/** The next revision that is wanted, and where its batch lies if that is known. */
export interface LogPosition {
  readonly revision: Revision;
  readonly place?: { readonly segment: SegmentId; readonly offset: number } | undefined;
}

export interface LogStep {
  readonly expirations: readonly LogRecord[];
  readonly next: LogPosition;
}

export class LogReader {
  readonly #segments: SegmentTable;
  readonly #storeId: Buffer;

  constructor(segments: SegmentTable, storeId: Buffer) {
    this.#segments = segments;
    this.#storeId = storeId;
  }

  /** The expirations from `position` on, up to `upTo` at the most, and where to go on. */
  async read(position: LogPosition, upTo: Revision): Promise<LogStep> {
    const stats = this.#segmentOf(position.revision);
    if (stats === undefined || position.revision > upTo) {
      return {
        expirations: [],
        next: { revision: revision(Math.max(position.revision, upTo + 1)) },
      };
    }
    const last = revision(Math.min(stats.lastRevision, upTo));
    if (stats.expirationCount === 0)
      return { expirations: [], next: { revision: revision(last + 1) } };
    return this.#segments.withFile(stats.id, async (file) => {
      const { id, kind } = stats;
      const startOffset = position.place?.segment === id ? position.place.offset : undefined;
      const scanner = new SegmentScanner({
        file,
        kind,
        seed: segmentSeed(this.#storeId, id),
        endOffset: stats.isActive ? await file.sizeBytes() : stats.endOffset,
        steps: "parts",
        ...(startOffset === undefined ? {} : { startOffset }),
      });
      return this.#scan(scanner, { stats, from: position.revision, last });
    });
  }

  async #scan(
    scanner: SegmentScanner,
    { stats, from, last }: { stats: SegmentStats; from: Revision; last: Revision },
  ): Promise<LogStep> {
    const expirations: LogRecord[] = [];
    let bytes = 0;
    for (;;) {
      const step = await scanner.next();
      if (step.kind !== "records") {
        const problem = step.kind === "bad" ? step.problem : "the segment ends too early";
        throw corrupt(segmentLabel(stats.id), step.offset, problem);
      }
      expirations.push(...expirationsIn(step.records, from, last));
      bytes += step.endOffset - step.offset;
      if (!step.isBatchEnd) {
        await yieldToLoop();
        continue;
      }
      const reached = step.header?.lastRevision ?? last;
      if (reached >= last) return { expirations, next: { revision: revision(last + 1) } };
      if (bytes < STEP_BYTES) continue;
      const next = revision(Math.max(from, reached + 1));
      return {
        expirations,
        next: { revision: next, place: { segment: stats.id, offset: step.endOffset } },
      };
    }
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

function expirationsIn(
  records: readonly ScannedRecord[],
  from: Revision,
  last: Revision,
): LogRecord[] {
  return (
    records
      .map((scanned) => scanned.record)
      .filter(({ type, revision: of }) => type === RecordType.EXPIRE && of >= from && of <= last)
      // The next step overwrites what this one gave.
      .map((record) => ({
        ...record,
        key: Buffer.from(record.key),
        value: Buffer.from(record.value),
      }))
  );
}
