/** One column's turn in a round: a server started on an empty directory, loaded, measured under each workload, stopped. */

import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import type { RunningPeer } from "../peer.js";
import { cpuMicrosOf, machineCpuMicros, residentBytesOf } from "../server-process.js";
import { ycsbProblemOf, type Column, type ColumnName, type Counts } from "./columns.js";
import type { KindFigures, YcsbLoadOutcome, YcsbLoadRequest } from "./load-request.js";
import { WORKLOAD_ORDER, type WorkloadName } from "./workloads.js";

const run = promisify(execFile);
const LOAD = join(import.meta.dirname, "load.js");
const LOAD_MS_MAX = 300_000;
const LOAD_OUTPUT_BYTES_MAX = 1024 * 1024;
/** Enough of them for a quick load, whatever the workloads have. */
const LOAD_CLIENTS = 64;
const COUNT_MS_MAX = 2000;
const COUNT_POLL_MS = 10;
const MICROSECONDS_PER_MS = 1000;

export interface YcsbShape {
  readonly recordCount: number;
  readonly clients: number;
  readonly connections: number;
  readonly seconds: number;
  readonly workloads: readonly WorkloadName[];
}

export interface YcsbMeasurement {
  readonly column: ColumnName;
  readonly round: number;
  readonly work: "load" | WorkloadName;
  readonly operations: number;
  readonly ratePerSecond: number;
  readonly kinds: readonly KindFigures[];
  readonly conflicts: number;
  /** Records when it ended. */
  readonly recordCount: number;
  /** CPU time of the server, the warm-up included, over all operations. */
  readonly cpuMicrosPerOperation: number;
  readonly loadCpuMicrosPerOperation: number;
  readonly othersCpuRatio: number;
  readonly residentBytes: number;
  /** Why it does not count. Undefined: every answer was right, and the server counts as many. */
  readonly problem: string | undefined;
}

export interface YcsbTurnOptions extends YcsbShape {
  readonly round: number;
  readonly directory: string;
  readonly onMeasurement: (measurement: YcsbMeasurement) => void;
}

export async function takeYcsbTurn(
  column: Column,
  options: YcsbTurnOptions,
): Promise<{ readonly version: string; readonly command: string }> {
  const server = await column.peer.start(options.directory);
  try {
    let { recordCount } = options;
    const works = ["load", ...WORKLOAD_ORDER] as const;
    for (const [index, work] of works.entries()) {
      if (work !== "load" && !options.workloads.includes(work)) continue;
      if (work !== "load" && column.skips.includes(work)) continue;
      const measured = await measure(column, server, {
        protocol: work === "load" && column.protocol === "our-stream" ? "ours" : column.protocol,
        port: server.port,
        connections: options.connections,
        clients: work === "load" ? LOAD_CLIENTS : options.clients,
        work,
        seconds: options.seconds,
        recordCount,
        seed: options.round * works.length + index,
      });
      ({ recordCount } = measured);
      options.onMeasurement({ column: column.name, round: options.round, work, ...measured });
    }
    return { version: server.version, command: server.command };
  } finally {
    await server.stop();
  }
}

async function measure(
  column: Column,
  server: RunningPeer,
  request: YcsbLoadRequest,
): Promise<Omit<YcsbMeasurement, "column" | "round" | "work">> {
  const countsBefore = await column.counts(server);
  const atMs = performance.now();
  const serverBefore = cpuMicrosOf(server.pid);
  const machineBefore = machineCpuMicros();
  const { stdout } = await run(process.execPath, [LOAD, JSON.stringify(request)], {
    timeout: LOAD_MS_MAX,
    killSignal: "SIGKILL",
    maxBuffer: LOAD_OUTPUT_BYTES_MAX,
  });
  const outcome = JSON.parse(stdout) as YcsbLoadOutcome;
  const serverMicros = cpuMicrosOf(server.pid) - serverBefore;
  const machineMicros = machineCpuMicros() - machineBefore;
  const elapsedMicros = (performance.now() - atMs) * MICROSECONDS_PER_MS;
  const residentBytes = residentBytesOf(server.pid);
  const expected = column.expected(outcome);
  const grown = await grownCounts(column, server, { before: countsBefore, expected });
  const { operations, operationsInAll, ratePerSecond, kinds, conflicts, recordCount } = outcome;
  // The load's process also starts and warms up; what that costs is counted among the others'.
  const others = machineMicros - serverMicros - outcome.cpuMicros;
  return {
    ...{ operations, ratePerSecond, kinds, conflicts, recordCount, residentBytes },
    cpuMicrosPerOperation: serverMicros / operationsInAll,
    loadCpuMicrosPerOperation: outcome.cpuMicros / operations,
    othersCpuRatio: Math.max(0, others / (elapsedMicros * availableParallelism())),
    problem: ycsbProblemOf(outcome, expected, grown),
  };
}

/** A server may count an operation just after it answered it. */
async function grownCounts(
  column: Column,
  server: RunningPeer,
  { before, expected }: { readonly before: Counts; readonly expected: Counts },
): Promise<Counts> {
  const deadlineMs = performance.now() + COUNT_MS_MAX;
  for (;;) {
    const now = await column.counts(server);
    const grown: Counts = Object.fromEntries(
      Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)]),
    );
    const isThere = Object.entries(expected).every(([name, count]) => (grown[name] ?? 0) >= count);
    if (isThere || performance.now() > deadlineMs) return grown;
    await sleep(COUNT_POLL_MS);
  }
}
