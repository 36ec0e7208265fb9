/** The no-op server: see noop-server.ts. */

import { join } from "node:path";

import type { Peer, RunningPeer } from "../peer.js";
import { freePort, ServerProcess } from "../server-process.js";
import { KeyValueWire, LOADS } from "./key-value-wire.js";

const PROGRAM = join(import.meta.dirname, "../noop-server.js");

export const CEILING_PEER: Peer = {
  name: "ceiling",
  description: "the same grpc-js server and stubs, handlers that do nothing; keeps nothing",
  reasonToSkip() {
    return Promise.resolve(undefined);
  },
  async start(directory): Promise<RunningPeer> {
    const port = await freePort();
    const server = new ServerProcess([process.execPath, PROGRAM, String(port)], directory);
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
  },
};
