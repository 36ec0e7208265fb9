/**
 * Searches a run for a crash that the store does not survive: after every step of the disk, in the ways
 * of losing what was not synced, and again within the recovery from such a crash.
 *
 * A failing case names itself, such as `7/1203/4` or `7/1203/4/88/11`: the seed of the run, the step and the way
 * of the first crash, and those of the second. `KVDB_CRASH_CASE=7/1203/4` runs that case alone.
 */

import type { Store } from "../../src/kv/store.js";
import { CrashDisk } from "../support/crash-disk.js";
import { ManualClock } from "../support/manual-clock.js";
import { LOSS_WAYS, type Loss } from "../support/power-cut.js";
import { mixSeeds, Random } from "../support/random.js";
import { judge, judgeFeed, judgeSnapshots, judgeWrite } from "./oracle.js";
import { runWorkload, type Bench, type Run, type WorkloadOptions } from "./workload.js";

export type OpenOnDisk = (disk: CrashDisk, clock: ManualClock) => Promise<Store>;

export type RestoreOnDisk = (
  disk: CrashDisk,
  clock: ManualClock,
  snapshotId: string,
) => Promise<Store>;

export interface SearchOptions extends WorkloadOptions {
  readonly seed: number;
  /** About how many crashes to try, spread evenly over the steps and the ways of losing. */
  readonly statesMax: number;
  /** One recovery in so many is crashed again, in a few places. */
  readonly againOneIn: number;
  /** Opens a new store on the same disk from a snapshot of the one there. */
  readonly restore: RestoreOnDisk;
  /** The disk of the run; absent: an honest one. */
  readonly disk?: () => CrashDisk;
}

export interface SearchReport {
  readonly steps: number;
  readonly revisions: number;
  readonly states: number;
  readonly statesAgain: number;
}

/** One crash: after how many steps of the disk, and in which way of losing. */
interface Cut {
  readonly step: number;
  readonly way: number;
}

const AGAIN_CUTS = 6;

export class CrashSearch {
  readonly #open: OpenOnDisk;
  readonly #options: SearchOptions;
  #states = 0;
  #statesAgain = 0;

  constructor(open: OpenOnDisk, options: SearchOptions) {
    this.#open = open;
    this.#options = options;
  }

  /** Throws on the first case that fails, naming it. */
  async run(): Promise<SearchReport> {
    const { disk, run } = await this.#record();
    for (const cut of this.#cuts(disk.stepCount)) {
      await this.#try(disk, run, [cut]);
      this.#states += 1;
    }
    return {
      steps: disk.stepCount,
      revisions: run.history.revision,
      states: this.#states,
      statesAgain: this.#statesAgain,
    };
  }

  /** Runs one case alone. */
  async replay(cuts: readonly Cut[]): Promise<void> {
    const { disk, run } = await this.#record();
    await this.#try(disk, run, cuts);
  }

  async #record(): Promise<{ readonly disk: CrashDisk; readonly run: Run }> {
    const disk = this.#options.disk?.() ?? new CrashDisk();
    const clock = new ManualClock();
    const random = new Random(this.#options.seed);
    let store = await this.#open(disk, clock);
    const bench: Bench = {
      get store() {
        return store;
      },
      disk,
      clock,
      random,
      restart: async () => {
        await store.close();
        clock.dropTimers();
        store = await this.#open(disk, clock);
      },
    };
    const run = await runWorkload(bench, this.#options);
    // The store is not closed: the last steps are crashed like all others.
    return { disk, run };
  }

  *#cuts(stepCount: number): IterableIterator<Cut> {
    const { statesMax, seed } = this.#options;
    const rounds = Math.max(1, Math.min(LOSS_WAYS.length, Math.floor(statesMax / stepCount)));
    const stride = Math.max(1, Math.ceil(stepCount / statesMax));
    for (let step = 0; step <= stepCount; step += stride) {
      const first = mixSeeds(seed, step) % LOSS_WAYS.length;
      for (let round = 0; round < rounds; round += 1) {
        yield { step, way: (first + round) % LOSS_WAYS.length };
      }
    }
  }

