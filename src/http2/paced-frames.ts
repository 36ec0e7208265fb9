/** The frames of one connection: taken as they come, or, where the intake has no room for more requests, when it is the connection's turn. */

import { FrameReader, type Frame } from "./frame-reader.js";
import { TURN_REQUESTS, type Intake, type Waiting } from "./intake.js";
import { FrameType } from "./protocol.js";

export interface FrameTaker {
  takeFrame(frame: Frame): void;
  /** Whether no more are taken, whatever there is. */
  readonly isEnding: boolean;
  /** Calls `read`, which takes frames, and sees to what one of them throws. */
  onTurn(read: () => void): void;
}

export class PacedFrames implements Waiting {
  readonly #reader = new FrameReader();
  readonly #intake: Intake | undefined;
  readonly #taker: FrameTaker;
  #waitsSinceMs: number | undefined;
  #areLate = false;

  /** `intake` undefined: there is room for any number. */
  constructor(intake: Intake | undefined, taker: FrameTaker) {
    this.#intake = intake;
    this.#taker = taker;
  }

  /** Whether some of what was brought waits. No more should be brought then. */
  get areWaiting(): boolean {
    return this.#waitsSinceMs !== undefined;
  }

  get waitsSinceMs(): number {
    return this.#waitsSinceMs ?? Infinity;
  }

  /** Whether those that are taken now have waited too long. */
  get areLate(): boolean {
    return this.#areLate;
  }

  /** What the connection brought. Throws what the taker throws. */
  add(bytes: Buffer): void {
    this.#reader.add(bytes);
    if (!this.areWaiting) this.#take(Infinity);
  }

  /** The connection has ended, and waits for no turn. */
  drop(): void {
    this.#intake?.drop(this);
  }

  takeTurn(): void {
    this.#taker.onTurn(() => {
      this.#take(TURN_REQUESTS);
    });
  }

  takeLate(): void {
    this.#areLate = true;
    // What the socket has for us by the end of the next poll was sent long ago too.
    setImmediate(() => {
      this.#areLate = false;
    });
    this.#taker.onTurn(() => {
      this.#take(Infinity);
    });
  }

  /** As far as it goes: so many requests, and as many as the intake has room for. */
  #take(requestsMax: number): void {
    let requestCount = 0;
    while (!this.#taker.isEnding) {
      const frame = this.#reader.next();
      if (frame === undefined) break;
      if (frame.type === FrameType.headers && this.#areLate) {
        this.#intake?.noteLate();
      } else if (frame.type === FrameType.headers) {
        if (requestCount === requestsMax || this.#intake?.isFull === true) {
          this.#reader.putBack(frame);
          this.#wait(this.#intake);
          return;
        }
        requestCount += 1;
      }
      this.#taker.takeFrame(frame);
    }
    this.#waitsSinceMs = undefined;
  }

  #wait(intake: Intake | undefined): void {
    this.#waitsSinceMs ??= intake?.nowMs;
    intake?.wait(this);
  }
}
