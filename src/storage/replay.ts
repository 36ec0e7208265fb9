/**
 * Builds the keydir from records in whatever order segments hold them: of each key the highest
 * (revision, index) wins, and tombstones are remembered until the end, because a compacted segment may
 * bring an older value of the key later.
 *
 * Where it begins with a checkpoint, that is the whole truth up to its revision: a record from before can
 * only say where compaction has put what the checkpoint names, and never bring back what it does not.
 */

import { revision, timeMs, type Revision, type SegmentId, type TimeMs } from "../base/index.js";
import type { Keydir } from "../keydir/index.js";
import { RecordType, type LogRecord, type Manifest, type Placement } from "../log/index.js";
import { entryOf, isPut } from "./change.js";
import type { Start } from "./checkpoint-start.js";
import type { SegmentTable } from "./segment-table.js";

/** The state that replay goes on from. */
export type ReplayStart = Pick<Start, "keydir" | "revision" | "segments">;

interface Position {
  readonly revision: Revision;
  readonly index: number;
}

export class Replay {
  readonly keydir: Keydir;
  readonly #start: ReplayStart;
  readonly #segments: SegmentTable;
  readonly #tombstones = new Map<string, Position>();
  readonly #timeMarkRevision: Revision;
  #revision: Revision;
  #commitTimeMs: TimeMs;
  /** Entries that point into segments which are gone. */
  #goneEntryCount: number;

  /** Begins with what the manifest names; counts what is live in each of the segments. */
  constructor(
    manifest: Pick<Manifest, "keyOrder" | "durableRevision" | "commitTimeMs" | "timeMarkRevision">,
    segments: SegmentTable,
    start: ReplayStart,
  ) {
    this.keydir = start.keydir;
    this.#segments = segments;
    this.#start = start;
    this.#goneEntryCount = start.segments.goneEntryCount;
    this.#timeMarkRevision = manifest.timeMarkRevision;
    this.#revision = manifest.durableRevision;
    this.#commitTimeMs = manifest.commitTimeMs;
  }

  /** The highest revision seen. */
  get revision(): Revision {
    return this.#revision;
  }
  /** The highest commit time seen. */
  get commitTimeMs(): TimeMs {
    return this.#commitTimeMs;
  }

  apply(record: LogRecord, placement: Placement): void {
    this.raise(record.revision, record.commitTimeMs);
    if (record.revision <= this.#start.revision) {
      this.#relocate(record, placement);
      return;
    }
    switch (record.type) {
      case RecordType.SET:
      case RecordType.TOUCH:
        this.#applyPut(record, placement);
        return;
      case RecordType.DELETE:
      case RecordType.EXPIRE:
        this.#applyTombstone(record);
        return;
      case RecordType.REPLY:
        return;
    }
  }

  /** Takes note of a revision, and of the time when it was durable. */
  raise(toRevision: Revision, toCommitTimeMs: TimeMs): void {
    this.#revision = revision(Math.max(this.#revision, toRevision));
    if (toRevision <= this.#timeMarkRevision) return;
    this.#commitTimeMs = timeMs(Math.max(this.#commitTimeMs, toCommitTimeMs));
  }

  /** To be called once everything was applied. */
  finish(): void {
    this.#tombstones.clear();
    if (this.#goneEntryCount > 0) this.#dropGone();
  }

  /** What a checkpoint names in a segment that is gone, and that was not found since, was compacted away. */
  #dropGone(): void {
    const view = this.keydir.pin();
    for (const [key, entry] of view.walk({ isDescending: false })) {
      if (this.#start.segments.gone.has(entry.segment)) this.keydir.remove(key);
    }
    view.release();
  }

  #relocate(record: LogRecord, placement: Placement): void {
    const current = this.keydir.get(record.key);
    if (!isPut(record) || current?.revision !== record.revision) return;
    if (current.index !== record.index) return;
    this.#put(record, placement);
  }

  #applyPut(record: LogRecord, placement: Placement): void {
    const current = this.keydir.get(record.key);
    if (current !== undefined && isNewer(current, record)) return;
    const name = record.key.toString("latin1");
    const tombstone = this.#tombstones.get(name);
    if (tombstone !== undefined && isNewer(tombstone, record)) return;
    this.#tombstones.delete(name);
    this.#put(record, placement);
  }

  #applyTombstone(record: LogRecord): void {
    const current = this.keydir.get(record.key);
    if (current !== undefined && isNewer(record, current)) {
      this.#countDead(this.keydir.remove(record.key));
    }
    const name = record.key.toString("latin1");
    const tombstone = this.#tombstones.get(name);
    if (tombstone !== undefined && isNewer(tombstone, record)) return;
    this.#tombstones.set(name, { revision: record.revision, index: record.index });
  }

  #put(record: LogRecord, placement: Placement): void {
    this.#countDead(this.keydir.put(record.key, entryOf(record, placement)));
    this.#segments.addLive(placement.segment, placement.length);
  }

  #countDead(replaced: ReturnType<Keydir["get"]>): void {
    if (replaced === undefined) return;
    if (this.#start.segments.gone.has(replaced.segment)) this.#goneEntryCount--;
    else this.#segments.removeLive(replaced.segment, replaced.length);
  }
}

function isNewer(left: Position, right: Position): boolean {
  if (left.revision !== right.revision) return left.revision > right.revision;
  return left.index > right.index;
}

export function placementAt(segment: SegmentId, offset: number, length: number): Placement {
  return { segment, offset, length };
}
