/**
 * A server as a process of its own: started with its output in a file, watched through /proc, stopped by
 * its process id. Whatever is still running when the bench is interrupted is stopped too.
 */

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, closeSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_MS_MAX = 20_000;
const READY_POLL_MS = 25;
const STOP_MS_MAX = 15_000;
const LOG_CHARACTERS_SHOWN = 2000;

const running = new Set<ChildProcess>();

/** Ends at once whatever was started and not stopped. */
export function killWhatRuns(): void {
  for (const child of running) child.kill("SIGKILL");
}

export class ServerProcess {
  readonly pid: number;
  readonly command: string;
  readonly #child: ChildProcess;
  readonly #logPath: string;

  constructor(command: readonly [string, ...string[]], directory: string) {
    mkdirSync(directory, { recursive: true });
    const [program, ...words] = command;
    this.command = command.join(" ");
    this.#logPath = join(directory, "server.log");
    const log = openSync(this.#logPath, "a");
    this.#child = spawn(program, words, { stdio: ["ignore", log, log], cwd: directory });
    closeSync(log);
    running.add(this.#child);
    // A program that cannot be started says so here, and has no process id.
    this.#child.on("error", () => running.delete(this.#child));
    this.#child.on("exit", () => running.delete(this.#child));
    this.pid = this.#child.pid ?? 0;
    if (this.pid === 0) throw new Error(`cannot start ${this.command}`);
  }

  /** Asks until the server says that it serves. Fails, with the end of its log, when it ends or takes too long. */
  async whenReady(serves: () => Promise<boolean>, waitMsMax = READY_MS_MAX): Promise<void> {
    const deadlineMs = performance.now() + waitMsMax;
    while (!(await serves().catch(() => false))) {
      const ended = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (ended || performance.now() > deadlineMs) {
        await this.stop();
        const log = readFileSync(this.#logPath, "utf8").slice(-LOG_CHARACTERS_SHOWN);
        throw new Error(`${this.command} did not get ready; its log ends:\n${log}`);
      }
      await sleep(READY_POLL_MS);
    }
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM", waitMsMax = STOP_MS_MAX): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), waitMsMax);
    await exit;
    clearTimeout(timer);
  }
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  await once(listener, "close");
  if (address === null || typeof address === "string") throw new Error("a port was not given");
  return address.port;
}

const MICROSECONDS_PER_SECOND = 1_000_000;
const BYTES_PER_KIB = 1024;
let ticksPerSecond: number | undefined;

function ticksToMicros(ticks: number): number {
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return (ticks / ticksPerSecond) * MICROSECONDS_PER_SECOND;
}

/** The fields of /proc/PID/stat from the third on: the second, a name, may hold anything. */
function statFields(pid: number | string): readonly number[] {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  return stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
}

/** CPU time that a process and its threads have used, in microseconds. As fine as the kernel's tick: 10 ms. */
export function cpuMicrosOf(pid: number): number {
  return cpuMicrosIn(statFields(pid));
}

/** The same of one thread of a process. */
export function threadCpuMicrosOf(pid: number, threadId: number): number {
  return cpuMicrosIn(statFields(`${String(pid)}/task/${String(threadId)}`));
}

function cpuMicrosIn(fields: readonly number[]): number {
  const [userTicks = 0, systemTicks = 0] = fields.slice(11, 13);
  return ticksToMicros(userTicks + systemTicks);
}

/** CPU time of this process and of the children that it has seen end, in microseconds: the client's side. */
export function ownCpuMicros(): number {
  const ticks = statFields("self").slice(11, 15);
  return ticksToMicros(ticks.reduce((sum, one) => sum + one, 0));
}

/** CPU time that the machine has spent on anything, in microseconds, all processors together. */
export function machineCpuMicros(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = line
    .split(/ +/u)
    .slice(1)
    .map(Number);
  return ticksToMicros(user + nice + system + irq + softIrq + steal);
}

/** Resident memory of a process, in bytes. */
export function residentBytesOf(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * BYTES_PER_KIB;
}
