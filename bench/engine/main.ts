/**
 * `make bench-engine`: the directory of keys beside a Map and a B+tree of objects, then starts of the engine
 * and its housekeeping on a real disk; a report in bench/results/engine.{json,md}.
 *
 *     ROUNDS=3 SIZES=10k,1m,10m PARTS=keydir,start,housekeeping node dist/bench/engine/main.js
 *
 * STRUCTURES names the structures, HOUSEKEEPING_KEYS how many keys housekeeping has (5m), SEED the first
 * round's seed, DIRECTORY a directory on a disk. A run that is cut short goes on where it was, as long as the
 * commit and the sizes are the same.
 */

import { execFile } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { describeMachine, isInMemory } from "../machine.js";
import {
  PART_NAMES,
  STRUCTURE_NAMES,
  type Figures,
  type PartName,
  type StructureName,
  type Task,
} from "./options.js";
import { toMarkdown, type Measurement, type Report } from "./report.js";

const PROJECT = join(import.meta.dirname, "../../..");
const RESULTS = join(PROJECT, "bench/results");
/** Measurements of a run that has not come to its end. */
const PROGRESS = join(PROJECT, "dist/bench-engine.jsonl");
const TRIAL = join(import.meta.dirname, "trial.js");
const HEAP_MIB = 8192;
const TRIAL_MINUTES_MAX = 20;
const ROUNDS_MAX = 100;
const SECONDS_QUIET = 10;

