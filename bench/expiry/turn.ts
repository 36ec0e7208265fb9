/**
 * One server's turn: started on an empty directory, filled with keys that fall due, watched while they do, stopped. A
 * measurement counts only if each expiration was told once, in order and not early, and the server has no such key left.
 */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { cpuMicrosOf, machineCpuMicros, residentBytesOf } from "../server-process.js";
import { percentile } from "../statistics.js";
import type { DueKeys } from "./due-keys.js";
import { LoadProcess } from "./load-process.js";
import type { ExpiryLoadLine, ExpiryLoadRequest, TrickleOutcome } from "./load-request.js";
import type { ExpiryPeer, ExpiryPeerName, RunningExpiryPeer } from "./peers.js";
import { tallyProblemOf, type TallyOutcome } from "./tally.js";

const LOAD = join(import.meta.dirname, "load.js");
const TRICKLE = join(import.meta.dirname, "trickle.js");
const MICROSECONDS_PER_MS = 1000;

/** Gets of the first so many milliseconds are not counted: their code is not compiled yet. */
const WARM_UP_MS = 2000;
const RESIDENT_POLL_MS = 100;

export const WORKS = ["spread", "at once"] as const;
/** Deadlines that lie evenly over a time, or a single one for all keys. */
export type ExpiryWork = (typeof WORKS)[number];

export interface ExpiryMeasurement {
  readonly peer: ExpiryPeerName;
  readonly round: number;
  readonly work: ExpiryWork;
  readonly setsPerSecond: number;
  readonly tally: TallyOutcome;
  /** Of Gets before anything fell due, and from the first deadline until the last was told. */
  readonly quiet: GetFigures;
  readonly meanwhile: GetFigures;
  /** CPU time of the server from the first deadline on. */
  readonly cpuMicrosPerExpiration: number;
  readonly residentBytesMax: number;
  /** The share of the machine's processors that neither server nor load used. */
  readonly othersCpuRatio: number;
  /** Why it does not count. */
  readonly problem: string | undefined;
}

export interface GetFigures {
  readonly count: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly maxMicros: number;
}

export interface ExpiryTurnOptions extends DueKeys {
  readonly round: number;
  readonly work: ExpiryWork;
  readonly lastingCount: number;
  readonly quietMs: number;
  readonly getsPerSecond: number;
  readonly directory: string;
}

export interface ExpiryTurn {
  readonly version: string;
  readonly command: string;
  readonly measurement: ExpiryMeasurement;
}

type Filled = Extract<ExpiryLoadLine, { kind: "filled" }>;
type Told = Extract<ExpiryLoadLine, { kind: "told" }>;

export async function takeExpiryTurn(
  peer: ExpiryPeer,
  options: ExpiryTurnOptions,
): Promise<ExpiryTurn> {
  const { keyCount, spreadMs, lastingCount, quietMs, getsPerSecond, round, work } = options;
  const server = await peer.start(options.directory);
  const asked = { protocol: peer.protocol, port: server.port, lastingCount };
  const request: ExpiryLoadRequest = { ...asked, keyCount, spreadMs, quietMs };
  const load = new LoadProcess(LOAD, request);
  let trickle: LoadProcess | undefined;
  try {
    const filled = (await load.next()) as Filled;
    trickle = new LoadProcess(TRICKLE, { ...asked, ratePerSecond: getsPerSecond });
    const watched = await watch(server, filled, { load, trickle });
    trickle.endInput();
    const gets = (await trickle.next()) as TrickleOutcome;
    const keysLeft = await server.keyCount();
    const { tally } = watched.told;
    const measurement: ExpiryMeasurement = {
      ...{ peer: peer.name, round, work, tally, setsPerSecond: filled.setsPerSecond },
      quiet: figuresBetween(gets, filled.filledMs + WARM_UP_MS, filled.dueFromMs),
      meanwhile: figuresBetween(gets, filled.dueFromMs, filled.dueFromMs + tally.untilAllToldMs),
      cpuMicrosPerExpiration: watched.serverMicros / tally.expected,
      residentBytesMax: watched.residentBytesMax,
      othersCpuRatio: watched.othersCpuRatio,
      problem: expiryProblemOf({ tally, filled, gets, quietMs, keysLeft, lastingCount }),
    };
    return { version: server.version, command: server.command, measurement };
  } finally {
    await trickle?.stop();
    await load.stop();
    await server.stop();
  }
}

interface Watched {
  readonly told: Told;
  readonly serverMicros: number;
  readonly residentBytesMax: number;
  readonly othersCpuRatio: number;
}

/** From the first deadline until the last was told. */
async function watch(
  { pid }: RunningExpiryPeer,
  { dueFromMs }: Filled,
  { load, trickle }: { readonly load: LoadProcess; readonly trickle: LoadProcess },
): Promise<Watched> {
  await sleep(Math.max(0, dueFromMs - Date.now()));
  const atMs = performance.now();
  const ofLoad = (): number => cpuMicrosOf(load.pid) + cpuMicrosOf(trickle.pid);
  const [serverBefore, loadBefore, machineBefore] = [
    cpuMicrosOf(pid),
    ofLoad(),
    machineCpuMicros(),
  ];
  let residentBytesMax = 0;
  const poll = setInterval(() => {
    residentBytesMax = Math.max(residentBytesMax, residentBytesOf(pid));
  }, RESIDENT_POLL_MS);
  try {
    const told = (await load.next()) as Told;
    const serverMicros = cpuMicrosOf(pid) - serverBefore;
    const others = machineCpuMicros() - machineBefore - serverMicros - (ofLoad() - loadBefore);
    const elapsedMicros = (performance.now() - atMs) * MICROSECONDS_PER_MS;
    return {
      told,
      serverMicros,
      residentBytesMax: Math.max(residentBytesMax, residentBytesOf(pid)),
      othersCpuRatio: Math.max(0, others / (elapsedMicros * availableParallelism())),
    };
  } finally {
    clearInterval(poll);
  }
}

/** Of the Gets that were sent in that time; NaN where there were none. */
export function figuresBetween(
  { sentMs, micros }: Pick<TrickleOutcome, "sentMs" | "micros">,
  fromMs: number,
  toMs: number,
): GetFigures {
  const taken = Float64Array.from(
    micros.filter((_, index) => {
      const at = sentMs[index] ?? 0;
      return at >= fromMs && at <= toMs;
    }),
  ).sort();
  const at = (ratio: number): number =>
    taken.length === 0 ? Number.NaN : percentile(taken, ratio);
  return { count: taken.length, p50Micros: at(0.5), p99Micros: at(0.99), maxMicros: at(1) };
}

interface Seen {
  readonly tally: TallyOutcome;
  readonly filled: Pick<Filled, "filledMs" | "dueFromMs" | "failed">;
  readonly gets: Pick<TrickleOutcome, "failed">;
  readonly quietMs: number;
  readonly keysLeft: number;
  readonly lastingCount: number;
}

export function expiryProblemOf(seen: Seen): string | undefined {
  const { tally, filled, gets, quietMs, keysLeft, lastingCount } = seen;
  if (filled.failed > 0) return `${String(filled.failed)} Sets were not answered right`;
  if (filled.dueFromMs - filled.filledMs < quietMs) {
    return "the first deadline came before it had been quiet for long enough";
  }
  if (gets.failed > 0) return `${String(gets.failed)} Gets were not answered right`;
  const problem = tallyProblemOf(tally);
  if (problem !== undefined || keysLeft === lastingCount) return problem;
  return `the server has ${String(keysLeft)} keys where ${String(lastingCount)} are left`;
}
