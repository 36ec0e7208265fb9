/**
 * `make crash`: the search for a crash that the store does not survive, over so many states, on all cores.
 *
 *   STATES=1000000   how many states to reach; it ends at the first that is not survived
 *   MINUTES=…        and how long to search at the most
 *   SEED=1           the first run; each run is another seed, one after another
 *   WORKERS=…        processes; as many as there are cores
 *   RUN_STATES=…     of each run only so many first crashes, spread evenly, so that more runs are searched
 *   CASE=7/1203/4    runs one case alone, as a failure names it
 */

import { availableParallelism } from "node:os";

import { Campaign, type CampaignReport } from "./campaign.js";
import { parseCase } from "./cases.js";
import { Progress } from "./progress.js";
import { runOf } from "./runs.js";
import { CrashSearch } from "./search.js";

const STATES = 1_000_000;
const MINUTE_MS = 60_000;

/** A setting that the environment gives as a number above zero. */
function numberFrom(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name}: "${text}" is not a number above zero`);
  return value;
}

async function replay(name: string): Promise<void> {
  const { seed, cuts } = parseCase(name);
  await new CrashSearch(runOf(seed)).replay(cuts);
  console.log(`The store survives case ${name}.`);
}

async function search(): Promise<void> {
  const goal = {
    states: numberFrom("STATES", STATES),
    durationMs: numberFrom("MINUTES", Number.POSITIVE_INFINITY) * MINUTE_MS,
  };
  const progress = new Progress(goal);
  const campaign = new Campaign({
    ...goal,
    firstSeed: numberFrom("SEED", 1),
    workers: numberFrom("WORKERS", availableParallelism()),
    statesPerRun: numberFrom("RUN_STATES", Number.POSITIVE_INFINITY),
    onProgress: (states, seconds) => {
      progress.tell(states, seconds);
    },
  });
  const report = await campaign.run();
  progress.clear();
  console.log(describe(report));
  if (report.failure === undefined) return;
  console.error(report.failure);
  process.exitCode = 1;
}

function describe(report: CampaignReport): string {
  const { states, statesAgain, seconds, workers, seeds } = report;
  const all = states + statesAgain;
  const rate = all / seconds;
  return (
    `Visited ${all.toLocaleString("en")} states of the disk (${statesAgain.toLocaleString("en")} of them after a ` +
    `second crash) in ${seconds.toFixed(0)} s: ${rate.toFixed(0)} a second, ${(rate / workers).toFixed(0)} a ` +
    `process; ${String(report.wholeRuns)} whole runs, seeds ${String(seeds.first)} to ${String(seeds.last)}. ` +
    (report.failure === undefined ? "All were survived." : "One was not survived:")
  );
}

const name = process.env["CASE"];
await (name === undefined || name === "" ? search() : replay(name));
