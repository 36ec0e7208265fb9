/** Inserts, lookups, overwrites and scans of one structure at one size, in a process that does nothing else. */

import { assert } from "../../src/base/index.js";
import { randomKeys, uniformChoices, zipfChoices } from "./chance.js";
import { KEY_BYTES, type Figures, type Task } from "./options.js";
import { runInSlices, StallSampler } from "./slices.js";
import { newStructure, type Structure } from "./structures.js";

/** A small structure is built so often that there is something to time; the last one is measured further. */
const INSERTS_MIN = 200_000;
const LOOKUPS = 2_000_000;
const OVERWRITES = 1_000_000;
const SCANNED_MIN = 200_000;
/** What warms up before anything is timed, on a structure of its own. */
const WARM_UP_KEYS = 50_000;

type KeydirTask = Extract<Task, { readonly part: "keydir" }>;

export async function runKeydirTrial(task: KeydirTask): Promise<Figures> {
  const { keyCount, seed } = task;
  const keys = randomKeys(keyCount, seed);
  const uniform = uniformChoices(LOOKUPS, keyCount, seed + 1);
  const zipf = zipfChoices(LOOKUPS, keyCount, seed + 2);
  warmUp(task);
  const rssBefore = settledRss();
  const sampler = new StallSampler();
  const figures: Record<string, number> = {};
  const time = async (name: string, count: number, operation: (number: number) => void) => {
    sampler.takeLongest();
    const tookMs = await runInSlices(count, operation);
    figures[`${name}/s`] = (count * 1000) / tookMs;
    figures[`${name} stall ms`] = sampler.takeLongest().wallMs;
  };

  let structure = newStructure(task.structure);
  const insertCount = Math.max(keyCount, Math.ceil(INSERTS_MIN / keyCount) * keyCount);
  await time("insert", insertCount, (number) => {
    const index = number % keyCount;
    if (index === 0 && number > 0) structure = newStructure(task.structure);
    structure.put(keys, index * KEY_BYTES, index);
  });
  assert(structure.size === keyCount, "every key was inserted");
  figures["RSS bytes/key"] = (settledRss() - rssBefore) / keyCount;
  if (structure.ownBytes !== undefined) figures["own bytes/key"] = structure.ownBytes / keyCount;
  await time("uniform lookup", LOOKUPS, lookUp(structure, keys, uniform));
  await time("zipf lookup", LOOKUPS, lookUp(structure, keys, zipf));
  await time("overwrite", OVERWRITES, (number) => {
    const index = uniform[number] ?? 0;
    structure.put(keys, index * KEY_BYTES, index);
  });
  let scan = structure.scan();
  await time("scan", Math.max(keyCount, Math.ceil(SCANNED_MIN / keyCount) * keyCount), (number) => {
    if (number > 0 && number % keyCount === 0) scan = structure.scan();
    assert(scan.next().done !== true, "a scan goes over every key");
  });
  sampler.stop();
  return figures;
}

function lookUp(structure: Structure, keys: Buffer, choices: Uint32Array) {
  return (number: number): void => {
    const index = choices[number] ?? 0;
    assert(structure.offsetOf(keys, index * KEY_BYTES) === index, "a lookup finds its entry");
  };
}

function warmUp({ structure: name, seed }: KeydirTask): void {
  const keys = randomKeys(WARM_UP_KEYS, seed + 3);
  const structure = newStructure(name);
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < WARM_UP_KEYS; index++) {
      structure.put(keys, index * KEY_BYTES, index);
      structure.offsetOf(keys, index * KEY_BYTES);
    }
  }
  for (const scan = structure.scan(); scan.next().done !== true;);
}

/** Resident memory when garbage is gone. */
function settledRss(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}
