/** The streams of one connection: what a peer sends on them, and what they share, which are the windows of the connection. */

import { EndedStreams } from "./ended-streams.js";
import {
  broken,
  checkPriority,
  streamIncrementIn,
  withoutPadding,
  wrongLength,
} from "./frame-payloads.js";
import type { Frame } from "./frame-reader.js";
import { payloadFrame, resetFrame, windowUpdateFrame } from "./frames.js";
import { HeaderBlocks, type ReceivedHeaders } from "./header-blocks.js";
import { Http2Stream, type RequestListener, type StreamHost } from "./http2-stream.js";
import type { Intake } from "./intake.js";
import type { Output } from "./output.js";
import {
  ConnectionError,
  ErrorCode,
  Flag,
  FrameType,
  StreamError,
  WINDOW_BYTES_DEFAULT,
  WINDOW_BYTES_MAX,
} from "./protocol.js";
import { checkTrailers, readRequestHead, type RequestHead } from "./request-head.js";

/** Bytes of all requests of a connection that may be held before any are done with. */
export const CONNECTION_WINDOW_BYTES = 8_388_608;

/** The longest list of header fields that is read. */
export const HEADER_LIST_BYTES_MAX = 65_536;

/** Begins a block of header fields: we need no table from here on, which holds whatever the peer allows. */
const NO_TABLE = Buffer.from([0x20]);

const END_OF_ANSWER = Flag.endHeaders | Flag.endStream;

export interface RequestOptions {
  /** Most requests under way; a further one is refused, and may be made again. */
  readonly streamsMax: number;
  /** A request has begun, which waited so long for its turn. What it returns is told the rest. */
  readonly onRequest: (stream: Http2Stream, head: RequestHead, waitedMs: number) => RequestListener;
  /** How many are worked on at a time, over all connections; where there is none, as many as come. */
  readonly intake?: Intake | undefined;
  /** All of the answer to a request that has waited too long for its turn; undefined: it is served even so. */
  readonly refusalOf?: ((head: RequestHead) => Buffer | undefined) | undefined;
}

export interface StreamsOptions extends RequestOptions {
  readonly output: Output;
  /** ADDRESS:PORT. */
  readonly peer: string;
  /** Of the requests that begin now. */
  readonly pace: { readonly areLate: boolean; readonly waitedMs: number };
  /** There is no stream any more. */
  readonly onIdle: () => void;
}

