/** What goes on beside commits and reads: compaction and the removal of its inputs, snapshots, checkpoints, verification. */

import { join } from "node:path";

import type { CommitQueue } from "../log/index.js";
import { Checkpoints } from "./checkpoints.js";
import { Compaction, type CompactionResult } from "./compaction.js";
import { Compactor } from "./compactor.js";
import type { RecordReader } from "./record-reader.js";
import type { Recovered } from "./recovery.js";
import { RetiredFiles } from "./retired-files.js";
import { Scrub } from "./scrub.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";
import { SegmentNames } from "./segment-names.js";
import { Snapshots, type Snapshot } from "./snapshots.js";
import type { StorageOptions } from "./storage-options.js";
import type { Troubles } from "./troubles.js";
import { Verification } from "./verification.js";
import { StoreFiles } from "./verify-open.js";
import type { View } from "./view.js";

export interface BackgroundDependencies {
  readonly options: StorageOptions;
  readonly recovered: Recovered;
  readonly queue: CommitQueue;
  readonly reader: RecordReader;
  readonly pin: () => View;
  /** Every view that is pinned now. */
  readonly views: () => Iterable<View>;
  /** Told of what is damaged, and of what is whole. */
  readonly troubles: Pick<Troubles, "noteDamage" | "noteFinding" | "noteWhole">;
}

export class BackgroundWork {
  readonly #dependencies: BackgroundDependencies;
  readonly compaction: Compaction;
  /** Goes on while other work is stopped: what is retired then has no later. */
  readonly retiredFiles: RetiredFiles;
  readonly snapshots: Snapshots;
  readonly checkpoints: Checkpoints;
  readonly verification: Verification;
  readonly scrub: Scrub;

  constructor(dependencies: BackgroundDependencies) {
    this.#dependencies = dependencies;
    const { options, recovered, queue, reader, pin, views, troubles } = dependencies;
    const { segments, spares, manifest, start } = recovered;
    const directory = join(options.directory, SEGMENTS_DIRECTORY);
    const endWriting = queue.fail.bind(queue);
    const segmentNames = new SegmentNames({ ...options, directory, endWriting });
    this.retiredFiles = new RetiredFiles({ ...options, directory, segmentNames }, manifest);
    const compactor = new Compactor({
      ...options,
      ...recovered,
      directory,
      segmentNames,
      endWriting,
      whenAllDurable: async () => queue.whenDurable(queue.appliedRevision),
      durableRevision: () => queue.durableRevision,
      holders: views,
    });
    const writersWait = (): Promise<void> | undefined => queue.backlog;
    this.compaction = new Compaction({
      options,
      segments,
      spares,
      compactor,
      logger: options.logger,
      nowMs: options.commitTimeMs,
      writersWait,
      onDamage: troubles.noteDamage.bind(troubles),
    });
    const { mayBeCompressed, storeId, keyOrder } = manifest.current;
    const ofStore = { mayBeCompressed, storeId, keyOrder };
    this.snapshots = new Snapshots({ ...options, ...ofStore, reader, writersWait });
    this.checkpoints = new Checkpoints({
      ...recovered,
      options,
      pin,
      writersWait,
      whenDurable: (revision) => queue.whenDurable(revision),
      isDiskFull: () => spares.problem !== undefined,
      startedFrom: start,
    });
    const files = new StoreFiles({ ...recovered, options });
    const { clock, compactionBytesPerSecond: bytesPerSecond, logger } = options;
    const onFinding = troubles.noteFinding.bind(troubles);
    const onWhole = troubles.noteWhole.bind(troubles);
    this.verification = new Verification({
      files,
      pace: { clock, bytesPerSecond, writersWait },
      onFinding,
    });
    this.scrub = new Scrub({ options, files, logger, writersWait, onFinding, onWhole });
  }

  /** Writes a snapshot file of the state when its turn has come. */
  createSnapshot(): Promise<Snapshot> {
    const { options, pin, queue } = this.#dependencies;
    return this.snapshots.create(async () => {
      const view = pin();
      try {
        // What is not durable cannot be read back, and must not be told of.
        await queue.whenDurable(view.revision);
        return view;
      } catch (error) {
        view.release();
        throw error;
      }
    }, options.commitTimeMs);
  }

  /** Compacts what passes the garbage ratio; 0: everything that holds any garbage, the newest included. */
  async compact(garbageRatio: number): Promise<CompactionResult> {
    const { queue, recovered } = this.#dependencies;
    if (garbageRatio === 0) await queue.rotate();
    const result = await this.compaction.run(garbageRatio);
    await this.retiredFiles.settled();
    const { segments, spares } = recovered;
    // Whoever compacts because the disk is full will write next.
    if (spares.problem !== undefined) await spares.fillNow();
    return { ...result, bytesAfter: segments.diskBytes };
  }

  /** Has everything that is under way end soon, and waits for it. */
  async stop(): Promise<void> {
    // All are told before the first is waited for.
    await Promise.all([
      this.compaction.stop(),
      this.snapshots.stop(),
      this.checkpoints.stop(),
      this.verification.stop(),
      this.scrub.stop(),
    ]);
  }
}
