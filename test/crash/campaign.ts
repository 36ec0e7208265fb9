/**
 * A search with several processes: each takes one seed after another until enough states were visited, or all runs
 * are done, or time is up, or one of them finds a state that was not survived.
 */

import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { FromWorker, ToWorker } from "./worker.js";

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));

/** A recovery leaves much behind that is young; room for it spares the collector half of its work. */
const NODE_OPTIONS = ["--max-semi-space-size=32"];

export interface CampaignOptions {
  readonly states: number;
  readonly durationMs: number;
  readonly firstSeed: number;
  /** So many seeds, one after another; absent: without end. */
  readonly runs?: number;
  readonly workers: number;
  /** Of each run so many first crashes at the most, spread evenly. Infinity: all that differ. */
  readonly statesPerRun: number;
  /** Told once a second how many states were visited, and for how long it has gone on. */
  readonly onProgress?: (states: number, seconds: number) => void;
}

export interface CampaignReport {
  readonly states: number;
  readonly statesAgain: number;
  readonly seconds: number;
  readonly workers: number;
  readonly wholeRuns: number;
  readonly seeds: { readonly first: number; readonly last: number };
  /** What was not survived, and how to run it alone. */
  readonly failure: string | undefined;
}

export class Campaign {
  readonly #options: CampaignOptions;
  /** The processes, and the seed that each is searching. */
  readonly #workers = new Map<ChildProcess, number>();
  readonly #startedAt = performance.now();
  #nextSeed: number;
  #states = 0;
  #statesAgain = 0;
  #wholeRuns = 0;
  #failure: string | undefined;
  #isOver = false;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#nextSeed = options.firstSeed;
  }

  async run(): Promise<CampaignReport> {
    const { workers, firstSeed, durationMs, onProgress } = this.#options;
    const ticking = setInterval(() => {
      onProgress?.(this.#all, this.#seconds);
      if (this.#seconds * 1000 >= durationMs) this.#end();
    }, 1000);
    try {
      await Promise.all(Array.from({ length: workers }, () => this.#work()));
    } finally {
      clearInterval(ticking);
    }
    return {
      states: this.#states,
      statesAgain: this.#statesAgain,
      seconds: this.#seconds,
      workers,
      wholeRuns: this.#wholeRuns,
      seeds: { first: firstSeed, last: this.#nextSeed - 1 },
      failure: this.#failure,
    };
  }

  get #all(): number {
    return this.#states + this.#statesAgain;
  }

  get #seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** One process from its start to its end. */
  async #work(): Promise<void> {
    const worker = fork(WORKER, { execArgv: NODE_OPTIONS });
    worker.on("message", (message: FromWorker) => {
      this.#take(message, worker);
    });
    this.#giveSeed(worker);
    const code = await new Promise<number | null>((resolve) => worker.once("exit", resolve));
    const seed = String(this.#workers.get(worker));
    this.#workers.delete(worker);
    if (code !== 0) {
      const again = `run it again with: make crash SEED=${seed} WORKERS=1`;
      this.#fail(`a process of the search ended with ${String(code)} in run ${seed}\n${again}`);
    }
  }

  #take(message: FromWorker, worker: ChildProcess): void {
    switch (message.kind) {
      case "visited":
        this.#states += message.states;
        this.#statesAgain += message.statesAgain;
        if (this.#all >= this.#options.states) this.#end();
        return;
      case "finished":
        this.#wholeRuns += message.isWhole ? 1 : 0;
        if (!this.#isOver) this.#giveSeed(worker);
        return;
      case "failed":
        this.#fail(message.problem);
    }
  }

  /** Where there is no other, the process ends. */
  #giveSeed(worker: ChildProcess): void {
    const { firstSeed, runs = Number.POSITIVE_INFINITY } = this.#options;
    const seed = this.#nextSeed;
    if (seed >= firstSeed + runs) {
      this.#send(worker, { kind: "end" });
      return;
    }
    this.#nextSeed += 1;
    this.#workers.set(worker, seed);
    const { statesPerRun } = this.#options;
    // Infinity cannot be sent.
    const bound = Number.isFinite(statesPerRun) ? { statesMax: statesPerRun } : {};
    this.#send(worker, { kind: "search", seed, ...bound });
  }

  #fail(problem: string): void {
    this.#failure ??= problem;
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const worker of this.#workers.keys()) this.#send(worker, { kind: "end" });
  }

  #send(worker: ChildProcess, message: ToWorker): void {
    if (worker.connected) worker.send(message);
  }
}
