/** A log of its own, without the engine around it: segments, manifest, spares and commit queue on a test's disk. */

import { type KvError, revision, segmentId, SILENT_LOGGER, timeMs } from "../../src/base/index.js";
import {
  CommitQueue,
  listActive,
  LogWriter,
  ManifestFile,
  OpenSegment,
  publishSegment,
  SegmentScanner,
  segmentSeed,
  SpareSegments,
  type DurableBatch,
  type Manifest,
} from "../../src/log/index.js";
import { CrashDisk } from "./crash-disk.js";
import { ManualClock, settle } from "./manual-clock.js";
import { STORE_ID } from "./segment-bytes.js";

const DIRECTORY = "/segments";
export const SEGMENT_BYTES = 4096;

export const FIRST_MANIFEST: Manifest = {
  formatVersion: 3,
  mayBeCompressed: false,
  storeId: STORE_ID,
  historyId: "ab".repeat(16),
  keyOrder: "bytes",
  createTimeMs: timeMs(1),
  generation: 0,
  nextSegmentId: segmentId(1),
  feedFloor: revision(1),
  durableRevision: revision(0),
  commitTimeMs: timeMs(0),
  timeMarkRevision: revision(0),
  historyVersions: 1,
  historySince: revision(0),
  segments: [],
};

export interface LogBenchOptions {
  readonly queueBytesMax?: number;
  readonly queueTransactionsMax?: number;
  readonly disk?: CrashDisk;
}

export interface LogBench {
  readonly disk: CrashDisk;
  readonly clock: ManualClock;
  readonly manifest: ManifestFile;
  readonly spares: SpareSegments;
  readonly log: LogWriter;
  readonly queue: CommitQueue;
  /** Last revision of each batch that was told as durable, in order. */
  readonly told: number[];
  readonly failures: KvError[];
}

export function sparesOn(disk: CrashDisk, clock: ManualClock): SpareSegments {
  return new SpareSegments({
    fileSystem: disk,
    directory: DIRECTORY,
    clock,
    logger: SILENT_LOGGER,
    segmentBytes: SEGMENT_BYTES,
    reserveBytes: SEGMENT_BYTES / 2,
    onProblem: () => undefined,
  });
}

/** A log with one empty segment, its spares filled. */
export async function openLog(options: LogBenchOptions = {}): Promise<LogBench> {
  const disk = options.disk ?? new CrashDisk();
  const clock = new ManualClock();
  await disk.makeDirectory(DIRECTORY);
  const manifest = new ManifestFile(disk, "/", FIRST_MANIFEST);
  const spares = sparesOn(disk, clock);
  const spare = await spares.make(SEGMENT_BYTES);
  const id = segmentId(1);
  const active = new OpenSegment({
    fileSystem: disk,
    directory: DIRECTORY,
    storeId: STORE_ID,
    id,
    spare,
  });
  await active.prepare(clock.wallMs());
  await manifest.swap((current) => ({
    ...current,
    nextSegmentId: segmentId(2),
    segments: [listActive(id, revision(0))],
  }));
  await publishSegment(disk, DIRECTORY, id);
  const log = LogWriter.resume(
    { fileSystem: disk, directory: DIRECTORY, manifest, spares, clock, onSealed: () => undefined },
    active,
  );
  spares.fill();
  await settle(40);
  const told: number[] = [];
  const failures: KvError[] = [];
  const queue = new CommitQueue({
    log,
    clock,
    queueBytesMax: options.queueBytesMax ?? 1024 * 1024,
    queueTransactionsMax: options.queueTransactionsMax ?? 1024,
    revision: revision(0),
    commitTimeMs: () => clock.wallMs(),
    onDurable: ({ lastRevision }: DurableBatch) => told.push(lastRevision),
    onFailure: (error) => failures.push(error),
  });
  return { disk, clock, manifest, spares, log, queue, told, failures };
}

/** The revisions in every listed segment, in the order of the list, and how the last one ends. */
export async function revisionsOnDisk({ disk, manifest }: LogBench): Promise<number[]> {
  const revisions: number[] = [];
  for (const { id, kind, endOffset } of manifest.current.segments) {
    const path = `${DIRECTORY}/${String(id).padStart(12, "0")}.seg`;
    const file = await disk.open(path, "read");
    const scanner = new SegmentScanner({
      file,
      kind,
      seed: segmentSeed(STORE_ID, id),
      endOffset: endOffset === 0 ? await file.sizeBytes() : endOffset,
    });
    for (let step = await scanner.next(); ; step = await scanner.next()) {
      if (step.kind === "bad") throw new Error(`${path}: ${step.problem}`);
      if (step.kind !== "records") break;
      revisions.push(...step.records.map(({ record }) => record.revision));
    }
    await file.close();
  }
  return revisions;
}
