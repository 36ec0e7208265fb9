/**
 * Searches a run for a crash that the store does not survive: after every step of the disk, in the ways
 * of losing what was not synced, and again within the life after such a crash. Ways that leave the same
 * disk are tried once: what is counted is states that differ.
 *
 * A failing case names itself, such as `7/1203/4` or `7/1203/4/88/11`: the seed of the run, the step and the way
 * of the first crash, and those of the second. `make crash CASE=7/1203/4` runs that case alone.
 */

import type { KeyOrderName } from "../../src/base/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import { removeCheckpoints } from "../support/checkpoint-files.js";
import { openPartsOnDisk, restoreOnDisk, type OpenedParts } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { mixSeeds, Random } from "../support/random.js";
import { KILLED, leftBy, nameCase, WAYS_COUNT, type Cut } from "./cases.js";
import {
  judge,
  judgeFeed,
  judgeReplies,
  judgeFiles,
  judgeSnapshots,
  judgeVersions,
  judgeWrite,
  type Crash,
  type EarlierLife,
} from "./oracle.js";
import { runWorkload, type Bench, type Run, type WorkloadOptions } from "./workload.js";

/** What the store of a run is told. */
export interface RunSettings {
  readonly compression: "none" | "zstd" | "lz4";
  readonly historyVersions: number;
  readonly keyOrder: KeyOrderName;
}

export interface SearchOptions extends WorkloadOptions {
  readonly seed: number;
  readonly settings: RunSettings;
  /** About how many first crashes to try, spread evenly over the steps. Absent: all that differ. */
  readonly statesMax?: number;
  /** One life in so many is crashed again, in a few places. */
  readonly againOneIn: number;
  /** The disk of the run; absent: an honest one. */
  readonly disk?: () => CrashDisk;
  /** Told of each state that was survived; may end the search. */
  readonly onState?: (which: "first" | "again") => "go on" | "stop";
}

export interface SearchReport {
  readonly steps: number;
  readonly revisions: number;
  /** Disks that a crash left, opened and judged: after one crash, and after a second one. */
  readonly states: number;
  readonly statesAgain: number;
}

/** What a life after a crash came to, for another crash to be judged by. */
interface Life extends EarlierLife {
  /** Steps of the disk when the store was open, and when the write was acknowledged; never: Infinity. */
  readonly openAt: number;
  readonly writtenAt: number;
}

const AGAIN_CUTS = 6;

/** All is due whenever the scrub looks. */
const SCRUB_PERIOD_MS = 500;

export class CrashSearch {
  readonly #options: SearchOptions;
  #states = 0;
  #statesAgain = 0;
  #isOver = false;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  /** Throws on the first case that fails, naming it. */
  async run(): Promise<SearchReport> {
    const { disk, run } = await this.#record();
    const { statesMax = Number.POSITIVE_INFINITY } = this.#options;
    for (let step = 0; step <= disk.stepCount && !this.#isOver; step += 1) {
      // Where a step has few states that differ, the next ones have more of theirs tried.
      const dueByNow = Math.ceil((statesMax * (step + 1)) / (disk.stepCount + 1));
      await this.#tryWays({ disk, run, step }, dueByNow - this.#states);
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
    const [first, second] = cuts;
    if (first === undefined) throw new Error("a case names a step and a way");
    const { seed, againOneIn } = this.#options;
    const left = leftBy(disk, seed, [first], "before a cut");
    const isLast = second === undefined && !this.#againAfter(first).oneIn(againOneIn);
    if (isLast && losesCheckpoints(seed, first)) await removeCheckpoints(left);
    await this.#try({ disk: left, run, cuts: [first] }, second === undefined ? [] : [second]);
  }

  async #record(): Promise<{ readonly disk: CrashDisk; readonly run: Run }> {
    const disk = this.#options.disk?.() ?? new CrashDisk();
    const clock = new ManualClock();
    const random = new Random(this.#options.seed);
    let opened = await this.#open(disk, clock);
    const bench: Bench = {
      get store() {
        return opened.store;
      },
      get parts() {
        return opened.parts;
      },
      disk,
      clock,
      random,
      restart: async () => {
        await opened.store.close();
        clock.dropTimers();
        opened = await this.#open(disk, clock);
      },
    };
    const run = await runWorkload(bench, this.#options);
    // The store is not closed: the last steps are crashed like all others.
    return { disk, run };
  }

  #open(disk: CrashDisk, clock: ManualClock): Promise<OpenedParts> {
    const { settings } = this.#options;
    return openPartsOnDisk(disk, clock, { ...settings, scrubPeriodMs: SCRUB_PERIOD_MS });
  }

  /** The chance by which a life is crashed again, and where. */
  #againAfter({ step, way }: Cut): Random {
    return new Random(mixSeeds(this.#options.seed, step, way));
  }

  /** Tries so many ways of losing that leave different disks after the step. */
  async #tryWays(
    { disk, run, step }: { readonly disk: CrashDisk; readonly run: Run; readonly step: number },
    waysMax: number,
  ): Promise<void> {
    const { seed, againOneIn } = this.#options;
    const first = mixSeeds(seed, step) % WAYS_COUNT;
    const tried = new Set<string>();
    for (let turn = 0; turn < WAYS_COUNT && tried.size < waysMax; turn += 1) {
      const cut = { step, way: (first + turn) % WAYS_COUNT };
      const random = this.#againAfter(cut);
      const isLast = !random.oneIn(againOneIn);
      const left = leftBy(disk, seed, [cut], isLast ? "last" : "before a cut");
      if (tried.has(left.kept)) continue;
      tried.add(left.kept);
      if (isLast && losesCheckpoints(seed, cut)) await removeCheckpoints(left);
      await this.#try({ disk: left, run, cuts: [cut] }, isLast ? [] : random);
      if (this.#isOver) return;
    }
  }

  /** Judges the disk that the cuts left, and then those that a further cut leaves of it: named ones, or by chance. */
  async #try(
    left: { readonly disk: CrashDisk; readonly run: Run; readonly cuts: readonly Cut[] },
    again: readonly Cut[] | Random,
  ): Promise<void> {
    const { disk, run, cuts } = left;
    const { seed } = this.#options;
    try {
      const life = await this.#live(left);
      this.#note("first");
      const seconds = again instanceof Random ? secondCuts(again, disk.stepCount) : again;
      for (const cut of seconds) {
        if (this.#isOver) return;
        const both = [...cuts, cut];
        const leftAgain = leftBy(disk, seed, both, "last");
        const before = earlierLife(life, both);
        await this.#live({ disk: leftAgain, run, cuts: both, before }).catch((error: unknown) => {
          throw nameCase(seed, both, error);
        });
        this.#note("again");
      }
    } catch (error) {
      throw nameCase(seed, cuts, error);
    }
  }

