/** The thread that reads what lies on its tray, seen from the event loop. It ends with the process and holds no process open. */

import { Worker } from "node:worker_threads";

import { ReadTray } from "./read-tray.js";

/** It keeps nothing but what a read leaves behind for the collector. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 };

export class ReaderThread {
  readonly tray = new ReadTray();
  readonly #worker: Worker | undefined;
  #state: "starting" | "ready" | "ended" = "starting";
  #onReturn: () => void = () => undefined;

  constructor() {
    this.#worker = startWorker(this.tray);
    if (this.#worker === undefined) this.#state = "ended";
    // The first message says that it has begun, each further one that the tray is back.
    this.#worker?.on("message", () => {
      if (this.#state === "starting") this.#state = "ready";
      else this.#return();
    });
    // Its end follows, and that says enough.
    this.#worker?.on("error", () => undefined);
    this.#worker?.once("exit", () => {
      this.#state = "ended";
      this.#return();
    });
  }

  /** Whether the tray can be sent. */
  get isReady(): boolean {
    return this.#state === "ready";
  }

  /** Sends the tray, and resolves when it is back. A thread that ended meanwhile has done nothing of it. */
  async send(creditMicros: number): Promise<void> {
    this.tray.setDone(0, 0);
    const returned = new Promise<void>((resolve) => {
      this.#onReturn = resolve;
    });
    // Whoever waits for a read keeps the process, as with any other.
    this.#worker?.ref();
    this.tray.send(creditMicros);
    await returned;
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #return(): void {
    this.#worker?.unref();
    this.#onReturn();
  }
}

/** Undefined: the system has no thread to give. */
function startWorker(tray: ReadTray): Worker | undefined {
  try {
    const worker = new Worker(new URL("./reading-thread.js", import.meta.url), {
      name: "reading",
      workerData: tray.memory,
      resourceLimits: RESOURCE_LIMITS,
      // What the process was started with, to profile it for one, is not meant for this thread.
      execArgv: [],
    });
    worker.unref();
    return worker;
  } catch {
    return undefined;
  }
}
