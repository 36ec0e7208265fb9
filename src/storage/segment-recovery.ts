/** Reads one listed segment at start, and judges how it ends. */

import { join } from "node:path";

import {
  corrupt,
  NO_REVISION,
  revision,
  timeMs,
  type KvError,
  type Revision,
} from "../base/index.js";
import type { File } from "../disk/index.js";
import {
  decodeSegmentFooter,
  durableRevisionBehind,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  SegmentScanner,
  segmentFileName,
  segmentSeed,
  type ScannedRecord,
  type ScanStep,
} from "../log/index.js";
import { placementAt, type Replay } from "./replay.js";
import { checkIdentity, type PlacedSegment } from "./segment-identity.js";
import { segmentLabel, SEGMENTS_DIRECTORY, type SegmentStats } from "./segment-table.js";
import type { StorageOptions } from "./storage-options.js";

/** A batch that nothing in the log proves durable yet. */
export interface TailBatch {
  readonly offset: number;
  readonly bytes: number;
  readonly firstRevision: Revision;
  readonly lastRevision: Revision;
  readonly records: readonly ScannedRecord[];
}

/** How the segment that was active at the last stop ends. */
export interface ActiveEnd {
  readonly label: string;
  /** Where the manifest closes it: everything before is proven durable. */
  readonly endOffset: number;
  /** Intact batches behind that, to be copied. */
  readonly tail: readonly TailBatch[];
  /** Where a torn tail was cut, and what was wrong there. */
  readonly cut: { readonly offset: number; readonly problem: string } | undefined;
}

export interface SegmentReading extends PlacedSegment {
  readonly replay: Pick<Replay, "revision" | "raise" | "apply">;
  /** Its file, where that does not have its own name. */
  readonly fileName?: string | undefined;
  /** To be filled with what is found in the segment. */
  readonly stats: SegmentStats;
}

export interface ReadSegment {
  readonly logEnd: Revision;
  readonly active: ActiveEnd | undefined;
}

type Step<K extends ScanStep["kind"]> = Extract<ScanStep, { kind: K }>;

export async function readSegment(
  options: Pick<StorageOptions, "fileSystem" | "directory">,
  reading: SegmentReading,
): Promise<ReadSegment> {
  const { listed, fileName = segmentFileName(listed.id) } = reading;
  const path = join(options.directory, SEGMENTS_DIRECTORY, fileName);
  const file = await options.fileSystem.open(path, "read");
  try {
    const sizeBytes = await checkIdentity(file, reading);
    const endOffset = listed.state === "active" ? sizeBytes : listed.endOffset;
    const reader = new SegmentReader(file, endOffset, reading);
    return listed.state === "active" ? await reader.readActive() : await reader.readClosed();
  } finally {
    await file.close();
  }
}

/**
 * Looks at the two ends of a segment that a checkpoint covers; returns the last revision of the log behind it.
 * What lies between them is verified when it is read.
 */
export async function checkCoveredSegment(
  options: StorageOptions,
  reading: SegmentReading,
): Promise<Revision> {
  const { listed, manifest, stats, logEnd } = reading;
  const label = segmentLabel(listed.id);
  const path = join(options.directory, SEGMENTS_DIRECTORY, segmentFileName(listed.id));
  const file = await options.fileSystem.open(path, "read");
  try {
    await checkIdentity(file, reading);
    if (listed.isSealed) {
      const offset = listed.endOffset - SEGMENT_FOOTER_BYTES;
      const bytes = Buffer.alloc(SEGMENT_FOOTER_BYTES);
      await file.read(bytes, offset);
      const footer = decodeSegmentFooter(bytes, segmentSeed(manifest.storeId, listed.id), offset);
      if (footer?.lastRevision !== stats.lastRevision) {
        throw corrupt(label, offset, "there is no intact footer");
      }
    }
  } finally {
    await file.close();
  }
  if (listed.kind !== "log") return logEnd;
  // One without a record ends where it begins.
  return revision(Math.max(listed.baseRevision, stats.lastRevision));
}

class SegmentReader {
  readonly #reading: SegmentReading;
  readonly #scan: ConstructorParameters<typeof SegmentScanner>[0];
  readonly #scanner: SegmentScanner;
  readonly #stats: SegmentStats;
  readonly #label: string;
  /** Last revision read so far. */
  #logEnd: Revision;
  /** Highest revision that the log so far proves durable. */
  #durable: Revision;
  /** Behind the last record that is proven durable. What marks it, a footer even, may itself not be. */
  #provenEnd = SEGMENT_HEADER_BYTES;
  #tail: TailBatch[] = [];

