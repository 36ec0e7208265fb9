/** Puts the parts of the store on this machine together. */

import {
  DEFAULT_LIMITS,
  SILENT_LOGGER,
  SYSTEM_CLOCK,
  timeMs,
  type Clock,
  type Limits,
  type Logger,
  type TimeMs,
} from "../base/index.js";
import { DEFAULT_STORAGE_OPTIONS, StorageEngine } from "../storage/index.js";
import { ChangeFeed } from "./change-feed.js";
import { CurrentState } from "./current-state.js";
import { Expirer } from "./expirer.js";
import { Housekeeping } from "./housekeeping.js";
import { Idempotency } from "./idempotency.js";
import { Listings } from "./listing.js";
import {
  DEFAULT_CLOCK_POLICY,
  DEFAULT_COMPACTION_PERIOD_MS,
  DEFAULT_SCANS_MAX,
  DEFAULT_VIEW_AGE_MS,
  DEFAULT_WATCH_OPTIONS,
  type LocalStorageOptions,
  type LocalStoreOptions,
  type WatchOptions,
} from "./local-store-options.js";
import type { LocalParts } from "./local-parts.js";
import { LocalStore } from "./local-store.js";
import { LogicalClock } from "./logical-clock.js";
import { NewestValues } from "./newest-values.js";
import { RangeDeletes } from "./range-deletes.js";
import { Scans } from "./scanning.js";
import { noteOfSet } from "./set-call.js";
import type { Store } from "./store.js";
import { Tokens } from "./tokens.js";
import { Transactions } from "./transactions.js";
import { Versions } from "./versions.js";

/**
 * Opens the store in a directory, or makes one there. Throws STORE_LOCKED, STORE_TOO_NEW, CORRUPT or what
 * the disk says; nothing is changed then.
 */
export async function openLocalStore(options: LocalStoreOptions): Promise<Store> {
  return new LocalStore(await openLocalParts(options));
}

/** The same, for who asks the engine below the store as well. */
export async function openLocalParts(options: LocalStoreOptions): Promise<LocalParts> {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const logger = options.logger ?? SILENT_LOGGER;
  const limits = options.limits ?? DEFAULT_LIMITS;
  const watch = { ...DEFAULT_WATCH_OPTIONS, ...options.watch };
  const storage = options.storage ?? {};
  const logical = new LogicalClock(clock, options.clockPolicy ?? DEFAULT_CLOCK_POLICY, logger);
  const nowMs = (): TimeMs => logical.now();
  const engine = await StorageEngine.open({
    ...DEFAULT_STORAGE_OPTIONS,
    noteOfSet,
    ...storage,
    ...reserveOf(storage),
    directory: options.directory,
    fileSystem: options.fileSystem,
    clock,
    logger,
    limits,
    retentionMs: watch.retentionMs,
    retentionBytes: watch.retentionBytes,
    commitTimeMs: nowMs,
    onFailure: (error) => options.onFailure?.(error),
  });
  return assemble({ ...options, clock, logger, limits, watch }, engine, logical);
}

interface Settled extends LocalStoreOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Limits;
  readonly watch: WatchOptions;
}

/** The parts above the engine, started. */
function assemble(settled: Settled, engine: StorageEngine, logical: LogicalClock): LocalParts {
  const { clock, logger, limits, watch, storage } = settled;
  const downFromMs = engine.recoveredTimeMs;
  logical.raiseTo(downFromMs);
  const startTimeMs = logical.now();
  warnOfLateClock(logger, startTimeMs, clock.wallMs());
  const nowMs = (): TimeMs => logical.now();
  const tokens = new Tokens(engine.historyId);
  const shared = { engine, clock, logical, logger, limits, tokens, nowMs };
  const expirer = new Expirer({ ...shared, ...watch, downFromMs, downToMs: startTimeMs });
  const { bufferBytes: bufferBytesMax, memoryBytes: ringBytesMax } = watch;
  const feed = new ChangeFeed({ ...shared, ...watch, bufferBytesMax, ringBytesMax });
  const viewAgeMsMax = storage?.viewAgeMsMax ?? DEFAULT_VIEW_AGE_MS;
  const currentState = new CurrentState({ ...shared, expirer, viewAgeMsMax });
  const listings = new Listings({ ...shared, expirer, viewAgeMsMax });
  const scansMax = storage?.scansMax ?? DEFAULT_SCANS_MAX;
  const scans = new Scans({ ...shared, expirer, viewAgeMsMax, scansMax });
  const versions = new Versions({ ...shared, expirer });
  const housekeeping = new Housekeeping({
    ...shared,
    periodMs: storage?.compactionPeriodMs ?? DEFAULT_COMPACTION_PERIOD_MS,
    garbageRatio: storage?.compactionGarbageRatio ?? DEFAULT_STORAGE_OPTIONS.compactionGarbageRatio,
  });
  engine.listenCompactionDue(() => {
    housekeeping.hint();
  });
  const newestValues = new NewestValues();
  const idempotency = new Idempotency(shared);
  const transactions = new Transactions({ ...shared, expirer, newestValues, idempotency });
  const rangeDeletes = new RangeDeletes({ ...shared, expirer, idempotency });
  expirer.start();
  housekeeping.start();
  const reads = { listings, scans, versions, currentState };
  const writes = { newestValues, idempotency, transactions, rangeDeletes };
  return { ...shared, ...reads, ...writes, expirer, feed, housekeeping, startTimeMs };
}

/** A reserve file as large as a segment is enough for anything. */
function reserveOf(storage: Pick<LocalStorageOptions, "segmentBytes" | "reserveBytes">): {
  readonly reserveBytes: number;
} {
  const segmentBytes = storage.segmentBytes ?? DEFAULT_STORAGE_OPTIONS.segmentBytes;
  const reserveBytes = storage.reserveBytes ?? DEFAULT_STORAGE_OPTIONS.reserveBytes;
  return { reserveBytes: Math.min(reserveBytes, segmentBytes) };
}

function warnOfLateClock(logger: Logger, logicalMs: TimeMs, wallMs: TimeMs): void {
  const behindMs = timeMs(logicalMs - wallMs);
  if (behindMs < 1000) return;
  logger.warn(
    { behindMs },
    "the wall clock is behind the newest commit: deadlines are judged by the later time; if the clock " +
      "was wrong before, `kvdb clock reset` brings the store's time back",
  );
}
