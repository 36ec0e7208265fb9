/**
 * From the files in a directory to a store that can be read and written.
 *
 * - What was acknowledged is there; the state is a prefix of the commit order; transactions are whole.
 * - Nothing is appended to a segment that an earlier process wrote. The manifest closes it where the
 *   log itself proves that it was durable; what is intact above is copied to a new segment.
 * - Damage below the durable revision is an error that names file and offset. Above, it is a torn tail.
 * - Cut at any point, it can be run again.
 */

import { join } from "node:path";

import {
  assert,
  corrupt,
  KvError,
  NO_REVISION,
  revision,
  segmentId,
  timeMs,
  type Revision,
  type SegmentId,
} from "../base/index.js";
import { TEMPORARY_SUFFIX } from "../disk/index.js";
import { type Keydir } from "../keydir/index.js";
import {
  listActive,
  LogWriter,
  publishSegment,
  segmentFileName,
  SpareSegments,
  type Manifest,
  type ManifestFile,
  type ManifestSegment,
} from "../log/index.js";
import { findStart, type Start } from "./checkpoint-start.js";
import { checkpointLabel, CHECKPOINTS_DIRECTORY } from "./checkpoint-state.js";
import { capCommitTimes } from "./compaction-policy.js";
import { openActive, type OpenedActive } from "./opened-active.js";
import { openManifest } from "./opened-manifest.js";
import { Replay } from "./replay.js";
import { ReplyWindow } from "./reply-window.js";
import { checkCoveredSegment, readSegment, type ActiveEnd } from "./segment-recovery.js";
import { SEGMENTS_DIRECTORY, type SegmentTable } from "./segment-table.js";
import { SNAPSHOTS_DIRECTORY } from "./snapshot-format.js";
import type { StorageOptions } from "./storage-options.js";
import { setStrangersAside } from "./strangers.js";
import { removeTemporaryFiles } from "./temporary-files.js";

/** What recovery hands to the engine. */
export interface Recovered {
  readonly manifest: ManifestFile;
  readonly keydir: Keydir;
  readonly segments: SegmentTable;
  readonly spares: SpareSegments;
  readonly log: LogWriter;
  readonly replyWindow: ReplyWindow;
  readonly revision: Revision;
  readonly replay: Replay;
  readonly start: Start;
}

/**
 * Recovers the store in a directory that is locked already, making a new one where there is none.
 * `onCompactionDue` is told later on when a segment was sealed or the disk is full.
 */
export async function recover(
  options: StorageOptions,
  segments: SegmentTable,
  onCompactionDue: () => void,
): Promise<Recovered> {
  const startedAtMs = options.clock.monotonicMs();
  const directory = join(options.directory, SEGMENTS_DIRECTORY);
  await prepareDirectories(options);
  const manifest = await openManifest(options);
  await finishRenames(options, manifest.current);
  await removeTemporaryFiles(options.fileSystem, options.directory);

  const start = await findStart(options, manifest.current);
  const replyWindow = new ReplyWindow({ ...options, segments, keydir: start.keydir });
  const replay = new Replay(manifest.current, segments, start, replyWindow);
  replay.raise(start.durable.revision, timeMs(0));
  replay.raise(start.revision, start.logicalTimeMs);
  const active = await readSegments(options, {
    manifest: manifest.current,
    start,
    replay,
    segments,
  });
  capCommitTimes(segments.list(), replay.commitTimeMs);
  const tail = active?.tail ?? [];
  const recovered = revision(Math.max(replay.revision, ...tail.map((batch) => batch.lastRevision)));
  await setStrangersAside(options, manifest.current, recovered);

  const spares = new SpareSegments({ ...options, directory, onProblem: onCompactionDue });
  const open = await openActive(options, manifest.current, spares, tail);
  const base = replay.revision;
  segments.add(open.stats);
  for (const { record, placement } of open.records) replay.apply(record, placement);
  const history = historyFrom(options, manifest.current, recovered);
  await replay.finish({ floor: manifest.current.feedFloor, since: history.historySince });
  await listRecovered(options, manifest, { active, open, base, replay, segments, history });
  await publishSegment(options.fileSystem, directory, open.segment.id);
  await dropRetired(options, manifest);

  options.logger.info(
    {
      keys: replay.keydir.size,
      revision: recovered,
      segments: segments.list().length,
      checkpoint: start.file === undefined ? "none" : checkpointLabel(start.file.number),
      durationMs: Math.round(options.clock.monotonicMs() - startedAtMs),
    },
    "recovered the store",
  );
  const { fileSystem, clock } = options;
  const onSealed = (id: SegmentId, endOffset: number): void => {
    // One without a record is not known: it has nothing that anyone could look for.
    if (segments.has(id)) segments.get(id).seal(endOffset);
    onCompactionDue();
  };
  const log = LogWriter.resume(
    { fileSystem, directory, manifest, spares, clock, onSealed },
    open.segment,
  );
  // A start has failed without room; from now on it is waited for.
  manifest.allocateAhead(() => spares.makeRoom());
  spares.fill();
  return {
    manifest,
    keydir: replay.keydir,
    segments,
    spares,
    log,
    replyWindow,
    revision: recovered,
    replay,
    start,
  };
}

async function prepareDirectories({ fileSystem, directory }: StorageOptions): Promise<void> {
  await fileSystem.makeDirectory(join(directory, SEGMENTS_DIRECTORY));
  await fileSystem.makeDirectory(join(directory, CHECKPOINTS_DIRECTORY));
  await fileSystem.makeDirectory(join(directory, SNAPSHOTS_DIRECTORY));
  await fileSystem.syncDirectory(directory);
}

