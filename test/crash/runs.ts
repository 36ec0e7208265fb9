/** The runs of the search, by seed: each seed has another mix of sizes, codecs, orders and versions. */

import { KEY_ORDERS } from "../../src/base/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import { settle } from "../support/manual-clock.js";
import { mixSeeds, Random } from "../support/random.js";
import type { RunSettings, SearchOptions } from "./search.js";
import type { WorkloadOptions } from "./workload.js";

/** Small and many, or large and few: runs that share batches, rotate often, or do both; and some in which little expires. */
const SIZES: readonly Omit<WorkloadOptions, "noiseShare">[] = [
  { bursts: 100, valueBytesMax: 900 },
  { bursts: 200, valueBytesMax: 100 },
  { bursts: 100, valueBytesMax: 3000, expiringOneIn: 40 },
  { bursts: 100, valueBytesMax: 1500 },
  { bursts: 100, valueBytesMax: 2000, expiringOneIn: 40 },
];

const CODECS = ["none", "zstd", "lz4"] as const;
const VERSIONS = [1, 3, 1, 8, 1, 2, 1] as const;

/** No two of the lists have lengths with a common divisor, so that seeds one after another mix them all. */
export function settingsOf(seed: number): RunSettings {
  return {
    compression: at(CODECS, seed),
    historyVersions: at(VERSIONS, seed),
    keyOrder: at(KEY_ORDERS, seed),
  };
}

export function runOf(seed: number): SearchOptions {
  return {
    seed,
    ...at(SIZES, seed),
    noiseShare: 0.5,
    settings: settingsOf(seed),
    againOneIn: 12,
    disk: () => slowDisk(seed),
  };
}

/**
 * Each call takes a turn of the event loop, so that an answer that does not wait for the disk comes before it; in every
 * other run, about, turns of different lengths, so that what goes on at once overlaps otherwise.
 */
function slowDisk(seed: number): CrashDisk {
  const random = new Random(mixSeeds(seed, 2));
  const isUneven = new Random(mixSeeds(seed, 1)).coin();
  return new CrashDisk({ pace: () => settle(isUneven ? random.below(4) : 1) });
}

function at<T>(choices: readonly T[], seed: number): T {
  const choice = choices[(seed + choices.length - 1) % choices.length];
  if (choice === undefined) throw new Error("a seed is a whole number");
  return choice;
}
