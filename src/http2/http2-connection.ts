/**
 * The server's side of one HTTP/2 connection (RFC 9113): takes frames apart, keeps its streams, and ends when a peer breaks its rules.
 *
 * A peer that does not read is not read from either, once so much waits for it that it must have noticed. So
 * whatever it sends that asks for an answer, it can make us keep no more than that.
 */

import type { Socket } from "node:net";

import { FrameReader, type Frame } from "./frame-reader.js";
import {
  goAwayFrame,
  payloadFrame,
  resetFrame,
  settingsFrame,
  windowUpdateFrame,
} from "./frames.js";
import { HeaderReader, type HeaderList } from "./header-block.js";
import {
  Http2Stream,
  STREAM_WINDOW_BYTES,
  type RequestListener,
  type StreamHost,
} from "./http2-stream.js";
import { Output } from "./output.js";
import { PeerSettings } from "./peer-settings.js";
import {
  ConnectionError,
  ErrorCode,
  Flag,
  FrameType,
  PREFACE,
  Setting,
  StreamError,
  WINDOW_BYTES_DEFAULT,
  WINDOW_BYTES_MAX,
} from "./protocol.js";
import { checkTrailers, readRequestHead, type RequestHead } from "./request-head.js";

/** Bytes of all requests of a connection that may be held before any are done with. */
const CONNECTION_WINDOW_BYTES = 8_388_608;

/** Past this the peer is not read from until it has read. */
const UNREAD_BYTES_MAX = 1_048_576;

/** A block of header fields in so many frames' bytes is longer than any list that is allowed. */
const HEADER_BLOCK_BYTES_MAX = 131_072;

const HEADER_LIST_BYTES_MAX = 65_536;

/** After it was told why, a peer has so long to close its side. */
const FAREWELL_MS_MAX = 1000;

export interface ConnectionOptions {
  /** Most requests under way; a further one is refused, and may be made again. */
  readonly streamsMax: number;
  /** A request has begun. What it returns is told the rest. */
  readonly onRequest: (stream: Http2Stream, head: RequestHead) => RequestListener;
}

interface HeaderBlock {
  readonly streamId: number;
  readonly isEnd: boolean;
  readonly parts: Buffer[];
  bytes: number;
}

