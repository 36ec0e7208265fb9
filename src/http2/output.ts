/**
 * What goes out on a connection: gathered until the end of a turn of the event loop, then written at once, since a write
 * to a socket costs more than most replies.
 */

import type { Socket } from "node:net";

/** What is gathered is joined into pieces of about so many bytes, which costs less than to hand over each of what it is made of. */
const PIECE_BYTES = 65_536;

/** With so much waiting there is no room for more data: it stays with its stream until there is. */
const WAITING_BYTES_MAX = 65_536;

export class Output {
  readonly #socket: Socket;
  readonly #onRoom: () => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isAwaited = false;

  /** `onRoom` is called when there is room again after there was none. */
  constructor(socket: Socket, onRoom: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
    socket.on("drain", () => {
      this.#tellRoom();
    });
  }

  /** What the other side has not taken yet. */
  get waitingBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  /** Whoever has data finds out by this that it must wait, and is told when there is room. */
  isFull(): boolean {
    if (this.waitingBytes < WAITING_BYTES_MAX) return false;
    this.#isAwaited = true;
    return true;
  }

  add(bytes: Buffer): void {
    if (this.#pieces.length === 0) process.nextTick(this.#flush);
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Writes what is there, and nothing after it. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  readonly #flush = (): void => {
    const pieces = this.#pieces;
    const bytes = this.#bytes;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#bytes = 0;
    if (!this.#socket.writable) return;
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined) {
      this.#socket.write(only);
    } else if (bytes <= PIECE_BYTES) {
      this.#socket.write(Buffer.concat(pieces, bytes));
    } else {
      this.#socket.cork();
      for (const piece of joined(pieces)) this.#socket.write(piece);
      this.#socket.uncork();
    }
    if (this.#socket.writableLength < WAITING_BYTES_MAX) this.#tellRoom();
  };

  #tellRoom(): void {
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    this.#onRoom();
  }
}

function* joined(pieces: readonly Buffer[]): Generator<Buffer> {
  let first = 0;
  let bytes = 0;
  for (const [at, piece] of pieces.entries()) {
    bytes += piece.length;
    if (bytes < PIECE_BYTES && at < pieces.length - 1) continue;
    yield Buffer.concat(pieces.slice(first, at + 1), bytes);
    first = at + 1;
    bytes = 0;
  }
}
