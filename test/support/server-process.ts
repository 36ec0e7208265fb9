/** The real server in a process of its own, on a free port, to be killed and started again. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const KVDB = fileURLToPath(new URL("../../src/app/cli/kvdb.js", import.meta.url));

/** A server that says nothing for so long has failed to start. */
const READY_MS_MAX = 20_000;

/** Output that is kept for the message of a failure. */
const LINES_KEPT_MAX = 200;

const READY = /ready: serving on (\S+?)["\s]|ready: serving on (\S+)$/;

export interface HowItEnded {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launch {
  /** A command, with its words, that is to run the server: it must become the server, or end with it. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export class ServerProcess {
  readonly #child: ChildProcess;
  /** Resolves when the process is gone. */
  readonly ended: Promise<HowItEnded>;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #address: string | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = once(child, "exit").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    void this.ended.then(({ code, signal }) => {
      this.#take(`(ended with ${String(code ?? signal)})`);
    });
    for (const input of [child.stdout, child.stderr]) {
      if (input === null) throw new Error("a server's output is piped");
      createInterface({ input }).on("line", (line) => {
        this.#take(line);
      });
    }
  }

  /** Starts a server and waits for nothing. `settings` are flags such as `--segment-bytes`. */
  static begin(
    directory: string,
    settings: readonly string[] = [],
    { under = [], environment = {} }: Launch = {},
  ): ServerProcess {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("KVDB_"));
    const serve = [KVDB, "serve", "--data", directory, "--listen", "127.0.0.1:0", ...settings];
    const [command = process.execPath, ...words] = [...under, process.execPath, ...serve];
    const child = spawn(command, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...Object.fromEntries(inherited), ...environment },
    });
    return new ServerProcess(child);
  }

  /** Starts a server and waits until it is ready. */
  static async start(
    directory: string,
    settings: readonly string[] = [],
    launch: Launch = {},
  ): Promise<ServerProcess> {
    const server = ServerProcess.begin(directory, settings, launch);
    try {
      await server.ready();
      return server;
    } catch (error) {
      await server.dispose();
      throw error;
    }
  }

  /** Resolves when the server says that it is ready. Throws when it ends before, or takes too long. */
  async ready(): Promise<void> {
    const said = READY.exec(await this.logged(READY));
    this.#address = said?.[1] ?? said?.[2];
  }

  get address(): string {
    if (this.#address === undefined) throw new Error("the server was not waited for");
    return this.#address;
  }

  /** What it wrote last. */
  get output(): string {
    return this.#lines.join("\n");
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The first line, past or to come, that matches. Throws when the server ends or the time passes without it. */
  async logged(pattern: RegExp, timeoutMs: number = READY_MS_MAX): Promise<string> {
    const past = this.#lines.find((line) => pattern.test(line));
    if (past !== undefined) return past;
    let timer: NodeJS.Timeout | undefined;
    let listener: ((line: string) => void) | undefined;
    const fail = (problem: string): Error =>
      new Error(`the server ${problem} and never said ${String(pattern)}:\n${this.output}`);
    try {
      return await new Promise<string>((resolve, reject) => {
        listener = (line) => {
          if (pattern.test(line)) resolve(line);
        };
        this.#listeners.add(listener);
        timer = setTimeout(() => {
          reject(fail(`had ${String(timeoutMs)} ms`));
        }, timeoutMs);
        void once(this.#child, "close").then(() => {
          reject(fail(`ended with ${String(this.#child.exitCode ?? this.#child.signalCode)}`));
        });
      });
    } finally {
      clearTimeout(timer);
      if (listener !== undefined) this.#listeners.delete(listener);
    }
  }

  /** Sends the signal and does not wait. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<HowItEnded> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** For hooks that clean up: kills what may still run. */
  async dispose(): Promise<void> {
    await this.end("SIGKILL");
  }

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT_MAX) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }
}
