/**
 * The server's side of one HTTP/2 connection (RFC 9113): greets the peer, hands its frames to the streams, and ends when
 * the peer breaks a rule.
 *
 * A peer that does not read is not read from either, once so much waits for it that it must have noticed. So
 * whatever it sends that asks for an answer, it can make us keep no more than that.
 */

import type { Socket } from "node:net";

import { broken, incrementIn, wrongLength } from "./frame-payloads.js";
import type { Frame } from "./frame-reader.js";
import { goAwayFrame, payloadFrame, settingsFrame, windowUpdateFrame } from "./frames.js";
import { STREAM_WINDOW_BYTES } from "./http2-stream.js";
import {
  CONNECTION_WINDOW_BYTES,
  HEADER_LIST_BYTES_MAX,
  Http2Streams,
  type RequestOptions,
} from "./http2-streams.js";
import { Output } from "./output.js";
import { PacedFrames } from "./paced-frames.js";
import { PeerSettings } from "./peer-settings.js";
import {
  ConnectionError,
  ErrorCode,
  Flag,
  FrameType,
  PREFACE,
  Setting,
  WINDOW_BYTES_DEFAULT,
} from "./protocol.js";

/** Past this the peer is not read from until it has read. */
const UNREAD_BYTES_MAX = 1_048_576;

/** After it was told why, a peer has so long to close its side. */
const FAREWELL_MS_MAX = 1000;

const NOTHING = Buffer.alloc(0);

/** To whoever speaks something else, most likely HTTP/1. */
const OTHER_PROTOCOL = Buffer.from(
  "HTTP/1.1 505 HTTP Version Not Supported\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n" +
    "This port speaks gRPC: HTTP/2 with prior knowledge, and no TLS.\n",
  "latin1",
);

export class Http2Connection {
  readonly #output: Output;
  readonly #socket: Socket;
  readonly #options: RequestOptions;
  readonly #frames: PacedFrames;
  readonly #streams: Http2Streams;
  readonly #peerSettings = new PeerSettings();
  #prefaceBytes = 0;
  #isDraining = false;
  #isEnding = false;
  #onPong: (() => void) | undefined;