export class Http2Connection implements StreamHost {
  readonly output: Output;
  readonly peer: string;
  sendWindow = WINDOW_BYTES_DEFAULT;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #frames = new FrameReader();
  readonly #headers = new HeaderReader(HEADER_LIST_BYTES_MAX);
  readonly #streams = new Map<number, Http2Stream>();
  /** Those with data, for which there was no room. */
  readonly #waiting = new Set<Http2Stream>();
  readonly #peerSettings = new PeerSettings();
  #prefaceBytes = 0;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #creditBytes = 0;
  /** Streams that are not over, or that somebody still works on. */
  #busyCount = 0;
  #lastStreamId = 0;
  #block: HeaderBlock | undefined;
  readonly #resetIds = new Set<number>();
  #isDraining = false;
  #isEnding = false;
  #onPong: (() => void) | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.peer = `${socket.remoteAddress ?? "?"}:${String(socket.remotePort ?? 0)}`;
    this.output = new Output(socket, () => {
      this.#pumpWaiting();
      if (!socket.isPaused()) return;
      if (this.output.waitingBytes < UNREAD_BYTES_MAX) socket.resume();
      // What was sent now may be too much already: then we want to be told again.
      else this.output.isFull();
    });
  }

  /** Whether the peer has shown that it speaks HTTP/2. */
  get isOpen(): boolean {
    return this.#prefaceBytes === PREFACE.length;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** What the socket brought. */
  receive(bytes: Buffer): void {
    if (this.#isEnding) return;
    try {
      this.#frames.add(this.isOpen ? bytes : this.#afterPreface(bytes));
      for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame()) {
        this.#takeFrame(frame);
      }
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#fail(error);
    }
    if (this.output.waitingBytes < UNREAD_BYTES_MAX) return;
    this.output.isFull();
    this.#socket.pause();
  }

  /** The peer shall begin no more; the connection ends with the last of its streams. */
  drain(): void {
    if (this.#isDraining || this.#isEnding) return;
    this.#isDraining = true;
    this.output.add(goAwayFrame(this.#lastStreamId, ErrorCode.noError, ""));
    this.#endIfIdle();
  }

  /** Ends at once: every stream is cancelled. */
  cut(): void {
    for (const stream of [...this.#streams.values()]) stream.reset(ErrorCode.cancel);
    if (!this.#isEnding) this.#end();
    this.#socket.destroySoon();
  }

  /** Asks whether the peer is there. */
  ping(onPong: () => void): void {
    this.#onPong = onPong;
    const head = { type: FrameType.ping, flags: 0, streamId: 0 };
    this.output.add(payloadFrame(head, Buffer.alloc(8)));
  }

  /** The socket is gone. */
  closed(): void {
    this.#isEnding = true;
    for (const stream of [...this.#streams.values()]) stream.over();
  }

  // What streams ask for.

  wait(stream: Http2Stream): void {
    this.#waiting.add(stream);
    // So that it is told when there is room.
    this.output.isFull();
  }

  consumed(bytes: number): void {
    this.#creditBytes += bytes;
    if (this.#creditBytes * 2 < CONNECTION_WINDOW_BYTES) return;
    this.output.add(windowUpdateFrame(0, this.#creditBytes));
    this.#receiveWindow += this.#creditBytes;
    this.#creditBytes = 0;
  }

  reset(streamId: number, code: ErrorCode): void {
    this.output.add(resetFrame(streamId, code));
    this.#resetIds.add(streamId);
    if (this.#resetIds.size <= RESET_IDS_MAX) return;
    const [oldest] = this.#resetIds;
    if (oldest !== undefined) this.#resetIds.delete(oldest);
  }

  forget(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    this.#waiting.delete(stream);
    this.#endIfIdle();
  }

  release(): void {
    this.#busyCount -= 1;
  }

  // What the peer sends.

  #afterPreface(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, PREFACE.length - this.#prefaceBytes);
    const expected = PREFACE.subarray(this.#prefaceBytes, this.#prefaceBytes + part.length);
    if (!part.equals(expected)) {
      this.output.add(OTHER_PROTOCOL);
      this.#end();
      return NOTHING;
    }
    this.#prefaceBytes += part.length;
    if (this.isOpen) this.#greet();
    return bytes.subarray(part.length);
  }

  #greet(): void {
    this.output.add(
      settingsFrame([
        [Setting.maxConcurrentStreams, this.#options.streamsMax],
        [Setting.initialWindowSize, STREAM_WINDOW_BYTES],
        [Setting.maxHeaderListSize, HEADER_LIST_BYTES_MAX],
      ]),
    );
    this.output.add(windowUpdateFrame(0, CONNECTION_WINDOW_BYTES - WINDOW_BYTES_DEFAULT));
  }

  #nextFrame(): Frame | undefined {
    return this.#isEnding ? undefined : this.#frames.next();
  }

  #takeFrame(frame: Frame): void {
    const { type, streamId } = frame;
    if (this.#block !== undefined && type !== FrameType.continuation) {
      throw broken("a block of header fields was interrupted");
    }
    if (!this.#peerSettings.areThere && type !== FrameType.settings) {
      throw broken("the first frame must be settings");
    }
    try {
      if (streamId === 0) this.#takeOwn(frame);
      else this.#takeOfStream(frame);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#resetStream(streamId, error.code);
    }
  }

  #takeOwn({ type, flags, payload }: Frame): void {
    switch (type) {
      case FrameType.settings:
        this.#takeSettings(flags, payload);
        return;
      case FrameType.ping:
        this.#takePing(flags, payload);
        return;
      case FrameType.windowUpdate:
        this.sendWindow += incrementIn(payload);
        if (this.sendWindow > WINDOW_BYTES_MAX) {
          throw new ConnectionError(ErrorCode.flowControlError, "a window is too large");
        }
        this.#pumpWaiting();
        return;
      case FrameType.goAway:
        // It begins no more streams, and what is under way goes on.
        return;
      case FrameType.data:
      case FrameType.headers:
      case FrameType.priority:
      case FrameType.rstStream:
      case FrameType.continuation:
      case FrameType.pushPromise:
        throw broken("a frame of a stream names none");
      default:
      // Extensions that are not known are passed over (4.1).
    }
  }

  #takeOfStream(frame: Frame): void {
    const { type, flags, streamId, payload } = frame;
    switch (type) {
      case FrameType.data:
        this.#takeData(frame);
        return;
      case FrameType.headers:
        this.#takeHeaders(frame);
        return;
      case FrameType.continuation:
        this.#takeContinuation(flags, streamId, payload);
        return;
      case FrameType.windowUpdate:
        this.#checkNotIdle(streamId);
        this.#streams.get(streamId)?.growWindow(streamIncrementIn(payload));
        return;
      case FrameType.rstStream:
        if (payload.length !== 4) throw wrongLength("a reset");
        this.#checkNotIdle(streamId);
        this.#streams.get(streamId)?.over();
        return;
      case FrameType.priority:
        if (payload.length !== 5) {
          throw new StreamError(ErrorCode.frameSizeError, "a priority has 5 bytes");
        }
        return;
      case FrameType.settings:
      case FrameType.ping:
      case FrameType.goAway:
        throw broken("a frame of the connection names a stream");
      case FrameType.pushPromise:
        throw broken("clients promise nothing");
      default:
    }
  }

  #takeData({ flags, streamId, payload }: Frame): void {
    this.#checkNotIdle(streamId);
    this.#receiveWindow -= payload.length;
    if (this.#receiveWindow < 0) {
      throw new ConnectionError(ErrorCode.flowControlError, "more data came than was allowed");
    }
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      this.consumed(payload.length);
      if (this.#resetIds.has(streamId)) return;
      throw new StreamError(ErrorCode.streamClosed, "data came after the end");
    }
    stream.receiveData(withoutPadding(flags, payload), payload.length);
    if ((flags & Flag.endStream) !== 0) stream.receiveEnd();
  }

  #takeHeaders({ flags, streamId, payload }: Frame): void {
    if (streamId % 2 === 0) throw broken("a client's streams have odd numbers");
    let fragment = withoutPadding(flags, payload);
    if ((flags & Flag.priority) !== 0) {
      if (fragment.length < 5) throw wrongLength("a priority");
      fragment = fragment.subarray(5);
    }
    const isEnd = (flags & Flag.endStream) !== 0;
    if ((flags & Flag.endHeaders) !== 0) {
      this.#takeList(streamId, isEnd, this.#headers.read(fragment));
      return;
    }
    this.#block = { streamId, isEnd, parts: [Buffer.from(fragment)], bytes: fragment.length };
  }

  #takeContinuation(flags: number, streamId: number, payload: Buffer): void {
    const block = this.#block;
    if (block?.streamId !== streamId)
      throw broken("a block of header fields goes on that was not begun");
    block.parts.push(Buffer.from(payload));
    // So that many empty ones do not come for nothing either.
    block.bytes += payload.length + 1;
    if (block.bytes > HEADER_BLOCK_BYTES_MAX) {
      throw new ConnectionError(ErrorCode.enhanceYourCalm, "a block of header fields is too long");
    }
    if ((flags & Flag.endHeaders) === 0) return;
    this.#block = undefined;
    this.#takeList(streamId, block.isEnd, this.#headers.read(Buffer.concat(block.parts)));
  }

  #takeList(streamId: number, isEnd: boolean, list: HeaderList): void {
    const known = this.#streams.get(streamId);
    if (known !== undefined) {
      if (!isEnd && !known.isRequestWhole) {
        throw new StreamError(ErrorCode.protocolError, "headers came in the middle");
      }
      checkTrailers(list.fields);
      known.receiveEnd();
      return;
    }
    if (this.#resetIds.has(streamId)) return;
    if (streamId <= this.#lastStreamId) {
      throw new ConnectionError(ErrorCode.streamClosed, "headers came after the end");
    }
    this.#lastStreamId = streamId;
    if (this.#isDraining || this.#busyCount >= this.#options.streamsMax) {
      throw new StreamError(ErrorCode.refusedStream, "no more streams");
    }
    if (list.isTooLong) throw new StreamError(ErrorCode.enhanceYourCalm, "too many header fields");
    this.#open(streamId, isEnd, readRequestHead(list.fields));
  }

  #open(id: number, isEnd: boolean, head: RequestHead): void {
    const { contentLength } = head;
    const sendWindow = this.#peerSettings.initialWindowBytes;
    const stream = new Http2Stream(this, { id, peer: this.peer, sendWindow, contentLength });
    this.#streams.set(id, stream);
    this.#busyCount += 1;
    stream.listen(this.#options.onRequest(stream, head));
    if (isEnd) stream.receiveEnd();
  }

  #takeSettings(flags: number, payload: Buffer): void {
    if ((flags & Flag.ack) !== 0) {
      if (payload.length !== 0) throw wrongLength("an acknowledgement");
      return;
    }
    const before = this.#peerSettings.initialWindowBytes;
    this.#peerSettings.read(payload);
    this.output.add(
      payloadFrame({ type: FrameType.settings, flags: Flag.ack, streamId: 0 }, NOTHING),
    );
    const shift = this.#peerSettings.initialWindowBytes - before;
    if (shift === 0) return;
    for (const stream of [...this.#streams.values()]) stream.shiftWindow(shift);
  }

  #takePing(flags: number, payload: Buffer): void {
    if (payload.length !== 8) throw wrongLength("a ping");
    if ((flags & Flag.ack) === 0) {
      this.output.add(
        payloadFrame({ type: FrameType.ping, flags: Flag.ack, streamId: 0 }, payload),
      );
      return;
    }
    this.#onPong?.();
    this.#onPong = undefined;
  }

  #checkNotIdle(streamId: number): void {
    if (streamId > this.#lastStreamId || streamId % 2 === 0) {
      throw broken("a frame is of a stream that was not begun");
    }
  }

  #resetStream(streamId: number, code: ErrorCode): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) this.reset(streamId, code);
    else stream.reset(code);
  }

  /** In the order in which they began to wait; one that must wait again goes to the end. */
  #pumpWaiting(): void {
    for (let left = this.#waiting.size; left > 0; left -= 1) {
      const [stream] = this.#waiting;
      if (stream === undefined || this.sendWindow <= 0 || this.output.isFull()) return;
      this.#waiting.delete(stream);
      stream.pump();
    }
  }

  #endIfIdle(): void {
    if (!this.#isDraining || this.#streams.size > 0 || this.#isEnding) return;
    this.#end();
  }

  #fail(error: ConnectionError): void {
    this.output.add(goAwayFrame(this.#lastStreamId, error.code, error.message));
    this.#end();
    this.closed();
  }

  #end(): void {
    this.#isEnding = true;
    this.output.end();
    const timer = setTimeout(() => this.#socket.destroy(), FAREWELL_MS_MAX);
    timer.unref();
    this.#socket.once("close", () => {
      clearTimeout(timer);
    });
    // Whatever still comes is thrown away, or the peer's end would never be seen.
    this.#socket.resume();
  }
}

const NOTHING = Buffer.alloc(0);

/** To whoever speaks something else, most likely HTTP/1. */
const OTHER_PROTOCOL = Buffer.from(
  "HTTP/1.1 505 HTTP Version Not Supported\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n" +
    "This port speaks gRPC: HTTP/2 with prior knowledge, and no TLS.\n",
  "latin1",
);

/** Of so many streams it is known that we have reset them, and that what still comes for them is no fault. */
const RESET_IDS_MAX = 1024;

function withoutPadding(flags: number, payload: Buffer): Buffer {
  if ((flags & Flag.padded) === 0) return payload;
  const [padding] = payload;
  if (padding === undefined) throw wrongLength("a padded frame");
  if (padding >= payload.length) throw broken("a frame has more padding than it has bytes");
  return payload.subarray(1, payload.length - padding);
}

function incrementIn(payload: Buffer): number {
  if (payload.length !== 4) throw wrongLength("a window's growth");
  const increment = payload.readUInt32BE(0) & WINDOW_BYTES_MAX;
  if (increment === 0) throw broken("a window grows by nothing");
  return increment;
}

function streamIncrementIn(payload: Buffer): number {
  if (payload.length !== 4) throw wrongLength("a window's growth");
  const increment = payload.readUInt32BE(0) & WINDOW_BYTES_MAX;
  if (increment > 0) return increment;
  throw new StreamError(ErrorCode.protocolError, "a window grows by nothing");
}

function broken(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.protocolError, what);
}

function wrongLength(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.frameSizeError, `${what} has the wrong length`);
}
