/**
 * One stream of gRPC over HTTP/2 (RFC 9113), and no more of either than a load needs, so that the client costs as little as the
 * one for Redis: messages go out as they are given and come in whole, within the windows of both sides. Whatever a server
 * that works would not send is an error, which ends the load.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { FrameReader, type Frame } from "../../src/http2/frame-reader.js";
import { payloadFrame, settingsFrame, windowUpdateFrame } from "../../src/http2/frames.js";
import { writeHeaderBlock } from "../../src/http2/index.js";
import {
  Flag,
  FRAME_BYTES_DEFAULT,
  FrameType,
  PREFACE,
  Setting,
  WINDOW_BYTES_DEFAULT,
  WINDOW_BYTES_MAX,
} from "../../src/http2/protocol.js";

const STREAM_ID = 1;
const SETTING_BYTES = 6;
const MESSAGE_HEAD_BYTES = 5;

/** The other side may send so much more when it has sent this much. */
const CREDIT_BYTES = 2 ** 29;

type OnMessage = (message: Buffer) => void;

export async function openBareStream(
  port: number,
  path: string,
  onMessage: OnMessage,
): Promise<BareStream> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return new BareStream(socket, path, onMessage);
}

export class BareStream {
  readonly #socket: Socket;
  readonly #onMessage: OnMessage;
  readonly #frames = new FrameReader();
  /** What came of messages that are not whole. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #receivedBytes = 0;
  /** What waits for room, one character a byte. */
  #unsent = "";
  #streamRoom = WINDOW_BYTES_DEFAULT;
  #connectionRoom = WINDOW_BYTES_DEFAULT;
  #initialRoom = WINDOW_BYTES_DEFAULT;

  constructor(socket: Socket, path: string, onMessage: OnMessage) {
    this.#socket = socket;
    this.#onMessage = onMessage;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#frames.add(bytes);
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        this.#take(frame);
      }
    });
    const head = writeHeaderBlock([
      { name: ":method", value: "POST" },
      { name: ":scheme", value: "http" },
      { name: ":path", value: path },
      { name: ":authority", value: "127.0.0.1" },
      { name: "content-type", value: "application/grpc" },
      { name: "te", value: "trailers" },
    ]);
    const headers = { type: FrameType.headers, flags: Flag.endHeaders, streamId: STREAM_ID };
    socket.cork();
    socket.write(PREFACE);
    socket.write(settingsFrame([[Setting.initialWindowSize, WINDOW_BYTES_MAX]]));
    socket.write(windowUpdateFrame(0, WINDOW_BYTES_MAX - WINDOW_BYTES_DEFAULT));
    socket.write(payloadFrame(headers, head));
    socket.uncork();
  }

  /** The message without its head, one character a byte. */
  send(message: string): void {
    this.#unsent += `\0${uint32Text(message.length)}${message}`;
    this.#pump();
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  #pump(): void {
    let frames = "";
    let sent = 0;
    for (;;) {
      const rest = this.#unsent.length - sent;
      const room = Math.min(FRAME_BYTES_DEFAULT, this.#streamRoom, this.#connectionRoom, rest);
      if (room <= 0) break;
      // The length has three bytes; behind it are the type, which is data, and no flags.
      frames += `${uint32Text(room).slice(1)}\0\0${uint32Text(STREAM_ID)}`;
      frames += this.#unsent.slice(sent, sent + room);
      sent += room;
      this.#streamRoom -= room;
      this.#connectionRoom -= room;
    }
    this.#unsent = this.#unsent.slice(sent);
    if (frames !== "") this.#socket.write(frames, "latin1");
  }

  #take(frame: Frame): void {
    const { type, flags, payload } = frame;
    switch (type) {
      case FrameType.data:
        this.#receive(payload);
        break;
      case FrameType.windowUpdate:
        this.#grow(frame);
        break;
      case FrameType.settings:
        if ((flags & Flag.ack) === 0) this.#heed(payload);
        break;
      case FrameType.ping:
        if ((flags & Flag.ack) === 0) this.#acknowledge(type, payload);
        break;
      case FrameType.headers:
        if ((flags & Flag.endStream) === 0) break;
        throw new Error("the server has ended the stream");
      default:
        throw new Error(`the server sent a frame of type ${String(type)}`);
    }
  }

  #grow({ streamId, payload }: Frame): void {
    const more = payload.readUInt32BE(0);
    if (streamId === 0) this.#connectionRoom += more;
    else this.#streamRoom += more;
    this.#pump();
  }

  #heed(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += SETTING_BYTES) {
      if (payload.readUInt16BE(at) !== Setting.initialWindowSize) continue;
      const initial = payload.readUInt32BE(at + 2);
      this.#streamRoom += initial - this.#initialRoom;
      this.#initialRoom = initial;
    }
    this.#acknowledge(FrameType.settings, Buffer.alloc(0));
    this.#pump();
  }

  #acknowledge(type: number, payload: Buffer): void {
    this.#socket.write(payloadFrame({ type, flags: Flag.ack, streamId: 0 }, payload));
  }

  #receive(payload: Buffer): void {
    this.#receivedBytes += payload.length;
    if (this.#receivedBytes >= CREDIT_BYTES) {
      this.#socket.write(windowUpdateFrame(0, this.#receivedBytes));
      this.#socket.write(windowUpdateFrame(STREAM_ID, this.#receivedBytes));
      this.#receivedBytes = 0;
    }
    this.#parts.push(payload);
    this.#partBytes += payload.length;
    this.#deliver();
  }

  #deliver(): void {
    for (;;) {
      const [first] = this.#parts;
      if (first === undefined || this.#partBytes < MESSAGE_HEAD_BYTES) return;
      const head = first.length < MESSAGE_HEAD_BYTES ? this.#join() : first;
      const end = MESSAGE_HEAD_BYTES + head.readUInt32BE(1);
      if (this.#partBytes < end) return;
      const all = this.#join();
      this.#parts = all.length === end ? [] : [all.subarray(end)];
      this.#partBytes -= end;
      this.#onMessage(all.subarray(MESSAGE_HEAD_BYTES, end));
    }
  }

  #join(): Buffer {
    const [first] = this.#parts;
    if (this.#parts.length === 1 && first !== undefined) return first;
    const all = Buffer.concat(this.#parts, this.#partBytes);
    this.#parts = [all];
    return all;
  }
}

/** Big-endian, one character a byte. */
function uint32Text(value: number): string {
  const byte = (shift: number): number => (value >>> shift) & 0xff;
  return String.fromCharCode(byte(24), byte(16), byte(8), byte(0));
}
