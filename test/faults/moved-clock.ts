/** A server whose wall clock a test moves, by libfaketime. Its monotonic clock, and so its timers, are left alone. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Launch } from "../support/server-process.js";

/** How far the wall clock is from the true one, as libfaketime writes it. */
export type Offset = "+0" | "+1h" | "-1h" | "+10y" | "-10y";

export class MovedClock {
  readonly #path: string;
  readonly #library: string;

  /** `directory` is for a file that says where the clock is. */
  constructor(library: string, directory: string) {
    this.#library = library;
    this.#path = join(directory, "clock");
    this.moveTo("+0");
  }

  /** How to launch a server that has this clock. */
  get launch(): Launch {
    return {
      environment: {
        LD_PRELOAD: this.#library,
        FAKETIME_TIMESTAMP_FILE: this.#path,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
    };
  }

  /** From now on, for a server that runs as well. */
  moveTo(offset: Offset): void {
    writeFileSync(this.#path, offset);
  }
}