export class Http2Streams implements StreamHost {
  readonly output: Output;
  sendWindow = WINDOW_BYTES_DEFAULT;
  readonly #options: StreamsOptions;
  readonly #blocks = new HeaderBlocks(HEADER_LIST_BYTES_MAX);
  readonly #streams = new Map<number, Http2Stream>();
  /** Those with data, for which there was no room. */
  readonly #waiting = new Set<Http2Stream>();
  readonly #ended: EndedStreams;
  #initialWindowBytes = WINDOW_BYTES_DEFAULT;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #creditBytes = 0;
  /** Streams that are not over, or that somebody still works on. */
  #busyCount = 0;
  #lastId = 0;
  #takesMore = true;
  #tableSize: "as-it-was" | "owed" | "paid" = "as-it-was";

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.output = options.output;
    this.#ended = new EndedStreams(options.streamsMax);
  }

  get count(): number {
    return this.#streams.size;
  }

  /** Of the newest that the peer has begun. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Whether the next frame must go on with a block of header fields. */
  get isInBlock(): boolean {
    return this.#blocks.isOpen;
  }

  // What the connection says.

  /** Whatever is new from now on is refused. */
  refuseMore(): void {
    this.#takesMore = false;
  }

  /** Tells each that the connection has ended. */
  end(): void {
    for (const stream of [...this.#streams.values()]) stream.over();
  }

  cancel(): void {
    for (const stream of [...this.#streams.values()]) stream.reset(ErrorCode.cancel);
  }

  /** The peer keeps a smaller table than at first, and waits to be told that we know. */
  noteSmallerTable(): void {
    if (this.#tableSize === "as-it-was") this.#tableSize = "owed";
  }

  growWindow(moreBytes: number): void {
    this.sendWindow += moreBytes;
    if (this.sendWindow > WINDOW_BYTES_MAX) {
      throw new ConnectionError(ErrorCode.flowControlError, "a window is too large");
    }
    this.pump();
  }

  /** The peer takes so much of each answer before it says that it has room for more; also of those under way. */
  setInitialWindow(bytes: number): void {
    const shift = bytes - this.#initialWindowBytes;
    this.#initialWindowBytes = bytes;
    if (shift === 0) return;
    for (const stream of [...this.#streams.values()]) stream.shiftWindow(shift);
  }

  /** In the order in which they began to wait; one that must wait again goes to the end. */
  pump(): void {
    for (let left = this.#waiting.size; left > 0; left -= 1) {
      const [stream] = this.#waiting;
      if (stream === undefined || this.sendWindow <= 0 || this.output.isFull()) return;
      this.#waiting.delete(stream);
      stream.pump();
    }
  }

  /** A frame of a stream. Throws a ConnectionError where the connection cannot go on. */
  take(frame: Frame): void {
    try {
      this.#takeFrame(frame);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#resetStream(frame.streamId, error.code);
    }
  }

  // What streams ask for.

  get owesTableSize(): boolean {
    return this.#tableSize === "owed";
  }

  payTableSize(block: Buffer): Buffer {
    this.#tableSize = "paid";
    return Buffer.concat([NO_TABLE, block]);
  }

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
    this.#ended.add(streamId, "reset");
  }

  forget(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    this.#waiting.delete(stream);
    if (this.#streams.size === 0) this.#options.onIdle();
  }

  release(): void {
    this.#busyCount -= 1;
  }

  // What the peer sends.

  #takeFrame(frame: Frame): void {
    const { type, streamId, payload } = frame;
    switch (type) {
      case FrameType.data:
        this.#takeData(frame);
        return;
      case FrameType.headers:
        this.#takeHeaders(this.#blocks.begin(frame));
        return;
      case FrameType.continuation:
        this.#takeHeaders(this.#blocks.goOn(frame));
        return;
      case FrameType.windowUpdate:
        this.#checkNotIdle(streamId);
        this.#streams.get(streamId)?.growWindow(streamIncrementIn(payload));
        return;
      case FrameType.rstStream:
        if (payload.length !== 4) throw wrongLength("a reset");
        this.#checkNotIdle(streamId);
        this.#streams.get(streamId)?.over();
        this.#ended.delete(streamId);
        return;
      case FrameType.priority:
        checkPriority(payload);
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
      const how = this.#ended.take(streamId, flags);
      if (how === "answered") this.reset(streamId, ErrorCode.noError);
      if (how !== undefined) return;
      throw new StreamError(ErrorCode.streamClosed, "data came after the end");
    }
    stream.receiveData(withoutPadding(flags, payload), payload.length);
    if ((flags & Flag.endStream) !== 0) stream.receiveEnd();
  }

  #takeHeaders(headers: ReceivedHeaders | undefined): void {
    if (headers === undefined) return;
    const { streamId, isEnd, list } = headers;
    const known = this.#streams.get(streamId);
    if (known !== undefined) {
      if (!isEnd && !known.isRequestWhole) {
        throw new StreamError(ErrorCode.protocolError, "headers came in the middle");
      }
      checkTrailers(list.fields);
      known.receiveEnd();
      return;
    }
    if (this.#ended.take(streamId, isEnd ? Flag.endStream : 0) !== undefined) return;
    if (streamId <= this.#lastId) {
      throw new ConnectionError(ErrorCode.streamClosed, "headers came after the end");
    }
    this.#lastId = streamId;
    if (!this.#takesMore || this.#busyCount >= this.#options.streamsMax) {
      throw new StreamError(ErrorCode.refusedStream, "no more streams");
    }
    if (list.isTooLong) throw new StreamError(ErrorCode.enhanceYourCalm, "too many header fields");
    const head = readRequestHead(list.fields);
    const refusal = this.#options.pace.areLate ? this.#options.refusalOf?.(head) : undefined;
    if (refusal !== undefined) {
      this.#refuse(streamId, refusal);
      if (!isEnd) this.#ended.add(streamId, "answered");
      return;
    }
    const stream = this.#open(streamId, head);
    if (isEnd) stream.receiveEnd();
  }

  /** Answers without a stream: there is no time for one. */
  #refuse(streamId: number, refusal: Buffer): void {
    const block = this.owesTableSize ? this.payTableSize(refusal) : refusal;
    this.output.add(
      payloadFrame({ type: FrameType.headers, flags: END_OF_ANSWER, streamId }, block),
    );
  }

  #open(id: number, head: RequestHead): Http2Stream {
    const { contentLength } = head;
    const { peer } = this.#options;
    const sendWindow = this.#initialWindowBytes;
    const stream = new Http2Stream(this, { id, peer, sendWindow, contentLength });
    this.#streams.set(id, stream);
    this.#busyCount += 1;
    stream.listen(this.#options.onRequest(stream, head, this.#options.pace.waitedMs));
    return stream;
  }

  #checkNotIdle(streamId: number): void {
    if (streamId > this.#lastId || streamId % 2 === 0) {
      throw broken("a frame is of a stream that was not begun");
    }
  }

  #resetStream(streamId: number, code: ErrorCode): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) this.reset(streamId, code);
    else stream.reset(code);
  }
}
