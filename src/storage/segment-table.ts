/**
 * The segments that are the store: what each holds, how much of it is live, who still reads it. A
 * segment that compaction retired is kept until no view and no read can reach it.
 */

import { join } from "node:path";

import {
  assert,
  corrupt,
  KvError,
  NO_REVISION,
  present,
  revision,
  systemErrorCode,
  timeMs,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import type { File, FileSystem } from "../disk/index.js";
import type { KeydirEntry, ReplyEntry } from "../keydir/index.js";
import { segmentFileName, type LogRecord, RecordType, type SegmentKind } from "../log/index.js";

export const SEGMENTS_DIRECTORY = "segments";

/** How errors name a segment: its file, relative to the data directory. */
export function segmentLabel(id: SegmentId): string {
  return `${SEGMENTS_DIRECTORY}/${segmentFileName(id)}`;
}

/** What is known of one segment. */
export class SegmentStats {
  readonly id: SegmentId;
  readonly kind: SegmentKind;
  isActive: boolean;
  isSealed: boolean;
  /** The keydir names every live record of it. Not so while compaction still points it at a new segment. */
  isPointedAt = true;
  /** Where it ends, in bytes. */
  endOffset: number;
  recordBytes = 0;
  putCount = 0;
  tombstoneCount = 0;
  tombstoneBytes = 0;
  /** Of tombstones that the history of a key keeps. */
  keptTombstoneBytes = 0;
  expirationCount = 0;
  livePutCount = 0;
  /** Of puts and tombstones that the keydir names, and of replies that are remembered. */
  liveBytes = 0;
  /** Sets whose reply is remembered: what compaction keeps of one that is dead takes few bytes. */
  calledSetCount = 0;
  firstRevision: Revision = NO_REVISION;
  lastRevision: Revision = NO_REVISION;
  commitTimeMs: TimeMs = timeMs(0);
  /** A record in it failed its checksum: compaction leaves it alone. */
  isDamaged = false;

  constructor(id: SegmentId, kind: SegmentKind) {
    this.id = id;
    this.kind = kind;
    this.isActive = false;
    this.isSealed = false;
    this.endOffset = 0;
  }

  /** Sets and touches that a newer record of their key has replaced, and that no history keeps. */
  get deadPutCount(): number {
    return this.putCount - this.livePutCount;
  }

  /** Of tombstones that stay only while they hold back a dead value. */
  get looseTombstoneBytes(): number {
    return this.tombstoneBytes - this.keptTombstoneBytes;
  }

  /** The segment will not change any more. */
  seal(endOffset: number): void {
    this.isActive = false;
    this.isSealed = true;
    this.endOffset = endOffset;
  }

  /** Counts a record that lies in the segment. */
  count(record: LogRecord, length: number): void {
    this.recordBytes += length;
    if (record.type === RecordType.SET || record.type === RecordType.TOUCH) this.putCount++;
    if (record.type === RecordType.DELETE || record.type === RecordType.EXPIRE) {
      this.tombstoneCount++;
      this.tombstoneBytes += length;
    }
    if (record.type === RecordType.EXPIRE) this.expirationCount++;
    if (this.firstRevision === NO_REVISION || record.revision < this.firstRevision) {
      this.firstRevision = record.revision;
    }
    this.lastRevision = revision(Math.max(this.lastRevision, record.revision));
    this.commitTimeMs = timeMs(Math.max(this.commitTimeMs, record.commitTimeMs));
  }
}

/** A record that the keydir names. */
export type LiveRecord = Pick<KeydirEntry, "segment" | "length" | "isTombstone">;

/** A record that a reply is remembered by. */
export type RememberedRecord = Pick<ReplyEntry, "segment" | "length" | "isInSet">;

/** A segment's file that is open for reading, or about to be. */
export interface HeldFile {
  readonly id: SegmentId;
  readonly file: Promise<File>;
  /** What `file` has resolved to. */
  opened: File | undefined;
  pinCount: number;
}

/** A reason to keep retired segments. */
export interface SegmentHolder {
  readonly isReleased: boolean;
}

interface Retired {
  readonly stats: SegmentStats;
  readonly holders: Set<SegmentHolder>;
}

export interface SegmentTableOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** How many files reads may hold open. */
  readonly openSegmentsMax: number;
  /** Told of a retired segment that nobody can reach any more. */
  readonly onUnreachable: (id: SegmentId) => void;
}

export class SegmentTable {
  readonly #options: SegmentTableOptions;
  readonly #live = new Map<SegmentId, SegmentStats>();
  readonly #retired = new Map<SegmentId, Retired>();
  /** Files open for reading, least recently used first. */
  readonly #files = new Map<SegmentId, HeldFile>();
  #isClosed = false;
  /** Reads under way. */
  #useCount = 0;
  #onIdle: () => void = () => undefined;

  constructor(options: SegmentTableOptions) {
    this.#options = options;
  }

