/** An engine on a real disk with many keys: how long it takes to start, and what housekeeping does to a Set. */

import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { assert, NO_DEADLINE, SYSTEM_CLOCK } from "../../src/base/index.js";
import { NodeFileSystem } from "../../src/disk/index.js";
import { noteOfSet } from "../../src/kv/index.js";
import { DEFAULT_STORAGE_OPTIONS, StorageEngine } from "../../src/storage/index.js";
import { percentile } from "../statistics.js";
import { randomKeys, uniformChoices } from "./chance.js";
import { KEY_BYTES, VALUE_BYTES, type Figures, type Task } from "./options.js";
import { StallSampler } from "./slices.js";

const KEYS_SEED = 7;
const KEYS_PER_TRANSACTION = 100;
const TRANSACTIONS_UNDER_WAY = 256;
const WRITERS = 16;
const MICROSECONDS_PER_MS = 1000;
const GIB = 2 ** 30;
const PREPARED = "PREPARED";
const PROGRESS_KEYS = 1_000_000;

function openEngine(directory: string): Promise<StorageEngine> {
  return StorageEngine.open({
    ...DEFAULT_STORAGE_OPTIONS,
    noteOfSet,
    fileSystem: new NodeFileSystem(),
    directory: join(directory, "data"),
    keydirBytesMax: 4 * GIB,
    // No followers: what is compacted is not held back.
    retentionMs: 0,
    checkpointPeriodMs: 0,
    commitTimeMs: () => SYSTEM_CLOCK.wallMs(),
    onFailure: (error) => {
      throw error;
    },
  });
}

/** Sets every key once, in random order, unless the directory has them from an earlier task. */
async function prepare(directory: string, keyCount: number): Promise<void> {
  const mark = join(directory, PREPARED);
  if (existsSync(mark)) return;
  const engine = await openEngine(directory);
  const keys = randomKeys(keyCount, KEYS_SEED);
  const underWay: Promise<void>[] = [];
  for (let first = 0; first < keyCount; first += KEYS_PER_TRANSACTION) {
    const count = Math.min(KEYS_PER_TRANSACTION, keyCount - first);
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    underWay.push((await setKeys(engine, keys, numbers)).durable);
    if (underWay.length >= TRANSACTIONS_UNDER_WAY) await underWay.shift();
    if (first % PROGRESS_KEYS === 0) process.stderr.write(`  ${String(first)} keys are set\n`);
  }
  await Promise.all(underWay);
  await engine.close();
  writeFileSync(mark, "");
}

/** Waits until the engine has taken them, and not until they are durable. */
async function setKeys(
  engine: StorageEngine,
  keys: Buffer,
  numbers: readonly number[],
): Promise<{ readonly durable: Promise<void> }> {
  const changes = numbers.map((number) => ({
    kind: "set" as const,
    key: Buffer.from(keys.subarray(number * KEY_BYTES, (number + 1) * KEY_BYTES)),
    // A part of a larger piece of memory, as what a socket brings.
    value: Buffer.allocUnsafe(VALUE_BYTES).fill(number),
    contentType: "",
    deadlineMs: NO_DEADLINE,
    setCount: 1,
    isAnew: false,
  }));
  const bytes = numbers.length * (KEY_BYTES + VALUE_BYTES + 100);
  for (;;) {
    const room = engine.admit(bytes, "write");
    if (room === undefined) break;
    await room;
  }
  return engine.commit(changes, SYSTEM_CLOCK.wallMs());
}

/** Opens the engine after a clean stop with its checkpoint, then without. Files are in the page cache. */
export async function runStartTrial(
  task: Extract<Task, { readonly part: "start" }>,
): Promise<Figures> {
  const { directory, keyCount } = task;
  await prepare(directory, keyCount);
  const checkpoints = join(directory, "data/checkpoints");
  const open = async (): Promise<number> => {
    const startMs = performance.now();
    const engine = await openEngine(directory);
    const tookMs = performance.now() - startMs;
    assert(engine.status().keyCount === keyCount, "every key is there again");
    await engine.close();
    return tookMs;
  };
  assert(readdirSync(checkpoints).length > 0, "a clean stop leaves a checkpoint");
  const withMs = await open();
  rmSync(checkpoints, { recursive: true });
  const withoutMs = await open();
  return { "start with checkpoint ms": withMs, "start without ms": withoutMs };
}