  async #try(first: CrashDisk, run: Run, cuts: readonly Cut[]): Promise<void> {
    const [cut, ...again] = cuts;
    if (cut === undefined) return;
    const disk = first.crashAt(cut.step, lossOf(this.#options.seed, cuts.slice(0, 1)));
    try {
      const recoverySteps = await this.#recover(disk, run, cut.step);
      for (const second of this.#againCuts(cut, recoverySteps, again)) {
        await this.#tryAgain({ disk, run, cuts: [cut, second] });
        this.#statesAgain += 1;
      }
    } catch (error) {
      throw nameCase(this.#options.seed, [cut], error);
    }
  }

  async #tryAgain(crashed: {
    readonly disk: CrashDisk;
    readonly run: Run;
    readonly cuts: readonly [Cut, Cut];
  }): Promise<void> {
    const [first, second] = crashed.cuts;
    const disk = crashed.disk.crashAt(second.step, lossOf(this.#options.seed, crashed.cuts));
    try {
      await this.#recover(disk, crashed.run, first.step);
    } catch (error) {
      throw nameCase(this.#options.seed, crashed.cuts, error);
    }
  }

  *#againCuts(first: Cut, stepCount: number, named: readonly Cut[]): IterableIterator<Cut> {
    yield* named;
    if (named.length > 0) return;
    const random = new Random(mixSeeds(this.#options.seed, first.step, first.way));
    if (!random.oneIn(this.#options.againOneIn)) return;
    for (let count = 0; count < AGAIN_CUTS; count += 1) {
      yield { step: random.below(stepCount + 1), way: random.below(LOSS_WAYS.length) };
    }
  }

  /** Opens what is left and judges it; how many steps the disk had taken when it was open. */
  async #recover(disk: CrashDisk, run: Run, step: number): Promise<number> {
    const { seed } = this.#options;
    const random = new Random(mixSeeds(seed, step, 1));
    const { earliestMs, latestMs } = run.timeAt(step);
    const downMs = random.oneIn(4) ? random.below(100) : 0;
    const clock = new ManualClock(earliestMs + downMs);
    const crash = {
      history: run.history,
      step,
      latestMs: Math.max(latestMs, earliestMs + downMs),
    };
    const store = await this.#open(disk, clock);
    const steps = disk.stepCount;
    await judge(store, crash);
    if (random.oneIn(3)) await judgeFeed(store, crash);
    if (random.oneIn(30)) {
      await judgeSnapshots(store, crash, (id) => this.#options.restore(disk, clock, id));
    }
    if (random.oneIn(3)) await judgeWrite(store);
    if (random.oneIn(8)) {
      await store.close();
      if (disk.openFileCount > 0) throw new Error("a file is open after the store was closed");
    }
    clock.dropTimers();
    // Ends what still goes on in the background.
    disk.stopAfterCalls(0);
    return steps;
  }
}

function lossOf(seed: number, cuts: readonly Cut[]): Loss {
  const last = cuts.at(-1);
  const way = LOSS_WAYS[last?.way ?? 0];
  if (last === undefined || way === undefined) throw new Error("there is no such way of losing");
  return { way, seed: mixSeeds(seed, ...cuts.flatMap((cut) => [cut.step, cut.way])) };
}

class FailedCase extends Error {}

function nameCase(seed: number, cuts: readonly Cut[], error: unknown): unknown {
  if (error instanceof FailedCase) return error;
  const name = [seed, ...cuts.flatMap((cut) => [cut.step, cut.way])].join("/");
  const ways = cuts.map((cut) => JSON.stringify(LOSS_WAYS[cut.way])).join(", then ");
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new FailedCase(
    `the store did not survive case ${name} (${ways}): ${problem}\n` +
      `run it alone with KVDB_CRASH_CASE=${name}`,
    { cause: error },
  );
}

/** The case that the environment names, if it does. */
export function namedCase(): { readonly seed: number; readonly cuts: readonly Cut[] } | undefined {
  const name = process.env["KVDB_CRASH_CASE"];
  if (name === undefined) return undefined;
  const [seed = 0, ...numbers] = name.split("/").map(Number);
  const cuts: Cut[] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    cuts.push({ step: numbers[at] ?? 0, way: numbers[at + 1] ?? 0 });
  }
  return { seed, cuts };
}
