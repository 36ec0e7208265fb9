/**
 * Builds the keydir from records in whatever order segments hold them: of each key the highest
 * (revision, index) wins, and tombstones are remembered until the end, because a compacted segment may
 * bring an older value of the key later.
 */

import {
  keyOrderOf,
  revision,
  timeMs,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import { Keydir } from "../keydir/index.js";
import { RecordType, type LogRecord, type Manifest, type Placement } from "../log/index.js";
import { entryOf } from "./change.js";
import type { SegmentTable } from "./segment-table.js";

interface Position {
  readonly revision: Revision;
  readonly index: number;
}

export class Replay {
  readonly keydir: Keydir;
  readonly #segments: SegmentTable;
  readonly #tombstones = new Map<string, Position>();
  readonly #timeMarkRevision: Revision;
  #revision: Revision;
  #commitTimeMs: TimeMs;

  /** Begins with what the manifest names; counts what is live in each of the segments. */
  constructor(
    manifest: Pick<Manifest, "keyOrder" | "durableRevision" | "commitTimeMs" | "timeMarkRevision">,
    segments: SegmentTable,
  ) {
    this.keydir = new Keydir(keyOrderOf(manifest.keyOrder));
    this.#segments = segments;
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

  /** Forgets what only replay needs, once everything was applied. */
  finish(): void {
    this.#tombstones.clear();
  }

  #applyPut(record: LogRecord, placement: Placement): void {
    const current = this.keydir.get(record.key);
    if (current !== undefined && isNewer(current, record)) return;
    const name = record.key.toString("latin1");
    const tombstone = this.#tombstones.get(name);
    if (tombstone !== undefined && isNewer(tombstone, record)) return;
    this.#tombstones.delete(name);
    this.#countDead(this.keydir.put(record.key, entryOf(record, placement)));
    this.#segments.addLive(placement.segment, placement.length);
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

  #countDead(replaced: ReturnType<Keydir["get"]>): void {
    if (replaced !== undefined) this.#segments.removeLive(replaced.segment, replaced.length);
  }
}

function isNewer(left: Position, right: Position): boolean {
  if (left.revision !== right.revision) return left.revision > right.revision;
  return left.index > right.index;
}

export function placementAt(segment: SegmentId, offset: number, length: number): Placement {
  return { segment, offset, length };
}
