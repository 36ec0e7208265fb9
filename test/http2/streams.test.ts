/** One request among others: what a peer may do to it, in each state that it can be in, and that the others go on. */

import { expect } from "chai";

import { ErrorCode, Flag, FrameType, Setting } from "../../src/http2/protocol.js";
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
  type Fields,
} from "../support/raw-http2.js";
import { EchoServer, STREAMS_MAX } from "./echo-server.js";

const WINDOW_BYTES = 262_144;
const CHUNK = Buffer.alloc(16_384);
const WINDOW_MAX = 2 ** 31 - 1;
const HOLD: Fields = { ...REQUEST, ":path": "/hold" };

/** What one stream does not live through. Each has stream 1 to itself. */
const RESETS: readonly (readonly [what: string, sent: readonly Buffer[], code: ErrorCode])[] = [
  [
    "a window that grows by nothing",
    [headers(1, HOLD), windowUpdate(1, 0)],
    ErrorCode.protocolError,
  ],
  [
    "a window past 2^31-1",
    [headers(1, HOLD), windowUpdate(1, WINDOW_MAX)],
    ErrorCode.flowControlError,
  ],
  ["data after its end", [requestOf(1, "/hold"), data(1, Buffer.alloc(1))], ErrorCode.streamClosed],
  [
    "headers after its end",
    [requestOf(1, "/hold"), headers(1, {}, Flag.endStream)],
    ErrorCode.streamClosed,
  ],
  [
    "headers after its end that are not the last",
    [requestOf(1, "/hold"), headers(1, {})],
    ErrorCode.streamClosed,
  ],
  ["headers in the middle", [headers(1, HOLD), headers(1, {})], ErrorCode.protocolError],
  [
    "trailers with a colon",
    [headers(1, HOLD), headers(1, { ":path": "/" }, Flag.endStream)],
    ErrorCode.protocolError,
  ],
  [
    "a priority of 4 bytes",
    [headers(1, HOLD), frame(2, 0, 1, Buffer.alloc(4))],
    ErrorCode.frameSizeError,
  ],
];

const MALFORMED: readonly (readonly [what: string, fields: Fields])[] = [
  ["no method", { ":scheme": "http", ":path": "/" }],
  ["no scheme", { ":method": "POST", ":path": "/" }],
  ["no path", { ":method": "POST", ":scheme": "http" }],
  ["an empty path", { ...REQUEST, ":path": "" }],
  ["a status", { ...REQUEST, ":status": "200" }],
  ["an unknown field with a colon", { ...REQUEST, ":other": "1" }],
  ["a path behind other fields", { ":method": "POST", ":scheme": "http", a: "1", ":path": "/" }],
  ["a name with a capital", { ...REQUEST, Upper: "1" }],
  ["an empty name", { ...REQUEST, "": "1" }],
  ["a name with a space", { ...REQUEST, "a b": "1" }],
  ["a name with a line break", { ...REQUEST, "a\r\nb": "1" }],
  ["a value with a line break", { ...REQUEST, a: "1\r\nb: 2" }],
  ["a value with a zero", { ...REQUEST, a: "\0" }],
  ["connection", { ...REQUEST, connection: "close" }],
  ["transfer-encoding", { ...REQUEST, "transfer-encoding": "chunked" }],
  ["te other than trailers", { ...REQUEST, te: "gzip" }],
  ["a content-length that is none", { ...REQUEST, "content-length": "-1" }],
];

