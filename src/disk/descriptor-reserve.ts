/**
 * Descriptors that are held for what the log cannot go on without, while others run out of them: connections
 * above all. One is closed and its successor opened in the same step of the event loop, on which connections are
 * accepted too, so that none of them comes in between.
 *
 * One of them may also go to libuv. It turns connections away, when there is no descriptor for them, by means of one
 * that it keeps for that and closes for a moment; and in that moment a file may be opened on another thread. From then
 * on it would ask the kernel for the same connection again and again, and get it never. It takes another one whenever
 * a stream is made; so while descriptors are short a stream is made now and then, beside a free descriptor.
 */

import * as fs from "node:fs";
import { connect } from "node:net";
import { devNull } from "node:os";

import { systemErrorCode } from "../base/index.js";

/** A rotation needs three at a time; a spare, a checkpoint and an output of compaction may be written meanwhile. */
const DESCRIPTORS_HELD = 6;

/** For so long, at the most, libuv asks for a connection that it cannot have. */
const LOOK_MS = 500;

export class DescriptorReserve {
  readonly #held: number[] = [];
  #size = 0;
  #looking: NodeJS.Timeout | undefined;

  /** Begins to hold descriptors, as many as can be had. */
  fill(): void {
    this.#size = DESCRIPTORS_HELD;
    this.#refill();
    this.#looking ??= setInterval(() => {
      this.#replaceLost();
    }, LOOK_MS).unref();
  }

  /** Gives all back, and holds none any more. */
  release(): void {
    this.#size = 0;
    clearInterval(this.#looking);
    this.#looking = undefined;
    for (const descriptor of this.#held.splice(0)) fs.closeSync(descriptor);
  }

  /** Opens in place of one that is held. Throws `shortage`, as met without it, where none is. */
  openInstead(open: () => number, shortage: unknown): number {
    const held = this.#held.pop();
    if (held === undefined) throw shortage;
    fs.closeSync(held);
    return open();
  }

  /** Whether one that is closed next belongs here. */
  get isShort(): boolean {
    return this.#held.length < this.#size;
  }

  /** Closes the descriptor, and holds another in its place. */
  closeInto(descriptor: number): void {
    fs.closeSync(descriptor);
    this.#refill();
  }

  /** While descriptors are short: gives libuv one, if it has lost its own; else takes it back. */
  #replaceLost(): void {
    if (!isShortNow()) {
      this.#refill();
      return;
    }
    const held = this.#held.pop();
    if (held === undefined) return;
    fs.closeSync(held);
    makeStream();
    this.#refill();
  }

  #refill(): void {
    try {
      while (this.isShort) this.#held.push(fs.openSync(devNull, fs.constants.O_RDONLY));
    } catch {
      // The next file that is closed is another chance.
    }
  }
}

function isShortNow(): boolean {
  try {
    fs.closeSync(fs.openSync(devNull, fs.constants.O_RDONLY));
    return false;
  } catch (error) {
    return isShortage(error);
  }
}

/** One that leads nowhere, has no descriptor, and is gone at once. */
function makeStream(): void {
  connect({ host: "nowhere.invalid", port: 1, lookup: () => undefined }).destroy();
}

/** Whether an open failed for want of a descriptor, in this process or on the whole machine. */
export function isShortage(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === "EMFILE" || code === "ENFILE";
}