  constructor(file: File, endOffset: number, reading: SegmentReading) {
    const { listed, manifest } = reading;
    this.#reading = reading;
    this.#scan = {
      file,
      kind: listed.kind,
      seed: segmentSeed(manifest.storeId, listed.id),
      endOffset,
    };
    this.#scanner = new SegmentScanner(this.#scan);
    this.#stats = reading.stats;
    this.#stats.isSealed = listed.isSealed;
    this.#stats.endOffset = endOffset;
    this.#label = segmentLabel(listed.id);
    this.#logEnd = listed.kind === "log" ? listed.baseRevision : reading.logEnd;
    // What the footers of the segments before name was durable as well.
    this.#durable = revision(Math.max(manifest.durableRevision, reading.replay.revision));
  }

  async readClosed(): Promise<ReadSegment> {
    for (;;) {
      const step = await this.#scanner.next();
      if (step.kind === "bad") throw this.#damage(step);
      if (step.kind === "records") {
        this.#checkOrder(step);
        this.#apply(step);
        continue;
      }
      const { endOffset, isSealed } = this.#reading.listed;
      // Zeros are an end too; what was cut ends where the manifest says, and nowhere before.
      const isWhole = isSealed ? step.kind === "footer" : step.offset === endOffset;
      if (!isWhole) throw corrupt(this.#label, step.offset, "the segment ends too early");
      if (step.kind === "footer") {
        const { lastRevision, durableRevision } = step.footer;
        const reached = revision(Math.max(lastRevision, durableRevision));
        // A compacted segment's footer mixes the times of many revisions; its records say theirs.
        this.#reading.replay.raise(reached, timeMs(0));
      }
      return { logEnd: this.#logEnd, active: undefined };
    }
  }

  async readActive(): Promise<ReadSegment> {
    for (;;) {
      const step = await this.#scanner.next();
      if (step.kind !== "records") return this.#endActive(step);
      this.#checkOrder(step);
      this.#raiseDurable(step.header?.durableBefore ?? NO_REVISION);
      this.#raiseTime(step);
      this.#tail.push({
        offset: step.offset,
        bytes: step.endOffset - step.offset,
        firstRevision: step.header?.firstRevision ?? NO_REVISION,
        lastRevision: step.header?.lastRevision ?? NO_REVISION,
        records: step.records,
      });
      this.#settleTail();
    }
  }

  async #endActive(step: Exclude<ScanStep, { kind: "records" }>): Promise<ReadSegment> {
    if (step.kind === "footer") this.#raiseDurable(step.footer.durableRevision);
    if (step.kind === "bad") {
      const behind = await durableRevisionBehind(this.#scan, step.batchOffset);
      this.#raiseDurable(behind ?? NO_REVISION);
      // What is bad would have been the next revision: was that one durable, it is damage.
      if (this.#durable > this.#logEnd) throw this.#damage(step);
    } else if (this.#durable > this.#logEnd) {
      throw corrupt(
        this.#label,
        step.offset,
        `the log ends at revision ${String(this.#logEnd)}, but ${String(this.#durable)} was durable`,
      );
    }
    this.#settleTail();
    this.#stats.endOffset = this.#provenEnd;
    const active: ActiveEnd = {
      label: this.#label,
      endOffset: this.#provenEnd,
      tail: this.#tail,
      cut: step.kind === "bad" ? { offset: step.offset, problem: step.problem } : undefined,
    };
    return { logEnd: this.#logEnd, active };
  }

  /**
   * The part of the tail that has turned out to be durable stays in this segment. A checkpoint may name any
   * revision of a batch, and what made that one durable made the whole batch so.
   */
  #settleTail(): void {
    for (let batch = this.#tail[0]; batch !== undefined; batch = this.#tail[0]) {
      if (batch.firstRevision > this.#durable) return;
      this.#applyRecords(batch.records);
      if (batch.records.length > 0) this.#provenEnd = batch.offset + batch.bytes;
      this.#tail.shift();
    }
  }

  #raiseDurable(toRevision: Revision): void {
    if (toRevision > this.#durable) this.#durable = toRevision;
  }

  #apply(step: Step<"records">): void {
    this.#raiseTime(step);
    this.#applyRecords(step.records);
  }

  #raiseTime({ header }: Step<"records">): void {
    if (header === undefined) return;
    this.#reading.replay.raise(header.durableBefore, header.commitTimeMs);
  }

  #applyRecords(records: readonly ScannedRecord[]): void {
    for (const { record, offset, length } of records) {
      this.#stats.count(record, length);
      this.#reading.replay.apply(record, placementAt(this.#stats.id, offset, length));
    }
  }

  #checkOrder(step: Step<"records">): void {
    const { header } = step;
    if (header === undefined || header.recordCount === 0) return;
    if (header.firstRevision !== this.#logEnd + 1) {
      throw corrupt(
        this.#label,
        step.offset,
        `revision ${String(header.firstRevision)} follows ${String(this.#logEnd)}`,
      );
    }
    this.#logEnd = header.lastRevision;
  }

  #damage(step: Step<"bad">): KvError {
    return corrupt(this.#label, step.offset, `${step.problem}; nothing was changed`);
  }
}
