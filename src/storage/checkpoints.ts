/**
 * Writes checkpoints, so that the next start reads the keydir's pages and not the log. One at a time, from a
 * pinned state, while writes go on; on a period, when enough of the log has come to lie above the last one,
 * and at a clean stop. The newest two are kept: should one turn out damaged, there is the one before.
 */

import { join } from "node:path";

import {
  isKvError,
  systemErrorCode,
  type Revision,
  type SegmentId,
  type Timer,
} from "../base/index.js";
import { writeCheckpointFile, type Keydir } from "../keydir/index.js";
import type { ManifestFile } from "../log/index.js";
import { listCheckpoints, type CheckpointFile, type Start } from "./checkpoint-start.js";
import {
  checkpointFileName,
  checkpointLabel,
  CHECKPOINTS_DIRECTORY,
  checkpointState,
  isCovered,
} from "./checkpoint-state.js";
import { Pace } from "./pace.js";
import type { SegmentTable } from "./segment-table.js";
import type { StorageOptions } from "./storage-options.js";
import type { View } from "./view.js";

const KEPT_COUNT = 2;

const SKIPPED_PERIODS_MAX = 63;

/** On the period, log is worth a checkpoint from this share of the pages' size on. */
const PERIOD_LOG_SHARE = 1 / 4;

/** At a stop: what takes this little time to read again is not worth writing pages of many times the size. */
const STOP_LOG_SHARE = 1 / 16;
/** Fewer pages than this are written in no time. */
const STOP_PAGES_BYTES_MIN = 16 * 1024 * 1024;

export interface CheckpointsDependencies {
  readonly options: StorageOptions;
  readonly manifest: ManifestFile;
  readonly segments: SegmentTable;
  readonly keydir: Keydir;
  readonly pin: () => View;
  readonly whenDurable: (revision: Revision) => Promise<void> | undefined;
  /** See `PaceOptions`. */
  readonly writersWait: () => Promise<void> | undefined;
  /** Whether the disk has no room for another segment, let alone for this. */
  readonly isDiskFull: () => boolean;
  /** What the start began with. */
  readonly startedFrom: Pick<Start, "file" | "segments">;
}

