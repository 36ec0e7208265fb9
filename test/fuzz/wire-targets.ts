/** The wire below the requests: header fields, a whole connection of HTTP/2, and the messages of a call. */

import { CallFailure } from "../../src/grpc/call-failure.js";
import { frameMessage, MessageReader } from "../../src/grpc/message-reader.js";
import { settingsFrame } from "../../src/http2/frames.js";
import { HeaderReader, writeHeaderBlock } from "../../src/http2/header-block.js";
import { Http2Connection } from "../../src/http2/http2-connection.js";
import { ConnectionError, Flag, FrameType, PREFACE, Setting } from "../../src/http2/protocol.js";
import { Held } from "../http2/echo-server.js";
import { FakeSocket } from "../support/fake-socket.js";
import {
  blockOf,
  data,
  frame,
  headers,
  REQUEST,
  uint32,
  windowUpdate,
} from "../support/raw-http2.js";
import { ACCEPTED, type Target } from "./fuzzer.js";
import { sameOrThrow } from "./request-targets.js";

const LIST_BYTES_MAX = 65_536;
const MESSAGE_BYTES_MAX = 1000;
const PARTS_MAX = 20;
/** Far more than is answered to any input, far less than what would be if it were taken at its word. */
const WAITING_BYTES_MAX = 4_194_304;

const HEADER_BLOCK: Target = {
  name: "header block",
  seeds: [
    "828684410f7777772e6578616d706c652e636f6d",
    "828684be58086e6f2d6361636865400a637573746f6d2d6b65790c637573746f6d2d76616c7565be",
    "3fe10148826402588cf1e3c2e5f23a6ba0ab90f4ff",
    "20828684418cf1e3c2e5f23a6ba0ab90f4ff408825a849e95ba97d7f8925a849e95bb8e8b4bf1001610162",
  ].map((hex) => Buffer.from(hex, "hex")),
  run: (bytes) => {
    const reader = new HeaderReader(LIST_BYTES_MAX);
    try {
      const { fields, isTooLong } = reader.read(bytes);
      if (isTooLong) return "too long";
      const again = new HeaderReader(LIST_BYTES_MAX).read(writeHeaderBlock(fields));
      sameOrThrow(Buffer.from(JSON.stringify(again.fields)), Buffer.from(JSON.stringify(fields)));
      return ACCEPTED;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return error.message;
    }
  },
};

/** What a client may say once it has said that it speaks HTTP/2. */
const CONVERSATIONS: readonly Buffer[] = [
  Buffer.concat([
    headers(1, { ...REQUEST, "content-length": "5" }),
    data(1, Buffer.from("hello"), Flag.endStream),
    headers(3, { ...REQUEST, ":path": "/hold" }),
    windowUpdate(3, 5),
    frame(FrameType.rstStream, 0, 3, uint32(8)),
    frame(FrameType.ping, 0, 0, Buffer.alloc(8)),
  ]),
  Buffer.concat([
    settingsFrame([
      [Setting.initialWindowSize, 10],
      [Setting.maxFrameSize, 16_384],
    ]),
    frame(
      FrameType.headers,
      Flag.endStream,
      1,
      blockOf({ ...REQUEST, ":path": "/large/300" }).subarray(0, 9),
    ),
    frame(
      FrameType.continuation,
      Flag.endHeaders,
      1,
      blockOf({ ...REQUEST, ":path": "/large/300" }).subarray(9),
    ),
    windowUpdate(1, 100),
    settingsFrame([[Setting.initialWindowSize, 1000]]),
    windowUpdate(0, 1000),
  ]),
  Buffer.concat([
    frame(FrameType.priority, 0, 1, Buffer.alloc(5)),
    headers(1, REQUEST),
    frame(FrameType.data, Flag.padded, 1, Buffer.from([2, 65, 66, 67, 0, 0])),
    headers(1, { last: "1" }, Flag.endStream),
    frame(77, 0, 0, Buffer.alloc(3)),
    frame(FrameType.goAway, 0, 0, Buffer.alloc(8)),
  ]),
];

const CONNECTION: Target = {
  name: "http2 connection",
  seeds: CONVERSATIONS,
  run: (bytes) => {
    const requests: Held[] = [];
    const socket = new FakeSocket();
    const connection = new Http2Connection(socket.asSocket, {
      streamsMax: 10,
      onRequest: (stream, head) => {
        const held = new Held(stream, head);
        requests.push(held);
        return held;
      },
    });
    connection.receive(Buffer.concat([PREFACE, settingsFrame([])]));
    const third = Math.ceil(bytes.length / 3);
    for (let at = 0; at < bytes.length; at += third) {
      connection.receive(bytes.subarray(at, at + third));
      if (connection.waitingBytes > WAITING_BYTES_MAX) throw new Error("too much waits");
    }
    const isOpen = !socket.writableEnded;
    const overBefore = requests.filter(({ isOver }) => isOver).length;
    connection.closed();
    socket.destroy();
    if (requests.some(({ isOver }) => !isOver)) throw new Error("a request is never over");
    if (connection.streamCount > 0) throw new Error("a stream is kept");
    if (isOpen) return overBefore === requests.length ? ACCEPTED : "waits for more";
    return (
      socket.written
        .at(-1)
        ?.toString("latin1")
        .replaceAll(/[^ -~]/gu, "") ?? "nothing said"
    );
  },
};

/** Messages one after the other, by the simplest means. */
function messagesIn(bytes: Buffer): readonly Buffer[] | undefined {
  const messages: Buffer[] = [];
  for (let at = 0; bytes.length - at >= 5;) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if ((bytes[at] ?? 0) > 1 || end - at - 5 > MESSAGE_BYTES_MAX) return undefined;
    if (end > bytes.length) break;
    messages.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return messages;
}

const MESSAGES: Target = {
  name: "messages",
  seeds: ["", "one", "another one", "x".repeat(300)].map((text) =>
    Buffer.concat([frameMessage(Buffer.from(text)), frameMessage(Buffer.from("behind it"))]),
  ),
  run: (bytes) => {
    const reader = new MessageReader(MESSAGE_BYTES_MAX);
    const expected = messagesIn(bytes);
    const read: Buffer[] = [];
    const size = Math.ceil(bytes.length / PARTS_MAX);
    try {
      for (let at = 0; at < bytes.length; at += size) {
        reader.add(bytes.subarray(at, at + size));
        for (let next = reader.next(); next !== undefined; next = reader.next())
          read.push(next.bytes);
      }
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (expected !== undefined)
        throw new Error(`it was refused: ${error.message}`, { cause: error });
      return error.message;
    }
    if (expected === undefined) throw new Error("it was taken, and should not have been");
    sameOrThrow(Buffer.concat(read), Buffer.concat(expected));
    if (read.length !== expected.length) throw new Error("there are more or fewer messages");
    return read.length > 0 ? ACCEPTED : "no message";
  },
};

export const WIRE: readonly Target[] = [HEADER_BLOCK, CONNECTION, MESSAGES];
