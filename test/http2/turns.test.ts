/** More requests than are worked on at a time, on real connections: who waits, who is served first, what the late are told. */

import { expect } from "chai";

import { FrameReader } from "../../src/http2/frame-reader.js";
import { settingsFrame } from "../../src/http2/frames.js";
import { Http2Connection } from "../../src/http2/http2-connection.js";
import { Intake, writeHeaderBlock } from "../../src/http2/index.js";
import { TURN_REQUESTS } from "../../src/http2/intake.js";
import { ErrorCode, Flag, FrameType, PREFACE } from "../../src/http2/protocol.js";
import { FakeSocket } from "../support/fake-socket.js";
import { ManualClock, until } from "../support/manual-clock.js";
import {
  data,
  frame,
  headers,
  RawHttp2,
  REQUEST,
  requestOf,
  type Fields,
} from "../support/raw-http2.js";
import { EchoServer, Held } from "./echo-server.js";

const MIB = 1_048_576;
const WAIT_MS = 100;
const REQUESTS_MAX = 4;
const TURNS_MAX = 2_000_000;
const REFUSAL = writeHeaderBlock([{ name: "refused", value: "late" }]);

describe("requests that wait for their turn", () => {
  let clock: ManualClock;
  let intake: Intake;
  let server: EchoServer;

  beforeEach(async () => {
    clock = new ManualClock();
    intake = new Intake({ clock, requestsMax: REQUESTS_MAX, waitMsMax: WAIT_MS });
    server = await EchoServer.start({
      intake,
      refusalOf: ({ path }) => (path === "/always" ? undefined : REFUSAL),
    });
  });

  afterEach(() => server.stop());

  /** As many as are worked on, and none of them answered. */
  async function fill(peer: RawHttp2): Promise<void> {
    peer.send(...idsOf(REQUESTS_MAX).map((id) => requestOf(id, "/hold")));
    await until("all are there", () => server.requests.length === REQUESTS_MAX, TURNS_MAX);
  }

  function answer(held: Held | undefined): void {
    held?.answer(Buffer.from("done"));
  }

  async function untilWaiting(count: number): Promise<void> {
    await until("they wait", () => intake.waitingCount === count, TURNS_MAX);
  }

  /** A connection that asks for more than there is room for; it hears nothing until it has a turn. */
  async function asks(paths: readonly string[]): Promise<RawHttp2> {
    const peer = await RawHttp2.open(server.port);
    await peer.echo();
    peer.send(...paths.map((path, at) => requestOf(2 * at + 1, path)));
    return peer;
  }

  it("are not begun before there is room, and then all are", async () => {
    using busy = await RawHttp2.open(server.port);
    await fill(busy);
    using peer = await asks(["/a", "/b", "/c"]);
    await untilWaiting(1);
    expect(server.requests).to.have.length(REQUESTS_MAX);
    answer(server.requests[0]);
    for (const id of idsOf(3)) expect((await peer.answer(id)).body.toString()).to.equal("hello");
    expect(server.requests.slice(REQUESTS_MAX).map(({ head }) => head.path)).to.deep.equal([
      "/a",
      "/b",
      "/c",
    ]);
  });

  it("are begun a few at a time, so that one connection does not hold up another", async () => {
    using busy = await RawHttp2.open(server.port);
    await fill(busy);
    const many = Array.from({ length: 3 * TURN_REQUESTS }, () => "/many");
    using greedy = await asks(many);
    await untilWaiting(1);
    using modest = await asks(["/one"]);
    await untilWaiting(2);
    answer(server.requests[0]);
    await modest.answer(1);
    await greedy.answer(2 * many.length - 1);
    const paths = server.requests.slice(REQUESTS_MAX).map(({ head }) => head.path);
    expect(paths).to.have.length(many.length + 1);
    expect(paths.indexOf("/one")).to.be.at.most(TURN_REQUESTS);
  });

  it("are refused when they are late, but for those that never are, and the connection goes on", async () => {
    using busy = await RawHttp2.open(server.port);
    await fill(busy);
    using peer = await RawHttp2.open(server.port);
    await peer.echo();
    const body = Buffer.from("body");
    peer.send(
      headers(1, path("/data")),
      data(1, body),
      data(1, body, Flag.endStream),
      headers(3, path("/trailers")),
      data(3, body),
      headers(3, { last: "1" }, Flag.endStream),
      requestOf(5, "/whole"),
      requestOf(7, "/always"),
    );
    await untilWaiting(1);
    expect(peer.frames.some(({ streamId }) => streamId > 0)).to.equal(false);
    await clock.advance(WAIT_MS);
    for (const id of [1, 3, 5]) {
      const { head, body: none } = await peer.answer(id);
      expect(head.get("refused")).to.equal("late");
      expect(none).to.have.length(0);
    }
    expect((await peer.answer(7)).body.toString()).to.equal("hello");
    await peer.echo();
    for (const held of server.requests.slice(0, REQUESTS_MAX)) answer(held);
    await until("there is room", () => !intake.isFull, TURNS_MAX);
    peer.send(headers(9, path("/again")), data(9, body, Flag.endStream));
    expect((await peer.answer(9)).body.toString()).to.equal("body");
  });

  it("have the rest of a body turned away, where they are refused before it was sent", async () => {
    using busy = await RawHttp2.open(server.port);
    await fill(busy);
    using peer = await RawHttp2.open(server.port);
    await peer.echo();
    peer.send(headers(1, path("/long")));
    await untilWaiting(1);
    await clock.advance(WAIT_MS);
    expect((await peer.answer(1)).head.get("refused")).to.equal("late");
    expect(peer.frames.some(({ type }) => type === FrameType.rstStream)).to.equal(false);
    peer.send(data(1, Buffer.from("more")), data(1, Buffer.from("and more")));
    expect(await peer.reset(1)).to.equal(ErrorCode.noError);
    await peer.echo();
    expect(peer.frames.filter(({ type }) => type === FrameType.rstStream)).to.have.length(1);
  });

  it("wait on while their peer does not read, so that little is kept for it", async () => {
    const socket = new FakeSocket();
    const connection = new Http2Connection(socket.asSocket, {
      streamsMax: 65_536,
      intake,
      onRequest: (stream, head) => new Held(stream, head, intake),
      refusalOf: () => Buffer.alloc(300),
    });
    connection.receive(Buffer.concat([PREFACE, settingsFrame([])]));
    for (let at = 0; at < REQUESTS_MAX; at += 1) intake.enter();
    socket.stick();
    // Each with heads of a few bytes, and far more of them than there is room for the answers.
    let sent = 0;
    for (; !socket.isPaused(); sent += 1000) {
      const heads = Array.from({ length: 1000 }, (_, at) => small(2 * (sent + at) + 1));
      connection.receive(Buffer.concat(heads));
    }
    await clock.advance(WAIT_MS);
    expect(connection.waitingBytes).to.be.within(MIB, 2 * MIB);
    expect(intake.waitingCount).to.equal(0);
    socket.flow();
    await until("all are answered", () => answerCount(socket) === sent, TURNS_MAX);
    expect(socket.isPaused()).to.equal(false);
    connection.closed();
  });

  it("tell how long they have waited", async () => {
    using busy = await RawHttp2.open(server.port);
    await fill(busy);
    using peer = await asks(["/a"]);
    await untilWaiting(1);
    clock.pass(WAIT_MS / 2);
    answer(server.requests[0]);
    await peer.answer(1);
    expect(server.requests.map(({ waitedMs }) => waitedMs)).to.deep.equal([
      0,
      0,
      0,
      0,
      WAIT_MS / 2,
    ]);
  });

  it("go with their connection", async () => {
    using busy = await RawHttp2.open(server.port);
    await fill(busy);
    const peer = await asks(["/a"]);
    await untilWaiting(1);
    peer.socket.destroy();
    await peer.closed();
    for (const held of server.requests) answer(held);
    await untilWaiting(0);
    using other = await asks(["/b"]);
    expect((await other.answer(1)).body.toString()).to.equal("hello");
    await until("none is under way", () => server.underWay === 0, TURNS_MAX);
  });

  it("are let go of with a farewell when the server stops, which says that they were not begun", async () => {
    using busy = await RawHttp2.open(server.port);
    await fill(busy);
    using peer = await asks(["/a"]);
    await untilWaiting(1);
    const stopped = server.stop(60_000);
    await peer.closed();
    const farewell = peer.frames.find(({ type }) => type === 7);
    expect(farewell?.payload.readUInt32BE(0)).to.equal(0);
    for (const held of server.requests) answer(held);
    await stopped;
  });
});

