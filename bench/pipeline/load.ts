/**
 * The load, in a process of its own: keeps so many operations under way on so many connections, each followed by the
 * next when it is answered, and times every one. The client is as bare for our server as it is for Redis; or it is the one that
 * programs use.
 *
 *     node dist/bench/pipeline/load.js '{"protocol":"pipeline","port":50051,…}'      prints a LoadOutcome
 */

import { letHeapGrow } from "../../src/app/heap-growth.js";
import { percentile } from "../statistics.js";
import { Chance } from "./chance.js";
import type { Done, LoadConnection } from "./load-connection.js";
import { KEY_BYTES, type LoadOutcome, type LoadRequest } from "./load-request.js";
import { openBare } from "./bare-connection.js";
import { openClient } from "./client-connection.js";
import { openRedis } from "./redis-connection.js";
import { openStream } from "./stream-connection.js";

const MICROSECONDS_PER_MS = 1000;
const MS_PER_SECOND = 1000;
const KEY_PREFIX = "bench/";

function keyOf(index: number): string {
  return KEY_PREFIX + String(index).padStart(KEY_BYTES - KEY_PREFIX.length, "0");
}

const OPENERS: Readonly<
  Record<LoadRequest["protocol"], (port: number) => Promise<LoadConnection>>
> = {
  pipeline: openBare,
  stream: openStream,
  client: (port) => openClient(port, { retries: false }),
  "client-with-retries": (port) => openClient(port, { retries: true }),
  resp: openRedis,
};

interface Phase {
  readonly durations: Float64Array;
  readonly elapsedMs: number;
  readonly succeeded: number;
}

async function run(request: LoadRequest): Promise<LoadOutcome> {
  const { port, protocol, connections, operations, warmUpOperations } = request;
  const open = OPENERS[protocol];
  const opened = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const chance = new Chance(request.seed);
  const cpuBefore = process.cpuUsage();
  // So that what is timed is code that was compiled.
  const warmUp = await drive(opened, chance, { ...request, operations: warmUpOperations });
  const { durations, elapsedMs, succeeded } = await drive(opened, chance, request);
  const cpu = process.cpuUsage(cpuBefore);
  for (const connection of opened) await connection.close();
  durations.sort();
  return {
    operations: operations + warmUpOperations,
    succeeded: succeeded + warmUp.succeeded,
    ratePerSecond: (operations / elapsedMs) * MS_PER_SECOND,
    p50Micros: percentile(durations, 0.5) * MICROSECONDS_PER_MS,
    p99Micros: percentile(durations, 0.99) * MICROSECONDS_PER_MS,
    cpuMicros: cpu.user + cpu.system,
  };
}

async function drive(
  connections: readonly LoadConnection[],
  chance: Chance,
  { work, depth, operations, keyCount, isFill }: LoadRequest,
): Promise<Phase> {
  const durations = new Float64Array(operations);
  let begun = 0;
  let ended = 0;
  let succeeded = 0;
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    if (operations === 0) resolve();
    const next = (connection: LoadConnection): void => {
      if (begun === operations) return;
      const index = begun++;
      const key = keyOf(isFill ? index % keyCount : chance.below(keyCount));
      const askedMs = performance.now();
      const done: Done = (answer) => {
        durations[index] = performance.now() - askedMs;
        if (answer === "right") succeeded += 1;
        ended += 1;
        if (ended === operations) resolve();
        else next(connection);
      };
      if (work === "Set") connection.set(key, done);
      else connection.get(key, done);
    };
    for (const connection of connections) {
      for (let index = 0; index < depth; index += 1) next(connection);
    }
  });
  return { durations, succeeded, elapsedMs: performance.now() - startMs };
}

// Else it would be the load that marks its heap all the time, whatever it asks.
letHeapGrow();
const request = JSON.parse(process.argv[2] ?? "{}") as LoadRequest;
const outcome = await run(request);
process.stdout.write(`${JSON.stringify(outcome)}\n`);
