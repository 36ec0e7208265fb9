/** The server of server.ts as a process, with one thread for everything, or with gRPC in another. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { KeyValueWire } from "../peers/key-value-wire.js";
import { freePort, ServerProcess } from "../server-process.js";
import type { Threads } from "./server.js";

const PROGRAM = join(import.meta.dirname, "server.js");

export const MODES = ["one-thread", "front-end"] as const;
export type Mode = (typeof MODES)[number];

export interface RunningThreads {
  readonly pid: number;
  readonly port: number;
  readonly threads: Threads;
  /** How many transactions it has done. */
  readonly transactionCount: () => Promise<number>;
  readonly getReplyBytes: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export async function startThreads(mode: Mode, directory: string): Promise<RunningThreads> {
  const port = await freePort();
  const words = [join(directory, "data"), `127.0.0.1:${String(port)}`, mode];
  const server = new ServerProcess([process.execPath, PROGRAM, ...words], directory);
  const log = join(directory, "server.log");
  const wire = new KeyValueWire(port);
  await server.whenReady(async () => {
    await wire.status();
    return readFileSync(log, "utf8").includes("}");
  });
  const threads = JSON.parse(readFileSync(log, "utf8")) as Threads;
  return {
    pid: server.pid,
    port,
    threads,
    transactionCount: async () => (await wire.status()).transactionCount,
    getReplyBytes: () => wire.getReplyBytes(),
    async stop() {
      wire.close();
      await server.stop();
    },
  };
}