export class Checkpoints {
  readonly #dependencies: CheckpointsDependencies;
  readonly #stopping = new AbortController();
  #newest: CheckpointFile | undefined;
  /** Known to be whole; the newest first. */
  #good: number[];
  /** What a start from the newest would not have to read. */
  #covered: ReadonlySet<SegmentId>;
  /** Bytes of records in each segment when the newest was pinned. */
  #pinnedBytes: ReadonlyMap<SegmentId, number> = new Map();
  /** Periods to let pass, because the disk had no room; more of them each time. */
  #skipped = 0;
  #skipMax = 0;
  #underWay: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(dependencies: CheckpointsDependencies) {
    this.#dependencies = dependencies;
    this.#newest = dependencies.startedFrom.file;
    this.#covered = dependencies.startedFrom.segments.covered;
    this.#good = this.#newest === undefined ? [] : [this.#newest.number];
  }

  get newest(): CheckpointFile | undefined {
    return this.#newest;
  }

  /** Looks on the period from now on whether one is due. */
  start(): void {
    this.#schedule();
  }

  /** Writes one now, whether it is due or not, after any that is under way. Throws what the disk says. */
  create(): Promise<void> {
    const { clock, compactionBytesPerSecond } = this.#dependencies.options;
    const { writersWait } = this.#dependencies;
    const { signal } = this.#stopping;
    const pace = new Pace({ clock, bytesPerSecond: compactionBytesPerSecond, signal, writersWait });
    return this.#queue(() => this.#write((bytes) => pace.spend(bytes)));
  }

  /** Has one under way end soon, and waits for it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    await this.#underWay;
  }

  /** After `stop`, when nothing is written any more: leaves a checkpoint for the next start, if it gains by it. */
  async leave(): Promise<void> {
    const { keydir, isDiskFull } = this.#dependencies;
    const unreadBytes = this.#unreadBytes();
    if (isDiskFull() || unreadBytes === 0) return;
    const isLarge = keydir.memoryBytes >= STOP_PAGES_BYTES_MIN;
    if (isLarge && unreadBytes < keydir.memoryBytes * STOP_LOG_SHARE) return;
    await this.#queue(() => this.#write(() => undefined)).catch(this.#warn);
  }

  #schedule(): void {
    const { clock, checkpointPeriodMs } = this.#dependencies.options;
    if (checkpointPeriodMs === 0 || this.#stopping.signal.aborted) return;
    this.#timer = clock.after(checkpointPeriodMs, () => {
      void this.#createIfDue().finally(() => {
        this.#schedule();
      });
    });
  }

  async #createIfDue(): Promise<void> {
    const { options, keydir, isDiskFull } = this.#dependencies;
    const { checkpointLogBytesMin } = options;
    const worthBytes = Math.max(checkpointLogBytesMin, keydir.ownBytes * PERIOD_LOG_SHARE);
    if (isDiskFull() || this.#newBytes() < worthBytes || this.#skipped++ < this.#skipMax) return;
    this.#skipped = 0;
    await this.create().then(
      () => {
        this.#skipMax = 0;
      },
      (error: unknown) => {
        // One that does not fit would fill the disk each time that it is tried.
        const code = systemErrorCode(error);
        if (code === "ENOSPC" || code === "EDQUOT") {
          this.#skipMax = Math.min(SKIPPED_PERIODS_MAX, 2 * this.#skipMax + 1);
        }
        this.#warn(error);
      },
    );
  }

  readonly #warn = (error: unknown): void => {
    if (isKvError(error, "DRAINING") || isKvError(error, "STORAGE_FAILED")) return;
    const { logger } = this.#dependencies.options;
    logger.warn({ error: String(error) }, "could not write a checkpoint; the log has everything");
  };

  /** Bytes of records that came, or were moved by compaction, since the newest was pinned. */
  #newBytes(): number {
    return this.#dependencies.segments
      .list()
      .filter((segment) => !this.#covered.has(segment.id))
      .reduce(
        (sum, { id, recordBytes }) => sum + recordBytes - (this.#pinnedBytes.get(id) ?? 0),
        0,
      );
  }

  /** Bytes of records that a start would read, if it began with the newest checkpoint. */
  #unreadBytes(): number {
    return this.#dependencies.segments
      .list()
      .filter((segment) => !this.#covered.has(segment.id))
      .reduce((sum, segment) => sum + segment.recordBytes, 0);
  }

  #queue(work: () => Promise<void>): Promise<void> {
    const done = this.#underWay.then(work);
    this.#underWay = done.catch(() => undefined);
    return done;
  }

  async #write(spend: (bytes: number) => Promise<void> | undefined): Promise<void> {
    const { options, manifest, segments, keydir, pin, whenDurable } = this.#dependencies;
    const { fileSystem, clock, logger } = options;
    const startedAtMs = clock.monotonicMs();
    const number = Math.max(0, ...(await listCheckpoints(options))) + 1;
    // From here to the first await is one moment: the pages and what is said of the segments agree.
    using view = pin();
    using image = keydir.image();
    const state = checkpointState(manifest.current, segments);
    const covered = new Set(
      segments
        .list()
        .filter(isCovered)
        .map((segment) => segment.id),
    );
    const pinnedBytes = new Map(segments.list().map((each) => [each.id, each.recordBytes]));
    const header = {
      storeId: manifest.current.storeId,
      revision: view.revision,
      logicalTimeMs: options.commitTimeMs(),
      createTimeMs: clock.wallMs(),
    };
    await whenDurable(view.revision);
    const path = join(options.directory, CHECKPOINTS_DIRECTORY, checkpointFileName(number));
    const source = { header, images: image.images, state, spend };
    const sizeBytes = await writeCheckpointFile(fileSystem, path, source);
    const { revision, createTimeMs } = header;
    this.#newest = { number, revision, createTimeMs, sizeBytes };
    this.#covered = covered;
    this.#pinnedBytes = pinnedBytes;
    this.#good = [number, ...this.#good].slice(0, KEPT_COUNT);
    const durationMs = Math.round(clock.monotonicMs() - startedAtMs);
    const checkpoint = checkpointLabel(number);
    logger.info({ checkpoint, revision, sizeBytes, durationMs }, "wrote a checkpoint");
    await this.#removeOthers();
  }

  /** What is not kept goes, damaged ones first of all. What cannot be removed now is tried again later. */
  async #removeOthers(): Promise<void> {
    const { options } = this.#dependencies;
    const { fileSystem, logger } = options;
    for (const number of await listCheckpoints(options)) {
      if (this.#good.includes(number)) continue;
      const path = join(options.directory, CHECKPOINTS_DIRECTORY, checkpointFileName(number));
      await fileSystem.unlink(path).catch((error: unknown) => {
        logger.warn({ error: String(error) }, "could not remove an old checkpoint");
      });
    }
  }
}
