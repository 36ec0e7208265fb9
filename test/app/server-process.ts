/** A server in a process of its own, with what it logs, to be signalled and waited for. */

import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

import { cleanEnvironment, exitOf } from "./run-kvdb.js";

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly address?: string;
}

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #stderr = "";
  #onLine: () => void = () => undefined;
  /** How the process ended. */
  readonly exit: Promise<number | null>;

  /** Runs a script of ours with these words. */
  constructor(script: string, words: readonly string[]) {
    const child = spawn(process.execPath, [script, ...words], {
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.exit = exitOf(child).finally(() => {
      this.#onLine();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#onLine();
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  get logText(): string {
    return this.#lines.join("\n");
  }

  /** The first line, past or to come, whose message matches. Throws if the process ends without it. */
  async logged(pattern: RegExp): Promise<LogLine> {
    for (;;) {
      const found = this.#lines.map(parseLine).find((line) => pattern.test(line.msg));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) {
        throw new Error(`it ended without ${String(pattern)}:\n${this.logText}\n${this.#stderr}`);
      }
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }

  /** The address, once it serves. */
  async ready(): Promise<string> {
    return (await this.logged(/^ready: /)).address ?? "";
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Whatever the test came to, nothing is left behind. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exit;
  }
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: "?", msg: line };
  }
}
