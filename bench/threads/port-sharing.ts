/**
 * How this Node.js can have several threads take connections of one port. Tries each way with two worker threads and
 * forty connections, and says how many each thread got, or why it does not work.
 *
 *     node dist/bench/threads/port-sharing.js
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type ListenOptions, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const THREADS = 2;
const CONNECTIONS = 40;
/** As a parent process hands a listening socket down. */
const INHERITED_FD = 3;
const PROGRAM = fileURLToPath(import.meta.url);

type Way = "own listener's fd" | "inherited fd" | "reusePort";

/** What a listener keeps to itself. */
interface WithHandle {
  readonly _handle: { readonly fd: number };
}

function handleFdOf(server: Server): number {
  return (server as unknown as WithHandle)._handle.fd;
}

async function listen(server: Server, options: ListenOptions): Promise<AddressInfo> {
  server.listen(options);
  await once(server, "listening");
  return server.address() as AddressInfo;
}

/** In a worker thread: listens as it is told, and tells of each connection. */
function takeConnections(options: ListenOptions | { readonly fd: number }): void {
  const server = createServer((socket) => {
    parentPort?.postMessage("connection");
    socket.destroy();
  });
  server.on("error", (error) => {
    parentPort?.postMessage(`failed: ${error.message}`);
  });
  server.listen(options, () => {
    parentPort?.postMessage("listening");
  });
}

class Taker {
  readonly #worker: Worker;
  connections = 0;
  problem: string | undefined;
  readonly ready: Promise<void>;

  constructor(options: ListenOptions | { readonly fd: number }) {
    this.#worker = new Worker(PROGRAM, { workerData: options });
    this.ready = new Promise((resolve) => {
      this.#worker.on("message", (message: string) => {
        if (message === "connection") this.connections += 1;
        else if (message !== "listening") this.problem = message;
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Forty connections, one after the other, each until it is ended. Told of how many nobody took. */
async function knock(port: number): Promise<number> {
  let refused = 0;
  for (let count = 0; count < CONNECTIONS; count += 1) {
    const socket = connect(port, "127.0.0.1");
    await once(socket.on("error", () => (refused += 1)).resume(), "close");
  }
  return refused;
}

async function tryWay(way: Way): Promise<string> {
  let ownCount = 0;
  const own = createServer((socket) => {
    ownCount += 1;
    socket.destroy();
  });
  const reuse = way === "reusePort" ? REUSE : {};
  // An inherited one is for the threads alone.
  const port =
    way === "inherited fd"
      ? Number(process.argv[3])
      : (await listen(own, { port: 0, host: "127.0.0.1", ...reuse })).port;
  const options = optionsFor(way, own, port);
  const takers = Array.from({ length: THREADS }, () => new Taker(options));
  try {
    for (const { ready } of takers) await ready;
    const problem = takers.find((taker) => taker.problem !== undefined)?.problem;
    if (problem !== undefined) return problem;
    const refused = await knock(port);
    const counts = takers.map(({ connections }) => String(connections)).join(" and ");
    return `the threads took ${counts}, the main thread ${String(ownCount)}, nobody ${String(refused)}`;
  } finally {
    await Promise.all(takers.map((taker) => taker.stop()));
    own.close();
  }
}

/** Not in the types of every release that has it. */
const REUSE = { reusePort: true } as ListenOptions;

function optionsFor(way: Way, own: Server, port: number): ListenOptions | { readonly fd: number } {
  if (way === "own listener's fd") return { fd: handleFdOf(own) };
  if (way === "inherited fd") return { fd: INHERITED_FD };
  return { port, host: "127.0.0.1", ...REUSE };
}

/** A process of its own for each way: a thread that listened may have taken the descriptor with it. */
async function tryInProcess(way: Way): Promise<void> {
  const listener = createServer();
  const { port } = await listen(listener, { port: 0, host: "127.0.0.1" });
  const child = spawn(process.execPath, [PROGRAM, way, String(port)], {
    stdio: ["ignore", "inherit", "inherit", handleFdOf(listener)],
  });
  listener.close();
  await once(child, "exit");
}

if (!isMainThread) {
  takeConnections(workerData as ListenOptions);
} else if (process.argv[2] === undefined) {
  console.log(`Node.js ${process.version}`);
  for (const way of ["own listener's fd", "inherited fd", "reusePort"] as const) {
    await tryInProcess(way);
  }
} else {
  const way = process.argv[2] as Way;
  const timer = setTimeout(() => {
    console.log(`${way}: no end after ten seconds`);
    process.exit(1);
  }, 10_000);
  const outcome = await tryWay(way).catch((error: unknown) => `failed: ${String(error)}`);
  clearTimeout(timer);
  console.log(`${way}: ${outcome}`);
  process.exit(0);
}
