/** `kvdb watch-expirations` in a process of its own, as a service would run it: what it was told, and how far it is. */

import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

import { cleanEnvironment, exitOf, KVDB } from "../app/run-kvdb.js";

export interface ToldExpiration {
  readonly revision: number;
  readonly index: number;
  readonly key: string;
  readonly value_text: string;
  readonly expire_time: string;
  readonly commit_time: string;
  readonly cause: "deadline" | "deadline-while-down";
}

interface Message {
  readonly expirations: readonly ToldExpiration[];
  readonly resume_token: string;
}

/** What every follower of one scenario has been told, one after the other, and where the next is to go on. */
export class Told {
  readonly expirations: ToldExpiration[] = [];
  resumeToken = "";
  #onMessage: () => void = () => undefined;

  take(line: string): void {
    const { expirations, resume_token } = JSON.parse(line) as Message;
    this.expirations.push(...expirations);
    this.resumeToken = resume_token;
    this.#onMessage();
  }

  /** Resolves when so many were told. */
  async until(count: number): Promise<void> {
    while (this.expirations.length < count || this.resumeToken === "") {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
  }
}

export class CommandFollower {
  readonly #child: ChildProcess;
  /** Resolves when it has been told something itself, be it progress: from then on it heeds signals. */
  readonly begun: Promise<void>;
  /** Resolves to the exit code once all output is read. */
  readonly exit: Promise<number | null>;

  /** Goes on where the last follower was told to, or begins with the first revision of all. */
  constructor(address: string, told: Told) {
    const start =
      told.resumeToken === "" ? ["--from-revision", "1"] : ["--resume-token", told.resumeToken];
    const words = ["watch-expirations", "--json", "--include-value", "--address", address];
    const child = spawn(process.execPath, [KVDB, ...words, ...start], {
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#child = child;
    this.exit = exitOf(child);
    const lines = createInterface({ input: child.stdout });
    this.begun = new Promise((resolve) => lines.once("line", () => resolve()));
    lines.on("line", (line) => {
      // A line that a kill has cut in two was not told: the token is still that of the one before.
      if (line.endsWith("}")) told.take(line);
    });
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.exit;
  }
}
