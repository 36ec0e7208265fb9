/**
 * The clients, in a process of their own: each has a connection, asks for a commit with one byte, waits for the byte
 * that says that it is durable, and asks again. It is as little of a wire as there can be, and enough for
 * commits to arrive as they do in a server: in turns of the event loop, and not all at once.
 *
 *     node dist/bench/commit/load.js PORT CLIENTS SECONDS      prints the outcome as JSON
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { percentile } from "../statistics.js";

export interface LoadOutcome {
  readonly count: number;
  readonly ratePerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

const ASK = Buffer.of(1);
const WARM_UP_MS = 700;
const MICROSECONDS_PER_MS = 1000;

const [port = 0, clientCount = 0, seconds = 0] = process.argv.slice(2).map(Number);
const latencies: number[] = [];
let isTimed = false;
let isOver = false;

async function open(): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

function drive(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let askedMs = 0;
    const ask = (): void => {
      askedMs = performance.now();
      socket.write(ASK);
    };
    socket.on("error", reject);
    socket.on("close", () => {
      reject(new Error("the server closed a connection"));
    });
    socket.on("data", () => {
      if (isTimed && !isOver) latencies.push(performance.now() - askedMs);
      if (isOver) resolve();
      else ask();
    });
    ask();
  });
}

const sockets = await Promise.all(Array.from({ length: clientCount }, open));
const driven = Promise.all(sockets.map(drive));
const timed = async (): Promise<number> => {
  await sleep(WARM_UP_MS);
  isTimed = true;
  const startMs = performance.now();
  await sleep(seconds * 1000);
  isOver = true;
  return performance.now() - startMs;
};
const [elapsedMs] = await Promise.all([timed(), driven]);
const sorted = Float64Array.from(latencies).sort();
const outcome: LoadOutcome = {
  count: sorted.length,
  ratePerSecond: (sorted.length / elapsedMs) * 1000,
  p50Micros: percentile(sorted, 0.5) * MICROSECONDS_PER_MS,
  p99Micros: percentile(sorted, 0.99) * MICROSECONDS_PER_MS,
};
process.stdout.write(`${JSON.stringify(outcome)}\n`);
for (const socket of sockets) socket.destroy();
