/** How connections end: of themselves when what is under way is answered, by force after a grace, or because nobody is there. */

import { expect } from "chai";

import { ErrorCode, Flag, FrameType } from "../../src/http2/protocol.js";
import {
  frame,
  headers,
  RawHttp2,
  REQUEST,
  requestOf,
  windowUpdate,
} from "../support/raw-http2.js";
import { EchoServer, patternOf, type EchoOptions } from "./echo-server.js";

const GRACE_MS = 60_000;

describe("the end of an HTTP/2 server", () => {
  let server: EchoServer | undefined;

  async function start(options: EchoOptions = {}): Promise<EchoServer> {
    server = await EchoServer.start(options);
    return server;
  }

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it("lets what is under way be answered, refuses what begins, and then closes", async () => {
    const serving = await start();
    using peer = await RawHttp2.open(serving.port);
    peer.send(requestOf(1, "/hold"), headers(3, REQUEST));
    await peer.echo();
    const stopped = serving.stop(GRACE_MS);
    const away = await peer.frame(FrameType.goAway, 0);
    expect(away.payload.readUInt32BE(0), "the last that will be answered").to.equal(3);
    expect(away.payload.readUInt32BE(4)).to.equal(ErrorCode.noError);
    peer.send(requestOf(5, "/"));
    expect(await peer.reset(5)).to.equal(ErrorCode.refusedStream);
    peer.send(frame(FrameType.data, Flag.endStream, 3, Buffer.from("late")));
    expect((await peer.answer(3)).body.toString()).to.equal("late");
    expect(peer.isClosed).to.equal(false);
    serving.requests[0]?.answer(Buffer.from("last"));
    expect((await peer.answer(1)).body.toString()).to.equal("last");
    await peer.closed();
    await stopped;
    serving.requests[0]?.stream.done();
  });

  it("closes connections at once that have nothing under way, and takes no more", async () => {
    const serving = await start();
    using idle = await RawHttp2.open(serving.port);
    using silent = await RawHttp2.silent(serving.port);
    await idle.echo();
    await serving.stop(GRACE_MS);
    await idle.closed();
    await silent.closed();
    const refused = await RawHttp2.silent(serving.port).then(
      () => "connected",
      () => "refused",
    );
    expect(refused).to.equal("refused");
  });

  it("sends all of an answer that waits for its reader before it closes", async () => {
    const serving = await start();
    using peer = await RawHttp2.open(serving.port);
    peer.send(requestOf(1, "/large/500000"));
    await peer.echo();
    const stopped = serving.stop(GRACE_MS);
    await peer.frame(FrameType.goAway, 0);
    peer.send(windowUpdate(0, 500_000), windowUpdate(1, 500_000));
    expect((await peer.answer(1)).body.equals(patternOf(500_000))).to.equal(true);
    await peer.closed();
    await stopped;
  });

  it("cuts what is still under way after the grace", async () => {
    const serving = await start();
    using peer = await RawHttp2.open(serving.port);
    peer.send(requestOf(1, "/hold"));
    await peer.echo();
    await serving.stop(1);
    expect(await peer.reset(1)).to.equal(ErrorCode.cancel);
    await peer.closed();
    expect(serving.requests[0]?.isOver).to.equal(true);
    serving.requests[0]?.stream.done();
  });

  it("cuts a peer that reads nothing after the grace", async () => {
    const serving = await start();
    using peer = await RawHttp2.open(serving.port);
    await peer.echo();
    peer.socket.pause();
    peer.send(requestOf(1, "/large/50000000"), windowUpdate(0, 2 ** 30), windowUpdate(1, 2 ** 30));
    while (serving.requests.length === 0) await new Promise(setImmediate);
    await serving.stop(1);
    expect(serving.underWay).to.equal(0);
  });

  it("cuts a connection that does not answer when it is asked whether it lives", async () => {
    const serving = await start({ prefaceMs: 20, keepaliveMs: 20, keepaliveTimeoutMs: 50 });
    using peer = await RawHttp2.open(serving.port);
    peer.send(requestOf(1, "/hold"));
    const ping = await peer.frame(FrameType.ping, 0);
    expect(ping.flags).to.equal(0);
    await peer.closed();
    while (serving.underWay > 0) await new Promise(setImmediate);
    serving.requests[0]?.stream.done();
  });

  it("lets a connection live that answers when it is asked, however silent it is", async () => {
    const serving = await start({
      prefaceMs: 20,
      keepaliveMs: 20,
      keepaliveTimeoutMs: 5000,
    });
    using peer = await RawHttp2.open(serving.port);
    for (let round = 0; round < 5; round += 1) {
      const { payload } = await peer.frame(FrameType.ping, 0);
      peer.frames.length = 0;
      peer.send(frame(FrameType.ping, Flag.ack, 0, payload));
    }
    peer.send(requestOf(1, "/"));
    expect((await peer.answer(1)).body.toString()).to.equal("hello");
  });

  it("cuts a connection that does not say in time that it speaks HTTP/2", async () => {
    const serving = await start({ prefaceMs: 30 });
    using silent = await RawHttp2.silent(serving.port);
    using slow = await RawHttp2.silent(serving.port);
    slow.send(Buffer.from("PRI * HTT"));
    using good = await RawHttp2.open(serving.port);
    await silent.closed();
    await slow.closed();
    expect([...silent.frames, ...slow.frames]).to.deep.equal([]);
    await good.echo();
  });
});
