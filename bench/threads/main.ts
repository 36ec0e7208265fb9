/**
 * `make bench-threads`: the server with gRPC in the store's thread, and in a thread of its own, under the same load in
 * turns; what each thread spends on a call, and what follows from that for machines with more processors.
 *
 *     ROUNDS=3 SECONDS=1.5 node dist/bench/threads/main.js
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Shape } from "../h2load.js";
import { describeMachine, isInMemory } from "../machine.js";
import { WORKS } from "../peer.js";
import { shapeName } from "../report.js";
import { killWhatRuns } from "../server-process.js";
import { measureHandOver } from "./hand-over.js";
import { toMarkdown, type Report } from "./report.js";
import { MODES, startThreads, type Mode } from "./threads-peer.js";
import { measure, type Trial } from "./trial.js";

const PROJECT = join(import.meta.dirname, "../../..");
const RESULTS = join(PROJECT, "bench/results");
const SHAPES: readonly Shape[] = [
  { connections: 8, streams: 16 },
  { connections: 50, streams: 1 },
  { connections: 1, streams: 1 },
];

const rounds = Number(process.env["ROUNDS"] ?? 3);
const seconds = Number(process.env["SECONDS"] ?? 1.5);
if (!(rounds >= 1 && seconds > 0)) throw new Error("ROUNDS and SECONDS are numbers above 0");

async function turn(mode: Mode, round: number, parent: string): Promise<Trial[]> {
  const directory = mkdtempSync(join(parent, `${mode}-`));
  const server = await startThreads(mode, directory);
  const trials: Trial[] = [];
  try {
    for (const work of WORKS) {
      for (const shape of SHAPES) {
        const measured = await measure(server, { work, shape, seconds, directory });
        const trial: Trial = { mode, round, ...measured };
        trials.push(trial);
        const figures = [trial.ratePerSecond, trial.p50Micros, trial.p99Micros].map(Math.round);
        const micros = [trial.engineMicros, trial.frontEndMicros, trial.otherMicros];
        console.log(
          `round ${String(round)}, ${mode}, ${work} ${shapeName(shape)}: ` +
            `${figures.join(" ")}; ${micros.map((each) => each.toFixed(1)).join(" ")} ` +
            (trial.problem ?? ""),
        );
      }
    }
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  return trials;
}

async function main(): Promise<void> {
  const base = isInMemory(tmpdir()) ? join(PROJECT, "dist") : tmpdir();
  const directory = mkdtempSync(join(base, "kvdb-bench-threads-"));
  const cleanUp = (): void => {
    killWhatRuns();
    rmSync(directory, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      cleanUp();
      process.exit(1);
    });
  }
  try {
    const startTime = new Date().toISOString();
    const machine = await describeMachine(directory);
    const trials: Trial[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (const mode of MODES) trials.push(...(await turn(mode, round, directory)));
    }
    const handOvers = await measureHandOver();
    const report: Report = {
      startTime,
      machine,
      rounds,
      secondsPerMeasurement: seconds,
      trials,
      handOvers,
    };
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(join(RESULTS, "threads.json"), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(RESULTS, "threads.md"), toMarkdown(report));
    console.log("Written to bench/results/threads.md and .json.");
    if (trials.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
  } finally {
    cleanUp();
  }
}

await main();
