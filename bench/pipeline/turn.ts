/**
 * One server's turn in a round: started on an empty directory, filled, measured under each work, stopped. A measurement
 * counts only if every operation was answered right, and the server counts as many where it counts.
 */

import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { WORKS, type Work } from "../peer.js";
import { cpuMicrosOf, machineCpuMicros, residentBytesOf } from "../server-process.js";
import type { LoadOutcome, LoadRequest } from "./load-request.js";
import type { PipelinePeer, PipelinePeerName, RunningPipelinePeer } from "./peers.js";

const run = promisify(execFile);
const LOAD = join(import.meta.dirname, "load.js");
const LOAD_MS_MAX = 300_000;
const MICROSECONDS_PER_MS = 1000;
const COUNT_MS_MAX = 2000;
const COUNT_POLL_MS = 10;

const PROBE_SEED = 77;

/** For a server that keeps nothing, and so needs no filling. */
const WARM_UP_OPERATIONS = 100_000;

export interface PipelineShape {
  readonly connections: number;
  readonly depth: number;
}

export interface PipelineMeasurement {
  readonly peer: PipelinePeerName;
  readonly round: number;
  readonly work: Work;
  readonly operations: number;
  readonly ratePerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** CPU time of the server alone, user and system, and of the load. */
  readonly cpuMicrosPerOperation: number;
  readonly loadCpuMicrosPerOperation: number;
  /** The share of the machine's processors that neither used. */
  readonly othersCpuRatio: number;
  readonly residentBytes: number;
  /** Why it does not count. */
  readonly problem: string | undefined;
}

export interface PipelineTurnOptions extends PipelineShape {
  readonly round: number;
  readonly keyCount: number;
  readonly seconds: number;
  readonly directory: string;
  readonly onMeasurement: (measurement: PipelineMeasurement) => void;
}

export interface PipelineTurn {
  readonly version: string;
  readonly command: string;
}

export async function takePipelineTurn(
  peer: PipelinePeer,
  options: PipelineTurnOptions,
): Promise<PipelineTurn> {
  const server = await peer.start(options.directory);
  const load = (more: Partial<LoadRequest>): Promise<LoadOutcome> =>
    runLoad({
      protocol: peer.protocol,
      port: server.port,
      connections: options.connections,
      depth: options.depth,
      keyCount: options.keyCount,
      work: "Set",
      operations: 1,
      warmUpOperations: 0,
      isFill: false,
      seed: options.round,
      ...more,
    });
  try {
    const fill = await load({
      // Whoever sets later, what is there was set in the cheapest way.
      protocol: peer.protocol === "resp" ? "resp" : "pipeline",
      operations: peer.keepsData ? options.keyCount : WARM_UP_OPERATIONS,
      isFill: true,
    });
    for (const [index, work] of WORKS.entries()) {
      // About a second of it first, to know how much makes up the time.
      const probe = await load({
        work,
        operations: Math.ceil(fill.ratePerSecond),
        seed: PROBE_SEED,
      });
      const operations = Math.ceil(probe.ratePerSecond * options.seconds);
      const warmUpOperations = Math.ceil(probe.ratePerSecond);
      // Else Gets would follow the Sets before them, key by key.
      const seed = options.round * WORKS.length + index;
      const measured = await measure(server, work, () =>
        load({ work, operations, warmUpOperations, seed }),
      );
      options.onMeasurement({ peer: peer.name, round: options.round, work, ...measured });
    }
    return { version: server.version, command: server.command };
  } finally {
    await server.stop();
  }
}

async function measure(
  server: RunningPipelinePeer,
  work: Work,
  load: () => Promise<LoadOutcome>,
): Promise<Omit<PipelineMeasurement, "peer" | "round" | "work">> {
  const countBefore = await server.successCount(work);
  const atMs = performance.now();
  const serverBefore = cpuMicrosOf(server.pid);
  const machineBefore = machineCpuMicros();
  const outcome = await load();
  const serverMicros = cpuMicrosOf(server.pid) - serverBefore;
  const machineMicros = machineCpuMicros() - machineBefore;
  const elapsedMicros = (performance.now() - atMs) * MICROSECONDS_PER_MS;
  const residentBytes = residentBytesOf(server.pid);
  const { operations } = outcome;
  const others = machineMicros - serverMicros - outcome.cpuMicros;
  return {
    operations,
    ratePerSecond: outcome.ratePerSecond,
    p50Micros: outcome.p50Micros,
    p99Micros: outcome.p99Micros,
    cpuMicrosPerOperation: serverMicros / operations,
    loadCpuMicrosPerOperation: outcome.cpuMicros / operations,
    othersCpuRatio: Math.max(0, others / (elapsedMicros * availableParallelism())),
    residentBytes,
    problem: pipelineProblemOf(
      outcome,
      await countSince(server, work, { countBefore, operations }),
    ),
  };
}

export function pipelineProblemOf(
  { operations, succeeded }: Pick<LoadOutcome, "operations" | "succeeded">,
  count: number,
): string | undefined {
  if (succeeded !== operations) {
    return `only ${String(succeeded)} of ${String(operations)} operations were answered right`;
  }
  if (count === operations) return undefined;
  return `the server counts ${String(count)} successes of ${String(operations)} operations`;
}

/** A server may count an operation just after it answered it. */
async function countSince(
  server: RunningPipelinePeer,
  work: Work,
  { countBefore, operations }: { readonly countBefore: number; readonly operations: number },
): Promise<number> {
  const deadlineMs = performance.now() + COUNT_MS_MAX;
  for (;;) {
    const count = (await server.successCount(work)) - countBefore;
    if (count >= operations || performance.now() > deadlineMs) return count;
    await sleep(COUNT_POLL_MS);
  }
}

async function runLoad(request: LoadRequest): Promise<LoadOutcome> {
  const { stdout } = await run(process.execPath, [LOAD, JSON.stringify(request)], {
    timeout: LOAD_MS_MAX,
  });
  return JSON.parse(stdout) as LoadOutcome;
}
