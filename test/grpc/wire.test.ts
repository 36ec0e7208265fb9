/** gRPC on HTTP/2, as callers may write it that no library would: each is answered by the rules, and costs no more than it brought. */

import { gzipSync } from "node:zlib";

import { Client, compressionAlgorithms, credentials, status } from "@grpc/grpc-js";
import { expect } from "chai";

import { frameMessage } from "../../src/grpc/message-reader.js";
import type { ServedMethod, ServiceDefinition } from "../../src/grpc/served-call.js";
import type { StreamCall } from "../../src/grpc/stream-call.js";
import type { UnaryCall, UnaryReply } from "../../src/grpc/unary-call.js";
import { ErrorCode, Flag, FrameType, Setting } from "../../src/http2/protocol.js";
import { startBareServer, type BareServer } from "../support/grpc-server.js";
import {
  data,
  headers,
  RawHttp2,
  REQUEST,
  windowUpdate,
  type Answer,
  type Fields,
} from "../support/raw-http2.js";

const MIB = 1_048_576;
const MESSAGE_BYTES_MAX = 4 * MIB;

function method(
  path: string,
  kind: Partial<ServedMethod<Buffer, Buffer>> = {},
): ServedMethod<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    decodeRequest: (bytes) => Buffer.from(bytes),
    encodeReply: frameMessage,
    ...kind,
  };
}

const DEFINITION: ServiceDefinition = {
  echo: method("/test/Echo"),
  fail: method("/test/Fail"),
  many: method("/test/Many", { responseStream: true }),
  talk: method("/test/Talk", { requestStream: true, responseStream: true }),
};

const CALL: Fields = {
  ...REQUEST,
  ":path": "/test/Echo",
  te: "trailers",
  "content-type": "application/grpc",
};

interface Seen {
  readonly deadlineMs: number;
}