  constructor(socket: Socket, options: RequestOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#output = new Output(socket, () => {
      this.#onRoom();
    });
    this.#frames = new PacedFrames(options.intake, this);
    this.#streams = new Http2Streams({
      streamsMax: options.streamsMax,
      onRequest: options.onRequest,
      refusalOf: options.refusalOf,
      output: this.#output,
      peer: `${socket.remoteAddress ?? "?"}:${String(socket.remotePort ?? 0)}`,
      pace: this.#frames,
      onIdle: () => {
        this.#endIfIdle();
      },
    });
  }

  /** Whether the peer has shown that it speaks HTTP/2. */
  get isOpen(): boolean {
    return this.#prefaceBytes === PREFACE.length;
  }

  /** What the peer has not taken yet. */
  get waitingBytes(): number {
    return this.#output.waitingBytes;
  }

  get streamCount(): number {
    return this.#streams.count;
  }

  /** What the socket brought. */
  receive(bytes: Buffer): void {
    if (this.#isEnding) return;
    this.onTurn(() => {
      this.#frames.add(this.isOpen ? bytes : this.#afterPreface(bytes));
    });
  }

  /** The peer shall begin no more; the connection ends with the last of its streams. */
  drain(): void {
    if (this.#isDraining || this.#isEnding) return;
    this.#isDraining = true;
    this.#streams.refuseMore();
    this.#output.add(goAwayFrame(this.#streams.lastId, ErrorCode.noError, ""));
    this.#endIfIdle();
  }

  /** Ends at once: every stream is cancelled. */
  cut(): void {
    this.#streams.cancel();
    if (!this.#isEnding) this.#end();
    this.#socket.destroySoon();
  }

  /** Asks whether the peer is there. */
  ping(onPong: () => void): void {
    this.#onPong = onPong;
    const head = { type: FrameType.ping, flags: 0, streamId: 0 };
    this.#output.add(payloadFrame(head, Buffer.alloc(8)));
  }

  /** The socket is gone. */
  closed(): void {
    this.#isEnding = true;
    this.#frames.drop();
    this.#streams.end();
  }

  // What its frames ask for.

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get isUnread(): boolean {
    return this.#output.waitingBytes >= UNREAD_BYTES_MAX;
  }

  onTurn(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#fail(error);
    }
    this.#pauseOrResume();
  }

  takeFrame(frame: Frame): void {
    const { type, streamId } = frame;
    if (this.#streams.isInBlock && type !== FrameType.continuation) {
      throw broken("a block of header fields was interrupted");
    }
    if (!this.#peerSettings.areThere && type !== FrameType.settings) {
      throw broken("the first frame must be settings");
    }
    if (streamId === 0) this.#takeOwn(frame);
    else this.#streams.take(frame);
  }

  #onRoom(): void {
    this.#streams.pump();
    if (!this.isUnread) this.#frames.onRoom();
    this.#pauseOrResume();
  }

  /** Reads from the socket, but while too much of what it brought waits, and while the peer does not read either. */
  #pauseOrResume(): void {
    if (this.#isEnding) return;
    // Once there is too much, we want to be told when there is not.
    const isUnread = this.isUnread && this.#output.isFull();
    if (isUnread || this.#frames.isFull) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #afterPreface(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, PREFACE.length - this.#prefaceBytes);
    const expected = PREFACE.subarray(this.#prefaceBytes, this.#prefaceBytes + part.length);
    if (!part.equals(expected)) {
      this.#output.add(OTHER_PROTOCOL);
      this.#end();
      return NOTHING;
    }
    this.#prefaceBytes += part.length;
    if (this.isOpen) this.#greet();
    return bytes.subarray(part.length);
  }

  #greet(): void {
    this.#output.add(
      settingsFrame([
        [Setting.maxConcurrentStreams, this.#options.streamsMax],
        [Setting.initialWindowSize, STREAM_WINDOW_BYTES],
        [Setting.maxHeaderListSize, HEADER_LIST_BYTES_MAX],
      ]),
    );
    this.#output.add(windowUpdateFrame(0, CONNECTION_WINDOW_BYTES - WINDOW_BYTES_DEFAULT));
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
        this.#streams.growWindow(incrementIn(payload));
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

  #takeSettings(flags: number, payload: Buffer): void {
    if ((flags & Flag.ack) !== 0) {
      if (payload.length !== 0) throw wrongLength("an acknowledgement");
      return;
    }
    this.#peerSettings.read(payload);
    this.#output.add(
      payloadFrame({ type: FrameType.settings, flags: Flag.ack, streamId: 0 }, NOTHING),
    );
    if (this.#peerSettings.isTableSmaller) this.#streams.noteSmallerTable();
    this.#streams.setInitialWindow(this.#peerSettings.initialWindowBytes);
  }

  #takePing(flags: number, payload: Buffer): void {
    if (payload.length !== 8) throw wrongLength("a ping");
    if ((flags & Flag.ack) === 0) {
      this.#output.add(
        payloadFrame({ type: FrameType.ping, flags: Flag.ack, streamId: 0 }, payload),
      );
      return;
    }
    this.#onPong?.();
    this.#onPong = undefined;
  }

  #endIfIdle(): void {
    if (!this.#isDraining || this.#streams.count > 0 || this.#isEnding) return;
    this.#end();
  }

  #fail(error: ConnectionError): void {
    this.#output.add(goAwayFrame(this.#streams.lastId, error.code, error.message));
    this.#end();
    this.closed();
  }

  #end(): void {
    this.#isEnding = true;
    this.#frames.drop();
    this.#output.end();
    const timer = setTimeout(() => this.#socket.destroy(), FAREWELL_MS_MAX);
    timer.unref();
    this.#socket.once("close", () => {
      clearTimeout(timer);
    });
    // Whatever still comes is thrown away, or the peer's end would never be seen.
    this.#socket.resume();
  }
}
