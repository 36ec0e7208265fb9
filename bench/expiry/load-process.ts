/** A part of the load as a process of its own: it is asked in JSON, says JSON in lines, and ends when its input does. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export class LoadProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, request: object) {
    const words = [program, JSON.stringify(request)];
    const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.pid = child.pid ?? 0;
    if (this.pid === 0) throw new Error(`cannot start ${program}`);
  }

  /** The next thing it says; whoever asks knows what that is. Rejects where it ends instead. */
  async next(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error("a process of the load ended before it was asked to");
    return JSON.parse(line.value);
  }

  /** Has it end; what it says then is still to be read with `next`. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.endInput();
    this.#child.kill("SIGTERM");
    await exit;
  }
}