/** A swap that was cut between the manifest and the rename is carried to its end. */
async function finishRenames(options: StorageOptions, manifest: Manifest): Promise<void> {
  const { fileSystem } = options;
  const directory = join(options.directory, SEGMENTS_DIRECTORY);
  const names = new Set(await fileSystem.list(directory));
  for (const { id, state } of manifest.segments) {
    const name = segmentFileName(id);
    if (state === "retired" || names.has(name)) continue;
    if (!names.has(name + TEMPORARY_SUFFIX)) {
      throw corrupt(`${SEGMENTS_DIRECTORY}/${name}`, 0, "the manifest lists it, but it is missing");
    }
    await publishSegment(fileSystem, directory, id);
  }
}

interface Reading {
  readonly manifest: Manifest;
  readonly start: Start;
  readonly replay: Replay;
  readonly segments: SegmentTable;
}

/** Reads what the start does not cover into the replay; returns how the segment that was active ends. */
async function readSegments(
  options: StorageOptions,
  { manifest, start, replay, segments }: Reading,
): Promise<ActiveEnd | undefined> {
  const live = manifest.segments.filter((segment) => segment.state !== "retired");
  // All are known before the first is read, because its records may take away from what is live in others.
  for (const listed of live) segments.add(start.segments.statsOf(listed));
  let active: ActiveEnd | undefined;
  let logEnd: Revision = NO_REVISION;
  for (const listed of live) {
    assert(active === undefined, "the active segment is the last one");
    const reading = { manifest, listed, replay, logEnd, stats: segments.get(listed.id) };
    if (start.segments.covered.has(listed.id)) {
      logEnd = await checkCoveredSegment(options, reading);
      continue;
    }
    const read = await readSegment(options, reading);
    if (listed.kind === "log") logEnd = read.logEnd;
    if (read.active !== undefined) active = read.active;
    // A segment without records has nothing to keep; the manifest retires it below.
    if (reading.stats.recordBytes === 0) segments.forget(listed.id);
  }
  const { revision: durable, label } = start.durable;
  if (durable > Math.max(logEnd, manifest.durableRevision)) {
    throw corrupt(
      label,
      0,
      `it stands for revision ${String(durable)}, but the log ends at ${String(logEnd)}: the segments ` +
        "or the manifest are older than the checkpoint",
    );
  }
  return active;
}

interface Listing {
  readonly active: ActiveEnd | undefined;
  readonly open: OpenedActive;
  /** The last revision before those in the new segment. */
  readonly base: Revision;
  readonly replay: Replay;
  readonly segments: SegmentTable;
  readonly history: Pick<Manifest, "historyVersions" | "historySince">;
}

/** Swaps in the manifest of the recovered store: the old active segment closed, the new one listed. */
async function listRecovered(
  options: StorageOptions,
  manifest: ManifestFile,
  { active, open, base, replay, segments, history }: Listing,
): Promise<void> {
  const kept = new Set(segments.list().map((segment) => segment.id));
  await manifest.swap((current) => ({
    ...current,
    ...history,
    nextSegmentId: segmentId(open.segment.id + 1),
    durableRevision: replay.revision,
    commitTimeMs: replay.commitTimeMs,
    segments: [
      ...current.segments.map((listed) =>
        kept.has(listed.id) ? closedListing(listed, active) : retiredListing(listed),
      ),
      listActive(open.segment.id, base),
    ],
  }));
  if (active?.cut !== undefined) {
    options.logger.warn(
      { segment: active.label, offset: active.cut.offset, problem: active.cut.problem },
      "cut a torn tail: what lay behind was never acknowledged",
    );
  }
}

/** Where more versions are kept than before, older ones may be gone: what is kept is proven from here on. */
function historyFrom(
  { historyVersions }: StorageOptions,
  { historyVersions: before, historySince }: Manifest,
  recovered: Revision,
): Pick<Manifest, "historyVersions" | "historySince"> {
  const since = historyVersions > before ? recovered : historySince;
  return { historyVersions, historySince: since };
}

function retiredListing(listed: ManifestSegment): ManifestSegment {
  return { ...listed, state: "retired" };
}

function closedListing(listed: ManifestSegment, active: ActiveEnd | undefined): ManifestSegment {
  if (listed.state !== "active") return listed;
  if (active === undefined) throw new KvError("CORRUPT", "the active segment was not read");
  // If there is a footer, nobody knows whether it is on stable storage: a process may have been killed in its write.
  return { ...listed, state: "closed", endOffset: active.endOffset, isSealed: false };
}

/** Removes the files of retired segments, then their lines in the manifest. */
async function dropRetired(options: StorageOptions, manifest: ManifestFile): Promise<void> {
  const { fileSystem } = options;
  const directory = join(options.directory, SEGMENTS_DIRECTORY);
  const retired = manifest.current.segments.filter((segment) => segment.state === "retired");
  if (retired.length === 0) return;
  for (const { id } of retired) {
    const path = join(directory, segmentFileName(id));
    if (await fileSystem.exists(path)) await fileSystem.unlink(path);
  }
  await fileSystem.syncDirectory(directory);
  await manifest.swap((current) => ({
    ...current,
    segments: current.segments.filter((segment) => segment.state !== "retired"),
  }));
}