describe("an HTTP/2 stream", () => {
  let server: EchoServer;

  before(async () => {
    server = await EchoServer.start();
  });

  afterEach(() => {
    for (const { isHeld, isOver, stream } of server.requests.splice(0)) {
      if (isHeld && isOver) stream.done();
    }
  });

  after(() => server.stop());

  async function expectOthersLive(peer: RawHttp2): Promise<void> {
    peer.send(requestOf(101, "/"));
    expect((await peer.answer(101)).body.toString()).to.equal("hello");
  }

  for (const [what, sent, code] of RESETS) {
    it(`is reset at ${what}, and others go on`, async () => {
      using peer = await RawHttp2.open(server.port);
      peer.send(...sent);
      expect(await peer.reset(1)).to.equal(code);
      expect(server.underWay).to.equal(0);
      await expectOthersLive(peer);
    });
  }

  for (const [what, fields] of MALFORMED) {
    it(`is reset at ${what}, and nobody is told of it`, async () => {
      using peer = await RawHttp2.open(server.port);
      peer.send(headers(1, fields, Flag.endStream));
      expect(await peer.reset(1)).to.equal(ErrorCode.protocolError);
      expect(server.requests).to.have.length(0);
      await expectOthersLive(peer);
    });
  }

  it("is reset when a field comes twice that must not", async () => {
    using peer = await RawHttp2.open(server.port);
    const twice = Buffer.concat([blockOf({ ":method": "POST" }), blockOf(REQUEST)]);
    peer.send(frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, twice));
    expect(await peer.reset(1)).to.equal(ErrorCode.protocolError);
    await expectOthersLive(peer);
  });

  for (const [what, length, parts] of [
    ["shorter", "5", ["1234"]],
    ["longer", "5", ["123", "456"]],
    ["there where none was said to be", "0", ["1"]],
  ] as const) {
    it(`is reset when its data is ${what} than its content-length`, async () => {
      using peer = await RawHttp2.open(server.port);
      peer.send(headers(1, { ...REQUEST, "content-length": length }));
      parts.forEach((part, at) => {
        peer.send(data(1, Buffer.from(part), at === parts.length - 1 ? Flag.endStream : 0));
      });
      expect(await peer.reset(1)).to.equal(ErrorCode.protocolError);
      await expectOthersLive(peer);
    });
  }

  it("takes data with padding, an end without data, and trailers", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(headers(1, { ...REQUEST, "content-length": "3" }));
    peer.send(frame(FrameType.data, Flag.padded, 1, Buffer.from([2, 65, 66, 67, 0, 0])));
    peer.send(data(1, Buffer.alloc(0), Flag.endStream));
    peer.send(
      headers(3, REQUEST),
      data(3, Buffer.from("xyz")),
      headers(3, { last: "1" }, Flag.endStream),
    );
    expect((await peer.answer(1)).body.toString()).to.equal("ABC");
    const { head, body, trailers } = await peer.answer(3);
    expect(head.get(":status")).to.equal("200");
    expect(body.toString()).to.equal("xyz");
    expect(trailers.get("ended")).to.equal("well");
  });

  it("answers data after it was answered with a reset, once it is over", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(requestOf(1, "/"));
    await peer.answer(1);
    peer.send(data(1, Buffer.from("late")));
    expect(await peer.reset(1)).to.equal(ErrorCode.streamClosed);
    await expectOthersLive(peer);
  });

  it("is over when its peer resets it, and is answered no more", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(headers(1, HOLD), frame(FrameType.rstStream, 0, 1, uint32(ErrorCode.cancel)));
    await peer.echo();
    expect(server.requests[0]?.isOver).to.equal(true);
    server.requests[0]?.answer(Buffer.from("late"));
    await peer.echo();
    expect(peer.frames.filter(({ streamId }) => streamId === 1)).to.deep.equal([]);
  });

  it("is answered with the size of our table first, once, where the peer has made its own smaller", async () => {
    using peer = await RawHttp2.open(server.port, { settings: [[Setting.headerTableSize, 0]] });
    peer.send(requestOf(1, "/"), requestOf(3, "/"));
    await peer.answer(3);
    const blocks = peer.frames.filter(({ type }) => type === FrameType.headers);
    expect(blocks.map(({ payload }) => payload[0] === 0x20)).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
    expect((await peer.answer(1)).head.get(":status")).to.equal("200");
  });

  it("is answered before its request is whole, and what still comes is thrown away", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(headers(1, HOLD));
    await peer.echo();
    server.requests[0]?.answer(Buffer.from("early"));
    expect((await peer.answer(1)).body.toString()).to.equal("early");
    expect(await peer.reset(1)).to.equal(ErrorCode.noError);
    const before = peer.frames.length;
    peer.send(
      data(1, Buffer.alloc(1000)),
      headers(1, { a: "b" }, Flag.endStream),
      windowUpdate(1, 1),
    );
    await peer.echo();
    expect(peer.frames.slice(before).map(({ type }) => type)).to.deep.equal([FrameType.ping]);
  });

  it("is refused past the most that may be, until one of them is over and done with", async () => {
    using peer = await RawHttp2.open(server.port);
    for (let at = 0; at < STREAMS_MAX; at += 1) peer.send(requestOf(2 * at + 1, "/hold"));
    peer.send(requestOf(201, "/"));
    expect(await peer.reset(201)).to.equal(ErrorCode.refusedStream);
    // Whoever resets a stream has not made room: somebody still works on it.
    for (let at = 0; at < STREAMS_MAX; at += 1) {
      peer.send(frame(FrameType.rstStream, 0, 2 * at + 1, uint32(ErrorCode.cancel)));
    }
    peer.send(requestOf(203, "/"));
    expect(await peer.reset(203)).to.equal(ErrorCode.refusedStream);
    expect(server.underWay).to.equal(0);
    server.requests.shift()?.stream.done();
    peer.send(requestOf(205, "/"), requestOf(207, "/"));
    expect((await peer.answer(205)).body.toString()).to.equal("hello");
    expect((await peer.answer(207)).body.toString()).to.equal("hello");
  });

  it("begins again and again where each is done with, however many there were", async () => {
    using peer = await RawHttp2.open(server.port);
    for (let at = 0; at < 10 * STREAMS_MAX; at += 1) {
      peer.send(headers(2 * at + 1, REQUEST), frame(FrameType.rstStream, 0, 2 * at + 1, uint32(8)));
    }
    peer.send(requestOf(9001, "/"));
    expect((await peer.answer(9001)).body.toString()).to.equal("hello");
    expect(peer.frames.filter(({ type }) => type === FrameType.rstStream)).to.deep.equal([]);
  });

  it("is refused when the list of its header fields is too long, and later ones can be read", async () => {
    using peer = await RawHttp2.open(server.port);
    const block = Buffer.concat([
      blockOf(REQUEST),
      // Into the table, and then so often from there that the list has more than 64 KiB.
      Buffer.concat([Buffer.from([0x40, 1, 97, 0x7f, 0xd1, 0x0e]), Buffer.alloc(2000, "v")]),
      Buffer.alloc(40, 0xbe),
    ]);
    peer.send(frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, block));
    expect(await peer.reset(1)).to.equal(ErrorCode.enhanceYourCalm);
    const again = Buffer.concat([blockOf(REQUEST), Buffer.from([0xbe])]);
    peer.send(frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 3, again));
    await peer.answer(3);
    const field = server.requests[0]?.head.fields.find(({ name }) => name === "a");
    expect(field?.value).to.equal("v".repeat(2000));
  });

  it("is reset at more data than its window", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(headers(1, HOLD));
    for (let left = WINDOW_BYTES; left > 0; left -= CHUNK.length) peer.send(data(1, CHUNK));
    await peer.echo();
    expect(server.requests[0]?.body).to.have.length(WINDOW_BYTES);
    expect(server.underWay).to.equal(1);
    peer.send(data(1, Buffer.alloc(1)));
    expect(await peer.reset(1)).to.equal(ErrorCode.flowControlError);
    await expectOthersLive(peer);
  });

  it("takes nothing from the window of its connection for good, whatever it is reset for", async () => {
    using peer = await RawHttp2.open(server.port);
    // With data of these that nobody gave back, the window would be used up long before the last.
    for (let id = 1; id < 1400; id += 2) {
      peer.send(requestOf(id, "/hold"), data(id, CHUNK));
      if (id % 50 !== 1) continue;
      await peer.echo();
      for (const { stream } of server.requests.splice(0)) stream.done();
    }
    expect(await peer.reset(1399)).to.equal(ErrorCode.streamClosed);
    for (const { stream } of server.requests.splice(0)) stream.done();
    peer.send(headers(1401, REQUEST), data(1401, CHUNK, Flag.endStream));
    expect((await peer.answer(1401)).body).to.have.length(CHUNK.length);
  });
});