  #note(which: "first" | "again"): void {
    if (which === "first") this.#states += 1;
    else this.#statesAgain += 1;
    if (this.#options.onState?.(which) === "stop") this.#isOver = true;
  }

  /** Opens what is left, judges it, and has it go on for a little while. */
  async #live(left: {
    readonly disk: CrashDisk;
    readonly run: Run;
    readonly cuts: readonly Cut[];
    readonly before?: EarlierLife | undefined;
  }): Promise<Life> {
    const { disk, run, cuts, before } = left;
    const { seed, settings } = this.#options;
    const step = cuts[0]?.step ?? 0;
    const random = new Random(mixSeeds(seed, step, cuts.length));
    const { earliestMs, latestMs } = run.timeAt(step);
    // The second life begins no earlier than the first.
    const downMs = new Random(mixSeeds(seed, step)).oneIn(4) ? mixSeeds(seed, step, 1) % 100 : 0;
    const clock = new ManualClock(earliestMs + downMs);
    const crash: Crash = {
      history: run.history,
      step,
      latestMs: Math.max(latestMs, earliestMs + downMs),
      before,
    };
    const opened = await this.#open(disk, clock);
    const openAt = disk.stepCount;
    const { store } = opened;
    const verdict = await judge(store, crash, settings.keyOrder);
    if (settings.historyVersions > 1 && random.oneIn(3))
      await judgeVersions(opened, crash, verdict);
    if (random.oneIn(3)) await judgeFeed(opened, clock, crash, verdict);
    if (random.oneIn(4)) await judgeReplies(opened, crash, verdict);
    if (random.oneIn(30)) {
      // A life before this one may have left some there.
      const beside = `/restored-${String(cuts.length)}`;
      await judgeSnapshots(store, crash, (id) => restoreOnDisk(disk, clock, id, `${beside}-${id}`));
    }
    if (random.oneIn(30)) await judgeFiles(opened);
    const written = random.oneIn(3) ? await judgeWrite(store) : undefined;
    const writtenAt = written === undefined ? Number.POSITIVE_INFINITY : disk.stepCount;
    if (random.oneIn(8)) {
      await store.close();
      if (disk.openFileCount > 0) throw new Error("a file is open after the store was closed");
    }
    clock.dropTimers();
    // Ends what still goes on in the background.
    disk.stopAfterCalls(0);
    return { recovered: verdict.revision, written, openAt, writtenAt };
  }
}

/** Without them a start reads the whole log, and must come to the same: one life in three begins so. */
function losesCheckpoints(seed: number, { step, way }: Cut): boolean {
  return new Random(mixSeeds(seed, step, way, 1)).oneIn(3);
}

/** In order, so that the steps are played again only once. */
function secondCuts(random: Random, stepCount: number): Cut[] {
  const cuts = Array.from({ length: AGAIN_CUTS }, () => ({
    step: random.below(stepCount + 1),
    way: random.below(WAYS_COUNT),
  }));
  return cuts.sort((left, right) => left.step - right.step);
}

/** What the second crash must leave of the life before it; undefined: no more than of the life before that. */
function earlierLife(life: Life, [first, second]: readonly Cut[]): EarlierLife | undefined {
  if (first === undefined || second === undefined) throw new Error("there were two crashes");
  // What a killed process left in memory is nobody's yet, until another serves it.
  if (first.way === KILLED && second.step < life.openAt) return undefined;
  const written = second.step < life.writtenAt ? undefined : life.written;
  return { recovered: life.recovered, written };
}
