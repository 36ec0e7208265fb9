/**
 * The cases of a search: crashes by their steps and their ways, the disks that they leave, and the names by which
 * one of them is run again.
 */

import type { CrashDisk } from "../support/crash-disk.js";
import { LOSS_WAYS, type Loss } from "../support/power-cut.js";
import { mixSeeds } from "../support/random.js";

/** One crash: after how many steps of the disk, and in which way of losing. */
export interface Cut {
  readonly step: number;
  readonly way: number;
}

/** Beside the ways of losing: the process is killed, and the machine goes on with all that it has in memory. */
export const KILLED = LOSS_WAYS.length;
export const WAYS_COUNT = LOSS_WAYS.length + 1;

/** The disk after the last of the cuts. */
export function leftBy(
  disk: CrashDisk,
  seed: number,
  cuts: readonly Cut[],
  life: "last" | "before a cut",
): CrashDisk {
  const cut = cuts.at(-1);
  if (cut?.way === KILLED) return disk.killAt(cut.step, { life });
  return disk.crashAt(cut?.step ?? 0, lossOf(seed, cuts), { life });
}

function lossOf(seed: number, cuts: readonly Cut[]): Loss {
  const last = cuts.at(-1);
  const way = LOSS_WAYS[last?.way ?? 0];
  if (last === undefined || way === undefined) throw new Error("there is no such way of losing");
  return { way, seed: mixSeeds(seed, ...cuts.flatMap((cut) => [cut.step, cut.way])) };
}

function describeWay(way: number): string {
  if (way === KILLED) return "the process is killed";
  const { bytes, names } = LOSS_WAYS[way] ?? {};
  return `the power goes, bytes: ${String(bytes)}, names: ${String(names)}`;
}

/** A case that failed, by its name. */
export class FailedCase extends Error {}

export function nameCase(seed: number, cuts: readonly Cut[], error: unknown): unknown {
  if (error instanceof FailedCase) return error;
  const name = [seed, ...cuts.flatMap((cut) => [cut.step, cut.way])].join("/");
  const ways = cuts.map(({ way }) => describeWay(way)).join(", then ");
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new FailedCase(
    `the store did not survive case ${name} (${ways}): ${problem}\n` +
      `run it alone with: make crash CASE=${name}`,
    { cause: error },
  );
}

/** The seed and the cuts that a failing case named. */
export function parseCase(name: string): { readonly seed: number; readonly cuts: readonly Cut[] } {
  if (!/^\d+(\/\d+\/\d+){1,2}$/.test(name)) {
    throw new Error(`CASE: "${name}" is not seed/step/way or seed/step/way/step/way`);
  }
  const [seed = 0, ...numbers] = name.split("/").map(Number);
  const cuts: Cut[] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    cuts.push({ step: numbers[at] ?? 0, way: numbers[at + 1] ?? 0 });
  }
  return { seed, cuts };
}
