/**
 * `make bench-commit`: the commit path without gRPC, in each way and with each window, under 1, 8, 50 and 400
 * clients; a report in bench/results/commit.{json,md}.
 *
 *     node dist/bench/commit/main.js [--name commit] [--rounds 3] [--seconds 1.5] [--clients 1,8,50,400]
 *                                    [--parts way,window] [--directory DIR]
 */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";

import { describeMachine, isInMemory } from "../machine.js";
import { machineCpuMicros, ownCpuMicros } from "../server-process.js";
import { toCommitMarkdown, type CommitReport } from "./report.js";
import type { CommitFigures, CommitMeasurement, CommitTask } from "./tasks.js";
import { WAY_NAMES } from "./ways.js";
import { WINDOW_NAMES } from "./windows.js";

const run = promisify(execFile);
const PROJECT = join(import.meta.dirname, "../../..");
const RESULTS = join(PROJECT, "bench/results");
const TRIAL = join(import.meta.dirname, "trial.js");
const TRIAL_MS_MAX = 120_000;
const MICROSECONDS_PER_MS = 1000;
const CLIENTS_MAX = 1000;

interface Settings {
  readonly name: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly clients: readonly number[];
  readonly parts: readonly string[];
  readonly directory: string;
}

/** What is measured in every round, but for how many clients and where. */
type Variant =
  | Pick<Extract<CommitTask, { readonly part: "way" }>, "part" | "name">
  | Pick<Extract<CommitTask, { readonly part: "window" }>, "part" | "name">;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      name: { type: "string", default: "commit" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "1.5" },
      clients: { type: "string", default: "1,8,50,400" },
      parts: { type: "string", default: "way,window" },
      directory: { type: "string" },
    },
  });
  if (!/^[a-z0-9.-]+$/u.test(values.name)) {
    throw new Error(`--name: ${values.name} is not of lower-case letters, digits, dots and dashes`);
  }
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  const clients = values.clients.split(",").map(Number);
  const isCount = (count: number, max: number): boolean =>
    Number.isInteger(count) && count >= 1 && count <= max;
  if (!isCount(rounds, 100)) throw new Error(`--rounds: 1 to 100, not ${values.rounds}`);
  if (!(seconds >= 0.1 && seconds <= 60)) throw new Error(`--seconds: 0.1 to 60`);
  if (!clients.every((count) => isCount(count, CLIENTS_MAX))) {
    throw new Error(`--clients: whole numbers from 1 to ${String(CLIENTS_MAX)}`);
  }
  const directory = values.directory ?? (isInMemory(tmpdir()) ? join(PROJECT, "dist") : tmpdir());
  if (isInMemory(directory)) {
    throw new Error(`--directory: ${directory} is in memory, not on a disk`);
  }
  return { name: values.name, rounds, seconds, clients, parts: values.parts.split(","), directory };
}

function variantsOf(parts: readonly string[]): readonly Variant[] {
  const variants: readonly Variant[] = [
    ...WAY_NAMES.map((name) => ({ part: "way" as const, name })),
    ...WINDOW_NAMES.map((name) => ({ part: "window" as const, name })),
  ];
  const chosen = variants.filter(({ part }) => parts.includes(part));
  if (chosen.length === 0) throw new Error("--parts: way, window or both");
  return chosen;
}

async function measure(task: CommitTask, round: number): Promise<CommitMeasurement> {
  const startMs = performance.now();
  const machineBefore = machineCpuMicros();
  const ownBefore = ownCpuMicros();
  const { stdout } = await run(process.execPath, [TRIAL, JSON.stringify(task)], {
    timeout: TRIAL_MS_MAX,
    killSignal: "SIGKILL",
  });
  const figures = JSON.parse(stdout) as CommitFigures;
  const others = machineCpuMicros() - machineBefore - (ownCpuMicros() - ownBefore);
  const elapsedMicros = (performance.now() - startMs) * MICROSECONDS_PER_MS;
  const { part, name, clients } = task;
  const othersCpuRatio = Math.max(0, others / (elapsedMicros * availableParallelism()));
  return { part, name, clients, round, ...figures, othersCpuRatio };
}

function describe(one: CommitMeasurement): string {
  const place = `round ${String(one.round)}  ${String(one.clients).padStart(3)} clients  ${one.part} ${one.name}`;
  const latency = `p50 ${one.p50Micros.toFixed(0)} µs, p99 ${one.p99Micros.toFixed(0)} µs`;
  const cost = `${one.syncsPerCommit.toFixed(3)} syncs, ${one.cpuMicrosPerCommit.toFixed(0)} µs of CPU a commit`;
  return `${place.padEnd(56)}  ${one.ratePerSecond.toFixed(0)}/s, ${latency}, ${cost}, stall ${one.stallMs.toFixed(1)} ms, others ${(one.othersCpuRatio * 100).toFixed(0)} %`;
}

async function bench(settings: Settings, scratch: string): Promise<CommitReport> {
  const { rounds, seconds, clients } = settings;
  const startTime = new Date();
  const machine = await describeMachine(scratch);
  const variants = variantsOf(settings.parts);
  const measurements: CommitMeasurement[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const count of clients) {
      // Every round begins with another one.
      const first = (round - 1) % variants.length;
      for (const variant of [...variants.slice(first), ...variants.slice(0, first)]) {
        const directory = mkdtempSync(join(scratch, "trial-"));
        const measured = await measure({ ...variant, clients: count, seconds, directory }, round);
        rmSync(directory, { recursive: true, force: true });
        measurements.push(measured);
        say(describe(measured));
      }
    }
  }
  return {
    startTime: startTime.toISOString(),
    durationSeconds: (Date.now() - startTime.getTime()) / 1000,
    machine,
    settings: { rounds, seconds, clients },
    measurements,
  };
}

const settings = readSettings();
const scratch = mkdtempSync(join(settings.directory, "kvdb-bench-commit-"));
try {
  const report = await bench(settings, scratch);
  mkdirSync(RESULTS, { recursive: true });
  const at = (ending: string): string => join(RESULTS, `${settings.name}.${ending}`);
  writeFileSync(at("json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(at("md"), toCommitMarkdown(report));
  say(`\nWritten to bench/results/${settings.name}.md and .json.`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
