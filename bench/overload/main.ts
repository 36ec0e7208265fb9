/**
 * `make bench-overload`: what becomes of calls when more of them come than the server can serve, and a report of it in
 * bench/results/.
 *
 *     node dist/bench/overload/main.js [--name overload] [--works Set,Get] [--factors 2,10] [--seconds 10]
 *                                      [--connections 64] [--depth 8] [--patience 1000] [--directory DIR]
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { describeMachine, isInMemory } from "../machine.js";
import { VALUE, WORKS, type Work } from "../peer.js";
import { toOverloadMarkdown, type OverloadReport } from "./report.js";
import { takeOverloadTurn, type OverloadMeasurement, type OverloadTurn } from "./turn.js";
import { runBench } from "../run-bench.js";

const PROJECT = join(import.meta.dirname, "../../..");
const WARM_UP_SECONDS = 3;
const NUMBER_MAX = 1e6;
const MS_PER_SECOND = 1000;

interface Settings {
  readonly name: string;
  readonly works: readonly Work[];
  readonly factors: readonly number[];
  readonly seconds: number;
  readonly connections: number;
  readonly depth: number;
  readonly patienceMs: number;
  readonly directory: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      name: { type: "string", default: "overload" },
      works: { type: "string", default: WORKS.join(",") },
      factors: { type: "string", default: "2,10" },
      seconds: { type: "string", default: "10" },
      connections: { type: "string", default: "64" },
      depth: { type: "string", default: "8" },
      patience: { type: "string", default: "1000" },
      directory: { type: "string" },
    },
  });
  if (!/^[a-z0-9.-]+$/u.test(values.name)) {
    throw new Error(`--name: ${values.name} is not of lower-case letters, digits, dots and dashes`);
  }
  const whole = (name: string, value: string): number => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 1 && number <= NUMBER_MAX) return number;
    throw new Error(`--${name}: must be a whole number from 1 on, not ${value}`);
  };
  const works = values.works.split(",").map((name) => {
    const work = WORKS.find((known) => known === name);
    if (work !== undefined) return work;
    throw new Error(`--works: ${name} is none of ${WORKS.join(", ")}`);
  });
  const directory = values.directory ?? (isInMemory(tmpdir()) ? join(PROJECT, "dist") : tmpdir());
  if (isInMemory(directory)) {
    throw new Error(`--directory: ${directory} is in memory, not on a disk`);
  }
  return {
    ...{ name: values.name, works, directory },
    factors: values.factors.split(",").map((factor) => whole("factors", factor)),
    seconds: whole("seconds", values.seconds),
    connections: whole("connections", values.connections),
    depth: whole("depth", values.depth),
    patienceMs: whole("patience", values.patience),
  };
}

function describe(work: Work, { factor, outcome, ...one }: OverloadMeasurement): string {
  const { offered, accepted, refused, givenUp, acceptedPerSecond, p50Ms, p99Ms } = outcome;
  const counts = `${String(offered)} offered, ${String(accepted)} accepted, ${String(refused)} refused, ${String(givenUp)} given up`;
  const figures = `${acceptedPerSecond.toFixed(0)} accepted/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms (${outcome.sentP99Ms.toFixed(1)} from sending)`;
  const memory = `RSS ${(one.residentBytesMax / 1024 / 1024).toFixed(0)} MiB`;
  const cpu = `server CPU ${(one.serverCpuMicros / 1e6).toFixed(1)} s, load ${(outcome.cpuMicros / 1e6).toFixed(1)} s`;
  const problem = one.problem === undefined ? "" : `DOES NOT COUNT: ${one.problem}; `;
  return `${work} × ${String(factor)}  ${problem}${counts}; ${figures}; ${memory}; ${cpu}; probes ${JSON.stringify(one.probes)}`;
}

async function bench(settings: Settings, directory: string): Promise<OverloadReport> {
  const startTime = new Date();
  const { name, works, factors, seconds, connections, depth, patienceMs } = settings;
  const machine = await describeMachine(directory);
  let last: OverloadTurn | undefined;
  const take = async (work: Work, factor: number, rate: number): Promise<OverloadMeasurement> => {
    const turnDirectory = mkdtempSync(join(directory, "server-"));
    const turn = await takeOverloadTurn(turnDirectory, factor, {
      ...{ work, connections, seconds, depth, patienceMs },
      ...{ warmUpSeconds: WARM_UP_SECONDS, ratePerSecond: rate },
    });
    say(describe(work, turn.measurement));
    const command = turn.command.replaceAll(turnDirectory, "DIR").replaceAll(PROJECT, ".");
    last = { ...turn, command };
    rmSync(turnDirectory, { recursive: true, force: true });
    return turn.measurement;
  };
  const measured: { work: Work; measurements: OverloadMeasurement[] }[] = [];
  for (const work of works) {
    const closed = await take(work, 0, 0);
    const measurements = [closed];
    for (const factor of factors) {
      const rate = Math.round(closed.outcome.acceptedPerSecond * factor);
      measurements.push(await take(work, factor, rate));
    }
    measured.push({ work, measurements });
  }
  return {
    name,
    startTime: startTime.toISOString(),
    durationSeconds: (Date.now() - startTime.getTime()) / MS_PER_SECOND,
    machine,
    settings: { seconds, connections, depth, patienceMs, valueBytes: VALUE.length },
    version: last?.version ?? "",
    command: last?.command ?? "",
    works: measured,
  };
}

runBench({
  readSettings,
  run: async (settings, directory) => {
    const report = await bench(settings, directory);
    const pages = { md: toOverloadMarkdown(report) };
    const isWhole = report.works
      .flatMap((one) => one.measurements)
      .every(({ problem }) => problem === undefined);
    return { name: report.name, report, pages, isWhole };
  },
});
