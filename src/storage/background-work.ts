/** What goes on beside commits and reads: compaction, snapshots and checkpoints. */

import { join } from "node:path";

import type { KvError, SegmentId } from "../base/index.js";
import type { CommitQueue } from "../log/index.js";
import { Checkpoints } from "./checkpoints.js";
import { Compaction } from "./compaction.js";
import { Compactor } from "./compactor.js";
import type { RecordReader } from "./record-reader.js";
import type { Recovered } from "./recovery.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";
import { Snapshots } from "./snapshots.js";
import type { StorageOptions } from "./storage-options.js";
import type { View } from "./view.js";

export interface BackgroundDependencies {
  readonly options: StorageOptions;
  readonly recovered: Recovered;
  readonly queue: CommitQueue;
  readonly reader: RecordReader;
  readonly pin: () => View;
  /** Every view that is pinned now. */
  readonly views: () => Iterable<View>;
  readonly onDamage: (id: SegmentId, error: KvError) => void;
}

export class BackgroundWork {
  readonly compaction: Compaction;
  readonly snapshots: Snapshots;
  readonly checkpoints: Checkpoints;

  constructor(dependencies: BackgroundDependencies) {
    const { options, recovered, queue, reader, pin, views, onDamage } = dependencies;
    const { segments, spares, manifest, start } = recovered;
    const compactor = new Compactor({
      ...options,
      ...recovered,
      directory: join(options.directory, SEGMENTS_DIRECTORY),
      whenAllDurable: async () => queue.whenDurable(queue.appliedRevision),
      durableRevision: () => queue.durableRevision,
      holders: views,
      onFatal: (error) => {
        queue.fail(error);
      },
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
      onDamage,
    });
    const { formatVersion, storeId, keyOrder } = manifest.current;
    const ofStore = { formatVersion, storeId, keyOrder };
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
  }

  /** Has everything that is under way end soon, and waits for it. */
  async stop(): Promise<void> {
    // All are told before the first is waited for.
    await Promise.all([this.compaction.stop(), this.snapshots.stop(), this.checkpoints.stop()]);
  }
}
