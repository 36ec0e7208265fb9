/** What a committed record changes in memory: the keydir, the deadlines, the segments' counts, the cache. */

import { NO_DEADLINE } from "../base/index.js";
import type { Deadlines, Keydir } from "../keydir/index.js";
import type { LogRecord, Placement } from "../log/index.js";
import { entryOf, isPut } from "./change.js";
import { SegmentStats, type SegmentTable } from "./segment-table.js";
import type { UnsyncedRemovals } from "./unsynced-removals.js";
import type { ValueCache } from "./value-cache.js";

export interface ApplierOptions {
  readonly keydir: Keydir;
  readonly deadlines: Deadlines;
  readonly segments: SegmentTable;
  readonly cache: ValueCache;
  readonly removals: UnsyncedRemovals;
  readonly segmentBytes: number;
}

export class Applier {
  readonly #options: ApplierOptions;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  apply(record: LogRecord, placement: Placement): void {
    this.#statsOf(placement).count(record, placement.length);
    if (isPut(record)) this.#applyPut(record, placement);
    else this.#applyRemoval(record);
  }

  #applyPut(record: LogRecord, placement: Placement): void {
    const { keydir, deadlines, segments, cache } = this.#options;
    this.#forget(record.key, keydir.put(record.key, entryOf(record, placement)));
    segments.addLive(placement.segment, placement.length);
    if (record.deadlineMs !== NO_DEADLINE) deadlines.add(record.deadlineMs, record.key);
    cache.put(record.key, {
      revision: record.revision,
      value: record.value,
      contentType: record.contentType,
      updateTimeMs: record.commitTimeMs,
    });
  }

  #applyRemoval(record: LogRecord): void {
    const { keydir, cache, removals } = this.#options;
    this.#forget(record.key, keydir.remove(record.key));
    cache.remove(record.key);
    removals.add(record.key, record.revision);
  }

  #forget(key: Buffer, previous: ReturnType<Keydir["get"]>): void {
    if (previous === undefined) return;
    const { deadlines, segments } = this.#options;
    segments.removeLive(previous.segment, previous.length);
    if (previous.deadlineMs !== NO_DEADLINE) deadlines.remove(previous.deadlineMs, key);
  }

  /** A batch may be placed in a segment that becomes the active one only when the batch is written. */
  #statsOf({ segment }: Placement): SegmentStats {
    const { segments, segmentBytes } = this.#options;
    if (!segments.has(segment)) {
      const stats = new SegmentStats(segment, "log");
      stats.isActive = true;
      stats.endOffset = segmentBytes;
      segments.add(stats);
    }
    return segments.get(segment);
  }
}
