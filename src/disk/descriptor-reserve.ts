/**
 * Descriptors that are held for what the log cannot go on without, while others run out of them: connections
 * above all. One is closed and its successor opened in the same step of the event loop, on which connections are
 * accepted too, so that none of them comes in between.
 */

import * as fs from "node:fs";
import { devNull } from "node:os";

import { systemErrorCode } from "../base/index.js";

/** A rotation needs three at a time; a spare, a checkpoint and an output of compaction may be written meanwhile. */
const DESCRIPTORS_HELD = 6;

export class DescriptorReserve {
  readonly #held: number[] = [];
  #size = 0;

  /** Begins to hold descriptors, as many as can be had. */
  fill(): void {
    this.#size = DESCRIPTORS_HELD;
    this.#refill();
  }

  /** Gives all back, and holds none any more. */
  release(): void {
    this.#size = 0;
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

  #refill(): void {
    try {
      while (this.isShort) this.#held.push(fs.openSync(devNull, fs.constants.O_RDONLY));
    } catch {
      // The next file that is closed is another chance.
    }
  }
}

/** Whether an open failed for want of a descriptor, in this process or on the whole machine. */
export function isShortage(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === "EMFILE" || code === "ENFILE";
}
