/** The rules of one HTTP/2 connection (RFC 9113), each broken by a peer on a socket: what ends, and what goes on. */

import { expect } from "chai";

import { settingsFrame } from "../../src/http2/frames.js";
import { ErrorCode, Flag, FrameType, PREFACE, Setting } from "../../src/http2/protocol.js";
import {
  blockOf,
  data,
  frame,
  headers,
  RawHttp2,
  REQUEST,
  requestOf,
  uint32,
  windowUpdate,
} from "../support/raw-http2.js";
import { EchoServer } from "./echo-server.js";

const WINDOW_MAX = 2 ** 31 - 1;

/** What a connection does not live through, and what it is told then. */
const FATAL: readonly (readonly [what: string, sent: readonly Buffer[], code: ErrorCode])[] = [
  ["a frame longer than allowed", [frame(0, 0, 1, Buffer.alloc(16_385))], ErrorCode.frameSizeError],
  ["a setting cut short", [frame(4, 0, 0, Buffer.alloc(5))], ErrorCode.frameSizeError],
  ["settings of a stream", [frame(4, 0, 1)], ErrorCode.protocolError],
  [
    "an acknowledgement of settings with a payload",
    [frame(4, 1, 0, Buffer.alloc(6))],
    ErrorCode.frameSizeError,
  ],
  ["enable_push 2", [settingsFrame([[Setting.enablePush, 2]])], ErrorCode.protocolError],
  [
    "initial_window_size 2^31",
    [settingsFrame([[Setting.initialWindowSize, 2 ** 31]])],
    ErrorCode.flowControlError,
  ],
  [
    "max_frame_size 16383",
    [settingsFrame([[Setting.maxFrameSize, 16_383]])],
    ErrorCode.protocolError,
  ],
  [
    "max_frame_size 2^24",
    [settingsFrame([[Setting.maxFrameSize, 2 ** 24]])],
    ErrorCode.protocolError,
  ],
  ["a ping of 7 bytes", [frame(6, 0, 0, Buffer.alloc(7))], ErrorCode.frameSizeError],
  ["a ping of a stream", [frame(6, 0, 1, Buffer.alloc(8))], ErrorCode.protocolError],
  ["a going away of a stream", [frame(7, 0, 1, Buffer.alloc(8))], ErrorCode.protocolError],
  ["data of no stream", [data(0, Buffer.alloc(1))], ErrorCode.protocolError],
  ["data of a stream that was not begun", [data(1, Buffer.alloc(1))], ErrorCode.protocolError],
  ["headers of no stream", [headers(0, REQUEST)], ErrorCode.protocolError],
  ["headers of a stream that only a server begins", [headers(2, REQUEST)], ErrorCode.protocolError],
  ["a reset of no stream", [frame(3, 0, 0, uint32(8))], ErrorCode.protocolError],
  ["a reset of a stream that was not begun", [frame(3, 0, 1, uint32(8))], ErrorCode.protocolError],
  [
    "a reset of 3 bytes",
    [requestOf(1, "/hold"), frame(3, 0, 1, Buffer.alloc(3))],
    ErrorCode.frameSizeError,
  ],
  ["a promise", [requestOf(1, "/hold"), frame(5, 4, 1, Buffer.alloc(4))], ErrorCode.protocolError],
  ["a window that grows by nothing", [windowUpdate(0, 0)], ErrorCode.protocolError],
  ["a window's growth of 3 bytes", [frame(8, 0, 0, Buffer.alloc(3))], ErrorCode.frameSizeError],
  ["a window of a stream that was not begun", [windowUpdate(1, 1)], ErrorCode.protocolError],
  ["a window past 2^31-1", [windowUpdate(0, WINDOW_MAX)], ErrorCode.flowControlError],
  [
    "settings that take a stream's window past 2^31-1",
    [
      requestOf(1, "/hold"),
      windowUpdate(1, WINDOW_MAX - 65_535),
      settingsFrame([[Setting.initialWindowSize, 65_536]]),
    ],
    ErrorCode.flowControlError,
  ],
  [
    "more padding than there are bytes",
    [headers(1, REQUEST), frame(0, Flag.padded, 1, Buffer.from([4, 0, 0, 0]))],
    ErrorCode.protocolError,
  ],
  [
    "padding of which not even the length is there",
    [headers(1, REQUEST), frame(0, Flag.padded, 1)],
    ErrorCode.frameSizeError,
  ],
  [
    "a priority cut short in headers",
    [frame(1, Flag.endHeaders | Flag.priority, 1, Buffer.alloc(4))],
    ErrorCode.frameSizeError,
  ],
  ["a continuation of nothing", [frame(9, Flag.endHeaders, 1)], ErrorCode.protocolError],
  [
    "a block that another frame interrupts",
    [frame(1, 0, 1), frame(6, 0, 0, Buffer.alloc(8))],
    ErrorCode.protocolError,
  ],
  [
    "a block that an unknown frame interrupts",
    [frame(1, 0, 1), frame(77, 0, 0)],
    ErrorCode.protocolError,
  ],
  [
    "a block that another stream goes on with",
    [frame(1, 0, 1), frame(9, Flag.endHeaders, 3)],
    ErrorCode.protocolError,
  ],
  [
    "a block that cannot be read",
    [frame(1, Flag.endHeaders, 1, Buffer.from([0x80]))],
    ErrorCode.compressionError,
  ],
  [
    "a stream number that was passed over",
    [requestOf(3, "/"), requestOf(1, "/")],
    ErrorCode.streamClosed,
  ],
];

