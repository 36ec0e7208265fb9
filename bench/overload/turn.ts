/**
 * One load on a server of its own, with its memory watched. Meanwhile a client of grpc-js calls now and then: what it is told
 * says which status the refused get, and whether they are told when to try again.
 */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { credentials, Metadata, status, type ServiceError } from "@grpc/grpc-js";

import { KeyValueServiceClient } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { KEY, type RunningPeer } from "../peer.js";
import { KVDB_PEER } from "../peers/kvdb-peer.js";
import { cpuMicrosOf, residentBytesOf } from "../server-process.js";
import type { OverloadOutcome, OverloadRequest } from "./load-request.js";

const run = promisify(execFile);
const LOAD = join(import.meta.dirname, "load.js");
const LOAD_MS_MAX = 280_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;
const POLL_MS = 50;
const PROBE_MS_MAX = 10_000;
const COUNT_MS_MAX = 2000;

export interface OverloadMeasurement {
  /** How many times what the server can do was offered. 0: as much as it answers. */
  readonly factor: number;
  readonly ratePerSecond: number;
  readonly outcome: OverloadOutcome;
  /** How many of the probes got which status. */
  readonly probes: Readonly<Record<string, number>>;
  /** Of those that were RESOURCE_EXHAUSTED, how many were told when to try again. */
  readonly probesToRetry: number;
  readonly residentBytesBefore: number;
  readonly residentBytesMax: number;
  readonly serverCpuMicros: number;
  /** Why it does not count. */
  readonly problem: string | undefined;
}

export interface OverloadTurn {
  readonly version: string;
  readonly command: string;
  readonly measurement: OverloadMeasurement;
}

export async function takeOverloadTurn(
  directory: string,
  factor: number,
  request: Omit<OverloadRequest, "port">,
): Promise<OverloadTurn> {
  const server = await KVDB_PEER.start(directory);
  const probe = new Probe(server.port);
  try {
    const countBefore = await server.successCount(request.work);
    const residentBytesBefore = residentBytesOf(server.pid);
    const cpuBefore = cpuMicrosOf(server.pid);
    let residentBytesMax = residentBytesBefore;
    const poll = setInterval(() => {
      residentBytesMax = Math.max(residentBytesMax, residentBytesOf(server.pid));
      probe.ask();
    }, POLL_MS);
    const outcome = await runLoad({ ...request, port: server.port }).finally(() => {
      clearInterval(poll);
    });
    const serverCpuMicros = cpuMicrosOf(server.pid) - cpuBefore;
    await probe.answered();
    const others = request.work === "Get" ? probe.succeededCount : 0;
    const count = await countSince(server, request, { countBefore: countBefore + others, outcome });
    const measurement: OverloadMeasurement = {
      ...{ factor, ratePerSecond: request.ratePerSecond, outcome },
      ...{ probes: probe.statuses, probesToRetry: probe.toRetry },
      ...{ residentBytesBefore, residentBytesMax, serverCpuMicros },
      problem: overloadProblemOf(outcome, count),
    };
    return { version: server.version, command: server.command, measurement };
  } finally {
    probe.close();
    await server.stop();
  }
}

/** `count`: of the calls that the server says have succeeded. */
export function overloadProblemOf(
  outcome: Pick<OverloadOutcome, "acceptedInAll" | "reset" | "unanswered">,
  count: number,
): string | undefined {
  const { acceptedInAll, reset, unanswered } = outcome;
  if (unanswered > 0) return `${String(unanswered)} calls were not answered`;
  if (reset > 0) return `${String(reset)} calls were reset`;
  if (count === acceptedInAll) return undefined;
  return `the server counts ${String(count)} successes of ${String(acceptedInAll)} accepted calls`;
}

interface Counted {
  readonly countBefore: number;
  readonly outcome: OverloadOutcome;
}

/** The server may count a call just after it answered it. */
async function countSince(
  server: RunningPeer,
  { work }: Pick<OverloadRequest, "work">,
  { countBefore, outcome }: Counted,
): Promise<number> {
  const untilMs = performance.now() + COUNT_MS_MAX;
  for (;;) {
    const count = (await server.successCount(work)) - countBefore;
    if (count >= outcome.acceptedInAll || performance.now() > untilMs) return count;
    await sleep(POLL_MS);
  }
}

async function runLoad(request: OverloadRequest): Promise<OverloadOutcome> {
  const { stdout } = await run(process.execPath, [LOAD, JSON.stringify(request)], {
    timeout: LOAD_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return JSON.parse(stdout) as OverloadOutcome;
}

/** Gets on a connection of its own. */
class Probe {
  readonly statuses: Record<string, number> = {};
  toRetry = 0;
  readonly #client: KeyValueServiceClient;
  readonly #underWay = new Set<Promise<void>>();

  constructor(port: number) {
    const address = `127.0.0.1:${String(port)}`;
    this.#client = new KeyValueServiceClient(address, credentials.createInsecure(), {
      // What is refused is to be seen, not asked for again.
      "grpc.enable_retries": 0,
    });
  }

  ask(): void {
    const options = { deadline: Date.now() + PROBE_MS_MAX };
    const asked = new Promise<void>((resolve) => {
      this.#client.get({ key: KEY, revision: 0 }, new Metadata(), options, (error) => {
        this.#note(error);
        resolve();
      });
    });
    this.#underWay.add(asked);
    void asked.then(() => this.#underWay.delete(asked));
  }

  get succeededCount(): number {
    return this.statuses[status[status.OK]] ?? 0;
  }

  async answered(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  close(): void {
    this.#client.close();
  }

  #note(error: ServiceError | null): void {
    const name = status[error?.code ?? status.OK];
    this.statuses[name] = (this.statuses[name] ?? 0) + 1;
    if (error?.code !== status.RESOURCE_EXHAUSTED) return;
    const [details] = error.metadata.get("grpc-status-details-bin");
    if (Buffer.isBuffer(details) && details.includes("google.rpc.RetryInfo")) this.toRetry += 1;
  }
}
