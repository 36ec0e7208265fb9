/** A directory and the real server over it, for one scenario: started, ended and started again, and gone afterwards. */

import { join } from "node:path";

import { ServerProcess, type HowItEnded } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";

/** Small enough that a start is quick. */
const SETTINGS = ["--segment-bytes=8MiB", "--shutdown-grace=0"];

export class Stage {
  /** For files of the scenario's own. */
  readonly directory: string;
  /** The server's. */
  readonly data: string;
  readonly #settings: readonly string[];
  #server: ServerProcess | undefined;

  private constructor(directory: string, settings: readonly string[]) {
    this.directory = directory;
    this.data = join(directory, "data");
    this.#settings = [...SETTINGS, ...settings];
  }

  /** Does the scenario with a server that has just started. The later of two like settings counts. */
  static async with(
    settings: readonly string[],
    scenario: (stage: Stage) => Promise<void>,
  ): Promise<void> {
    const stage = new Stage(await makeTemporaryDirectory(), settings);
    try {
      await stage.start();
      await scenario(stage);
    } finally {
      await stage.#server?.dispose();
      await removeDirectory(stage.directory);
    }
  }

  get address(): string {
    return this.#running.address;
  }

  /** What the server wrote last. */
  get output(): string {
    return this.#running.output;
  }

  get serverPid(): number {
    const { pid } = this.#running;
    if (pid === undefined) throw new Error("the server has no process");
    return pid;
  }

  async start(): Promise<void> {
    this.#server = await ServerProcess.start(this.data, this.#settings);
  }

  end(signal: NodeJS.Signals): Promise<HowItEnded> {
    return this.#running.end(signal);
  }

  get #running(): ServerProcess {
    if (this.#server === undefined) throw new Error("the server was never started");
    return this.#server;
  }
}
