/**
 * Builds the keydir from records in whatever order segments hold them: of each key the highest
 * (revision, index) wins, and tombstones are remembered until the end, because a compacted segment may
 * bring an older value of the key later. Where history is kept, it is the newest few that win.
 *
 * Where it begins with a checkpoint, that is the whole truth up to its revision: a record from before can
 * only say where compaction has put what the checkpoint names, and never bring back what it does not.
 */

import {
  NO_REVISION,
  revision,
  timeMs,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import { isNewer, type Keydir, type KeydirEntry } from "../keydir/index.js";
import { RecordType, type LogRecord, type Manifest, type Placement } from "../log/index.js";
import { entryOf } from "./change.js";
import type { Start } from "./checkpoint-start.js";
import { forgetRemoved, forgetUnproven, unprovenOf, type HistoryProof } from "./history-proof.js";
import { yieldToLoop } from "./pace.js";
import { rememberedId, type ReplyWindow } from "./reply-window.js";
import type { SegmentTable } from "./segment-table.js";

/** The state that replay goes on from. */
export type ReplayStart = Pick<Start, "keydir" | "revision" | "segments">;

/** Walked over between two turns of the event loop, in which health is answered. */
const ENTRIES_PER_TURN = 2000;

interface Position {
  readonly revision: Revision;
  readonly index: number;
}

export class Replay {
  readonly keydir: Keydir;
  readonly replyWindow: ReplyWindow;
  readonly #start: ReplayStart;
  readonly #segments: SegmentTable;
  readonly #tombstones = new Map<string, Position>();
  /** Keys whose history a checkpoint does not have whole. */
  readonly #changed = new Set<string>();
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
    replyWindow: ReplyWindow,
  ) {
    this.keydir = start.keydir;
    this.replyWindow = replyWindow;
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
    if (rememberedId(record) !== undefined) this.#applyReply(record, placement);
    if (record.type === RecordType.REPLY) return;
    if (record.revision <= this.#start.revision) {
      this.#relocate(record, placement);
      return;
    }
    if (this.keydir.history.isKept) {
      this.#applyVersion(record, placement);
      return;
    }
    switch (record.type) {
      case RecordType.SET:
      case RecordType.TOUCH:
        this.#applyPut(record, placement);
        return;
      case RecordType.DELETE:
      case RecordType.EXPIRE:
        this.#applyTombstone(record, placement);
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
  async finish(proof: HistoryProof): Promise<void> {
    this.#tombstones.clear();
    if (this.keydir.history.isKept) await this.#settleHistory(proof);
    if (this.#goneEntryCount > 0) await this.#dropGone();
    if (this.#start.segments.gone.size > 0) await this.#dropGoneReplies();
    this.replyWindow.settle();
  }

  /** Drops what proves nothing. In what a checkpoint had there is no gap, but where records came to it. */
  async #settleHistory(proof: HistoryProof): Promise<void> {
    const isWhole = this.#start.revision === NO_REVISION;
    const all = isWhole ? forgetUnproven(this.keydir, proof) : forgetRemoved(this.keydir, proof);
    for await (const dropped of all) dropped.forEach(this.#countDead);
    for (const name of this.#changed) {
      unprovenOf(this.keydir, Buffer.from(name, "latin1"), proof).forEach(this.#countDead);
    }
    this.#changed.clear();
  }

  /** The same for replies: compaction copied those that were remembered still. */
  async #dropGoneReplies(): Promise<void> {
    const forgetting = this.keydir.replies.forgetIn(this.#start.segments.gone);
    while (forgetting.next().done !== true) await yieldToLoop();
  }

  /** What a checkpoint names in a segment that is gone, and that was not found since, was compacted away. */
  async #dropGone(): Promise<void> {
    const view = this.keydir.pin();
    let walked = 0;
    for (const [key, entry] of view.walk({ isDescending: false })) {
      if (++walked % ENTRIES_PER_TURN === 0) await yieldToLoop();
      if (!this.#start.segments.gone.has(entry.segment)) continue;
      this.keydir.forget(key).forEach(this.#countDead);
      if (this.#goneEntryCount === 0) break;
    }
    view.release();
  }

  /** Like a put: a checkpoint knows all that are remembered up to its revision. */
  #applyReply(record: LogRecord, placement: Placement): void {
    if (record.revision <= this.#start.revision) this.replyWindow.move(record, placement);
    else if (!this.replyWindow.isOver(record, this.#commitTimeMs)) {
      this.replyWindow.add(record, placement);
    }
  }

  #relocate(record: LogRecord, { segment, offset, length }: Placement): void {
    const current = this.keydir.find(record.key, record.revision, record.index);
    if (current === undefined) return;
    const moved = { ...current, segment, offset, length };
    this.keydir.move(record.key, moved);
    this.#segments.addLive(moved);
    this.#countDead(current);
  }

  #applyVersion(record: LogRecord, placement: Placement): void {
    const entry = entryOf(record, placement);
    this.#segments.addLive(entry);
    this.#countDead(this.keydir.insert(record.key, entry));
    if (this.#start.revision > NO_REVISION) this.#changed.add(record.key.toString("latin1"));
  }

  #applyPut(record: LogRecord, placement: Placement): void {
    const current = this.keydir.get(record.key);
    if (current !== undefined && isNewer(current, record)) return;
    const name = record.key.toString("latin1");
    const tombstone = this.#tombstones.get(name);
    if (tombstone !== undefined && isNewer(tombstone, record)) return;
    this.#tombstones.delete(name);
    const entry = entryOf(record, placement);
    this.#segments.addLive(entry);
    this.#countDead(this.keydir.put(record.key, entry));
  }

  #applyTombstone(record: LogRecord, placement: Placement): void {
    const current = this.keydir.get(record.key);
    if (current !== undefined && isNewer(record, current)) {
      this.#countDead(this.keydir.remove(record.key, entryOf(record, placement)));
    }
    const name = record.key.toString("latin1");
    const tombstone = this.#tombstones.get(name);
    if (tombstone !== undefined && isNewer(tombstone, record)) return;
    this.#tombstones.set(name, { revision: record.revision, index: record.index });
  }

  readonly #countDead = (dropped: KeydirEntry | undefined): void => {
    if (dropped === undefined) return;
    if (!this.#start.segments.gone.has(dropped.segment)) this.#segments.removeLive(dropped);
    else if (!dropped.isTombstone) this.#goneEntryCount--;
  };
}

export function placementAt(segment: SegmentId, offset: number, length: number): Placement {
  return { segment, offset, length };
}
