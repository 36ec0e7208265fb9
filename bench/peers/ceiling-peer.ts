/** Servers that do nothing but answer: see noop-server.ts and grpc-js-server.ts. */

import { join } from "node:path";

import type { Peer, RunningPeer } from "../peer.js";
import { freePort, ServerProcess } from "../server-process.js";
import { KeyValueWire, LOADS } from "./key-value-wire.js";

function idlePeer(what: Pick<Peer, "name" | "description">, fileName: string): Peer {
  return {
    ...what,
    reasonToSkip: () => Promise.resolve(undefined),
    start: (directory) => start(join(import.meta.dirname, "..", fileName), directory),
  };
}

export const CEILING_PEER = idlePeer(
  { name: "ceiling", description: "the same wire, handlers that do nothing; keeps nothing" },
  "noop-server.js",
);

export const GRPC_JS_PEER = idlePeer(
  {
    name: "grpc-js",
    description:
      "the server of grpc-js with generated stubs, handlers that do nothing; keeps nothing",
  },
  "grpc-js-server.js",
);

async function start(program: string, directory: string): Promise<RunningPeer> {
  const port = await freePort();
  const server = new ServerProcess([process.execPath, program, String(port)], directory);
  const wire = new KeyValueWire(port);
  await server.whenReady(async () => {
    await wire.status();
    return true;
  });
  return {
    pid: server.pid,
    port,
    version: process.version,
    command: server.command,
    load: (work) => LOADS[work],
    async successCount() {
      return (await wire.status()).transactionCount;
    },
    async replyBytes(work) {
      return work === "Get" ? await wire.getReplyBytes() : undefined;
    },
    async stop() {
      wire.close();
      await server.stop();
    },
  };
}
