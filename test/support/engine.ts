/** The engine of a small store on the disk in memory, and short words to commit to it. */

import {
  KIB,
  NO_DEADLINE,
  SILENT_LOGGER,
  timeMs,
  type KvError,
  type Revision,
} from "../../src/base/index.js";
import {
  DEFAULT_STORAGE_OPTIONS,
  StorageEngine,
  type Change,
  type StorageOptions,
} from "../../src/storage/index.js";
import { noteOfSet } from "../../src/kv/index.js";
import { CrashDisk } from "./crash-disk.js";
import { DATA_DIRECTORY, TINY_LIMITS } from "./local-store.js";
import { ManualClock } from "./manual-clock.js";

export interface EngineBench {
  readonly disk: CrashDisk;
  readonly clock: ManualClock;
  readonly engine: StorageEngine;
  /** What the engine was ended by. */
  readonly failures: KvError[];
}

export interface EngineBenchOptions extends Partial<StorageOptions> {
  readonly disk?: CrashDisk;
  readonly manualClock?: ManualClock;
}

export function engineOptions(options: EngineBenchOptions = {}): StorageOptions {
  const { disk = new CrashDisk(), manualClock = new ManualClock(), ...more } = options;
  return {
    ...DEFAULT_STORAGE_OPTIONS,
    noteOfSet,
    directory: DATA_DIRECTORY,
    fileSystem: disk,
    clock: manualClock,
    logger: SILENT_LOGGER,
    limits: TINY_LIMITS,
    segmentBytes: 8 * KIB,
    reserveBytes: 8 * KIB,
    compactionBytesPerSecond: Number.POSITIVE_INFINITY,
    retentionMs: 0,
    cacheBytes: 0,
    scrubPeriodMs: 0,
    commitTimeMs: () => manualClock.wallMs(),
    onFailure: () => undefined,
    ...more,
  };
}

export async function openEngine(options: EngineBenchOptions = {}): Promise<EngineBench> {
  const { disk = new CrashDisk(), manualClock = new ManualClock() } = options;
  const failures: KvError[] = [];
  const engine = await StorageEngine.open({
    ...engineOptions({ ...options, disk, manualClock }),
    onFailure: (error) => failures.push(error),
  });
  return { disk, clock: manualClock, engine, failures };
}

export function setChange(key: string, value: string | Buffer, deadlineMs = 0): Change {
  return {
    kind: "set",
    key: Buffer.from(key),
    value: Buffer.from(value),
    contentType: "",
    deadlineMs: deadlineMs === 0 ? NO_DEADLINE : timeMs(deadlineMs),
    setCount: 1,
    isAnew: false,
  };
}

export function deleteChange(key: string): Change {
  return { kind: "delete", key: Buffer.from(key) };
}

export function expireChange(key: string, value: string | Buffer): Change {
  const bytes = Buffer.from(value);
  return {
    kind: "expire",
    key: Buffer.from(key),
    value: bytes,
    valueSize: bytes.length,
    contentType: "",
    isWhileDown: false,
  };
}

/** Commits one transaction and waits until it is durable. */
export async function commit(
  { engine, clock }: EngineBench,
  ...changes: readonly Change[]
): Promise<Revision> {
  const bytes = changes.reduce((sum, change) => sum + 100 + sizeOf(change), 0);
  for (;;) {
    const room = engine.admit(bytes, "write");
    if (room === undefined) break;
    await room;
  }
  const { revision, durable } = engine.commit(changes, clock.wallMs());
  await durable;
  return revision;
}

function sizeOf(change: Change): number {
  return change.key.length + ("value" in change ? (change.value?.length ?? 0) : 0);
}

/** The value of a key as text, from disk; undefined where it is absent. */
export async function read({ engine }: EngineBench, key: string): Promise<string | undefined> {
  const entry = engine.lookup(Buffer.from(key));
  if (entry === undefined) return undefined;
  return (await engine.read(Buffer.from(key), entry)).value.toString();
}