describe("more connections than may be", () => {
  it("are closed at once and counted; those that are there go on", async () => {
    let refused = 0;
    const server = await EchoServer.start({
      connectionsMax: 2,
      onConnectionRefused: () => (refused += 1),
    });
    try {
      using first = await RawHttp2.open(server.port);
      using second = await RawHttp2.open(server.port);
      await Promise.all([first.echo(), second.echo()]);
      using third = await RawHttp2.open(server.port);
      await third.closed();
      expect(refused).to.equal(1);
      first.send(requestOf(1, "/"));
      expect((await first.answer(1)).body.toString()).to.equal("hello");
    } finally {
      await server.stop();
    }
  });
});

/** Streams of a client, from the first on. */
function idsOf(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => 2 * at + 1);
}

/** A whole request whose head is three bytes: what it has to have, by the numbers of the standard's table. */
function small(streamId: number): Buffer {
  const block = Buffer.from([0x83, 0x86, 0x84]);
  return frame(FrameType.headers, Flag.endHeaders | Flag.endStream, streamId, block);
}

/** Answers that are a refusal each, in all that a server wrote. */
function answerCount(socket: FakeSocket): number {
  const reader = new FrameReader();
  let count = 0;
  for (const bytes of socket.written) {
    reader.add(bytes);
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      if (next.type === FrameType.headers) count += 1;
    }
  }
  return count;
}

function path(value: string): Fields {
  return { ...REQUEST, ":path": value };
}
