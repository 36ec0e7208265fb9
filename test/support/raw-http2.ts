/** One side of an HTTP/2 connection that says whatever a test wants, and keeps every frame that the other side sent. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { present } from "../../src/base/index.js";
import { FrameReader, type Frame } from "../../src/http2/frame-reader.js";
import { payloadFrame, settingsFrame } from "../../src/http2/frames.js";
import { HeaderReader, writeHeaderBlock } from "../../src/http2/header-block.js";
import type { HeaderField } from "../../src/http2/header-table.js";
import { Flag, FrameType, PREFACE } from "../../src/http2/protocol.js";

const LIST_BYTES_MAX = 1_048_576;
const NOTHING = Buffer.alloc(0);

export interface Answer {
  readonly head: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The same as the head where there is no body. */
  readonly trailers: ReadonlyMap<string, string>;
}

interface Opened {
  /** What it says of itself first; undefined: nothing. */
  readonly settings?: readonly (readonly [id: number, value: number])[] | undefined;
}

export class RawHttp2 {
  readonly socket: Socket;
  /** Each with a payload of its own. */
  readonly frames: Frame[] = [];
  isClosed = false;
  readonly #reader = new FrameReader();
  #onNews: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#reader.add(Buffer.from(bytes));
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
        this.frames.push(frame);
      }
      this.#tell();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
      this.#tell();
    });
  }

  /** Connects and says nothing. */
  static async silent(port: number): Promise<RawHttp2> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await once(socket, "connect");
    return new RawHttp2(socket);
  }

  /** Connects, and opens as HTTP/2 has it. */
  static async open(port: number, { settings = [] }: Opened = {}): Promise<RawHttp2> {
    const peer = await RawHttp2.silent(port);
    peer.send(PREFACE, settingsFrame(settings));
    return peer;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  // What it says.

  send(...parts: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  // What it hears.

  /** Resolves when that is so. Rejects when the connection ends before. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.isClosed) throw new Error(`the connection ended before this was so: ${what}`);
      await new Promise<void>((resolve) => this.#onNews.push(resolve));
    }
  }

  /** The first frame of that type, on that stream. */
  async frame(type: number, streamId: number): Promise<Frame> {
    const find = (): Frame | undefined =>
      this.frames.find((each) => each.type === type && each.streamId === streamId);
    await this.until(`frame ${String(type)} of ${String(streamId)}`, () => find() !== undefined);
    return present(find(), "a frame that was there");
  }

  /** The code that the stream is reset with. */
  async reset(streamId: number): Promise<number> {
    return (await this.frame(FrameType.rstStream, streamId)).payload.readUInt32BE(0);
  }

  /** The code that the connection ends with, once it has. */
  async failure(): Promise<number> {
    const { payload } = await this.frame(FrameType.goAway, 0);
    await this.closed();
    return payload.readUInt32BE(4);
  }

  /** Resolves when the connection has ended. */
  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => this.#onNews.push(resolve));
  }

  /** Resolves when the other side has dealt with all that was sent before. Cannot be used twice at a time. */
  async echo(): Promise<void> {
    const pongs = (): number =>
      this.frames.filter(({ type, flags }) => type === FrameType.ping && (flags & Flag.ack) !== 0)
        .length;
    const before = pongs();
    this.send(frame(FrameType.ping, 0, 0, Buffer.from("are you?")));
    await this.until("the ping is answered", () => pongs() > before);
  }

  /** All of an answer. */
  async answer(streamId: number): Promise<Answer> {
    const ofStream = (): Frame[] => this.frames.filter((each) => each.streamId === streamId);
    const isEnd = ({ type, flags }: Frame): boolean =>
      (type === FrameType.headers || type === FrameType.data) && (flags & Flag.endStream) !== 0;
    await this.until(`stream ${String(streamId)} ends`, () => ofStream().some(isEnd));
    const blocks = ofStream().filter(({ type }) => type === FrameType.headers);
    const [head = new Map<string, string>()] = blocks.slice(0, 1).map(fieldsOf);
    const [trailers = head] = blocks.slice(1).map(fieldsOf);
    return { head, body: this.bodyOf(streamId), trailers };
  }

  /** The data of an answer as far as it has come. */
  bodyOf(streamId: number): Buffer {
    const isData = (each: Frame): boolean =>
      each.streamId === streamId && each.type === FrameType.data;
    return Buffer.concat(this.frames.filter(isData).map(({ payload }) => payload));
  }

  #tell(): void {
    const told = this.#onNews;
    this.#onNews = [];
    for (const tell of told) tell();
  }
}

/** Our blocks need no table, so that each can be read alone. */
function fieldsOf({ payload }: Frame): ReadonlyMap<string, string> {
  const { fields } = new HeaderReader(LIST_BYTES_MAX).read(payload);
  return new Map(fields.map(({ name, value }) => [name, value]));
}

export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer = NOTHING,
): Buffer {
  return payloadFrame({ type, flags, streamId }, payload);
}

export type Fields = Readonly<Record<string, string>>;

export function blockOf(fields: Fields): Buffer {
  const list: HeaderField[] = Object.entries(fields).map(([name, value]) => ({ name, value }));
  return writeHeaderBlock(list);
}

export const REQUEST: Fields = {
  ":method": "POST",
  ":scheme": "http",
  ":path": "/",
  ":authority": "test",
};

/** A request's header fields in one frame, and no more to come of them. */
export function headers(streamId: number, fields: Fields, flags = 0): Buffer {
  return frame(FrameType.headers, Flag.endHeaders | flags, streamId, blockOf(fields));
}

/** A whole request that has no data. */
export function requestOf(streamId: number, path: string): Buffer {
  return headers(streamId, { ...REQUEST, ":path": path }, Flag.endStream);
}

export function data(streamId: number, bytes: Buffer, flags = 0): Buffer {
  return frame(FrameType.data, flags, streamId, bytes);
}

export function windowUpdate(streamId: number, increment: number): Buffer {
  return frame(FrameType.windowUpdate, 0, streamId, uint32(increment));
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
