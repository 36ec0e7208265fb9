/** Writes a compacted segment: a header, records that stand alone, and a footer that vouches for them. */

import { join } from "node:path";

import {
  assert,
  checksum,
  type ChecksumSeed,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import { SteadyFile, TEMPORARY_SUFFIX, type File, type FileSystem } from "../disk/index.js";
import {
  encodeSegmentFooter,
  encodeSegmentHeader,
  encodeRecord,
  moveRecord,
  placeSeed,
  recordLength,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentFileName,
  segmentSeed,
  type LogRecord,
  type Spare,
} from "../log/index.js";
import { SegmentStats } from "./segment-table.js";

const BUFFER_BYTES = 512 * 1024;

export interface CompactedSegmentOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly storeId: Buffer;
  readonly id: SegmentId;
  readonly createTimeMs: TimeMs;
  /** A prepared file to use, when the disk has no room for a new one. */
  readonly spare?: Spare | undefined;
}

export class CompactedSegment {
  readonly stats: SegmentStats;
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #file: File;
  readonly #seed: ChecksumSeed;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #bufferedBytes = 0;
  /** Where the buffer will be written. */
  #offset = 0;
  #digest = 0 as ChecksumSeed;

  private constructor(options: CompactedSegmentOptions, path: string, file: File) {
    this.#fileSystem = options.fileSystem;
    this.#path = path;
    this.#file = file;
    this.#seed = segmentSeed(options.storeId, options.id);
    this.stats = new SegmentStats(options.id, "compacted");
    const { storeId, id, createTimeMs } = options;
    const header = encodeSegmentHeader({ storeId, segmentId: id, createTimeMs, kind: "compacted" });
    header.copy(this.#buffer, 0);
    this.#bufferedBytes = SEGMENT_HEADER_BYTES;
  }

  /** Begins a file under a temporary name; it becomes a segment when the manifest lists it. */
  static async create(options: CompactedSegmentOptions): Promise<CompactedSegment> {
    const { fileSystem, directory, id, spare } = options;
    const path = join(directory, segmentFileName(id)) + TEMPORARY_SUFFIX;
    if (spare !== undefined) await fileSystem.rename(spare.path, path);
    try {
      const file = await fileSystem.open(path, spare === undefined ? "create" : "write");
      return new CompactedSegment(options, path, new SteadyFile(file));
    } catch (error) {
      if (spare !== undefined) await fileSystem.unlink(path).catch(() => undefined);
      throw error;
    }
  }

  /** Bytes so far, the footer to come included. */
  get sizeBytes(): number {
    return this.#offset + this.#bufferedBytes + SEGMENT_FOOTER_BYTES;
  }

  /** Whether a record of this length may be added at once. */
  hasRoom(length: number): boolean {
    return this.#bufferedBytes + length <= this.#buffer.length;
  }

  /** Writes what was gathered, so that there is room. */
  async makeRoom(length: number): Promise<void> {
    if (!this.hasRoom(length)) await this.#flush(length);
  }

  /** Adds a record. */
  async add(record: LogRecord): Promise<void> {
    const length = recordLength(record);
    await this.makeRoom(length);
    encodeRecord(record, this.#buffer, this.#bufferedBytes, this.#nextSeed());
    this.#note(record, length);
  }

  /** Adds a copy of a verified record, whose bytes as they lie elsewhere are given; there must be room. */
  copy(record: LogRecord, bytes: Buffer): void {
    assert(this.hasRoom(bytes.length), "room was made for the record");
    moveRecord(bytes, this.#buffer, this.#bufferedBytes, this.#nextSeed());
    this.#note(record, bytes.length);
  }

  /** Writes the footer and syncs the file, though not its name. */
  async finish(durableRevision: Revision): Promise<void> {
    await this.#flush(0);
    const { stats } = this;
    const footer = encodeSegmentFooter(
      {
        digest: this.#digest,
        recordCount: stats.putCount + stats.tombstoneCount,
        putCount: stats.putCount,
        tombstoneCount: stats.tombstoneCount,
        expirationCount: stats.expirationCount,
        firstRevision: stats.firstRevision,
        lastRevision: stats.lastRevision,
        commitTimeMs: stats.commitTimeMs,
        durableRevision,
      },
      this.#seed,
      this.#offset,
    );
    await this.#file.write(footer, this.#offset);
    stats.endOffset = this.#offset + footer.length;
    stats.isSealed = true;
    await this.#file.truncate(stats.endOffset);
    await this.#file.sync();
    await this.#file.close();
    // Whoever lists the segment keeps it for longer than it needs this.
    this.#buffer = Buffer.alloc(0);
  }

  /** Gives up: removes the file. What cannot be removed now is removed at the next start. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await this.#fileSystem.unlink(this.#path).catch(() => undefined);
  }

  /** The seed of what is put into the buffer next. */
  #nextSeed(): ChecksumSeed {
    return placeSeed(this.#seed, this.#offset + this.#bufferedBytes);
  }

  #note(record: LogRecord, length: number): void {
    this.#bufferedBytes += length;
    this.stats.count(record, length);
  }

  async #flush(bytesToCome: number): Promise<void> {
    if (this.#bufferedBytes > 0) {
      const bytes = this.#buffer.subarray(0, this.#bufferedBytes);
      await this.#file.write(bytes, this.#offset);
      this.#digest = checksum(bytes, this.#digest) as ChecksumSeed;
      this.#offset += bytes.length;
      this.#bufferedBytes = 0;
    }
    if (bytesToCome > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(bytesToCome);
  }
}
