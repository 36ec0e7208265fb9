/**
 * A call whose replies are a stream, and whose requests are one or a stream: a stream of Node.js with messages in it. What
 * the caller sends is read as fast as it is asked for, and what is written is called back when the connection has
 * taken it, so that either side can make the other wait.
 *
 * Emits "cancelled" when nobody waits for the replies any more, and "close" when all is over.
 */

import { Duplex } from "node:stream";

import { status } from "@grpc/grpc-js";

import type { RequestListener } from "../http2/index.js";
import { HEAD_BLOCK, onlyStatusBlock, statusBlock, type CallStatus } from "./call-blocks.js";
import { CallFailure } from "./call-failure.js";
import {
  decompress,
  MESSAGE_HEAD_BYTES,
  MessageReader,
  type ReadMessage,
} from "./message-reader.js";
import {
  atDeadline,
  DEADLINE_PASSED,
  tooLongReply,
  type CallStart,
  type ServedCall,
} from "./served-call.js";
import { toStatus } from "./status-map.js";

export type StreamHandle<Request, Message> = (call: StreamCall<Request, Message>) => void;

const SUCCESS: CallStatus = { code: status.OK, details: "" };

export class StreamCall<Request, Message> extends Duplex implements ServedCall, RequestListener {
  cancelled = false;
  /** What was thrown while a message was encoded, which has ended the call. */
  fault: unknown;
  readonly #start: CallStart<Request, Message>;
  readonly #handle: StreamHandle<Request, Message>;
  readonly #reader: MessageReader;
  readonly #timer: NodeJS.Timeout | undefined;
  /** Of a call with one. */
  #request: Request | undefined;
  #isRequestWhole = false;
  #isWanted = false;
  #isDecompressing = false;
  /** Received, and the caller does not know yet that there is room for as many again. */
  #heldBytes = 0;
  #hasBegun = false;
  #outcome = SUCCESS;
  #isAnswered = false;

  constructor(start: CallStart<Request, Message>, handle: StreamHandle<Request, Message>) {
    // Each message may be long, so none is taken ahead of the one that is read.
    super({ objectMode: true, readableHighWaterMark: 1 });
    this.#start = start;
    this.#handle = handle;
    this.#reader = new MessageReader(start.messageBytesMax);
    const { deadlineMs } = start.head;
    if (deadlineMs !== Infinity) {
      this.#timer = atDeadline(deadlineMs, () => {
        this.#cut(DEADLINE_PASSED);
      });
    }
    // With one request the handler is called when it is there.
    if (start.method.requestStream) {
      handle(this);
      return;
    }
    this.push(null);
    this.resume();
  }

  get request(): Request {
    return this.#request as Request;
  }

  get peer(): string {
    return this.#start.stream.peer;
  }

  get deadlineMs(): number {
    return this.#start.head.deadlineMs;
  }

  header(name: string): string | undefined {
    return this.#start.head.header(name);
  }

  /** Ends the call with a status that is no success, after what was written before. */
  fail(outcome: CallStatus): void {
    this.#outcome = outcome;
    this.end();
  }

  // What comes.

  onData(bytes: Buffer): void {
    try {
      this.#heldBytes += bytes.length;
      this.#reader.add(bytes);
      this.#deliver();
    } catch (error) {
      this.#failWith(error);
    }
  }

  onEnd(): void {
    this.#isRequestWhole = true;
    try {
      if (this.#start.method.requestStream) this.#deliver();
      else this.#serveOne();
    } catch (error) {
      this.#failWith(error);
    }
  }

  onOver(): void {
    clearTimeout(this.#timer);
    this.#start.stream.done();
    this.#abandon();
  }

  override _read(): void {
    this.#isWanted = true;
    try {
      this.#deliver();
    } catch (error) {
      this.#failWith(error);
    }
  }

  /** Hands on the next message, if it is wanted and there. */
  #deliver(): void {
    if (this.#isWanted && !this.#isDecompressing && !this.destroyed) {
      const message = this.#reader.next();
      if (message !== undefined) this.#take(message);
      else if (this.#isRequestWhole) this.#endRequests();
    }
    // A message that waits to be wanted holds up the caller; a part of one does not, or it would never be whole.
    if (this.#reader.hasWhole || this.#heldBytes === 0) return;
    const bytes = this.#heldBytes;
    this.#heldBytes = 0;
    this.#start.stream.consumed(bytes);
  }

  #take({ bytes, isCompressed }: ReadMessage): void {
    if (!isCompressed) {
      this.#isWanted = false;
      this.push(this.#start.method.decodeRequest(bytes));
      return;
    }
    const { encoding, messageBytesMax } = this.#start;
    this.#isDecompressing = true;
    decompress(bytes, encoding, messageBytesMax)
      .then((message) => {
        this.#isDecompressing = false;
        this.#take({ bytes: message, isCompressed: false });
      })
      .catch((error: unknown) => {
        this.#failWith(error);
      });
  }

  #endRequests(): void {
    this.#isWanted = false;
    if (!this.#reader.isEmpty) throw cutShort();
    this.push(null);
  }

  #serveOne(): void {
    const message = this.#reader.next();
    if (message === undefined || !this.#reader.isEmpty) throw cutShort();
    const { encoding, messageBytesMax } = this.#start;
    const serve = (bytes: Buffer): void => {
      if (this.#isAnswered || this.destroyed) return;
      this.#request = this.#start.method.decodeRequest(bytes);
      this.#handle(this);
    };
    if (!message.isCompressed) {
      serve(message.bytes);
      return;
    }
    decompress(message.bytes, encoding, messageBytesMax)
      .then(serve)
      .catch((error: unknown) => {
        this.#failWith(error);
      });
  }

  // What goes.

  override _write(message: Message, _encoding: string, onTaken: () => void): void {
    const { stream, method, messageBytesMax } = this.#start;
    let bytes: Buffer;
    try {
      bytes = method.encodeReply(message);
    } catch (error) {
      this.fault = error;
      this.#cut(toStatus(error));
      return;
    }
    const length = bytes.length - MESSAGE_HEAD_BYTES;
    if (length > messageBytesMax) {
      this.#cut(tooLongReply(length, messageBytesMax));
      return;
    }
    if (!this.#hasBegun) stream.respond(HEAD_BLOCK);
    this.#hasBegun = true;
    stream.write(bytes, onTaken);
  }

  override _final(onDone: () => void): void {
    this.#answer(this.#outcome);
    onDone();
  }

  #answer(outcome: CallStatus): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#start.stream.end(this.#hasBegun ? statusBlock(outcome) : onlyStatusBlock(outcome));
  }

  #failWith(error: unknown): void {
    if (!(error instanceof CallFailure)) throw error;
    this.#cut({ code: error.code, details: error.message });
  }

  /** Ends the call at once: what the connection has not taken is not sent. */
  #cut(outcome: CallStatus): void {
    this.#start.stream.dropUnsent();
    this.#answer(outcome);
    this.cancelled = true;
    this.emit("cancelled");
    this.destroy();
  }

  #abandon(): void {
    if (!this.#isAnswered) {
      this.cancelled = true;
      this.emit("cancelled");
    }
    this.destroy();
  }
}

function cutShort(): CallFailure {
  return new CallFailure(status.INTERNAL, "request: ends in the middle of a message, or has none");
}
