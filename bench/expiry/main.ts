/**
 * `make bench-expiry`: how soon expirations are told, at a steady rate and of a multitude that is due at once, on our
 * server and on Redis, in turns and in rounds, and a report of it in bench/results/.
 *
 *     node dist/bench/expiry/main.js [--name expiry] [--rounds 3] [--works spread,at-once] [--rate 10000] [--seconds 60]
 *                                    [--keys 1000000] [--gets 200] [--peers keyvaluedb,redis] [--directory DIR]
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { describeMachine, isInMemory } from "../machine.js";
import { VALUE } from "../peer.js";
import { KEY_BYTES, KEY_COUNT_MAX, type DueKeys } from "./due-keys.js";
import { EXPIRY_PEER_NAMES, EXPIRY_PEERS, type ExpiryPeer, type ExpiryPeerName } from "./peers.js";
import { toExpiryMarkdown, type ExpiryReport } from "./report.js";
import { takeExpiryTurn, WORKS, type ExpiryMeasurement, type ExpiryWork } from "./turn.js";
import { runBench } from "../run-bench.js";

const PROJECT = join(import.meta.dirname, "../../..");

const LASTING_KEYS = 100_000;
const QUIET_MS = 8000;
const MS_PER_SECOND = 1000;
const MICROSECONDS_PER_MS = 1000;

interface Settings {
  readonly name: string;
  readonly rounds: number;
  readonly works: readonly ExpiryWork[];
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly keysAtOnce: number;
  readonly getsPerSecond: number;
  readonly peers: readonly ExpiryPeerName[];
  readonly directory: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      name: { type: "string", default: "expiry" },
      rounds: { type: "string", default: "3" },
      works: { type: "string", default: "spread,at-once" },
      rate: { type: "string", default: "10000" },
      seconds: { type: "string", default: "60" },
      keys: { type: "string", default: "1000000" },
      gets: { type: "string", default: "200" },
      peers: { type: "string", default: EXPIRY_PEER_NAMES.join(",") },
      directory: { type: "string" },
    },
  });
  if (!/^[a-z0-9.-]+$/u.test(values.name)) {
    throw new Error(`--name: ${values.name} is not of lower-case letters, digits, dots and dashes`);
  }
  const whole = (name: "rounds" | "rate" | "seconds" | "keys" | "gets"): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1 && number <= KEY_COUNT_MAX) return number;
    throw new Error(
      `--${name}: must be a whole number from 1 to ${String(KEY_COUNT_MAX)}, not ${values[name]}`,
    );
  };
  const flags = WORKS.map((work) => work.replace(" ", "-"));
  const wanted = values.works.split(",").map((name) => oneOf("works", name, flags));
  const works = WORKS.filter((work) => wanted.includes(work.replace(" ", "-")));
  const peers = values.peers.split(",").map((name) => oneOf("peers", name, EXPIRY_PEER_NAMES));
  const directory = values.directory ?? (isInMemory(tmpdir()) ? join(PROJECT, "dist") : tmpdir());
  if (isInMemory(directory)) {
    throw new Error(`--directory: ${directory} is in memory, not on a disk`);
  }
  const [ratePerSecond, seconds] = [whole("rate"), whole("seconds")];
  if (ratePerSecond * seconds > KEY_COUNT_MAX) {
    throw new Error(`--rate times --seconds: must be at most ${String(KEY_COUNT_MAX)}`);
  }
  return {
    ...{ name: values.name, rounds: whole("rounds"), works, ratePerSecond, seconds },
    ...{ keysAtOnce: whole("keys"), getsPerSecond: whole("gets"), peers, directory },
  };
}

function oneOf<Name extends string>(flag: string, name: string, known: readonly Name[]): Name {
  const found = known.find((each) => each === name);
  if (found !== undefined) return found;
  throw new Error(`--${flag}: ${name} is none of ${known.join(", ")}`);
}

function describe(one: ExpiryMeasurement): string {
  const place = `round ${String(one.round)}  ${one.peer.padEnd(10)}  ${one.work.padEnd(7)}`;
  const { lagP50Ms, lagP99Ms, lagMaxMs, told, untilAllToldMs } = one.tally;
  const ms = (micros: number): string => (micros / MICROSECONDS_PER_MS).toFixed(2);
  const lag = `lag p50 ${String(lagP50Ms)} ms, p99 ${String(lagP99Ms)} ms, max ${String(lagMaxMs)} ms`;
  const gets = `Get p99 ${ms(one.quiet.p99Micros)} ms quiet, ${ms(one.meanwhile.p99Micros)} ms meanwhile`;
  const others = `others ${(one.othersCpuRatio * 100).toFixed(0)} %`;
  const figures = `${String(told)} told in ${(untilAllToldMs / MS_PER_SECOND).toFixed(2)} s, ${lag}; ${gets}; ${one.cpuMicrosPerExpiration.toFixed(1)} µs/expiration; ${others}`;
  return `${place}  ${one.problem === undefined ? figures : `DOES NOT COUNT: ${one.problem}; ${figures}`}`;
}

async function choosePeers(names: readonly ExpiryPeerName[]): Promise<{
  readonly peers: readonly ExpiryPeer[];
  readonly skipped: ExpiryReport["skipped"];
}> {
  const peers: ExpiryPeer[] = [];
  const skipped = EXPIRY_PEER_NAMES.filter((name) => !names.includes(name)).map((name) => ({
    name,
    reason: "it was not asked for",
  }));
  for (const name of names) {
    const reason = await EXPIRY_PEERS[name].reasonToSkip();
    if (reason === undefined) peers.push(EXPIRY_PEERS[name]);
    else skipped.push({ name, reason });
  }
  return { peers, skipped };
}

function dueKeysOf(work: ExpiryWork, settings: Settings): DueKeys {
  const { ratePerSecond, seconds, keysAtOnce } = settings;
  return work === "spread"
    ? { keyCount: ratePerSecond * seconds, spreadMs: seconds * MS_PER_SECOND }
    : { keyCount: keysAtOnce, spreadMs: 0 };
}

async function bench(settings: Settings, directory: string): Promise<ExpiryReport> {
  const startTime = new Date();
  const { name, rounds, works, ratePerSecond, seconds, keysAtOnce, getsPerSecond } = settings;
  const { peers, skipped } = await choosePeers(settings.peers);
  for (const peer of skipped) say(`skipped ${peer.name}: ${peer.reason}`);
  const machine = await describeMachine(directory);
  const measurements: ExpiryMeasurement[] = [];
  const reports = new Map<ExpiryPeerName, ExpiryReport["peers"][number]>();
  const takeTurn = async (round: number, work: ExpiryWork, peer: ExpiryPeer): Promise<void> => {
    const turnDirectory = mkdtempSync(join(directory, `${peer.name}-`));
    const turn = await takeExpiryTurn(peer, {
      ...{ round, work, ...dueKeysOf(work, settings), lastingCount: LASTING_KEYS },
      ...{ quietMs: QUIET_MS, getsPerSecond, directory: turnDirectory },
    });
    measurements.push(turn.measurement);
    say(describe(turn.measurement));
    const command = turn.command.replaceAll(turnDirectory, "DIR").replaceAll(PROJECT, ".");
    const { version } = turn;
    reports.set(peer.name, { name: peer.name, description: peer.description, version, command });
    rmSync(turnDirectory, { recursive: true, force: true });
  };
  for (let round = 1; round <= rounds; round += 1) {
    // Every round begins with another server.
    const first = (round - 1) % peers.length;
    for (const work of works) {
      for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
        await takeTurn(round, work, peer);
      }
    }
  }
  return {
    name,
    startTime: startTime.toISOString(),
    durationSeconds: (Date.now() - startTime.getTime()) / MS_PER_SECOND,
    machine,
    settings: {
      ...{ rounds, ratePerSecond, seconds, keysAtOnce, getsPerSecond, lastingKeys: LASTING_KEYS },
      ...{ keyBytes: KEY_BYTES, valueBytes: VALUE.length },
    },
    peers: peers.flatMap((peer) => reports.get(peer.name) ?? []),
    skipped,
    measurements,
  };
}

runBench({
  readSettings,
  run: async (settings, directory) => {
    const report = await bench(settings, directory);
    const pages = { md: toExpiryMarkdown(report) };
    const isWhole = report.measurements.every(({ problem }) => problem === undefined);
    return { name: report.name, report, pages, isWhole };
  },
});
