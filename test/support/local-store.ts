/** The store of this machine, made small: tiny segments, so that a short run rotates and compacts often. */

import {
  KIB,
  SILENT_LOGGER,
  type Clock,
  type KeyOrderName,
  type Limits,
  type Logger,
} from "../../src/base/index.js";
import type { FileSystem } from "../../src/disk/index.js";
import {
  openLocalStore,
  restoreSnapshot,
  type LocalStoreOptions,
  type Store,
} from "../../src/kv/index.js";
import type { LocalParts } from "../../src/kv/local-parts.js";
import { LocalStore } from "../../src/kv/local-store.js";
import { openLocalParts } from "../../src/kv/open-local-store.js";

/** Where `openOnDisk` keeps its store. */
export const DATA_DIRECTORY = "/data";

/** Bounds that a tiny segment has room for. */
export const TINY_LIMITS: Limits = {
  keyBytesMax: 64,
  valueBytesMax: 4 * KIB,
  transactionOperationsMax: 64,
  transactionBytesMax: 5 * KIB,
  deleteRangeMax: 30,
  pageSizeDefault: 10,
  pageSizeMax: 50,
  watchRangesMax: 8,
};

export const TINY_WATCH_LIMITS = {
  expiredValueBytesMax: 3 * KIB,
  followerBytesMax: 128 * KIB,
};

export interface TinyStoreOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** How long expirations are kept for followers that come back. Default: an hour. */
  readonly retentionMs?: number;
  /** How much of the log is kept for them. Default: 1 MiB, which is more than any test writes. */
  readonly retentionBytes?: number;
  /** How often compaction looks for work by itself. Default: an hour. */
  readonly compactionPeriodMs?: number;
  /** Default: that of the store, bytes for a new one. */
  readonly keyOrder?: KeyOrderName | undefined;
  /** Default: none. With a codec, values of 64 bytes or more are compressed. */
  readonly compression?: "none" | "zstd" | "lz4" | undefined;
  /** How many versions of each key are kept. Default: 1. */
  readonly historyVersions?: number | undefined;
  /** How often a checkpoint is written, if there is log for it. Default: 50 ms. */
  readonly checkpointPeriodMs?: number;
  /** In what time everything is verified in the background. Default: never. */
  readonly scrubPeriodMs?: number;
}

export function tinyStoreOptions(options: TinyStoreOptions): LocalStoreOptions {
  return {
    directory: options.directory,
    fileSystem: options.fileSystem,
    clock: options.clock,
    logger: options.logger ?? SILENT_LOGGER,
    limits: TINY_LIMITS,
    storage: {
      keyOrder: options.keyOrder,
      compression: options.compression ?? "none",
      compressionBytesMin: 64,
      segmentBytes: 8 * KIB,
      commitQueueBytes: 64 * KIB,
      commitQueueTransactions: 1024,
      historyVersions: options.historyVersions ?? 1,
      cacheBytes: 4 * KIB,
      compactionPeriodMs: options.compactionPeriodMs ?? 3_600_000,
      compactionGarbageRatio: 0.4,
      compactionBytesPerSecond: Number.POSITIVE_INFINITY,
      viewAgeMsMax: 300_000,
      checkpointPeriodMs: options.checkpointPeriodMs ?? 100,
      checkpointLogBytesMin: 4 * KIB,
      scrubPeriodMs: options.scrubPeriodMs ?? 0,
    },
    watch: {
      retentionMs: options.retentionMs ?? 3_600_000,
      retentionBytes: options.retentionBytes ?? 1024 * KIB,
      expiredValueBytesMax: TINY_WATCH_LIMITS.expiredValueBytesMax,
      bufferBytes: TINY_WATCH_LIMITS.followerBytesMax,
      progressIntervalMs: 10_000,
    },
    clockPolicy: { maxStepMs: 3_600_000, confirmAfterMs: 600_000 },
    onFailure: () => undefined,
  };
}

/** A few segments are kept for followers, and all that is older may be compacted. */
const RETENTION_BYTES = 20 * KIB;

/**
 * Compaction by itself takes some segments and leaves others, which is where a tombstone matters; when
 * asked for, it takes them all.
 */
const COMPACTION_PERIOD_MS = 30;

/** Opens the store of a disk in memory, making its directory if need be. */
export async function openOnDisk(fileSystem: FileSystem, clock: Clock): Promise<Store> {
  return (await openPartsOnDisk(fileSystem, clock, {})).store;
}

/** A store and what it consists of. */
export interface OpenedParts {
  readonly store: Store;
  readonly parts: LocalParts;
}

/** The same, for who asks the engine below the store as well; with a codec, older versions, another order of keys, a scrub. */
export async function openPartsOnDisk(
  fileSystem: FileSystem,
  clock: Clock,
  more: Pick<TinyStoreOptions, "compression" | "historyVersions" | "keyOrder" | "scrubPeriodMs">,
): Promise<OpenedParts> {
  const options = tinyStoreOptions({
    ...more,
    fileSystem,
    directory: DATA_DIRECTORY,
    clock,
    retentionBytes: RETENTION_BYTES,
    compactionPeriodMs: COMPACTION_PERIOD_MS,
  });
  const parts = await openLocalParts(options);
  return { store: new LocalStore(parts), parts };
}

/** Where a store of `openOnDisk` keeps a snapshot. */
export function snapshotPath(snapshotId: string): string {
  return `${DATA_DIRECTORY}/snapshots/${snapshotId}.snapshot`;
}

/** Opens a new store in another directory, beside the one of `openOnDisk`, from one of its snapshots. */
export async function restoreOnDisk(
  fileSystem: FileSystem,
  clock: Clock,
  snapshotId: string,
  directory: string,
): Promise<Store> {
  await restoreSnapshot({
    fileSystem,
    clock,
    snapshotPath: snapshotPath(snapshotId),
    directory,
  });
  return openLocalStore(tinyStoreOptions({ fileSystem, directory, clock }));
}
