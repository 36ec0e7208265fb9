/**
 * As much of HTTP/2 (RFC 9113) as a load needs that costs next to nothing: a call whose frames are made beforehand and
 * differ from the next call's in the number of the stream alone, and a reader that looks at heads of frames.
 */

import { grpcFrame } from "../grpc-frame.js";
import type { Load } from "../peer.js";

export const FRAME_HEAD_BYTES = 9;

export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
} as const;

export const END_STREAM = 0x1;
export const ACK = 0x1;
const END_HEADERS = 0x4;

export const SETTING_BYTES = 6;
export const MAX_CONCURRENT_STREAMS = 3;
const HEADER_TABLE_SIZE = 1;

/** Of either side, until the other says more. */
export const WINDOW_BYTES_FIRST = 65_535;
const WINDOW_BYTES_MAX = 2 ** 31 - 1;

const TYPE_AT = 3;
const FLAGS_AT = 4;
const STREAM_AT = 5;

/** What a client begins with. It remembers no header fields itself, and takes as many bytes as there can be. */
export function preface(): Buffer {
  const settings = Buffer.alloc(SETTING_BYTES);
  settings.writeUInt16BE(HEADER_TABLE_SIZE, 0);
  const more = Buffer.alloc(4);
  more.writeUInt32BE(WINDOW_BYTES_MAX - WINDOW_BYTES_FIRST);
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
    frame({ type: FrameType.SETTINGS, flags: 0, stream: 0 }, settings),
    frame({ type: FrameType.WINDOW_UPDATE, flags: 0, stream: 0 }, more),
  ]);
}

export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

export function frame({ type, flags, stream }: FrameHead, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, TYPE_AT);
  head.writeUInt8(type, TYPE_AT);
  head.writeUInt8(flags, FLAGS_AT);
  head.writeUInt32BE(stream, STREAM_AT);
  return Buffer.concat([head, payload]);
}

/**
 * A call as its frames, for any stream. Of a connection, the first has its header fields as text, for the other side to remember,
 * and the others name them by number, as clients of gRPC do.
 */
export class CallFrames {
  readonly #first: PlacedCall;
  readonly #next: PlacedCall;
  /** What of it counts for the other side's window. */
  readonly dataBytes: number;

  constructor({ path, message }: Load) {
    const body = grpcFrame(message);
    this.dataBytes = body.length;
    this.#first = placedCall(fieldsToRemember(path), body);
    this.#next = placedCall(REMEMBERED_FIELDS, body);
  }

  /** Bytes of so many calls. */
  lengthOf(count: number, firstStream: number): number {
    const others = this.#next.bytes.length * count;
    return firstStream === 1 ? others + this.#first.bytes.length - this.#next.bytes.length : others;
  }

  /** Returns where it ends. */
  writeTo(target: Buffer, offset: number, stream: number): number {
    const { bytes, dataAt } = stream === 1 ? this.#first : this.#next;
    bytes.copy(target, offset);
    target.writeUInt32BE(stream, offset + STREAM_AT);
    target.writeUInt32BE(stream, offset + dataAt + STREAM_AT);
    return offset + bytes.length;
  }
}

interface PlacedCall {
  readonly bytes: Buffer;
  readonly dataAt: number;
}

function placedCall(fields: Buffer, body: Buffer): PlacedCall {
  const headers = frame({ type: FrameType.HEADERS, flags: END_HEADERS, stream: 0 }, fields);
  const data = frame({ type: FrameType.DATA, flags: END_STREAM, stream: 0 }, body);
  return { bytes: Buffer.concat([headers, data]), dataAt: headers.length };
}

/** Indexed fields of the static table (RFC 7541, appendix A), and names in it. */
const METHOD_POST = 0x83;
const SCHEME_HTTP = 0x86;
const NAME_PATH = 4;
const NAME_AUTHORITY = 1;
const NAME_CONTENT_TYPE = 31;
const NEW_NAME = 0;
const REMEMBER = 0x40;

function fieldsToRemember(path: string): Buffer {
  return Buffer.concat([
    Buffer.of(METHOD_POST, SCHEME_HTTP),
    literal(NAME_PATH, path),
    literal(NAME_AUTHORITY, "localhost"),
    literal(NAME_CONTENT_TYPE, "application/grpc"),
    literal(NEW_NAME, "trailers", "te"),
  ]);
}

/** The four that were remembered, of which the last has the first number past the static table: 62. */
const REMEMBERED_FIELDS = Buffer.of(
  METHOD_POST,
  SCHEME_HTTP,
  0x80 + 65,
  0x80 + 64,
  0x80 + 63,
  0x80 + 62,
);

/** A field that the other side shall remember; texts of less than 127 bytes, as they are. */
function literal(nameIndex: number, value: string, name?: string): Buffer {
  const text = (of: string): Buffer => Buffer.concat([Buffer.of(of.length), Buffer.from(of)]);
  const nameText = name === undefined ? Buffer.alloc(0) : text(name);
  return Buffer.concat([Buffer.of(REMEMBER | nameIndex), nameText, text(value)]);
}

export type OnFrame = (head: FrameHead, payload: Buffer) => void;

/** Takes frames out of what a socket brings. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  read(more: Buffer): void {
    const bytes = this.#rest.length === 0 ? more : Buffer.concat([this.#rest, more]);
    let at = 0;
    while (at + FRAME_HEAD_BYTES <= bytes.length) {
      const start = at + FRAME_HEAD_BYTES;
      const end = start + bytes.readUIntBE(at, TYPE_AT);
      if (end > bytes.length) break;
      const head = {
        type: bytes[at + TYPE_AT] ?? 0,
        flags: bytes[at + FLAGS_AT] ?? 0,
        stream: bytes.readUInt32BE(at + STREAM_AT),
      };
      this.#onFrame(head, bytes.subarray(start, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }
}
