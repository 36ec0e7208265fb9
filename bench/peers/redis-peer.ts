/** One Redis that writes each command to its log and syncs that before it answers. Its own statistics count the commands. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";

import type { Work } from "../peer.js";
import { freePort, ServerProcess } from "../server-process.js";

const run = promisify(execFile);
const ANSWER_MS_MAX = 5000;

export interface RunningRedis {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  readonly command: string;
  /** How many commands of that work were done, failed ones left out. */
  successCount(work: Work): Promise<number>;
  /** How many keys it has. */
  keyCount(): Promise<number>;
  stop(): Promise<void>;
}

async function version(): Promise<string> {
  const { stdout } = await run("redis-server", ["--version"]);
  return /v=(\S+)/.exec(stdout)?.[1] ?? "unknown";
}

/** Why it cannot run here. Undefined: it can. */
export async function reasonToSkipRedis(): Promise<string | undefined> {
  return await version().then(
    () => undefined,
    () => "redis-server is not installed",
  );
}

/** `more` are settings beside those that every bench wants. */
export async function startRedis(
  directory: string,
  more: readonly string[] = [],
): Promise<RunningRedis> {
  const port = await freePort();
  const server = new ServerProcess(
    [
      "redis-server",
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory],
      ...["--appendonly", "yes", "--appendfsync", "always"],
      // The log alone keeps the data: no snapshots beside it, and no rewriting of it in between.
      ...["--save", "", "--auto-aof-rewrite-percentage", "0"],
      ...more,
    ],
    directory,
  );
  await server.whenReady(async () => (await ask(port, "PING")).startsWith("+PONG"));
  return {
    pid: server.pid,
    port,
    version: await version(),
    command: server.command,
    async successCount(work) {
      const statistics = await ask(port, "INFO commandstats");
      const line = new RegExp(`cmdstat_${work.toLowerCase()}:(.*)`).exec(statistics)?.[1] ?? "";
      const figure = (name: string): number =>
        Number(new RegExp(`(?:^|,)${name}=(\\d+)`).exec(line)?.[1] ?? 0);
      return figure("calls") - figure("failed_calls");
    },
    async keyCount() {
      return Number(/^:(\d+)/.exec(await ask(port, "DBSIZE"))?.[1]);
    },
    stop: () => server.stop(),
  };
}

/** One command, and the beginning of its reply. */
async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(`${command}\r\n`);
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const [first] = (await once(socket, "data", { signal })) as [Buffer];
    let reply = first.toString("latin1");
    const length = Number(/^\$(\d+)/.exec(reply)?.[1] ?? 0);
    while (reply.length < length) {
      const [more] = (await once(socket, "data", { signal })) as [Buffer];
      reply += more.toString("latin1");
    }
    return reply;
  } finally {
    socket.destroy();
  }
}
