/** One process of a search: searches the runs of the seeds that it is given, and tells what it visits. */

import { settle } from "../support/manual-clock.js";
import { FailedCase } from "./cases.js";
import { runOf } from "./runs.js";
import { CrashSearch } from "./search.js";

export type ToWorker =
  /** So many first crashes at the most; absent: all that differ. */
  | { readonly kind: "search"; readonly seed: number; readonly statesMax?: number }
  /** The state under way is the last. */
  | { readonly kind: "end" };

export type FromWorker =
  /** So many more than were told of before. */
  | { readonly kind: "visited"; readonly states: number; readonly statesAgain: number }
  | { readonly kind: "finished"; readonly isWhole: boolean }
  | { readonly kind: "failed"; readonly problem: string };

const TELL_EVERY = 100;

class Worker {
  #isOver = false;
  #states = 0;
  #statesAgain = 0;

  async take(message: ToWorker): Promise<void> {
    if (message.kind === "end") {
      this.#isOver = true;
      // A search under way ends after its state; where none is, this is all.
      process.channel?.unref();
      return;
    }
    await this.#search(message);
  }

  async #search({ seed, statesMax }: Extract<ToWorker, { kind: "search" }>): Promise<void> {
    try {
      const onState = (which: "first" | "again"): "go on" | "stop" => this.#note(which);
      const bounds = statesMax === undefined ? {} : { statesMax };
      await new CrashSearch({ ...runOf(seed), ...bounds, onState }).run();
      this.#flush();
      this.#tell({ kind: "finished", isWhole: !this.#isOver });
    } catch (error) {
      this.#flush();
      this.#tell({ kind: "failed", problem: problemWith(seed, error) });
    }
    // What goes on in the background of a store that was left finds its disk dead, and ends.
    await settle();
  }

  #note(which: "first" | "again"): "go on" | "stop" {
    if (which === "first") this.#states += 1;
    else this.#statesAgain += 1;
    if (this.#states + this.#statesAgain >= TELL_EVERY) this.#flush();
    return this.#isOver ? "stop" : "go on";
  }

  #flush(): void {
    this.#tell({ kind: "visited", states: this.#states, statesAgain: this.#statesAgain });
    this.#states = 0;
    this.#statesAgain = 0;
  }

  #tell(message: FromWorker): void {
    process.send?.(message);
  }
}

/** A case says how to run it alone; what went wrong before there was one is found again by its seed. */
function problemWith(seed: number, error: unknown): string {
  if (error instanceof FailedCase) return error.message;
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `the run itself failed: ${problem}\nrun it again with: make crash SEED=${String(seed)} WORKERS=1`;
}

const worker = new Worker();
process.on("message", (message: ToWorker) => {
  void worker.take(message);
});
