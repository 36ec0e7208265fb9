/** Our server, as a user starts it, with its default settings. */

import { existsSync } from "node:fs";
import { join } from "node:path";

import type { Peer, RunningPeer } from "../peer.js";
import { freePort, ServerProcess } from "../server-process.js";
import { KeyValueWire, LOADS } from "./key-value-wire.js";

const PROGRAM = join(import.meta.dirname, "../../src/app/cli/kvdb.js");

export const KVDB_PEER: Peer = {
  name: "keyvaluedb",
  description: "this project, default settings, every Set synced",
  reasonToSkip() {
    return Promise.resolve(existsSync(PROGRAM) ? undefined : `${PROGRAM} has not been built`);
  },
  async start(directory): Promise<RunningPeer> {
    const port = await freePort();
    const data = join(directory, "data");
    const listen = `127.0.0.1:${String(port)}`;
    const server = new ServerProcess(
      [process.execPath, PROGRAM, "serve", "--data", data, "--listen", listen],
      directory,
    );
    const wire = new KeyValueWire(port);
    let version = "";
    await server.whenReady(async () => {
      ({ version } = await wire.status());
      return true;
    });
    return {
      pid: server.pid,
      port,
      version,
      command: server.command,
      load: (work) => LOADS[work],
      async successCount(work) {
        const { transactionCount, methods } = await wire.status();
        if (work === "Set") return transactionCount;
        const gets = methods.find(({ method }) => method === "Get");
        return gets === undefined ? 0 : gets.callCount - gets.errorCount;
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
