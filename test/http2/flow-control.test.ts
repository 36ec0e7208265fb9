/** Windows, both ways: nobody gets more than there is room for, byte for byte, and whoever does not read holds up only itself. */

import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { once } from "node:events";

import { expect } from "chai";

import { settingsFrame } from "../../src/http2/frames.js";
import { Flag, FrameType, Setting } from "../../src/http2/protocol.js";
import { Random } from "../support/random.js";
import { data, headers, RawHttp2, REQUEST, requestOf, windowUpdate } from "../support/raw-http2.js";
import { EchoServer, patternOf } from "./echo-server.js";

const STREAM_WINDOW_BYTES = 262_144;
const CONNECTION_WINDOW_BYTES = 8_388_608;
const CHUNK = Buffer.alloc(16_384, "c");
const MIB = 1_048_576;

describe("HTTP/2 flow control", () => {
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

  it("sends no more than the stream's window has, and goes on as it grows", async () => {
    using peer = await RawHttp2.open(server.port, { settings: [[Setting.initialWindowSize, 10]] });
    peer.send(requestOf(1, "/large/1000"));
    await peer.echo();
    let allowed = 10;
    for (const more of [1, 7, 100, 500]) {
      expect(peer.bodyOf(1)).to.have.length(allowed);
      peer.send(windowUpdate(1, more));
      allowed += more;
      await peer.echo();
    }
    expect(peer.bodyOf(1)).to.have.length(allowed);
    peer.send(windowUpdate(1, 1000));
    expect((await peer.answer(1)).body.equals(patternOf(1000))).to.equal(true);
  });

  it("sends no more than the connection's window has, on all streams together", async () => {
    using peer = await RawHttp2.open(server.port, { settings: [[Setting.initialWindowSize, MIB]] });
    peer.send(requestOf(1, "/large/50000"), requestOf(3, "/large/50000"), requestOf(5, "/"));
    await peer.echo();
    const sent = (): number => [1, 3, 5].reduce((sum, id) => sum + peer.bodyOf(id).length, 0);
    expect(sent()).to.equal(65_535);
    peer.send(windowUpdate(0, 1));
    await peer.echo();
    expect(sent()).to.equal(65_536);
    peer.send(windowUpdate(0, MIB));
    for (const id of [1, 3])
      expect((await peer.answer(id)).body.equals(patternOf(50_000))).to.equal(true);
    expect((await peer.answer(5)).body.toString()).to.equal("hello");
  });

  it("has settings change the windows of streams under way, also below nothing", async () => {
    using peer = await RawHttp2.open(server.port, { settings: [[Setting.initialWindowSize, 100]] });
    peer.send(requestOf(1, "/large/1000"));
    await peer.echo();
    expect(peer.bodyOf(1)).to.have.length(100);
    peer.send(settingsFrame([[Setting.initialWindowSize, 20]]), windowUpdate(1, 80));
    await peer.echo();
    expect(peer.bodyOf(1), "80 below nothing, and 80 more").to.have.length(100);
    peer.send(windowUpdate(1, 5));
    await peer.echo();
    expect(peer.bodyOf(1)).to.have.length(105);
    // The last of several is what holds.
    peer.send(
      settingsFrame([
        [Setting.initialWindowSize, 0],
        [Setting.initialWindowSize, 30],
      ]),
    );
    await peer.echo();
    expect(peer.bodyOf(1)).to.have.length(115);
    peer.send(settingsFrame([[Setting.initialWindowSize, 5000]]));
    expect((await peer.answer(1)).body.equals(patternOf(1000))).to.equal(true);
  });

  it("gives each stream its turn while there is too little for all", async () => {
    const size = 1_000_000;
    using peer = await RawHttp2.open(server.port, {
      settings: [[Setting.initialWindowSize, 2 * MIB]],
    });
    const ids = [1, 3, 5, 7];
    for (const id of ids) peer.send(requestOf(id, `/large/${String(size)}`));
    await peer.echo();
    // A little at a time, and every stream wants all of it.
    for (let given = 0; given < 2 * MIB; given += 65_536) {
      peer.send(windowUpdate(0, 65_536));
      await peer.echo();
    }
    for (const id of ids) expect(peer.bodyOf(id).length, String(id)).to.be.greaterThan(size / 4);
    peer.send(windowUpdate(0, 4 * MIB));
    for (const id of ids)
      expect((await peer.answer(id)).body.equals(patternOf(size))).to.equal(true);
  });

  it("is exact over tiny windows that grow by chance, on many streams", async () => {
    const random = new Random(7);
    using peer = await RawHttp2.open(server.port, { settings: [[Setting.initialWindowSize, 0]] });
    const sizes = new Map(
      Array.from({ length: 20 }, (_, at) => [2 * at + 1, 1 + random.below(9000)]),
    );
    for (const [id, size] of sizes) peer.send(requestOf(id, `/large/${String(size)}`));
    const left = new Map(sizes);
    while (left.size > 0) {
      const id = random.pick([...left.keys()]);
      const more = 1 + random.below(700);
      peer.send(windowUpdate(id, more), windowUpdate(0, more));
      const rest = (left.get(id) ?? 0) - more;
      if (rest > 0) left.set(id, rest);
      else left.delete(id);
    }
    for (const [id, size] of sizes)
      expect((await peer.answer(id)).body.equals(patternOf(size))).to.equal(true);
  });

  it("gives room back as data is done with, and not before", async () => {
    using peer = await RawHttp2.open(server.port);
    peer.send(headers(1, { ...REQUEST, ":path": "/hold" }));
    for (let sent = 0; sent < STREAM_WINDOW_BYTES; sent += CHUNK.length) peer.send(data(1, CHUNK));
    await peer.echo();
    const grown = (): number =>
      peer.frames
        .filter(({ type, streamId }) => type === FrameType.windowUpdate && streamId === 1)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
    expect(grown()).to.equal(0);
    server.requests[0]?.stream.consumed(STREAM_WINDOW_BYTES / 2);
    await peer.echo();
    expect(grown()).to.equal(STREAM_WINDOW_BYTES / 2);
    for (let sent = 0; sent < STREAM_WINDOW_BYTES / 2; sent += CHUNK.length)
      peer.send(data(1, CHUNK));
    await peer.echo();
    expect(server.requests[0]?.body).to.have.length(STREAM_WINDOW_BYTES * 1.5);
  });

  it("ends a connection that sends more than its window on streams that nobody reads", async () => {
    using peer = await RawHttp2.open(server.port);
    const streams = CONNECTION_WINDOW_BYTES / STREAM_WINDOW_BYTES;
    for (let at = 0; at <= streams; at += 1) {
      const id = 2 * at + 1;
      peer.send(headers(id, { ...REQUEST, ":path": "/hold" }));
      if (at < streams)
        for (let sent = 0; sent < STREAM_WINDOW_BYTES; sent += CHUNK.length)
          peer.send(data(id, CHUNK));
      else peer.send(data(id, Buffer.alloc(1)));
    }
    expect(await peer.failure()).to.equal(3);
  });

  describe("with a client that others wrote", () => {
    let session: ClientHttp2Session;

    beforeEach(async () => {
      session = connectHttp2(`http://127.0.0.1:${String(server.port)}`, {
        settings: { initialWindowSize: 4000 },
      });
      await once(session, "connect");
    });

    afterEach(async () => {
      session.destroy();
      if (!session.closed) await once(session, "close");
    });

    async function ask(path: string, body?: Buffer): Promise<Buffer> {
      const stream = session.request({ ":method": "POST", ":path": path });
      stream.end(body);
      const parts: Buffer[] = [];
      for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
      return Buffer.concat(parts);
    }

    it("takes and answers 4 MiB on each of several streams", async () => {
      const body = patternOf(4 * MIB);
      const answers = await Promise.all([1, 2, 3].map(() => ask("/", body)));
      for (const answer of answers) expect(answer.equals(body)).to.equal(true);
    });

    it("goes on with others while one's request is not read, and its window is used up", async () => {
      const held = session.request({ ":method": "POST", ":path": "/hold" });
      held.on("error", () => undefined);
      held.end(Buffer.alloc(2 * MIB));
      const body = patternOf(MIB);
      for (let round = 0; round < 4; round += 1)
        expect((await ask("/", body)).equals(body)).to.equal(true);
      expect(server.requests[0]?.body).to.have.length(STREAM_WINDOW_BYTES);
      held.close();
    });

    it("goes on with others while one's answer is not read", async () => {
      const unread = session.request({ ":method": "POST", ":path": `/large/${String(4 * MIB)}` });
      unread.on("error", () => undefined);
      unread.end();
      await once(unread, "response");
      const body = patternOf(MIB);
      for (let round = 0; round < 4; round += 1)
        expect((await ask("/", body)).equals(body)).to.equal(true);
      expect(server.requests[0]?.isOver).to.equal(false);
      unread.close();
    });
  });

  it("has no room for data with the end flag alone left over", async () => {
    using peer = await RawHttp2.open(server.port, { settings: [[Setting.initialWindowSize, 0]] });
    peer.send(headers(1, REQUEST, Flag.endStream));
    await peer.echo();
    expect(peer.bodyOf(1)).to.have.length(0);
    expect(server.underWay, "the trailers wait for the data").to.equal(1);
    peer.send(windowUpdate(1, 5));
    expect((await peer.answer(1)).body.toString()).to.equal("hello");
  });
});
