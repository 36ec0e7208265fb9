/**
 * One request and its answer. What is received waits for nobody here: a listener gets it at once, and says how much of
 * it is done with, which lets the other side send more. What is sent waits here until the other side has
 * room for it, and the connection too.
 */

import { payloadFrame, windowUpdateFrame, writeFrameHead } from "./frames.js";
import type { Output } from "./output.js";
import {
  ConnectionError,
  ErrorCode,
  Flag,
  FRAME_BYTES_DEFAULT,
  FRAME_HEAD_BYTES,
  FrameType,
  StreamError,
  WINDOW_BYTES_MAX,
} from "./protocol.js";

/** Bytes of one request that the other side may send before any of them are done with. */
export const STREAM_WINDOW_BYTES = 262_144;

/** What is told of a request. */
export interface RequestListener {
  /** A part of a larger buffer, to be copied by whoever keeps it. Whoever is done with it says so to `consumed`. */
  onData(bytes: Buffer): void;
  /** The request is whole. */
  onEnd(): void;
  /** Nothing comes or goes any more: all was answered, or the stream was reset, or its connection is gone. */
  onOver(): void;
}

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly output: Output;
  /** Bytes that the other side takes on all streams together. */
  sendWindow: number;
  /** Calls `pump` when there may be room. */
  wait(stream: Http2Stream): void;
  /** The next block of header fields must begin with how large a table we need. */
  readonly owesTableSize: boolean;
  /** The block, with that before it. */
  payTableSize(block: Buffer): Buffer;
  /** So many bytes of data are done with. */
  consumed(bytes: number): void;
  /** Tells the other side that the stream ends at once, and that whatever still comes is thrown away. */
  reset(streamId: number, code: ErrorCode): void;
  /** The stream is over. */
  forget(stream: Http2Stream): void;
  /** Nobody works on the stream any more. */
  release(): void;
}

interface Piece {
  readonly bytes: Buffer;
  sentBytes: number;
  /** The connection has taken all of it. */
  readonly onTaken: (() => void) | undefined;
}

export class Http2Stream {
  readonly id: number;
  /** Of the caller, ADDRESS:PORT. */
  readonly peer: string;
  readonly #host: StreamHost;
  #listener: RequestListener | undefined;
  #sendWindow: number;
  #receiveWindow = STREAM_WINDOW_BYTES;
  /** Received, and not done with yet. */
  #heldBytes = 0;
  /** Done with, and the other side does not know yet. */
  #creditBytes = 0;
  /** What content-length has left. */
  #expectedBytes: number | undefined;
  readonly #pieces: Piece[] = [];
  /** Sent when all data is. */
  #last: Buffer | undefined;
  #isRequestWhole = false;
  #isOver = false;
  /** The stream itself, and whoever works on it. */
  #holders = 2;

  constructor(host: StreamHost, start: StreamStart) {
    this.#host = host;
    this.id = start.id;
    this.peer = start.peer;
    this.#sendWindow = start.sendWindow;
    this.#expectedBytes = start.contentLength;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isRequestWhole(): boolean {
    return this.#isRequestWhole;
  }

