/** How long the thread of the event loop has had a processor, as Linux counts it. */

import { closeSync, existsSync, openSync, readSync } from "node:fs";

const SCHEDULER_FIGURES = `/proc/self/task/${String(process.pid)}/schedstat`;
const NANOSECONDS_PER_MS = 1e6;
const MICROSECONDS_PER_MS = 1000;

/** Where the kernel does not say it of a thread, it is all threads of the process. */
export class MainThread {
  readonly #file = existsSync(SCHEDULER_FIGURES) ? openSync(SCHEDULER_FIGURES, "r") : undefined;
  readonly #text = Buffer.alloc(64);

  workedMs(): number {
    if (this.#file === undefined) {
      const { user, system } = process.cpuUsage();
      return (user + system) / MICROSECONDS_PER_MS;
    }
    // Nanoseconds that it worked, those that it waited for a processor, and how often it got one.
    const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
    return parseInt(this.#text.toString("latin1", 0, length), 10) / NANOSECONDS_PER_MS;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
