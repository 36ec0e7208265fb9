/**
 * Divides long work among turns of the event loop. Whoever shares one of these shares what may be done in
 * a turn, so that many who work at the same time hold up the rest no longer than one does.
 */

import { yieldToLoop } from "../storage/index.js";

/**
 * Steps in one turn: about a millisecond of them. A step is what comparing a character with a part of a
 * glob takes, a nanosecond or two.
 */
const STEPS_PER_TURN = 1_000_000;

export class Turns {
  #stepCount = 0;
  #isUsedUp = false;
  /** Of the turn in which something was taken. */
  #end: Promise<void> | undefined;

  /** Undefined: so many steps may follow now. A promise: ask again when it resolves. */
  take(stepCount: number): Promise<void> | undefined {
    this.#end ??= this.#endOfTurn();
    if (this.#isUsedUp) return this.#end;
    // What takes more than a turn by itself has one to itself.
    if (this.#stepCount === 0 || this.#stepCount + stepCount <= STEPS_PER_TURN) {
      this.#stepCount += stepCount;
      return undefined;
    }
    this.#isUsedUp = true;
    return this.#end;
  }

  async #endOfTurn(): Promise<void> {
    await yieldToLoop();
    this.#stepCount = 0;
    this.#isUsedUp = false;
    this.#end = undefined;
  }
}
