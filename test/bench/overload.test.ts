/** The load of the bench of overload speaks HTTP/2 as Node.js does, tells answers from refusals, and says what does not count. */

import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { grpcFrame } from "../../bench/grpc-frame.js";
import { Caller, type Outcome } from "../../bench/overload/caller.js";
import { CallFrames, FRAME_HEAD_BYTES, frame, FrameReader } from "../../bench/overload/frames.js";
import { overloadProblemOf } from "../../bench/overload/turn.js";

const LOAD = { path: "/a.Service/Call", message: Buffer.from("question") };

async function read(stream: ServerHttp2Stream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

describe("the bench of overload", () => {
  let server: Http2Server;
  const asked: { readonly headers: object; readonly body: Buffer }[] = [];

  before(async () => {
    server = createServer({ settings: { maxConcurrentStreams: 2 } });
    server.on("stream", (stream, headers) => {
      void read(stream).then((body) => {
        const isRefused = asked.push({ headers, body }) % 2 === 0;
        stream.respond({ "grpc-status": isRefused ? "8" : "0" }, { endStream: isRefused });
        if (!isRefused) stream.end(grpcFrame(Buffer.from("answer")));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  after(() => {
    server.close();
  });

  it("makes calls that a server reads, no more at a time than it allows, and tells its answers apart", async () => {
    const outcomes: Outcome[] = [];
    const { port } = server.address() as AddressInfo;
    const caller = await new Promise<Caller>((resolve, reject) => {
      const opened = Caller.connect(port, new CallFrames(LOAD), (outcome, times) => {
        expect(times.sentMs).to.be.at.least(times.intendedMs);
        outcomes.push(outcome);
        if (outcomes.length === 6) opened.then(resolve, reject);
      });
      void opened.then((each) => {
        for (let count = 0; count < 6; count += 1) each.intend(0);
        each.flush();
      }, reject);
    });
    expect(caller.underWayCount).to.equal(0);
    caller.close();
    expect(outcomes.filter((each) => each === "accepted")).to.have.lengthOf(3);
    expect(outcomes.filter((each) => each === "refused")).to.have.lengthOf(3);
    expect(asked[5]?.body).to.deep.equal(grpcFrame(LOAD.message));
    expect(asked[5]?.headers).to.include({
      ":method": "POST",
      ":path": LOAD.path,
      "content-type": "application/grpc",
      te: "trailers",
    });
  });

  it("takes frames apart, however they come", () => {
    const seen: string[] = [];
    const reader = new FrameReader(({ type, flags, stream }, payload) => {
      seen.push(`${String(type)} ${String(flags)} ${String(stream)} ${payload.toString()}`);
    });
    const first = frame({ type: 0, flags: 1, stream: 7 }, Buffer.from("payload"));
    const second = frame({ type: 6, flags: 0, stream: 0 }, Buffer.alloc(0));
    expect(second).to.have.lengthOf(FRAME_HEAD_BYTES);
    for (const byte of Buffer.concat([first, second])) reader.read(Buffer.of(byte));
    reader.read(Buffer.concat([first, second]));
    expect(seen).to.deep.equal(["0 1 7 payload", "6 0 0 ", "0 1 7 payload", "6 0 0 "]);
  });

  it("counts no measurement with calls that were not answered, were reset, or that the server does not count", () => {
    const outcome = { acceptedInAll: 5, reset: 0, unanswered: 0 };
    expect(overloadProblemOf(outcome, 5)).to.equal(undefined);
    expect(overloadProblemOf(outcome, 4)).to.contain("counts 4 successes of 5");
    expect(overloadProblemOf({ ...outcome, reset: 1 }, 5)).to.contain("1 calls were reset");
    expect(overloadProblemOf({ ...outcome, unanswered: 2 }, 5)).to.contain("2 calls were not");
  });
});