describe("an HTTP/2 connection", () => {
  let server: EchoServer;

  before(async () => {
    server = await EchoServer.start();
  });

  after(() => server.stop());

  for (const [what, sent, code] of FATAL) {
    it(`ends at ${what}`, async () => {
      using peer = await RawHttp2.open(server.port);
      peer.send(...sent);
      expect(await peer.failure()).to.equal(code);
      expect(server.underWay).to.equal(0);
    });
  }

  it("begins with our settings, whatever has come yet", async () => {
    using peer = await RawHttp2.silent(server.port);
    peer.send(PREFACE);
    await peer.until("something comes", () => peer.frames.length > 1);
    expect(peer.frames[0]?.type).to.equal(FrameType.settings);
    expect(peer.frames[0]?.flags).to.equal(0);
  });

  it("ends when the first frame is not settings", async () => {
    using peer = await RawHttp2.silent(server.port);
    peer.send(PREFACE, requestOf(1, "/"));
    expect(await peer.failure()).to.equal(ErrorCode.protocolError);
  });

  it("answers settings and pings in their order", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(frame(6, 0, 0, Buffer.from("12345678")));
    const pong = await peer.frame(FrameType.ping, 0);
    expect(pong.flags).to.equal(Flag.ack);
    expect(pong.payload.toString()).to.equal("12345678");
    const acked = peer.frames.findIndex(
      ({ type, flags }) => type === FrameType.settings && flags === Flag.ack,
    );
    expect(acked).to.be.greaterThan(0).and.below(peer.frames.indexOf(pong));
  });

  it("is cut wherever its beginning is cut, and begins all the same", async () => {
    const beginning = Buffer.concat([PREFACE, settingsFrame([]), requestOf(1, "/a")]);
    using peer = await RawHttp2.silent(server.port);
    for (const byte of beginning) {
      await new Promise((resolve) => peer.socket.write(Buffer.from([byte]), resolve));
    }
    expect((await peer.answer(1)).body.toString()).to.equal("hello");
  });

  for (const start of [
    "GET / HTTP/1.1\r\n\r\n",
    "POST / HTTP/1.1\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nXX",
    "\x16\x03\x01",
  ]) {
    it(`tells whoever says ${JSON.stringify(start)} what is spoken here`, async () => {
      using peer = await RawHttp2.silent(server.port);
      const heard: Buffer[] = [];
      peer.socket.removeAllListeners("data").on("data", (bytes: Buffer) => heard.push(bytes));
      peer.send(Buffer.from(start, "latin1"));
      await peer.closed();
      expect(Buffer.concat(heard).toString()).to.match(
        /^HTTP\/1\.1 505 [^]*\r\n\r\nThis port speaks gRPC: HTTP\/2/u,
      );
    });
  }

  it("passes over frames and settings and flags that nobody knows", async () => {
    using peer = await RawHttp2.open(server.port, {
      settings: [
        [0xffff, 7],
        [0, 1],
      ],
    });
    peer.send(frame(77, 255, 0, Buffer.alloc(9)), frame(77, 255, 1, Buffer.alloc(9)));
    peer.send(
      frame(FrameType.headers, 0xd2 | Flag.endHeaders | Flag.endStream, 1, blockOf(REQUEST)),
    );
    expect((await peer.answer(1)).body.toString()).to.equal("hello");
  });

  it("passes over a going away of the peer, which begins no more", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(
      requestOf(1, "/large/100000"),
      frame(7, 0, 0, Buffer.alloc(8)),
      windowUpdate(1, 100_000),
      windowUpdate(0, 100_000),
    );
    expect((await peer.answer(1)).body).to.have.length(100_000);
  });

  it("reads a block in as many parts as it has bytes, with padding and a priority before it", async () => {
    const block = blockOf({ ...REQUEST, ":path": "/parts", some: "field" });
    using peer = await RawHttp2.open(server.port);
    const first = Buffer.concat([
      Buffer.from([3]),
      uint32(0),
      Buffer.from([16]),
      block.subarray(0, 1),
      Buffer.alloc(3),
    ]);
    peer.send(frame(FrameType.headers, Flag.padded | Flag.priority | Flag.endStream, 1, first));
    for (let at = 1; at < block.length; at += 1) {
      const flags = at === block.length - 1 ? Flag.endHeaders : 0;
      peer.send(frame(FrameType.continuation, flags, 1, block.subarray(at, at + 1)));
    }
    expect((await peer.answer(1)).body.toString()).to.equal("hello");
    expect(server.requests.at(-1)?.head.path).to.equal("/parts");
  });

  it("reads a block that depends on its own stream as any other, so that later ones can be read", async () => {
    using peer = await RawHttp2.open(server.port);
    // It puts a path into the table, and the next request takes it from there.
    const added = Buffer.concat([Buffer.from([0x83, 0x86, 0x44, 5]), Buffer.from("/kept")]);
    const priority = Buffer.concat([uint32(1), Buffer.from([16])]);
    const flags = Flag.endHeaders | Flag.endStream;
    peer.send(frame(FrameType.priority, 0, 1, priority));
    peer.send(frame(FrameType.headers, flags | Flag.priority, 1, Buffer.concat([priority, added])));
    peer.send(frame(FrameType.headers, flags, 3, Buffer.from([0x83, 0x86, 0xbe])));
    await peer.answer(1);
    await peer.answer(3);
    expect(server.requests.slice(-2).map(({ head }) => head.path)).to.deep.equal([
      "/kept",
      "/kept",
    ]);
  });

  it("goes on when its peer is gone in the middle of everything", async () => {
    const peer = await RawHttp2.open(server.port);
    peer.send(
      headers(1, { ...REQUEST, ":path": "/hold" }),
      data(1, Buffer.alloc(1000)),
      requestOf(3, "/hold"),
    );
    await peer.echo();
    peer.socket.resetAndDestroy();
    const held = server.requests.slice(-2);
    while (held.some(({ isOver }) => !isOver)) await new Promise(setImmediate);
    for (const { stream } of held) stream.done();
    using other = await RawHttp2.open(server.port);
    other.send(requestOf(1, "/"));
    await other.answer(1);
  });
});