  /** From the moment when someone listens, whatever comes is told. */
  listen(listener: RequestListener): void {
    this.#listener = listener;
    if (this.#isOver) listener.onOver();
    else if (this.#isRequestWhole) listener.onEnd();
  }

  // What the one who answers says.

  /** So many bytes of what was received are done with. */
  consumed(bytes: number): void {
    if (this.#isOver) return;
    this.#heldBytes -= bytes;
    this.#host.consumed(bytes);
    if (this.#isRequestWhole) return;
    this.#creditBytes += bytes;
    if (this.#creditBytes * 2 < STREAM_WINDOW_BYTES) return;
    this.#host.output.add(windowUpdateFrame(this.id, this.#creditBytes));
    this.#receiveWindow += this.#creditBytes;
    this.#creditBytes = 0;
  }

  /** Begins the answer. */
  respond(head: Buffer): void {
    if (!this.#isOver) this.#sendHeaders(head, 0);
  }

  /** `onTaken` is called when the connection has taken it; never, if the stream is over before. */
  write(bytes: Buffer, onTaken?: () => void): void {
    if (this.#isOver) return;
    this.#pieces.push({ bytes, sentBytes: 0, onTaken });
    this.pump();
  }

  /** Ends the answer with a block of headers, once all data is sent. */
  end(last: Buffer): void {
    if (this.#isOver || this.#last !== undefined) return;
    this.#last = last;
    this.pump();
  }

  /** The whole of a short answer at once, and as one piece where there is room for it now. */
  answer(head: Buffer, body: Buffer, last: Buffer): void {
    if (this.#isOver) return;
    const room = Math.min(FRAME_BYTES_DEFAULT, this.#sendWindow, this.#host.sendWindow);
    if (body.length > room || this.#host.owesTableSize || this.#host.output.isFull()) {
      this.respond(head);
      this.write(body);
      this.end(last);
      return;
    }
    this.#sendWindow -= body.length;
    this.#host.sendWindow -= body.length;
    const length = head.length + body.length + last.length + 3 * FRAME_HEAD_BYTES;
    const bytes = Buffer.allocUnsafe(length);
    let at = this.#writeFrame(bytes, 0, HEAD, head);
    at = this.#writeFrame(bytes, at, DATA, body);
    this.#writeFrame(bytes, at, LAST, last);
    this.#host.output.add(bytes);
    this.#answered();
  }

  /** Lets go of data that was not sent, and whoever waits for it is not told. */
  dropUnsent(): void {
    const [first] = this.#pieces;
    // A message that was begun would be read together with what follows; only whole ones can be let go of.
    this.#pieces.length = first !== undefined && first.sentBytes > 0 ? 1 : 0;
  }

  reset(code: ErrorCode): void {
    if (this.#isOver) return;
    this.#host.reset(this.id, code);
    this.over();
  }

  /** Nobody works on the request any more: until then it counts against the connection, also if it is reset. */
  done(): void {
    this.#drop();
  }

  // What the connection says.

  /** `flowBytes`: with the padding around it. */
  receiveData(data: Buffer, flowBytes: number): void {
    // Also of data that must not be there: the connection gets them back when the stream is over.
    this.#heldBytes += flowBytes;
    if (this.#isRequestWhole) {
      throw new StreamError(ErrorCode.streamClosed, "data came after the end");
    }
    this.#receiveWindow -= flowBytes;
    if (this.#receiveWindow < 0) {
      throw new StreamError(ErrorCode.flowControlError, "more data came than was allowed");
    }
    if (this.#expectedBytes !== undefined) {
      this.#expectedBytes -= data.length;
      if (this.#expectedBytes < 0) throw badContentLength();
    }
    if (flowBytes > data.length) this.consumed(flowBytes - data.length);
    if (data.length > 0) this.#listener?.onData(data);
  }

  receiveEnd(): void {
    if (this.#isRequestWhole) {
      throw new StreamError(ErrorCode.streamClosed, "the request was whole already");
    }
    if (this.#expectedBytes !== undefined && this.#expectedBytes !== 0) throw badContentLength();
    this.#isRequestWhole = true;
    if (!this.#isOver) this.#listener?.onEnd();
  }

  growWindow(moreBytes: number): void {
    this.#sendWindow += moreBytes;
    if (this.#sendWindow > WINDOW_BYTES_MAX) {
      throw new StreamError(ErrorCode.flowControlError, "a window is too large");
    }
    this.pump();
  }

  /** The other side begins every stream with another window than before. */
  shiftWindow(byBytes: number): void {
    this.#sendWindow += byBytes;
    if (this.#sendWindow > WINDOW_BYTES_MAX) {
      throw new ConnectionError(ErrorCode.flowControlError, "a window is too large");
    }
    this.pump();
  }

  /** Nothing comes or goes any more. */
  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pieces.length = 0;
    this.#host.consumed(this.#heldBytes);
    this.#host.forget(this);
    this.#listener?.onOver();
    this.#drop();
  }

  /** Sends what there is room for. */
  pump(): void {
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      if (!this.#sendFrom(first)) return;
      this.#pieces.shift();
      first.onTaken?.();
    }
    if (this.#last === undefined || this.#isOver) return;
    this.#sendHeaders(this.#last, Flag.endStream);
    this.#answered();
  }

  /** Whether all of it is sent. */
  #sendFrom(piece: Piece): boolean {
    const { bytes } = piece;
    while (piece.sentBytes < bytes.length) {
      // What waits for this stream's own window is woken by that.
      if (this.#sendWindow <= 0) return false;
      const room = Math.min(FRAME_BYTES_DEFAULT, this.#sendWindow, this.#host.sendWindow);
      if (room <= 0 || this.#host.output.isFull()) {
        this.#host.wait(this);
        return false;
      }
      const payload = bytes.subarray(piece.sentBytes, piece.sentBytes + room);
      this.#sendWindow -= payload.length;
      this.#host.sendWindow -= payload.length;
      piece.sentBytes += payload.length;
      this.#host.output.add(payloadFrame({ ...DATA, streamId: this.id }, payload));
    }
    return true;
  }

  #sendHeaders(block: Buffer, flags: number): void {
    let rest = this.#host.owesTableSize ? this.#host.payTableSize(block) : block;
    let type: number = FrameType.headers;
    let isLast: boolean;
    do {
      const payload = rest.subarray(0, FRAME_BYTES_DEFAULT);
      rest = rest.subarray(payload.length);
      isLast = rest.length === 0;
      const streamFlags = type === FrameType.headers ? flags : 0;
      const head = { type, flags: streamFlags | (isLast ? Flag.endHeaders : 0), streamId: this.id };
      this.#host.output.add(payloadFrame(head, payload));
      type = FrameType.continuation;
    } while (!isLast);
  }

  #writeFrame(bytes: Buffer, at: number, { type, flags }: FrameKind, payload: Buffer): number {
    const { length } = payload;
    const start = writeFrameHead(bytes, at, { type, flags, streamId: this.id, length });
    bytes.set(payload, start);
    return start + length;
  }

  /** A caller that has not sent all of its request need not go on (RFC 9113, 8.1). */
  #answered(): void {
    if (this.#isRequestWhole) this.over();
    else this.reset(ErrorCode.noError);
  }

  #drop(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#host.release();
  }
}

export interface StreamStart {
  readonly id: number;
  readonly peer: string;
  readonly sendWindow: number;
  /** What the caller says that it will send. */
  readonly contentLength: number | undefined;
}

interface FrameKind {
  readonly type: number;
  readonly flags: number;
}

const HEAD: FrameKind = { type: FrameType.headers, flags: Flag.endHeaders };
const DATA: FrameKind = { type: FrameType.data, flags: 0 };
const LAST: FrameKind = { type: FrameType.headers, flags: Flag.endHeaders | Flag.endStream };

function badContentLength(): StreamError {
  return new StreamError(ErrorCode.protocolError, "content-length is not the length of the data");
}
