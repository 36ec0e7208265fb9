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

export interface HowItEnded {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServerProcess {
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<HowItEnded>;
  readonly #lines: readonly string[];

  private constructor(started: Started, address: string) {
    this.#child = started.child;
    this.#ended = started.ended;
    this.#lines = started.lines;
    this.address = address;
  }

  /** Resolves when the server says that it is ready. `settings` are flags such as `--segment-bytes`. */
  static async start(directory: string, settings: readonly string[] = []): Promise<ServerProcess> {
    const started = launch(directory, settings);
    const address = await readyAddress(started);
    return new ServerProcess(started, address);
  }

  /** What it wrote last. */
  get output(): string {
    return this.#lines.join("\n");
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<HowItEnded> {
    this.#child.kill(signal);
    return this.#ended;
  }

  /** For hooks that clean up: kills what may still run. */
  async dispose(): Promise<void> {
    await this.end("SIGKILL");
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<HowItEnded>;
  readonly lines: string[];
  readonly onLine: (listener: (line: string) => void) => void;
}

function launch(directory: string, settings: readonly string[]): Started {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith("KVDB_"));
  const child = spawn(
    process.execPath,
    [KVDB, "serve", "--data", directory, "--listen", "127.0.0.1:0", ...settings],
    { stdio: ["ignore", "pipe", "pipe"], env: Object.fromEntries(environment) },
  );
  const ended = once(child, "exit").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const lines: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT_MAX) lines.shift();
      for (const listener of listeners) listener(line);
    });
  }
  return { child, ended, lines, onLine: (listener) => listeners.push(listener) };
}

async function readyAddress({ child, ended, lines, onLine }: Started): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const ready = new Promise<string>((resolve, reject) => {
    onLine((line) => {
      const address = /ready: serving on (\S+?)["\s]|ready: serving on (\S+)$/.exec(line);
      if (address !== null) resolve(address[1] ?? address[2] ?? "");
    });
    timer = setTimeout(() => {
      reject(new Error("it did not become ready in time"));
    }, READY_MS_MAX);
    void ended.then(({ code, signal }) => {
      reject(new Error(`it ended with ${String(code ?? signal)}`));
    });
  });
  try {
    return await ready;
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`the server did not start: ${String(error)}\n${lines.join("\n")}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}
