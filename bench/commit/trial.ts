/**
 * One way or one window under so many clients, in a process of its own: it serves a byte for a byte, and each byte
 * is a commit.
 *
 *     node dist/bench/commit/trial.js '{"part":"way","name":"ours","clients":8,…}'      prints the figures as JSON
 */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

import { assert } from "../../src/base/index.js";
import { StallSampler } from "../engine/slices.js";
import type { LoadOutcome } from "./load.js";
import { openEngine, openLog, type Target } from "./target.js";
import type { CommitFigures, CommitTask } from "./tasks.js";

const run = promisify(execFile);
const LOAD = join(import.meta.dirname, "load.js");
const LOAD_MS_MAX = 60_000;
const ANSWER = Buffer.of(1);

function serve(target: Target, socket: Socket, onCommit: () => void): void {
  socket.setNoDelay(true);
  // The load ends by closing what it opened.
  socket.on("error", () => undefined);
  socket.on("data", (asked) => {
    assert(asked.length === 1, "a client waits for its answer");
    void target.commit().then(() => {
      onCommit();
      socket.write(ANSWER);
    });
  });
}

async function measure(target: Target, { clients, seconds }: CommitTask): Promise<CommitFigures> {
  let commits = 0;
  const server = createServer((socket) => {
    serve(target, socket, () => {
      commits += 1;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(address !== null && typeof address === "object", "a port was given");
  const sampler = new StallSampler();
  const syncsBefore = target.syncCount;
  const cpuBefore = process.cpuUsage();
  const words = [LOAD, String(address.port), String(clients), String(seconds)];
  const { stdout } = await run(process.execPath, words, { timeout: LOAD_MS_MAX });
  const cpu = process.cpuUsage(cpuBefore);
  const { wallMs } = sampler.takeLongest();
  sampler.stop();
  server.close();
  const { ratePerSecond, p50Micros, p99Micros } = JSON.parse(stdout) as LoadOutcome;
  return {
    ratePerSecond,
    p50Micros,
    p99Micros,
    syncsPerCommit: (target.syncCount - syncsBefore) / commits,
    cpuMicrosPerCommit: (cpu.user + cpu.system) / commits,
    stallMs: wallMs,
  };
}

const task = JSON.parse(process.argv[2] ?? "{}") as CommitTask;
const target =
  task.part === "way"
    ? await openEngine(task.directory, task.name)
    : await openLog(task.directory, task.name);
const figures = await measure(target, task);
await target.close();
process.stdout.write(`${JSON.stringify(figures)}\n`);
