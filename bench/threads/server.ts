/**
 * The server that is measured: the real store in this thread, and gRPC here too, or in a worker thread. Says in one line
 * which threads it has.
 *
 *     node dist/bench/threads/server.js DATA_DIRECTORY HOST:PORT one-thread|front-end
 */

import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { MessageChannel, Worker } from "node:worker_threads";

import { SILENT_LOGGER } from "../../src/base/index.js";
import { letHeapGrow } from "../../src/app/heap-growth.js";
import { loadConfig } from "../../src/app/config/load-config.js";
import { storeOptionsOf } from "../../src/app/config/server-parts.js";
import { KeyValueServer } from "../../src/grpc/index.js";
import { openLocalStore, type Store } from "../../src/kv/index.js";
import { ownThreadId, type FrontEndData } from "./front-end.js";
import { serveFrontEnd } from "./thread-store.js";

export interface Threads {
  /** The one with the store. */
  readonly engine: number;
  /** The one with gRPC, where that is another. */
  readonly frontEnd: number | undefined;
}

async function startFrontEnd(store: Store, address: string): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  const data: FrontEndData = { port: port2, address };
  const worker = new Worker(new URL("front-end.js", import.meta.url), {
    workerData: data,
    transferList: [port2],
  });
  worker.on("error", (error) => {
    throw error;
  });
  const [{ threadId }] = (await once(port1, "message")) as [{ readonly threadId: number }];
  // What it says from now on is calls.
  serveFrontEnd(store, port1);
  return threadId;
}

letHeapGrow();
const [directory = "", address = "", mode = ""] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
const flags = new Map([["data", directory]] as const);
const { config } = await loadConfig({ configPath: undefined, environment: {}, flags });
const store = await openLocalStore(
  storeOptionsOf(config, SILENT_LOGGER, (error) => {
    throw error;
  }),
);
const threads: Threads = {
  engine: ownThreadId(),
  frontEnd: mode === "front-end" ? await startFrontEnd(store, address) : undefined,
};
if (mode !== "front-end") {
  const server = await KeyValueServer.listen({ address, version: "threads" });
  server.serve(store);
}
process.once("SIGTERM", () => {
  void store.close().then(() => process.exit(0));
});
console.log(JSON.stringify(threads));
