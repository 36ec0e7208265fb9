/** One measurement: a load, and what each thread of the server spent on it. */

import { setTimeout as sleep } from "node:timers/promises";

import { runLoad, type Shape } from "../h2load.js";
import { problemOf } from "../measure.js";
import type { Work } from "../peer.js";
import { LOADS } from "../peers/key-value-wire.js";
import { cpuMicrosOf, threadCpuMicrosOf } from "../server-process.js";
import type { Mode, RunningThreads } from "./threads-peer.js";

export interface Trial {
  readonly mode: Mode;
  readonly round: number;
  readonly work: Work;
  readonly shape: Shape;
  readonly requests: number;
  readonly ratePerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** CPU time for each call. Of the thread with the store, which does everything where it is the only one. */
  readonly engineMicros: number;
  /** Of the thread with gRPC. */
  readonly frontEndMicros: number;
  /** Of all other threads: libuv's pool, which syncs; V8's helpers. */
  readonly otherMicros: number;
  /** Why it does not count. Undefined: every request was seen to succeed. */
  readonly problem: string | undefined;
}

export interface Wanted {
  readonly work: Work;
  readonly shape: Shape;
  readonly seconds: number;
  readonly directory: string;
}

const PROBE_REQUESTS_PER_STREAM = 20;
const PROBE_REQUESTS_MIN = 1000;
/** A server may count a call just after it answered it. */
const SETTLE_MS = 50;

export async function measure(
  server: RunningThreads,
  wanted: Wanted,
): Promise<Omit<Trial, "mode" | "round">> {
  const { work, shape, directory } = wanted;
  const requests = await requestsFor(server, wanted);
  const replyBytes = work === "Get" ? await server.getReplyBytes() : undefined;
  const countBefore = await server.transactionCount();
  const before = readCpu(server);
  const load = { port: server.port, load: LOADS[work], shape, requests, directory };
  const result = await runLoad(load);
  const after = readCpu(server);
  await sleep(SETTLE_MS);
  const count = work === "Set" ? (await server.transactionCount()) - countBefore : undefined;
  const each = (part: keyof typeof before): number => (after[part] - before[part]) / requests;
  const engineMicros = each("engine");
  const frontEndMicros = each("frontEnd");
  return {
    work,
    shape,
    requests,
    ratePerSecond: result.ratePerSecond,
    p50Micros: result.p50Micros,
    p99Micros: result.p99Micros,
    engineMicros,
    frontEndMicros,
    otherMicros: each("all") - engineMicros - frontEndMicros,
    problem: problemOf(result, { count, replyBytes }),
  };
}

function readCpu({ pid, threads }: RunningThreads) {
  const { engine, frontEnd } = threads;
  return {
    all: cpuMicrosOf(pid),
    engine: threadCpuMicrosOf(pid, engine),
    frontEnd: frontEnd === undefined ? 0 : threadCpuMicrosOf(pid, frontEnd),
  };
}

/** So many that they take about as long as is wanted; they warm the server up, too. */
async function requestsFor(server: RunningThreads, wanted: Wanted): Promise<number> {
  const { work, shape, seconds, directory } = wanted;
  const streams = shape.connections * shape.streams;
  const requests = Math.max(PROBE_REQUESTS_MIN, streams * PROBE_REQUESTS_PER_STREAM);
  const load = { port: server.port, load: LOADS[work], shape, requests, directory };
  const probe = await runLoad(load);
  const perConnection = Math.ceil((probe.ratePerSecond * seconds) / shape.connections);
  return perConnection * shape.connections;
}
