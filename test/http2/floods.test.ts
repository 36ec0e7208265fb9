/** Peers that send what asks for an answer and read none: what they make a server keep is bounded, and everyone else is served. */

import { expect } from "chai";

import { Http2Connection } from "../../src/http2/http2-connection.js";
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
import { FakeSocket } from "../support/fake-socket.js";
import { EchoServer, Held } from "./echo-server.js";

const MIB = 1_048_576;

/** Each asks for an answer, and most answers are longer. */
const FLOODS: readonly (readonly [what: string, pieceAt: (at: number) => Buffer])[] = [
  ["pings", () => PING],
  ["settings", () => settingsFrame([])],
  ["requests", (at) => frame(FrameType.headers, WHOLE, 2 * at + 3, BLOCK)],
  [
    "requests that are malformed",
    (at) => frame(FrameType.headers, WHOLE, 2 * at + 3, METHOD_ALONE),
  ],
  [
    "requests that are reset",
    (at) =>
      Buffer.concat([frame(FrameType.headers, WHOLE, 2 * at + 3, BLOCK), resetOf(2 * at + 3)]),
  ],
  [
    "data of streams that are over",
    (at) =>
      Buffer.concat([
        frame(FrameType.headers, WHOLE, 2 * at + 3, BLOCK),
        data(2 * at + 3, NOTHING),
      ]),
  ],
];

const PING = frame(FrameType.ping, 0, 0, Buffer.alloc(8));
const WHOLE = Flag.endHeaders | Flag.endStream;
const BLOCK = blockOf(REQUEST);
const METHOD_ALONE = Buffer.from([0x83]);
const NOTHING = Buffer.alloc(0);

function resetOf(streamId: number): Buffer {
  return frame(FrameType.rstStream, 0, streamId, uint32(ErrorCode.cancel));
}

function nextTurn(): Promise<void> {
  return new Promise(setImmediate);
}

describe("a flood on an HTTP/2 connection", () => {
  let server: EchoServer;

  beforeEach(async () => {
    server = await EchoServer.start();
  });

  afterEach(() => server.stop());

  for (const [what, pieceAt] of FLOODS) {
    it(`of ${what} makes it keep little while nothing is read of the answers`, async () => {
      const socket = new FakeSocket();
      const connection = new Http2Connection(socket.asSocket, {
        streamsMax: 100,
        onRequest: (stream, head) => new Held(stream, head),
      });
      connection.receive(Buffer.concat([PREFACE, settingsFrame([])]));
      await nextTurn();
      socket.stick();
      socket.resume();
      let at = 0;
      for (let sent = 0; sent < 4 * MIB && !socket.isPaused();) {
        const pieces: Buffer[] = [];
        for (let bytes = 0; bytes < 65_536; at += 1) {
          const piece = pieceAt(at);
          pieces.push(piece);
          bytes += piece.length;
        }
        connection.receive(Buffer.concat(pieces));
        sent += 65_536;
        await nextTurn();
      }
      expect(connection.waitingBytes).to.be.below(2 * MIB);
      if (what === "requests that are reset") return;
      expect(socket.isPaused()).to.equal(true);
      socket.flow();
      await nextTurn();
      expect(socket.isPaused(), "it is read again").to.equal(false);
      expect(connection.waitingBytes).to.equal(0);
    });
  }

  it("is read no further while nothing is read of the answers, and everyone else is served", async () => {
    using peer = await RawHttp2.open(server.port);
    await peer.echo();
    peer.socket.pause();
    const chunk = Buffer.concat(Array.from({ length: 8000 }, () => PING));
    let sent = 0;
    // When it is not gone while others were served this often, it is held up.
    for (let served = 0; served < 30;) {
      expect(sent, "more than kernels keep").to.be.below(64 * MIB);
      if (peer.socket.writableLength === 0) {
        peer.socket.write(chunk);
        sent += chunk.length;
        served = 0;
      }
      using other = await RawHttp2.open(server.port);
      other.send(requestOf(1, "/"));
      expect((await other.answer(1)).body.toString()).to.equal("hello");
      served += 1;
    }
    peer.socket.resume();
    await peer.until("all is answered", () => peer.frames.length > sent / PING.length);
  });

  it("of parts of one block of header fields ends the connection", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(frame(FrameType.headers, Flag.endStream, 1, blockOf(REQUEST)));
    for (let at = 0; at < 20; at += 1)
      peer.send(frame(FrameType.continuation, 0, 1, Buffer.alloc(16_384)));
    expect(await peer.failure()).to.equal(ErrorCode.enhanceYourCalm);
    expect(server.requests).to.have.length(0);
  });

  it("of empty parts of one block ends the connection as well", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(frame(FrameType.headers, Flag.endStream, 1, blockOf(REQUEST)));
    const empty = Buffer.concat(
      Array.from({ length: 10_000 }, () => frame(FrameType.continuation, 0, 1)),
    );
    for (let at = 0; at < 14; at += 1) peer.send(empty);
    expect(await peer.failure()).to.equal(ErrorCode.enhanceYourCalm);
  });

  it("of streams that each want a byte at a time is served to the last byte", async () => {
    using peer = await RawHttp2.open(server.port, { settings: [[Setting.initialWindowSize, 1]] });
    const ids = Array.from({ length: 50 }, (_, at) => 2 * at + 1);
    for (const id of ids) peer.send(requestOf(id, "/large/100"));
    for (let more = 0; more < 99; more += 1) peer.send(...ids.map((id) => windowUpdate(id, 1)));
    for (const id of ids) expect((await peer.answer(id)).body).to.have.length(100);
  });

  it("of settings that move every window to and fro leaves each as it should be", async () => {
    using peer = await RawHttp2.open(server.port, { settings: [[Setting.initialWindowSize, 0]] });
    const ids = Array.from({ length: 50 }, (_, at) => 2 * at + 1);
    for (const id of ids) peer.send(requestOf(id, "/large/1000"));
    for (let round = 0; round < 500; round += 1) {
      peer.send(settingsFrame([[Setting.initialWindowSize, round % 2 === 0 ? 10 : 0]]));
    }
    await peer.echo();
    for (const id of ids) expect(peer.bodyOf(id)).to.have.length(10);
    peer.send(settingsFrame([[Setting.initialWindowSize, 1000]]));
    for (const id of ids) expect((await peer.answer(id)).body).to.have.length(1000);
  });

  it("of requests that are not read to their end is answered as far as there is room", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.socket.pause();
    for (let id = 1; id < 2001; id += 2)
      peer.send(headers(id, REQUEST), data(id, Buffer.alloc(60, "r"), Flag.endStream));
    while (server.requests.length < 1000) await new Promise(setImmediate);
    peer.socket.resume();
    for (let id = 1; id < 2001; id += 2) expect((await peer.answer(id)).body).to.have.length(60);
  });
});