/** Sets of random keys by a few writers, each waiting for its own; alone, and while each kind of housekeeping runs. */
export async function runHousekeepingTrial(
  task: Extract<Task, { readonly part: "housekeeping" }>,
): Promise<Figures> {
  const { directory, keyCount, seconds } = task;
  await prepare(directory, keyCount);
  const engine = await openEngine(directory);
  const load = new SetLoad(engine, keyCount);
  const works: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["quiet", () => setTimeout(seconds * 1000)],
    ["checkpoint", () => engine.createCheckpoint()],
    ["snapshot", () => engine.createSnapshot()],
    ["compaction", () => engine.compact(0)],
    ["quiet after", () => setTimeout(seconds * 1000)],
  ];
  await load.during(() => setTimeout(seconds * 1000));
  const figures: Record<string, number> = {};
  for (const [name, work] of works) {
    process.stderr.write(`  ${name}\n`);
    for (const [figure, value] of Object.entries(await load.during(work))) {
      figures[`${name}: ${figure}`] = value;
    }
  }
  await engine.close();
  return figures;
}

/**
 * Work beside Sets without a pause has a fifth of its speed: for millions of keys, a quarter of an hour. A
 * minute shows what it does to them.
 */
const LOADED_MS_MAX = 60_000;
const LATENCIES_MAX = 4_000_000;

class SetLoad {
  readonly #engine: StorageEngine;
  readonly #keys: Buffer;
  readonly #choices: Uint32Array;
  readonly #latencies = new Float64Array(LATENCIES_MAX);
  #count = 0;
  #next = 0;
  #isOver = false;

  constructor(engine: StorageEngine, keyCount: number) {
    this.#engine = engine;
    this.#keys = randomKeys(keyCount, KEYS_SEED);
    this.#choices = uniformChoices(1_000_000, keyCount, KEYS_SEED + 1);
  }

  /** Sets until the work is done, or as long as they are to go on beside it; then waits for the work alone. */
  async during(work: () => Promise<unknown>): Promise<Figures> {
    this.#count = 0;
    this.#isOver = false;
    const sampler = new StallSampler();
    const startMs = performance.now();
    const writers = Array.from({ length: WRITERS }, () => this.#write());
    const enough = new AbortController();
    const working = work();
    try {
      const { signal } = enough;
      await Promise.race([working, setTimeout(LOADED_MS_MAX, undefined, { signal, ref: false })]);
    } finally {
      enough.abort();
      this.#isOver = true;
    }
    const tookMs = performance.now() - startMs;
    await Promise.all(writers);
    const { wallMs, ownMs } = sampler.takeLongest();
    sampler.stop();
    await working;
    const workMs = performance.now() - startMs;
    const sorted = this.#latencies.slice(0, Math.min(this.#count, LATENCIES_MAX)).sort();
    return {
      "seconds of Sets": tookMs / 1000,
      "seconds of work": workMs / 1000,
      "sets/s": (this.#count * 1000) / tookMs,
      "p50 µs": percentile(sorted, 0.5),
      "p99 µs": percentile(sorted, 0.99),
      "stall ms": wallMs,
      "own stall ms": ownMs,
    };
  }

  async #write(): Promise<void> {
    while (!this.#isOver) {
      const number = this.#choices[this.#next++ % this.#choices.length] ?? 0;
      const startMs = performance.now();
      await (
        await setKeys(this.#engine, this.#keys, [number])
      ).durable;
      const micros = (performance.now() - startMs) * MICROSECONDS_PER_MS;
      this.#latencies[this.#count++ % LATENCIES_MAX] = micros;
    }
  }
}
