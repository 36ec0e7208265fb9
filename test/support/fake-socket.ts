/** The other side of a connection without a network: takes what is written, or none of it until the test says so. */

import type { Socket } from "node:net";
import { Duplex } from "node:stream";

export class FakeSocket extends Duplex {
  readonly written: Buffer[] = [];
  #isStuck = false;
  #onTaken: (() => void) | undefined;

  /** As what it stands for, of which a connection uses no more than is here. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  stick(): void {
    this.#isStuck = true;
  }

  /** Takes all that waits, and what comes. */
  flow(): void {
    this.#isStuck = false;
    this.#onTaken?.();
    this.#onTaken = undefined;
  }

  destroySoon(): void {
    this.destroy();
  }

  override _read(): void {
    // What comes is handed to the connection by the test.
  }

  override _write(bytes: Buffer, _encoding: string, onTaken: () => void): void {
    this.written.push(bytes);
    if (this.#isStuck) this.#onTaken = onTaken;
    else onTaken();
  }
}