interface Settings {
  readonly rounds: number;
  readonly seed: number;
  readonly sizes: readonly number[];
  readonly structures: readonly StructureName[];
  readonly parts: readonly PartName[];
  readonly housekeepingKeys: number;
  readonly directory: string;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function variable(name: string, byDefault: string): string {
  const value = process.env[name];
  return value === undefined || value === "" ? byDefault : value;
}

/** `10k`, `1m` or plain digits. */
function countFrom(name: string, text: string): number {
  const [, digits, unit] = /^(\d{1,9})([km]?)$/u.exec(text) ?? [];
  const count = Number(digits) * (unit === "m" ? 1_000_000 : unit === "k" ? 1000 : 1);
  if (count >= 1) return count;
  throw new Error(`${name}: ${text} is no number of 1 or more, such as 500, 10k or 1m`);
}

function namesFrom<T extends string>(name: string, known: readonly T[]): readonly T[] {
  return variable(name, known.join(","))
    .split(",")
    .map((text) => {
      const found = known.find((each) => each === text);
      if (found === undefined) throw new Error(`${name}: ${text} is none of ${known.join(", ")}`);
      return found;
    });
}

function readSettings(): Settings {
  const rounds = countFrom("ROUNDS", variable("ROUNDS", "3"));
  if (rounds > ROUNDS_MAX) throw new Error(`ROUNDS: at most ${String(ROUNDS_MAX)}`);
  const directory = variable("DIRECTORY", isInMemory(tmpdir()) ? join(PROJECT, "dist") : tmpdir());
  if (isInMemory(directory)) throw new Error(`DIRECTORY: ${directory} is in memory, not on a disk`);
  return {
    rounds,
    seed: countFrom("SEED", variable("SEED", "1000")),
    sizes: variable("SIZES", "10k,1m,10m")
      .split(",")
      .map((text) => countFrom("SIZES", text)),
    structures: namesFrom("STRUCTURES", STRUCTURE_NAMES),
    parts: namesFrom("PARTS", PART_NAMES),
    housekeepingKeys: countFrom("HOUSEKEEPING_KEYS", variable("HOUSEKEEPING_KEYS", "5m")),
    directory,
  };
}

/** The tasks of a round, each with its name. Every round begins with another structure. */
function tasksOf(settings: Settings, round: number, scratch: string): (readonly [string, Task])[] {
  const { structures, sizes, parts, seed } = settings;
  const first = (round - 1) % structures.length;
  const turns = [...structures.slice(first), ...structures.slice(0, first)];
  const tasks: (readonly [string, Task])[] = [];
  if (parts.includes("keydir")) {
    for (const keyCount of sizes) {
      for (const structure of turns) {
        const task: Task = { part: "keydir", structure, keyCount, seed: seed + round * 10 };
        tasks.push([`${structure}, ${keysIn(keyCount)}`, task]);
      }
    }
  }
  if (parts.includes("start")) {
    for (const keyCount of sizes) {
      const directory = join(scratch, String(keyCount));
      tasks.push([`start, ${keysIn(keyCount)}`, { part: "start", keyCount, directory }]);
    }
  }
  if (parts.includes("housekeeping")) {
    const keyCount = settings.housekeepingKeys;
    const directory = join(scratch, "housekeeping");
    const task: Task = { part: "housekeeping", keyCount, seconds: SECONDS_QUIET, directory };
    tasks.push([`housekeeping, ${keysIn(keyCount)}`, task]);
  }
  return tasks;
}

function keysIn(count: number): string {
  return `${new Intl.NumberFormat("en-GB").format(count)} keys`;
}

async function measure(task: Task, signal: AbortSignal): Promise<Figures> {
  if ("directory" in task) mkdirSync(task.directory, { recursive: true });
  const words = ["--expose-gc", `--max-old-space-size=${String(HEAP_MIB)}`, TRIAL];
  const timeout = TRIAL_MINUTES_MAX * 60_000;
  const options = { timeout, killSignal: "SIGKILL", signal } as const;
  const child = promisify(execFile)(process.execPath, [...words, JSON.stringify(task)], options);
  child.child.stderr?.pipe(process.stderr);
  const { stdout } = await child;
  return JSON.parse(stdout) as Figures;
}

/** What an earlier run of the same commit and settings has measured and could not finish. */
function earlier(key: string): Measurement[] {
  if (!existsSync(PROGRESS)) return [];
  const [head, ...lines] = readFileSync(PROGRESS, "utf8").trimEnd().split("\n");
  return head === key ? lines.map((line) => JSON.parse(line) as Measurement) : [];
}

async function bench(settings: Settings, scratch: string, signal: AbortSignal): Promise<Report> {
  const startTime = new Date().toISOString();
  const machine = await describeMachine(scratch);
  const key = JSON.stringify({ ...settings, commit: machine.commit });
  const measurements = earlier(key);
  if (measurements.length === 0) writeFileSync(PROGRESS, `${key}\n`);
  else say(`${String(measurements.length)} measurements are there from a run that was cut short`);
  for (let round = 1; round <= settings.rounds; round++) {
    for (const [work, task] of tasksOf(settings, round, scratch)) {
      if (measurements.some((each) => each.work === work && each.round === round)) continue;
      const seed = "seed" in task ? `, seed ${String(task.seed)}` : "";
      say(`round ${String(round)} of ${String(settings.rounds)}: ${work}${seed}`);
      const loadBefore = loadavg()[0] ?? 0;
      const startMs = performance.now();
      const figures = await measure(task, signal);
      const seconds = (performance.now() - startMs) / 1000;
      const measurement = { work, round, task, loadBefore, seconds, figures };
      measurements.push(measurement);
      appendFileSync(PROGRESS, `${JSON.stringify(measurement)}\n`);
      for (const [name, value] of Object.entries(figures)) {
        say(`    ${name.padEnd(24)} ${value.toFixed(value < 1000 ? 1 : 0)}`);
      }
    }
  }
  return { startTime, machine, rounds: settings.rounds, measurements };
}

const settings = readSettings();
const scratch = mkdtempSync(join(settings.directory, "kvdb-bench-engine-"));
const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(name, () => {
    stopping.abort(new Error(`${name}: the measurements so far are kept`));
  });
}
try {
  const report = await bench(settings, scratch, stopping.signal);
  const json = join(RESULTS, "engine.json");
  writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  const markdown = toMarkdown(report);
  writeFileSync(join(RESULTS, "engine.md"), markdown);
  rmSync(PROGRESS);
  process.stdout.write(markdown);
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  say((stopping.signal.reason as Error).message);
  process.exitCode = 1;
} finally {
  // A process that was killed may be writing yet: hence the tries.
  rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