describe("gRPC on the wire", () => {
  let server: BareServer;
  let port: number;
  let seen: Seen[] = [];

  before(async () => {
    server = await startBareServer((bare) => {
      bare.addService(DEFINITION, {
        echo: (call: UnaryCall<Buffer, Buffer>, reply: UnaryReply<Buffer>) => {
          seen.push({ deadlineMs: call.deadlineMs });
          reply(null, call.request);
        },
        fail: (call: UnaryCall<Buffer, Buffer>, reply: UnaryReply<Buffer>) => {
          reply({ code: status.NOT_FOUND, details: call.request.toString() });
        },
        many: (call: StreamCall<Buffer, Buffer>) => {
          for (let at = 0; at < 4; at += 1) call.write(call.request);
          call.end();
        },
        talk: (call: StreamCall<Buffer, Buffer>) => {
          call.pipe(call);
        },
      });
    });
    port = Number(server.address.slice(server.address.lastIndexOf(":") + 1));
  });

  beforeEach(() => {
    seen = [];
  });

  after(() => server.stop());

  /** What is answered to one request. */
  async function ask(
    fields: Fields,
    body: Buffer = frameMessage(Buffer.from("m")),
  ): Promise<Answer> {
    using peer = await RawHttp2.open(port);
    peer.send(headers(1, fields), data(1, body, Flag.endStream));
    return await peer.answer(1);
  }

  async function statusOf(fields: Fields, body?: Buffer): Promise<number> {
    return Number((await ask(fields, body)).trailers.get("grpc-status"));
  }

  it("answers a call with its reply and a status", async () => {
    const { head, body, trailers } = await ask(CALL, frameMessage(Buffer.from("message")));
    expect([...head]).to.deep.equal([
      [":status", "200"],
      ["content-type", "application/grpc"],
    ]);
    expect(body.equals(frameMessage(Buffer.from("message")))).to.equal(true);
    expect([...trailers]).to.deep.equal([["grpc-status", "0"]]);
  });

  for (const contentType of ["application/grpc+proto", "application/grpc;charset=utf-8"]) {
    it(`takes ${contentType}`, async () => {
      expect(await statusOf({ ...CALL, "content-type": contentType })).to.equal(status.OK);
    });
  }

  for (const [what, fields] of [
    ["of no content-type", { ...REQUEST, ":path": "/test/Echo" }],
    ["of JSON", { ...CALL, "content-type": "application/json" }],
    ["of gRPC for browsers", { ...CALL, "content-type": "application/grpc-web" }],
    ["by GET", { ...CALL, ":method": "GET" }],
  ] as const) {
    it(`answers 415 to a request ${what}`, async () => {
      const { head } = await ask(fields);
      expect([...head]).to.deep.equal([[":status", "415"]]);
    });
  }

  it("answers a method that is not there in few words, however long its name is", async () => {
    const { trailers } = await ask({ ...CALL, ":path": `/${"m".repeat(10_000)}` });
    expect(trailers.get("grpc-status")).to.equal(String(status.UNIMPLEMENTED));
    expect(trailers.get("grpc-message")?.length).to.be.below(400);
  });

  for (const [timeout, ms] of [
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["30S", 30_000],
    ["99999999m", 99_999_999],
    ["90000000u", 90_000],
    ["99999999H", 99_999_999 * 3_600_000],
  ] as const) {
    it(`reads the timeout ${timeout}`, async () => {
      const beforeMs = Date.now();
      expect(await statusOf({ ...CALL, "grpc-timeout": timeout })).to.equal(status.OK);
      const [call] = seen;
      expect(call?.deadlineMs).to.be.within(beforeMs + ms, Date.now() + ms);
    });
  }

  for (const timeout of ["", "1", "S", "-1S", "1s", "1.5S", "123456789S", "1S ", "0x1S"]) {
    it(`refuses the timeout ${JSON.stringify(timeout)} by name`, async () => {
      const { trailers } = await ask({ ...CALL, "grpc-timeout": timeout });
      expect(trailers.get("grpc-status")).to.equal(String(status.INVALID_ARGUMENT));
      expect(trailers.get("grpc-message")).to.contain("grpc-timeout: must be");
      expect(seen).to.deep.equal([]);
    });
  }

  it("tells a caller that compresses in a way nobody here knows which are known", async () => {
    const { trailers } = await ask({ ...CALL, "grpc-encoding": "br" });
    expect(trailers.get("grpc-status")).to.equal(String(status.UNIMPLEMENTED));
    expect(trailers.get("grpc-accept-encoding")).to.equal("identity,gzip,deflate");
    expect(trailers.get("grpc-message")).to.contain("and is br");
  });

  for (const algorithm of [compressionAlgorithms.gzip, compressionAlgorithms.deflate]) {
    it(`takes what grpc-js compresses as ${compressionAlgorithms[algorithm]}`, async () => {
      const client = new Client(server.address, credentials.createInsecure(), {
        "grpc.default_compression_algorithm": algorithm,
      });
      const message = Buffer.alloc(100_000, "compress me ");
      const same = (bytes: Buffer): Buffer => bytes;
      try {
        const reply = await new Promise<Buffer | undefined>((resolve, reject) => {
          client.makeUnaryRequest("/test/Echo", same, same, message, (error, bytes) => {
            if (error === null) resolve(bytes);
            else reject(error);
          });
        });
        expect(reply?.equals(message)).to.equal(true);
        const talk = client.makeBidiStreamRequest("/test/Talk", same, same);
        const replies: Buffer[] = [];
        talk.on("data", (bytes: Buffer) => replies.push(bytes));
        for (const text of ["a", "b", "c"]) talk.write(Buffer.from(text));
        talk.end();
        await new Promise<void>((resolve, reject) => talk.on("end", resolve).on("error", reject));
        expect(Buffer.concat(replies).toString()).to.equal("abc");
      } finally {
        client.close();
      }
    });
  }

  it("refuses a message that is compressed where nothing says how, and one that is not as it is said to be", async () => {
    const compressed = Buffer.from(frameMessage(gzipSync("m")));
    compressed[0] = 1;
    expect(await statusOf({ ...CALL, "grpc-encoding": "gzip" }, compressed)).to.equal(status.OK);
    expect(await statusOf(CALL, compressed)).to.equal(status.INTERNAL);
    expect(await statusOf({ ...CALL, "grpc-encoding": "deflate" }, compressed)).to.equal(
      status.INTERNAL,
    );
    const many = { ...CALL, ":path": "/test/Many" };
    expect(await statusOf(many, compressed)).to.equal(status.INTERNAL);
    const talk = { ...CALL, ":path": "/test/Talk" };
    expect(await statusOf(talk, compressed)).to.equal(status.INTERNAL);
  });

  it("makes no more of a little than a message may have", async () => {
    const bomb = Buffer.from(frameMessage(gzipSync(Buffer.alloc(64 * MIB))));
    bomb[0] = 1;
    const before = process.memoryUsage().arrayBuffers;
    for (const path of ["/test/Echo", "/test/Many", "/test/Talk"]) {
      using peer = await RawHttp2.open(port);
      peer.send(headers(1, { ...CALL, ":path": path, "grpc-encoding": "gzip" }));
      for (let at = 0; at < bomb.length; at += 16_384)
        peer.send(data(1, bomb.subarray(at, at + 16_384)));
      peer.send(data(1, Buffer.alloc(0), Flag.endStream));
      const { trailers } = await peer.answer(1);
      expect(trailers.get("grpc-status"), path).to.equal(String(status.RESOURCE_EXHAUSTED));
    }
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(32 * MIB);
  });

  it("reads a message wherever it is cut into frames", async () => {
    using peer = await RawHttp2.open(port);
    const message = frameMessage(Buffer.from("a message"));
    for (let cut = 0; cut <= message.length; cut += 1) {
      const id = 2 * cut + 1;
      peer.send(
        headers(id, CALL),
        data(id, message.subarray(0, cut)),
        data(id, message.subarray(cut), Flag.endStream),
      );
    }
    for (let cut = 0; cut <= message.length; cut += 1) {
      const { body, trailers } = await peer.answer(2 * cut + 1);
      expect(trailers.get("grpc-status"), String(cut)).to.equal("0");
      expect(body.equals(message)).to.equal(true);
    }
  });

  for (const path of ["/test/Echo", "/test/Many"]) {
    const one = frameMessage(Buffer.from("m"));
    for (const [what, body] of [
      ["no message", Buffer.alloc(0)],
      ["two messages", Buffer.concat([one, one])],
      ["half a message", one.subarray(0, 5)],
      ["half a head", one.subarray(0, 3)],
      ["a message and a half", Buffer.concat([one, one.subarray(0, 1)])],
    ] as const) {
      it(`refuses ${what} in a request of ${path}`, async () => {
        expect(await statusOf({ ...CALL, ":path": path }, body)).to.equal(status.INTERNAL);
        expect(seen).to.deep.equal([]);
      });
    }
  }

  it("refuses what comes behind the one message of a request at once, and keeps none of it", async () => {
    using peer = await RawHttp2.open(port);
    peer.send(headers(1, CALL), data(1, frameMessage(Buffer.from("m"))), data(1, Buffer.alloc(1)));
    const { trailers } = await peer.answer(1);
    expect(trailers.get("grpc-status")).to.equal(String(status.INTERNAL));
    expect(await peer.reset(1)).to.equal(ErrorCode.noError);
  });

  it("refuses a message that is too long when it has its length, and not when it has all of it", async () => {
    const head = Buffer.from([0, 0, 0, 0, 0]);
    head.writeUInt32BE(MESSAGE_BYTES_MAX + 1, 1);
    for (const path of ["/test/Echo", "/test/Many", "/test/Talk"]) {
      using peer = await RawHttp2.open(port);
      peer.send(headers(1, { ...CALL, ":path": path }), data(1, head));
      if (path === "/test/Many") peer.send(data(1, Buffer.alloc(0)));
      const { trailers } = await peer.answer(1);
      expect(trailers.get("grpc-status"), path).to.equal(String(status.RESOURCE_EXHAUSTED));
      expect(await peer.reset(1), path).to.equal(ErrorCode.noError);
    }
  });

  it("writes what is no ASCII into an error as its bytes by number, and nothing that begins a field", async () => {
    const { trailers } = await ask(
      { ...CALL, ":path": "/test/Fail" },
      frameMessage(Buffer.from("ä 100%\r\nx: y")),
    );
    expect(trailers.get("grpc-status")).to.equal(String(status.NOT_FOUND));
    expect(trailers.get("grpc-message")).to.equal("%C3%A4 100%25%0D%0Ax: y");
    expect([...trailers.keys()]).to.not.include("x");
  });

  it("gives up a reply that its caller does not take until the deadline", async () => {
    using peer = await RawHttp2.open(port, { settings: [[Setting.initialWindowSize, 0]] });
    peer.send(
      headers(1, { ...CALL, "grpc-timeout": "50m" }),
      data(1, frameMessage(Buffer.from("m")), Flag.endStream),
    );
    expect(await peer.reset(1)).to.equal(ErrorCode.cancel);
    expect(peer.bodyOf(1)).to.have.length(0);
    peer.send(windowUpdate(1, 1000));
    await peer.echo();
    expect(peer.frames.some(({ type }) => type === FrameType.data)).to.equal(false);
  });

  it("tells a caller that does not take a stream of replies that the deadline has passed", async () => {
    using peer = await RawHttp2.open(port, { settings: [[Setting.initialWindowSize, 0]] });
    const many = { ...CALL, ":path": "/test/Many", "grpc-timeout": "50m" };
    peer.send(headers(1, many), data(1, frameMessage(Buffer.from("m")), Flag.endStream));
    const { body, trailers } = await peer.answer(1);
    expect(trailers.get("grpc-status")).to.equal(String(status.DEADLINE_EXCEEDED));
    expect(body).to.have.length(0);
  });

  it("tells a caller whose request does not come that the deadline has passed", async () => {
    using peer = await RawHttp2.open(port);
    peer.send(headers(1, { ...CALL, "grpc-timeout": "50m" }), data(1, Buffer.alloc(3)));
    const { trailers } = await peer.answer(1);
    expect(trailers.get("grpc-status")).to.equal(String(status.DEADLINE_EXCEEDED));
    expect(await peer.reset(1)).to.equal(ErrorCode.noError);
    expect(seen).to.deep.equal([]);
  });
});
