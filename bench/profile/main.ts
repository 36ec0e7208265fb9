/**
 * `make bench-profile`: where the time of a unary Set and a unary Get goes, by V8's sampling profiler, and a table of it in
 * bench/results/profile.md. What the kernel does for a call of Node.js is counted where Node.js called it; the threads that
 * write to the disk are not seen.
 *
 *     node dist/bench/profile/main.js [--requests 200000]
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { runLoad } from "../h2load.js";
import { describeMachine } from "../machine.js";
import { WORKS, type Work } from "../peer.js";
import { KeyValueWire, LOADS } from "../peers/key-value-wire.js";
import { freePort, killWhatRuns, ServerProcess } from "../server-process.js";
import { groupTimes, type Profile } from "./group-times.js";
import { toMarkdown, type WorkTimes } from "./report.js";

const PROJECT = join(import.meta.dirname, "../../..");
const PROGRAM = join(PROJECT, "dist/src/app/cli/kvdb.js");
const RESULTS = join(PROJECT, "bench/results");
const SAMPLE_MICROS = 200;
const SHAPE = { connections: 8, streams: 16 };
const WARM_UP_REQUESTS = 40_000;

async function profile(work: Work, requests: number, directory: string): Promise<WorkTimes> {
  const profiles = join(directory, "profiles");
  const port = await freePort();
  const server = new ServerProcess(
    [
      process.execPath,
      "--cpu-prof",
      `--cpu-prof-dir=${profiles}`,
      `--cpu-prof-interval=${String(SAMPLE_MICROS)}`,
      PROGRAM,
      "serve",
      "--data",
      join(directory, "data"),
      "--listen",
      `127.0.0.1:${String(port)}`,
    ],
    directory,
  );
  const wire = new KeyValueWire(port);
  await server.whenReady(async () => {
    await wire.status();
    return true;
  });
  const load = (what: Work, count: number) =>
    runLoad({ port, load: LOADS[what], shape: SHAPE, requests: count, directory });
  // A Get has something to find, and what is measured is compiled.
  await load("Set", WARM_UP_REQUESTS);
  await load(work, WARM_UP_REQUESTS);
  const startMicros = process.hrtime.bigint() / 1000n;
  const { ratePerSecond, answered } = await load(work, requests);
  const endMicros = process.hrtime.bigint() / 1000n;
  wire.close();
  await server.stop();
  if (answered !== requests) throw new Error(`${String(answered)} of ${String(requests)} answered`);
  const [name] = readdirSync(profiles);
  if (name === undefined) throw new Error("the server wrote no profile");
  const read = JSON.parse(readFileSync(join(profiles, name), "utf8")) as Profile;
  const span = { startMicros: Number(startMicros), endMicros: Number(endMicros) };
  return { work, ratePerSecond, groups: groupTimes(read, span, requests) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { requests: { type: "string", default: "200000" } } });
  const requests = Number(values.requests);
  if (!Number.isInteger(requests) || requests < 1000) {
    throw new Error("--requests: must be a whole number, 1000 or more");
  }
  const directory = mkdtempSync(join(tmpdir(), "kvdb-profile-"));
  try {
    const machine = await describeMachine(directory);
    const times: WorkTimes[] = [];
    for (const work of WORKS) {
      const own = join(directory, work);
      mkdirSync(own);
      times.push(await profile(work, requests, own));
    }
    const report = { startTime: new Date().toISOString(), machine, requests, times };
    writeFileSync(join(RESULTS, "profile.json"), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(RESULTS, "profile.md"), toMarkdown(report));
    process.stdout.write(`${toMarkdown(report)}\nWritten to bench/results/profile.md and .json.\n`);
  } finally {
    killWhatRuns();
    rmSync(directory, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
