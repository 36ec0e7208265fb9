/** A client's agent: a process that is told lines and answers lines. The README of this folder has the protocol. */

import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";

import { isObject, show, type Json, type JsonObject } from "./json.js";
import { agentEnvironment } from "./languages.js";
import { eachLine } from "./lines.js";

export type Answer =
  | { readonly kind: "ok"; readonly ok: JsonObject }
  | { readonly kind: "error"; readonly error: JsonObject }
  /** The agent did not do what the protocol asks. */
  | { readonly kind: "fault"; readonly problem: string };

export interface CommandOptions {
  readonly timeoutMs: number;
  /** Called for each attempt of a transaction; the agent goes on when it has come to its end. */
  readonly onAttempt?: (attempt: number) => Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly onAttempt: (attempt: number) => Promise<void>;
}

/** What an agent may still do after its input has ended. */
const END_MS_MAX = 5_000;

/** Lines of its standard error that are kept for the message of a failure. */
const SAID_LINES_MAX = 40;

export class Agent {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #said: string[] = [];
  readonly #ended: Promise<void>;
  #end: string | undefined;
  #lastId = 0;

  /** `command` is a program and its words. */
  constructor(command: readonly string[]) {
    const [program = "", ...words] = command;
    // A group of its own, so that whatever make has started can be ended with it.
    this.#child = spawn(program, words, {
      stdio: ["pipe", "pipe", "pipe"],
      env: agentEnvironment(),
      detached: true,
    });
    this.#child.stdin.on("error", () => undefined);
    eachLine(this.#child.stdout, (line) => this.#take(line));
    eachLine(this.#child.stderr, (line) => {
      this.#said.push(line);
      if (this.#said.length > SAID_LINES_MAX) this.#said.shift();
    });
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#end ??= how;
        this.#failAll(`the agent ended (${how})`);
        resolve();
      };
      this.#child.on("error", (error) => end(error.message));
      this.#child.on("close", (code, signal) => end(signal ?? `code ${String(code)}`));
    });
  }

  /** What it wrote last to its standard error. */
  get said(): string {
    return this.#said.join("\n");
  }

  /** Whether it can be told something. */
  get isRunning(): boolean {
    return this.#end === undefined;
  }

  /** Tells it to do something. Resolves always: with a fault if it ends, or does not answer in time. */
  async command(name: string, words: JsonObject, options: CommandOptions): Promise<Answer> {
    if (this.#end !== undefined) return fault(`the agent ended before (${this.#end})`);
    this.#lastId += 1;
    const id = this.#lastId;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve) => {
        this.#waiting.set(id, { resolve, onAttempt: options.onAttempt ?? goOn });
        timer = setTimeout(
          () => resolve(fault(`no answer in ${String(options.timeoutMs)} ms`)),
          options.timeoutMs,
        );
        this.#write({ id, do: name, ...words });
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Ends its input, and it with it if it does not end by itself. */
  async stop(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.kill(), END_MS_MAX);
    await this.#ended;
    clearTimeout(timer);
  }

  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#end !== undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  }

  #write(line: JsonObject): void {
    this.#child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  #take(line: string): void {
    const message = parseLine(line);
    const id = message?.["id"];
    if (message === undefined || typeof id !== "number") {
      this.#failAll(`the agent said what is no answer: ${show(line)}`);
      return;
    }
    const waiting = this.#waiting.get(id);
    // An answer that comes too late was told as a failure already.
    if (waiting === undefined) return;
    const { attempt } = message;
    if (typeof attempt === "number") {
      void waiting.onAttempt(attempt).then(
        () => this.#write({ do: "go", of: id }),
        (error: unknown) => waiting.resolve(fault(String(error))),
      );
      return;
    }
    waiting.resolve(answerIn(message));
  }

  #failAll(problem: string): void {
    for (const { resolve } of this.#waiting.values()) resolve(fault(problem));
  }
}

function parseLine(line: string): JsonObject | undefined {
  try {
    const message = JSON.parse(line) as Json;
    return isObject(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function answerIn(message: JsonObject): Answer {
  const { ok, error, fault: problem } = message;
  if (isObject(error)) return { kind: "error", error };
  if (isObject(ok)) return { kind: "ok", ok };
  if (typeof problem === "string") return fault(problem);
  return fault(`an answer with neither ok, error nor fault: ${show(message)}`);
}

function fault(problem: string): Answer {
  return { kind: "fault", problem };
}

function goOn(): Promise<void> {
  return Promise.resolve();
}
