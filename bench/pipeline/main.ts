/**
 * The second half of `make bench`: pipelined load on our server, on one that does nothing, and on Redis, in turns and in
 * rounds, and a report of it in bench/results/.
 *
 *     node dist/bench/pipeline/main.js [--name pipeline] [--rounds 3] [--seconds 3] [--keys 1000000]
 *                                      [--connections 8] [--depth 128] [--peers keyvaluedb,ceiling,redis] [--directory DIR]
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { describeMachine, isInMemory } from "../machine.js";
import { VALUE } from "../peer.js";
import { KEY_BYTES } from "./load-request.js";
import {
  PIPELINE_PEER_NAMES,
  PIPELINE_PEERS,
  type PipelinePeer,
  type PipelinePeerName,
} from "./peers.js";
import {
  summarizePipelines,
  toPipelineChart,
  toPipelineMarkdown,
  type PipelinePeerReport,
  type PipelineReport,
} from "./report.js";
import { takePipelineTurn, type PipelineMeasurement } from "./turn.js";
import { runBench } from "../run-bench.js";

/** The typed client beside its stream is a bench of its own, `make bench-client`. */
const DEFAULT_PEERS: readonly PipelinePeerName[] = ["keyvaluedb", "ceiling", "redis"];

const PROJECT = join(import.meta.dirname, "../../..");

interface Settings {
  readonly name: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly keyCount: number;
  readonly connections: number;
  readonly depth: number;
  readonly peers: readonly PipelinePeerName[];
  readonly directory: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      name: { type: "string", default: "pipeline" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      keys: { type: "string", default: "1000000" },
      connections: { type: "string", default: "8" },
      depth: { type: "string", default: "128" },
      peers: { type: "string", default: DEFAULT_PEERS.join(",") },
      directory: { type: "string" },
    },
  });
  if (!/^[a-z0-9.-]+$/u.test(values.name)) {
    throw new Error(`--name: ${values.name} is not of lower-case letters, digits, dots and dashes`);
  }
  const whole = (name: "rounds" | "seconds" | "keys" | "connections" | "depth"): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1 && number <= 1e8) return number;
    throw new Error(`--${name}: must be a whole number from 1 on, not ${values[name]}`);
  };
  const peers = values.peers.split(",").map((name) => {
    const peer = PIPELINE_PEER_NAMES.find((known) => known === name);
    if (peer !== undefined) return peer;
    throw new Error(`--peers: ${name} is none of ${PIPELINE_PEER_NAMES.join(", ")}`);
  });
  const directory = values.directory ?? (isInMemory(tmpdir()) ? join(PROJECT, "dist") : tmpdir());
  if (isInMemory(directory)) {
    throw new Error(`--directory: ${directory} is in memory, not on a disk`);
  }
  return {
    name: values.name,
    rounds: whole("rounds"),
    seconds: whole("seconds"),
    keyCount: whole("keys"),
    connections: whole("connections"),
    depth: whole("depth"),
    peers,
    directory,
  };
}

function describe(one: PipelineMeasurement): string {
  const { peer, round, work, ratePerSecond, p50Micros, p99Micros, problem } = one;
  const cpu = `server ${one.cpuMicrosPerOperation.toFixed(1)} µs/op, load ${one.loadCpuMicrosPerOperation.toFixed(1)} µs/op`;
  const others = `others ${(one.othersCpuRatio * 100).toFixed(0)} %`;
  const figures = `${ratePerSecond.toFixed(0)}/s, p50 ${p50Micros.toFixed(0)} µs, p99 ${p99Micros.toFixed(0)} µs, ${cpu}, ${others}`;
  const place = `round ${String(round)}  ${peer.padEnd(19)}  ${work}`;
  return `${place}  ${problem === undefined ? figures : `DOES NOT COUNT: ${problem}`}`;
}

async function choosePeers(names: readonly PipelinePeerName[]): Promise<{
  readonly peers: readonly PipelinePeer[];
  readonly skipped: PipelineReport["skipped"];
}> {
  const peers: PipelinePeer[] = [];
  const skipped = DEFAULT_PEERS.filter((name) => !names.includes(name)).map((name) => ({
    name,
    reason: "it was not asked for",
  }));
  for (const name of names) {
    const reason = await PIPELINE_PEERS[name].reasonToSkip();
    if (reason === undefined) peers.push(PIPELINE_PEERS[name]);
    else skipped.push({ name, reason });
  }
  return { peers, skipped };
}

async function bench(settings: Settings, directory: string): Promise<PipelineReport> {
  const startTime = new Date();
  const { name, rounds, seconds, keyCount, connections, depth } = settings;
  const { peers, skipped } = await choosePeers(settings.peers);
  for (const peer of skipped) say(`skipped ${peer.name}: ${peer.reason}`);
  const machine = await describeMachine(directory);
  const measurements: PipelineMeasurement[] = [];
  const reports = new Map<PipelinePeerName, PipelinePeerReport>();
  for (let round = 1; round <= rounds; round += 1) {
    // Every round begins with another server.
    const first = (round - 1) % peers.length;
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
      const turnDirectory = mkdtempSync(join(directory, `${peer.name}-`));
      const turn = await takePipelineTurn(peer, {
        ...{ round, seconds, keyCount, connections, depth },
        directory: turnDirectory,
        onMeasurement: (measurement) => {
          measurements.push(measurement);
          say(describe(measurement));
        },
      });
      const command = turn.command.replaceAll(turnDirectory, "DIR").replaceAll(PROJECT, ".");
      const { version } = turn;
      reports.set(peer.name, { name: peer.name, description: peer.description, version, command });
      rmSync(turnDirectory, { recursive: true, force: true });
    }
  }
  const names = peers.map((peer) => peer.name);
  return {
    name,
    startTime: startTime.toISOString(),
    durationSeconds: (Date.now() - startTime.getTime()) / 1000,
    machine,
    settings: {
      ...{ rounds, secondsPerMeasurement: seconds, keyCount, connections, depth },
      keyBytes: KEY_BYTES,
      valueBytes: VALUE.length,
    },
    peers: names.flatMap((peer) => reports.get(peer) ?? []),
    skipped,
    summary: summarizePipelines(measurements, names),
    measurements,
  };
}

runBench({
  readSettings,
  run: async (settings, directory) => {
    const report = await bench(settings, directory);
    const pages = {
      md: toPipelineMarkdown(report, `${report.name}.svg`),
      svg: toPipelineChart(report),
    };
    const isWhole = report.measurements.every(({ problem }) => problem === undefined);
    return { name: report.name, report, pages, isWhole };
  },
});
