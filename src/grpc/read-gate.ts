/**
 * Has the next message of a stream asked for only while it is open. A stream of Node.js that is paused still takes
 * sixteen messages ahead, each as long as a message may be; this one takes none, so that HTTP/2 makes the sender wait.
 */

import type { Readable } from "node:stream";

export class ReadGate {
  readonly #ask: () => void;
  #isOpen = true;
  /** The stream asked while the gate was shut. */
  #isAskedFor = false;

  /** `stream` has not been read from yet. */
  constructor(stream: Readable) {
    // Whoever makes a stream implements _read, and Node.js calls it for one message at a time.
    const read = stream._read.bind(stream);
    this.#ask = () => {
      read(stream.readableHighWaterMark);
    };
    stream._read = () => {
      if (this.#isOpen) this.#ask();
      else this.#isAskedFor = true;
    };
  }

  shut(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    if (!this.#isAskedFor) return;
    this.#isAskedFor = false;
    this.#ask();
  }
}