  add(stats: SegmentStats): void {
    assert(!this.#live.has(stats.id), "a segment is added once");
    this.#live.set(stats.id, stats);
  }

  /** Takes back an `add`: the segment turned out to hold nothing. */
  forget(id: SegmentId): void {
    this.#live.delete(id);
  }

  get(id: SegmentId): SegmentStats {
    return present(this.#live.get(id), "the segment");
  }

  has(id: SegmentId): boolean {
    return this.#live.has(id);
  }

  find(id: SegmentId): SegmentStats | undefined {
    return this.#live.get(id) ?? this.#retired.get(id)?.stats;
  }

  /** The segments that the store consists of, in the order in which they were added. */
  list(): SegmentStats[] {
    return [...this.#live.values()];
  }

  get liveBytes(): number {
    return this.list().reduce((sum, segment) => sum + segment.liveBytes, 0);
  }

  /** Bytes of segment files, retired ones included. */
  get diskBytes(): number {
    const retired = [...this.#retired.values()].map((each) => each.stats);
    return [...this.#live.values(), ...retired].reduce((sum, each) => sum + each.endOffset, 0);
  }

  /** From now on the keydir names this record. */
  addLive(entry: LiveRecord): void {
    this.#countLive(entry, 1);
  }

  /** The keydir does not name this record any more. */
  removeLive(entry: LiveRecord): void {
    this.#countLive(entry, -1);
  }

  /** From now on this reply is remembered. */
  addReply(entry: RememberedRecord): void {
    this.#countReply(entry, 1);
  }

  /** This reply is remembered no more. */
  removeReply(entry: RememberedRecord): void {
    this.#countReply(entry, -1);
  }

  /** A set is live by itself or not: it is not counted twice. */
  #countReply({ segment, length, isInSet }: RememberedRecord, by: 1 | -1): void {
    const stats = this.#live.get(segment);
    if (stats === undefined) return;
    if (isInSet) stats.calledSetCount += by;
    else stats.liveBytes += by * length;
  }

  #countLive({ segment, length, isTombstone }: LiveRecord, by: 1 | -1): void {
    const stats = this.#live.get(segment);
    if (stats === undefined) return;
    stats.liveBytes += by * length;
    if (isTombstone) stats.keptTombstoneBytes += by * length;
    else stats.livePutCount += by;
  }

  /** Takes a segment out of the store; its file stays while a holder or a read needs it. */
  retire(id: SegmentId, holders: Iterable<SegmentHolder>): void {
    const stats = this.get(id);
    this.#live.delete(id);
    this.#retired.set(id, { stats, holders: new Set(holders) });
    this.#dropIfUnreachable(id);
  }

  /** A holder has let go. */
  release(holder: SegmentHolder): void {
    for (const [id, retired] of this.#retired) {
      if (retired.holders.delete(holder)) this.#dropIfUnreachable(id);
    }
  }

  /**
   * Keeps the segment's file until `letGo`, which is called once. A segment that can be reached when this is called can
   * be read. Throws DRAINING.
   */
  hold(id: SegmentId): HeldFile {
    if (this.#isClosed) throw new KvError("DRAINING", "the store is closed");
    const open = this.#files.get(id) ?? this.#open(id);
    this.#files.delete(id);
    this.#files.set(id, open);
    open.pinCount++;
    this.#useCount++;
    return open;
  }

  letGo(held: HeldFile): void {
    const { id } = held;
    held.pinCount--;
    this.#useCount--;
    if (this.#useCount === 0) this.#onIdle();
    if (this.#retired.size > 0) this.#dropIfUnreachable(id);
    this.#closeSurplus();
  }

  /** Runs `use` with the segment's file, which is kept for that long. Begins synchronously, as `hold` does. */
  async withFile<T>(id: SegmentId, use: (file: File) => Promise<T>): Promise<T> {
    const held = this.hold(id);
    try {
      return await use(held.opened ?? (await held.file));
    } finally {
      this.letGo(held);
    }
  }

  /** Waits for the reads under way, then closes the files. Later reads throw DRAINING. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#useCount > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const open of files) await closeQuietly(open);
  }

  #open(id: SegmentId): HeldFile {
    const { fileSystem, directory } = this.#options;
    const path = join(directory, segmentFileName(id));
    const open: HeldFile = {
      id,
      pinCount: 0,
      opened: undefined,
      file: fileSystem.open(path, "read").then(
        (file) => (open.opened = file),
        (error: unknown) => {
          // The next read tries anew: want of descriptors passes.
          if (this.#files.get(id) === open) this.#files.delete(id);
          throw readError(id, error);
        },
      ),
    };
    // Whoever waits for its turn to read meets it then.
    open.file.catch(() => undefined);
    return open;
  }

  #closeSurplus(): void {
    if (this.#files.size <= this.#options.openSegmentsMax) return;
    for (const [id, open] of this.#files) {
      if (this.#files.size <= this.#options.openSegmentsMax) return;
      if (open.pinCount > 0) continue;
      this.#files.delete(id);
      void closeQuietly(open);
    }
  }

  #dropIfUnreachable(id: SegmentId): void {
    const retired = this.#retired.get(id);
    const open = this.#files.get(id);
    if (retired === undefined || retired.holders.size > 0) return;
    if (open !== undefined && open.pinCount > 0) return;
    this.#retired.delete(id);
    this.#files.delete(id);
    if (open !== undefined) void closeQuietly(open);
    this.#options.onUnreachable(id);
  }
}

/** The error of a segment that cannot be read: never "absent", and overload where it will pass. */
export function readError(id: SegmentId, error: unknown): KvError {
  if (error instanceof KvError) return error;
  const code = systemErrorCode(error);
  if (code === "EMFILE" || code === "ENFILE") {
    return new KvError("OVERLOADED", "no file descriptor is left to read with", {
      cause: error,
      retryAfterMs: 100,
    });
  }
  return corrupt(segmentLabel(id), 0, `it cannot be read (${code ?? String(error)})`, error);
}

async function closeQuietly(open: HeldFile): Promise<void> {
  try {
    await (await open.file).close();
  } catch {
    // It was open for reading only: nothing is lost.
  }
}
