/**
 * Small stores that have every kind of file, to be damaged over and over. The same calls make the same
 * bytes each time, so that a place in one run is that place in the next.
 */

import type { Logger } from "../../src/base/index.js";
import type { CodecName } from "../../src/log/index.js";
import { openLocalStore, type Store } from "../../src/kv/index.js";
import { stateOf } from "../crash/oracle.js";
import type { State } from "../crash/history.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { removeCheckpoints } from "../support/checkpoint-files.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { Random } from "../support/random.js";

export interface Specimen {
  readonly name: SpecimenName;
  readonly disk: CrashDisk;
  readonly nowMs: number;
  readonly revision: number;
  readonly state: State;
  readonly setting: Setting;
  /** The same store as it was earlier, closed, the oldest first. */
  readonly earlier: readonly CrashDisk[];
  /** Of one that was killed: what it held after each change to the active segment. */
  readonly prefixes: readonly State[];
}

interface Setting {
  readonly idSeed?: number;
  readonly compression?: CodecName;
  readonly historyVersions?: number;
  readonly end: "closed" | "killed";
  /** Without them a start reads the whole log. */
  readonly hasCheckpoints: boolean;
}

const WITHOUT = { end: "closed", hasCheckpoints: false } as const;

const SETTINGS = {
  log: WITHOUT,
  compressed: { ...WITHOUT, compression: "zstd" },
  history: { ...WITHOUT, historyVersions: 4 },
  killed: { end: "killed", hasCheckpoints: false },
  checkpoint: { end: "closed", hasCheckpoints: true },
} as const satisfies Readonly<Record<string, Setting>>;

export type SpecimenName = keyof typeof SETTINGS;
export const SPECIMEN_NAMES = Object.keys(SETTINGS) as readonly SpecimenName[];

/** Sets in each of its three parts. */
const SETS_AT_SCALE_1 = 24;
const KEYS_AT_SCALE_1 = 14;

export interface SpecimenOptions {
  /** How many times as large as the smallest one, whose segments have 14 KiB. Default: 1. */
  readonly scale?: number;
  /** What its ids come from: another store, with the same in it. */
  readonly idSeed?: number;
}

export async function makeSpecimen(
  name: SpecimenName,
  { scale = 1, idSeed = 11 }: SpecimenOptions = {},
): Promise<Specimen> {
  const setting: Setting = { ...SETTINGS[name], idSeed };
  const disk = new CrashDisk();
  const clock = new ManualClock();
  const random = new Random(7);
  const earlier: CrashDisk[] = [];
  let store = await openSpecimen(disk, clock, setting);
  const prefixes: State[] = [];
  const fill = new Filling(random, scale);
  await fill.run(store);
  await clock.advance(10_000);
  await store.compact(PATIENT);
  await store.snapshot(PATIENT);
  for (const compression of [setting.compression, secondCodec(setting)]) {
    await store.close();
    earlier.push(disk.crashAt(disk.stepCount, NOTHING_LOST));
    clock.dropTimers();
    store = await openSpecimen(disk, clock, withCodec(setting, compression));
    prefixes.length = 0;
    await fill.run(store, async () => {
      if (setting.end === "killed") prefixes.push(await stateOf(store));
    });
  }
  // Soon the mark is written that vouches for the last batch, too.
  await clock.advance(20);
  const state = await stateOf(store);
  const { revision } = await store.status();
  if (setting.end === "killed") disk.stopAfterCalls(0);
  else await store.close();
  const left = copyOf(disk);
  if (!setting.hasCheckpoints) await removeCheckpoints(left);
  // A disk that begins like this need not play its steps again for each copy.
  const begun = left.crash(NOTHING_LOST);
  return { name, disk: begun, nowMs: clock.wallMs(), revision, state, setting, earlier, prefixes };
}

/** Opens the store of a specimen with the settings that it was made with. */
export function openSpecimen(
  fileSystem: CrashDisk,
  clock: ManualClock,
  { compression, historyVersions, idSeed = 11 }: Setting,
  logger?: Logger,
): Promise<Store> {
  const random = new Random(idSeed);
  const options = tinyStoreOptions({
    fileSystem,
    directory: DATA_DIRECTORY,
    clock,
    compression,
    historyVersions,
    retentionMs: 0,
    ...(logger === undefined ? {} : { logger }),
  });
  const randomBytes = (count: number): Buffer => random.bytes(count);
  return openLocalStore({ ...options, storage: { ...options.storage, randomBytes } });
}

/** The same disk again, for one more experiment. */
export function copyOf(disk: CrashDisk): CrashDisk {
  return disk.crashAt(disk.stepCount, NOTHING_LOST);
}

function secondCodec({ compression }: Setting): CodecName | undefined {
  return compression === "zstd" ? "lz4" : compression;
}

function withCodec(setting: Setting, compression: CodecName | undefined): Setting {
  return compression === undefined ? setting : { ...setting, compression };
}

/** Sets, overwrites, touches, deletes and lets expire, the same each time. */
class Filling {
  readonly #random: Random;
  readonly #scale: number;
  #count = 0;

  constructor(random: Random, scale: number) {
    this.#random = random;
    this.#scale = scale;
  }

  async run(store: Store, look: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const random = this.#random;
    const key = (): string => `key ${String(random.below(KEYS_AT_SCALE_1 * this.#scale))}`;
    for (let set = 0; set < SETS_AT_SCALE_1 * this.#scale; set += 1) {
      await look();
      const value = `value ${String(this.#count++)} `.repeat(1 + random.below(20));
      const ttlMs = random.pick([0, 5000, 3_600_000]);
      const expiration = ttlMs === 0 ? ({ kind: "none" } as const) : ttl(ttlMs);
      const contentType = random.oneIn(4) ? "text/plain" : "";
      await store.set(setOf(key(), value, { expiration, contentType }), PATIENT);
      await look();
      if (random.oneIn(6)) await store.delete({ key: bytes(key()) }, PATIENT);
      await look();
      if (random.oneIn(6)) {
        await store.touch({ key: bytes(key()), expiration: ttl(7_200_000) }, PATIENT);
      }
    }
  }
}

function ttl(ttlMs: number): { readonly kind: "ttl"; readonly ttlMs: number } {
  return { kind: "ttl", ttlMs };
}
