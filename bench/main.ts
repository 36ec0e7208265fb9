/**
 * `make bench`: our server, its ceiling, grpc-js and etcd under the same unary load, in turns and in rounds, and a
 * report of it in bench/results/.
 *
 *     node dist/bench/main.js [--name unary] [--rounds 3] [--seconds 1.8] [--peers keyvaluedb,ceiling,grpc-js,etcd]
 *                             [--directory DIR]
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { toChart } from "./chart.js";
import { h2loadVersion, type Shape } from "./h2load.js";
import { describeMachine, isInMemory } from "./machine.js";
import { takeTurn, type Measurement } from "./measure.js";
import { KEY, PEER_NAMES, VALUE, type Peer, type PeerName } from "./peer.js";
import { CEILING_PEER, GRPC_JS_PEER } from "./peers/ceiling-peer.js";
import { ETCD_PEER } from "./peers/etcd-peer.js";
import { KVDB_PEER } from "./peers/kvdb-peer.js";
import { shapeName, toMarkdown, type PeerReport, type Report } from "./report.js";
import { runBench } from "./run-bench.js";
import { summarize } from "./summary.js";

const PEERS: Readonly<Record<PeerName, Peer>> = {
  keyvaluedb: KVDB_PEER,
  ceiling: CEILING_PEER,
  "grpc-js": GRPC_JS_PEER,
  etcd: ETCD_PEER,
};

const SHAPES: readonly Shape[] = [
  { connections: 8, streams: 16 },
  { connections: 50, streams: 1 },
  { connections: 1, streams: 1 },
];

const PROJECT = join(import.meta.dirname, "../..");
const ROUNDS_MAX = 100;
const SECONDS_MAX = 600;

interface Settings {
  readonly name: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly peers: readonly PeerName[];
  /** Where the servers keep their data: a directory on a disk. */
  readonly directory: string;
}

type Skipped = Report["skipped"][number];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      name: { type: "string", default: "unary" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "1.8" },
      peers: { type: "string", default: PEER_NAMES.join(",") },
      directory: { type: "string" },
    },
  });
  if (!/^[a-z0-9.-]+$/u.test(values.name)) {
    throw new Error(`--name: ${values.name} is not of lower-case letters, digits, dots and dashes`);
  }
  const rounds = numberFrom("rounds", values.rounds, { min: 1, max: ROUNDS_MAX });
  const seconds = numberFrom("seconds", values.seconds, { min: 0.1, max: SECONDS_MAX });
  if (!Number.isInteger(rounds)) throw new Error("--rounds: must be a whole number");
  const peers = values.peers.split(",").map((name) => {
    const peer = PEER_NAMES.find((known) => known === name);
    if (peer === undefined) throw new Error(`--peers: ${name} is none of ${PEER_NAMES.join(", ")}`);
    return peer;
  });
  const directory = values.directory ?? (isInMemory(tmpdir()) ? join(PROJECT, "dist") : tmpdir());
  if (isInMemory(directory))
    throw new Error(`--directory: ${directory} is in memory, not on a disk`);
  return { name: values.name, rounds, seconds, peers, directory };
}

function numberFrom(
  name: string,
  value: string,
  bounds: { readonly min: number; readonly max: number },
): number {
  const number = Number(value);
  if (number >= bounds.min && number <= bounds.max) return number;
  throw new Error(
    `--${name}: must be from ${String(bounds.min)} to ${String(bounds.max)}, not ${value}`,
  );
}

async function choosePeers(
  names: readonly PeerName[],
): Promise<{ readonly peers: readonly Peer[]; readonly skipped: readonly Skipped[] }> {
  const peers: Peer[] = [];
  const skipped: Skipped[] = PEER_NAMES.filter((name) => !names.includes(name)).map((name) => ({
    name,
    reason: "it was not asked for",
  }));
  for (const name of names) {
    const reason = await PEERS[name].reasonToSkip();
    if (reason === undefined) peers.push(PEERS[name]);
    else skipped.push({ name, reason });
  }
  return { peers, skipped };
}

/** Every round begins with another server, so that none is always the one after a pause. */
function turnsOf(peers: readonly Peer[], round: number): readonly Peer[] {
  const first = (round - 1) % peers.length;
  return [...peers.slice(first), ...peers.slice(0, first)];
}

function describe(measurement: Measurement): string {
  const { peer, round, work, shape, ratePerSecond, p50Micros, p99Micros, problem } = measurement;
  const others = `others ${(measurement.othersCpuRatio * 100).toFixed(0)} %`;
  const figures = `${ratePerSecond.toFixed(0)}/s, p50 ${p50Micros.toFixed(0)} µs, p99 ${p99Micros.toFixed(0)} µs, ${others}`;
  const place = `round ${String(round)}  ${peer.padEnd(10)}  ${work}  ${shapeName(shape).padEnd(6)}`;
  return `${place}  ${problem === undefined ? figures : `DOES NOT COUNT: ${problem}`}`;
}

async function bench(settings: Settings, directory: string): Promise<Report> {
  const startTime = new Date();
  const { peers, skipped } = await choosePeers(settings.peers);
  for (const { name, reason } of skipped) say(`skipped ${name}: ${reason}`);
  const machine = await describeMachine(directory);
  const measurements: Measurement[] = [];
  const reports = new Map<PeerName, PeerReport>();
  for (let round = 1; round <= settings.rounds; round += 1) {
    for (const peer of turnsOf(peers, round)) {
      const turnDirectory = mkdtempSync(join(directory, `${peer.name}-`));
      const turn = await takeTurn(peer, {
        round,
        shapes: SHAPES,
        seconds: settings.seconds,
        directory: turnDirectory,
        onMeasurement: (measurement) => {
          measurements.push(measurement);
          say(describe(measurement));
        },
      });
      const command = turn.command.replaceAll(turnDirectory, "DIR").replaceAll(PROJECT, ".");
      const { name, description } = peer;
      reports.set(name, { name, description, version: turn.version, command });
      rmSync(turnDirectory, { recursive: true, force: true });
    }
  }
  const names = peers.map(({ name }) => name);
  return {
    name: settings.name,
    startTime: startTime.toISOString(),
    durationSeconds: (Date.now() - startTime.getTime()) / 1000,
    machine,
    settings: {
      rounds: settings.rounds,
      secondsPerMeasurement: settings.seconds,
      keyBytes: Buffer.byteLength(KEY),
      valueBytes: VALUE.length,
      shapes: SHAPES,
    },
    peers: names.flatMap((name) => reports.get(name) ?? []),
    skipped,
    summary: summarize(measurements, SHAPES, names),
    measurements,
  };
}

runBench({
  readSettings,
  run: async (settings, directory) => {
    await h2loadVersion().catch((cause: unknown) => {
      throw new Error("h2load is not installed; in Debian it is in nghttp2-client", { cause });
    });
    const report = await bench(settings, directory);
    const pages = { md: toMarkdown(report, `${report.name}.svg`), svg: toChart(report) };
    const isWhole = report.measurements.every(({ problem }) => problem === undefined);
    return { name: report.name, report, pages, isWhole };
  },
});
