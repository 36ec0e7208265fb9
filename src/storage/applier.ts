/** What a committed record changes in memory: the keydir, the segments' counts, the cache. */

import { present } from "../base/index.js";
import type { Keydir } from "../keydir/index.js";
import type { LogRecord, Placement } from "../log/index.js";
import { entryOf, isPut, valueOf, type Change } from "./change.js";
import type { ReplyWindow } from "./reply-window.js";
import { SegmentStats, type SegmentTable } from "./segment-table.js";
import type { UnsyncedChanges } from "./unsynced-changes.js";
import type { UnsyncedRemovals } from "./unsynced-removals.js";
import type { ValueCache } from "./value-cache.js";

export interface ApplierOptions {
  readonly keydir: Keydir;
  readonly segments: SegmentTable;
  readonly cache: ValueCache;
  readonly removals: UnsyncedRemovals;
  readonly unsyncedChanges: UnsyncedChanges;
  readonly replyWindow: ReplyWindow;
  readonly segmentBytes: number;
}

export class Applier {
  readonly #options: ApplierOptions;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /** The records of a transaction, each with its place; behind those of its changes there may be a reply. */
  applyAll(
    records: readonly LogRecord[],
    placements: readonly Placement[],
    changes: readonly Change[],
  ): void {
    for (let index = 0; index < records.length; index++) {
      const record = present(records[index], "a record");
      const placement = present(placements[index], "a place for each record");
      const change = changes[index];
      if (change === undefined) this.#applyReply(record, placement);
      else this.#applyTold(record, placement, valueOf(change));
    }
  }

  #applyReply(record: LogRecord, placement: Placement): void {
    this.#statsOf(placement).count(record, placement.length);
    this.#remember(record, placement);
  }

  #remember(record: LogRecord, placement: Placement): void {
    const { replyWindow } = this.#options;
    replyWindow.add(record, placement);
    replyWindow.forgetSome(record.commitTimeMs);
  }

  /** Followers are told of it, once it is durable. */
  #applyTold(record: LogRecord, placement: Placement, value: Buffer): void {
    const { keydir, unsyncedChanges } = this.#options;
    const replaced = unsyncedChanges.notesReplaced ? keydir.get(record.key) : undefined;
    this.#apply(record, placement, value);
    if (record.call !== undefined) this.#remember(record, placement);
    unsyncedChanges.add(record, replaced);
  }

  /** `value` is the value itself, however the record stores it. */
  #apply(record: LogRecord, placement: Placement, value: Buffer): void {
    this.#statsOf(placement).count(record, placement.length);
    if (isPut(record)) this.#applyPut(record, placement, value);
    else this.#applyRemoval(record, placement);
  }

  #applyPut(record: LogRecord, placement: Placement, value: Buffer): void {
    const { keydir, segments, cache } = this.#options;
    const entry = entryOf(record, placement);
    segments.addLive(entry);
    this.#forget(keydir.put(record.key, entry));
    cache.put({
      key: record.key,
      value,
      revision: record.revision,
      createRevision: record.createRevision,
      version: record.version,
      deadlineMs: record.deadlineMs,
      updateTimeMs: record.commitTimeMs,
      contentType: record.contentType,
    });
  }

  #applyRemoval(record: LogRecord, placement: Placement): void {
    const { keydir, segments, cache, removals } = this.#options;
    const tombstone = entryOf(record, placement);
    if (keydir.history.isKept) segments.addLive(tombstone);
    this.#forget(keydir.remove(record.key, tombstone));
    cache.remove(record.key);
    removals.add(record.key, record.revision);
  }

  #forget(dropped: ReturnType<Keydir["get"]>): void {
    if (dropped !== undefined) this.#options.segments.removeLive(dropped);
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
