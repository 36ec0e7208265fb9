/**
 * The frames of one connection: taken as they come, or, where the intake has no room for more requests, when it is the connection's turn.
 * What waits is kept as the pieces that came, each with its time.
 */

import { FrameReader, type Frame } from "./frame-reader.js";
import { TURN_REQUESTS, type Intake, type Waiting } from "./intake.js";
import { FrameType } from "./protocol.js";

/** With so much waiting, or in so many pieces, no more should be brought: a thousand calls of a usual size. */
const WAITING_BYTES_MAX = 524_288;
const WAITING_PIECES_MAX = 64;

export interface FrameTaker {
  takeFrame(frame: Frame): void;
  /** Whether no more are taken, whatever there is. */
  readonly isEnding: boolean;
  /** Whether the peer has not read so much that what it brought must wait until it has. */
  readonly isUnread: boolean;
  /** Calls `read`, which takes frames, and sees to what one of them throws. */
  onTurn(read: () => void): void;
}

interface Piece {
  readonly bytes: Buffer;
  /** When it came, by the monotonic clock. */
  readonly timeMs: number;
}

export class PacedFrames implements Waiting {
  readonly #reader = new FrameReader();
  readonly #intake: Intake | undefined;
  readonly #taker: FrameTaker;
  /** Of what the reader has. Undefined: nothing waits. */
  #waitsSinceMs: number | undefined;
  /** What came after that, oldest first. */
  readonly #pieces: Piece[] = [];
  #pieceBytes = 0;
  #areLate = false;
  /** Waits for the peer to read, and for no turn. */
  #isStalled = false;
  #turnMs = 0;

  /** `intake` undefined: there is room for any number. */
  constructor(intake: Intake | undefined, taker: FrameTaker) {
    this.#intake = intake;
    this.#taker = taker;
  }

  get waitsSinceMs(): number {
    return this.#waitsSinceMs ?? Infinity;
  }

  /** Whether so much waits that no more should be brought. */
  get isFull(): boolean {
    if (this.#intake === undefined || this.#waitsSinceMs === undefined) return false;
    const isMuch = this.#pieceBytes >= WAITING_BYTES_MAX;
    return isMuch || this.#pieces.length >= WAITING_PIECES_MAX || this.#intake.isCrammed;
  }

  /** Whether those that are taken now have waited too long. */
  get areLate(): boolean {
    return this.#areLate;
  }

  /** How long those that are taken now have waited, in milliseconds. */
  get waitedMs(): number {
    return this.#waitsSinceMs === undefined ? 0 : Math.max(0, this.#turnMs - this.#waitsSinceMs);
  }

  /** What the connection brought. Throws what the taker throws. */
  add(bytes: Buffer): void {
    if (this.#intake !== undefined && this.#waitsSinceMs !== undefined) {
      this.#pieces.push({ bytes, timeMs: this.#intake.nowMs });
      this.#keep(bytes.length);
      return;
    }
    this.#reader.add(bytes);
    this.#take(Infinity);
  }

  /** The connection has ended, and waits for no turn. */
  drop(): void {
    this.#intake?.drop(this);
    this.#pieces.length = 0;
    this.#keep(-this.#pieceBytes);
  }

  /** The peer has read. */
  onRoom(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.#intake?.waitAgain(this);
  }

  takeTurn(): void {
    this.#begin(() => {
      this.#take(TURN_REQUESTS);
    });
  }

  takeLate(sinceMs: number): void {
    this.#begin(() => {
      this.#areLate = true;
      try {
        while (this.waitsSinceMs <= sinceMs && !this.#isStalled) this.#takePiece();
      } finally {
        this.#areLate = false;
      }
      // What is left came later.
      if (!this.#isStalled) this.#take(0);
    });
  }

  #begin(take: () => void): void {
    this.#turnMs = this.#intake?.nowMs ?? 0;
    this.#taker.onTurn(take);
  }

  /** As far as it goes: so many requests, and as many as the intake has room for. */
  #take(requestsMax: number): void {
    let requestCount = 0;
    while (!this.#stalls()) {
      const frame = this.#next();
      if (frame === undefined) {
        if (!this.#goOn()) return;
        continue;
      }
      if (frame.type === FrameType.headers) {
        if (requestCount === requestsMax || this.#intake?.isFull === true) {
          this.#reader.putBack(frame);
          this.#wait(this.#intake);
          return;
        }
        requestCount += 1;
      }
      this.#taker.takeFrame(frame);
    }
  }

  /** All that the reader has. */
  #takePiece(): void {
    while (!this.#stalls()) {
      const frame = this.#next();
      if (frame === undefined) {
        this.#goOn();
        return;
      }
      if (frame.type === FrameType.headers) this.#intake?.noteLate();
      this.#taker.takeFrame(frame);
    }
  }

  /** What waits goes on waiting while the peer does not read: its answers would be kept, and they are longer. */
  #stalls(): boolean {
    this.#isStalled = this.#waitsSinceMs !== undefined && this.#taker.isUnread;
    return this.#isStalled;
  }

  #next(): Frame | undefined {
    return this.#taker.isEnding ? undefined : this.#reader.next();
  }

  /** On to what came next. Returns whether there is any. */
  #goOn(): boolean {
    const piece = this.#pieces.shift();
    this.#waitsSinceMs = piece?.timeMs;
    if (piece === undefined) return false;
    this.#keep(-piece.bytes.length);
    this.#reader.add(piece.bytes);
    return true;
  }

  #keep(bytes: number): void {
    this.#pieceBytes += bytes;
    this.#intake?.keep(bytes);
  }

  #wait(intake: Intake | undefined): void {
    this.#waitsSinceMs ??= intake?.nowMs;
    intake?.wait(this);
  }
}
