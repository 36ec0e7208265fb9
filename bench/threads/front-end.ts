/** A worker thread that speaks gRPC as the server does, and asks the engine's thread for everything. */

import { readFileSync } from "node:fs";
import { workerData, type MessagePort } from "node:worker_threads";

import { KeyValueServer } from "../../src/grpc/index.js";
import type { Store } from "../../src/kv/index.js";
import { ThreadStore } from "./thread-store.js";

export interface FrontEndData {
  readonly port: MessagePort;
  /** HOST:PORT to listen on. */
  readonly address: string;
}

/** What the kernel calls the thread that asks. */
export function ownThreadId(): number {
  const stat = readFileSync("/proc/thread-self/stat", "utf8");
  return Number.parseInt(stat, 10);
}

async function serve({ port, address }: FrontEndData): Promise<void> {
  const server = await KeyValueServer.listen({ address, version: "threads" });
  // It has what the load asks for.
  const store: Pick<Store, "set" | "get" | "status"> = new ThreadStore(port);
  server.serve(store as Store);
  port.postMessage({ threadId: ownThreadId() });
}

if (workerData !== null) await serve(workerData as FrontEndData);
