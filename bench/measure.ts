/**
 * One server's turn in a round: started on an empty directory, warmed up, measured under each work and
 * shape, stopped. A measurement counts only if the server did what the load says it was asked to do.
 */

import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { grpcFrameBytes } from "./grpc-frame.js";
import { runLoad, type LoadResult, type Shape } from "./h2load.js";
import { WORKS, type Peer, type PeerName, type RunningPeer, type Work } from "./peer.js";
import { cpuMicrosOf, machineCpuMicros, ownCpuMicros, residentBytesOf } from "./server-process.js";

export interface Measurement {
  readonly peer: PeerName;
  readonly round: number;
  readonly work: Work;
  readonly shape: Shape;
  readonly requests: number;
  readonly ratePerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** CPU time of the server alone, user and system. */
  readonly cpuMicrosPerOperation: number;
  /** The share of the machine's processors that neither the server nor the client used: 0 is a quiet machine. */
  readonly othersCpuRatio: number;
  /** Of the server, right after the load. */
  readonly residentBytes: number;
  /** Why it does not count. Undefined: every request was seen to succeed. */
  readonly problem: string | undefined;
}

export interface TurnOptions {
  readonly round: number;
  readonly shapes: readonly Shape[];
  /** How long each measurement is to take, about. */
  readonly seconds: number;
  /** An empty directory of this turn's own. */
  readonly directory: string;
  /** Called with each measurement as it is made. */
  readonly onMeasurement: (measurement: Measurement) => void;
}

export interface Turn {
  readonly version: string;
  readonly command: string;
}

const WARM_UP_SECONDS = 0.7;
/** So many requests tell how many make up the wanted time. */
const PROBE_REQUESTS_PER_STREAM = 10;
const PROBE_REQUESTS_MIN = 500;
const COUNT_MS_MAX = 2000;
const COUNT_POLL_MS = 10;
const MICROSECONDS_PER_MS = 1000;

const WARM_UP_SHAPE: Shape = { connections: 8, streams: 16 };

export async function takeTurn(peer: Peer, options: TurnOptions): Promise<Turn> {
  const server = await peer.start(options.directory);
  try {
    for (const work of WORKS) {
      await loadFor(server, { work, shape: WARM_UP_SHAPE, seconds: WARM_UP_SECONDS }, options);
    }
    for (const work of WORKS) {
      for (const shape of options.shapes) {
        const wanted = { work, shape, seconds: options.seconds };
        const measured = await measure(server, wanted, options);
        const { round } = options;
        options.onMeasurement({ peer: peer.name, round, work, shape, ...measured });
      }
    }
    return { version: server.version, command: server.command };
  } finally {
    await server.stop();
  }
}

interface Wanted {
  readonly work: Work;
  readonly shape: Shape;
  readonly seconds: number;
}

type Measured = Omit<Measurement, "peer" | "round" | "work" | "shape">;

async function measure(
  server: RunningPeer,
  wanted: Wanted,
  options: TurnOptions,
): Promise<Measured> {
  const { work, shape } = wanted;
  const requests = await requestsFor(server, wanted, options);
  const replyBytes = await server.replyBytes(work);
  const countBefore = await server.successCount(work);
  const cpuBefore = readCpu(server);
  const load = server.load(work);
  const { directory } = options;
  const result = await runLoad({ port: server.port, load, shape, requests, directory });
  const cpu = readCpu(server);
  const residentBytes = residentBytesOf(server.pid);
  const count = (await settledCount(server, work, countBefore + requests)) - countBefore;
  return {
    requests,
    ratePerSecond: result.ratePerSecond,
    p50Micros: result.p50Micros,
    p99Micros: result.p99Micros,
    cpuMicrosPerOperation: (cpu.serverMicros - cpuBefore.serverMicros) / requests,
    othersCpuRatio: othersCpuRatio(cpuBefore, cpu),
    residentBytes,
    problem: problemOf(result, { count, replyBytes }),
  };
}

interface CpuReading {
  readonly atMicros: number;
  readonly machineMicros: number;
  readonly clientMicros: number;
  readonly serverMicros: number;
}

function readCpu(server: RunningPeer): CpuReading {
  return {
    atMicros: performance.now() * MICROSECONDS_PER_MS,
    machineMicros: machineCpuMicros(),
    clientMicros: ownCpuMicros(),
    serverMicros: cpuMicrosOf(server.pid),
  };
}

function othersCpuRatio(before: CpuReading, after: CpuReading): number {
  const ours =
    after.serverMicros - before.serverMicros + (after.clientMicros - before.clientMicros);
  const others = after.machineMicros - before.machineMicros - ours;
  // The readings are as coarse as a tick each, so nothing at all may come out a little below.
  return Math.max(0, others / ((after.atMicros - before.atMicros) * availableParallelism()));
}

export interface Evidence {
  /** By how many the server's own count of successes grew. Undefined: it does not count them. */
  readonly count: number | undefined;
  /** The length of the message in each right reply. Undefined: it varies. */
  readonly replyBytes: number | undefined;
}

/** h2load does not see grpc-status, so an answer is no success yet. */
export function problemOf(result: LoadResult, evidence: Evidence): string | undefined {
  const { count, replyBytes } = evidence;
  const requests = String(result.requests);
  if (result.answered !== result.requests) {
    return `only ${String(result.answered)} of ${requests} requests were answered`;
  }
  if (count === undefined && replyBytes === undefined) return "nothing shows that it succeeded";
  if (count !== undefined && count !== result.requests) {
    return `the server counts ${String(count)} successes of ${requests} requests`;
  }
  if (replyBytes === undefined) return undefined;
  const expected = result.requests * grpcFrameBytes(replyBytes);
  if (result.dataBytes === expected) return undefined;
  return `${String(result.dataBytes)} bytes of replies came where ${String(expected)} were due`;
}

/** A server may count a call just after it answered it. */
async function settledCount(server: RunningPeer, work: Work, expected: number): Promise<number> {
  const deadlineMs = performance.now() + COUNT_MS_MAX;
  for (;;) {
    const count = await server.successCount(work);
    if (count >= expected || performance.now() > deadlineMs) return count;
    await sleep(COUNT_POLL_MS);
  }
}

/** A load of so many seconds, whose figures nobody looks at. */
async function loadFor(server: RunningPeer, wanted: Wanted, options: TurnOptions): Promise<void> {
  const { work, shape } = wanted;
  const requests = await requestsFor(server, wanted, options);
  const { directory } = options;
  await runLoad({ port: server.port, load: server.load(work), shape, requests, directory });
}

async function requestsFor(
  server: RunningPeer,
  { work, shape, seconds }: Wanted,
  { directory }: TurnOptions,
): Promise<number> {
  const streams = shape.connections * shape.streams;
  const probe = await runLoad({
    port: server.port,
    load: server.load(work),
    shape,
    requests: Math.max(PROBE_REQUESTS_MIN, streams * PROBE_REQUESTS_PER_STREAM),
    directory,
  });
  // Each connection gets the same number, so that none is left to finish alone.
  const perConnection = Math.ceil((probe.ratePerSecond * seconds) / shape.connections);
  return perConnection * shape.connections;
}
