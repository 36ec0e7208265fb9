/** The segment that batches go to: first a spare file with a place in the log, at last a sealed one. */

import { join } from "node:path";

import {
  assert,
  checksum,
  NO_REVISION,
  present,
  type ChecksumSeed,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import { TEMPORARY_SUFFIX, type File, type FileSystem } from "../disk/index.js";
import {
  encodeSegmentFooter,
  encodeSegmentHeader,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentFileName,
  segmentSeed,
  type SegmentFooter,
} from "./segment-format.js";
import type { Spare } from "./spare-segments.js";

export interface OpenSegmentOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly storeId: Buffer;
  readonly id: SegmentId;
  readonly spare: Spare;
  /** Made from the reserve: on a full disk only for what gives space back. */
  readonly isReserve?: boolean;
}

/** A batch as far as writing it needs to know. */
export interface WritableBatch {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly recordCount: number;
  readonly putCount: number;
  readonly tombstoneCount: number;
  readonly expirationCount: number;
  readonly firstRevision: Revision;
  readonly lastRevision: Revision;
  readonly commitTimeMs: TimeMs;
  finish(durableBefore: Revision, commitTimeMs: TimeMs): Buffer;
}

export class OpenSegment {
  readonly id: SegmentId;
  readonly seed: ChecksumSeed;
  readonly isReserve: boolean;
  /** Batches end here at the latest; the footer needs the rest. */
  readonly dataEnd: number;
  readonly #options: OpenSegmentOptions;
  #file: File | undefined;
  #digest = 0 as ChecksumSeed;
  #writtenEnd = SEGMENT_HEADER_BYTES;
  #recordCount = 0;
  #putCount = 0;
  #tombstoneCount = 0;
  #expirationCount = 0;
  #firstRevision: Revision = NO_REVISION;
  #lastRevision: Revision = NO_REVISION;
  #commitTimeMs = 0 as TimeMs;

  constructor(options: OpenSegmentOptions) {
    this.#options = options;
    this.id = options.id;
    this.isReserve = options.isReserve ?? false;
    this.seed = segmentSeed(options.storeId, options.id);
    this.dataEnd = options.spare.sizeBytes - SEGMENT_FOOTER_BYTES;
  }

  /** Where the next batch goes. */
  get writtenEnd(): number {
    return this.#writtenEnd;
  }
  /** How much of the room for batches is used, 0 to 1. */
  get usedRatio(): number {
    return this.#writtenEnd / this.dataEnd;
  }
  get recordCount(): number {
    return this.#recordCount;
  }
  /** Logical time of the newest batch. */
  get commitTimeMs(): TimeMs {
    return this.#commitTimeMs;
  }

  /** Writes the header and gives the file its name, still a temporary one: the manifest comes first. */
  async prepare(createTimeMs: TimeMs): Promise<void> {
    const { fileSystem, directory, storeId, id, spare } = this.#options;
    this.#file = await fileSystem.openDurable(spare.path);
    const header = encodeSegmentHeader({ storeId, segmentId: id, createTimeMs, kind: "log" });
    await this.#file.write(header, 0);
    this.#digest = checksum(header, this.#digest) as ChecksumSeed;
    await fileSystem.rename(spare.path, this.#path() + TEMPORARY_SUFFIX);
    await fileSystem.syncDirectory(directory);
  }

  /** Gives the file its final name, once the manifest lists it. */
  async publish(): Promise<void> {
    await publishSegment(this.#options.fileSystem, this.#options.directory, this.id);
  }

  /** Writes and syncs the batch. After an error nothing is known of what is on disk. */
  async write(batch: WritableBatch, durableBefore: Revision, commitTimeMs: TimeMs): Promise<void> {
    assert(batch.startOffset === this.#writtenEnd, "batches follow one another");
    const bytes = batch.finish(durableBefore, commitTimeMs);
    assert(batch.endOffset <= this.dataEnd, "a batch fits its segment");
    await present(this.#file, "a prepared segment").write(bytes, batch.startOffset);
    this.#digest = checksum(bytes, this.#digest) as ChecksumSeed;
    this.#writtenEnd = batch.endOffset;
    this.#recordCount += batch.recordCount;
    this.#putCount += batch.putCount;
    this.#tombstoneCount += batch.tombstoneCount;
    this.#expirationCount += batch.expirationCount;
    this.#commitTimeMs = batch.commitTimeMs;
    if (this.#firstRevision === NO_REVISION) this.#firstRevision = batch.firstRevision;
    if (batch.lastRevision > this.#lastRevision) this.#lastRevision = batch.lastRevision;
  }

  /** Writes the footer and cuts the file behind it; it never changes again. Returns where it ends. */
  async seal(durableRevision: Revision): Promise<number> {
    const file = present(this.#file, "a prepared segment");
    const footer: SegmentFooter = {
      digest: this.#digest,
      recordCount: this.#recordCount,
      putCount: this.#putCount,
      tombstoneCount: this.#tombstoneCount,
      expirationCount: this.#expirationCount,
      firstRevision: this.#firstRevision,
      lastRevision: this.#lastRevision,
      commitTimeMs: this.#commitTimeMs,
      durableRevision,
    };
    await file.write(encodeSegmentFooter(footer, this.seed, this.#writtenEnd), this.#writtenEnd);
    const endOffset = this.#writtenEnd + SEGMENT_FOOTER_BYTES;
    await file.truncate(endOffset);
    await file.sync();
    return endOffset;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  #path(): string {
    return join(this.#options.directory, segmentFileName(this.id));
  }
}

/** Renames a listed segment from its temporary name to its own, durably. */
export async function publishSegment(
  fileSystem: FileSystem,
  directory: string,
  id: SegmentId,
): Promise<void> {
  const path = join(directory, segmentFileName(id));
  await fileSystem.rename(path + TEMPORARY_SUFFIX, path);
  await fileSystem.syncDirectory(directory);
}
