/** Messages out of parts: however they are cut, the same come out; and neither a length nor many parts cost more than what came. */

import { deflateSync, gzipSync } from "node:zlib";

import { status } from "@grpc/grpc-js";
import { expect } from "chai";

import { CallFailure } from "../../src/grpc/call-failure.js";
import { decompress, frameMessage, MessageReader } from "../../src/grpc/message-reader.js";
import { Random } from "../support/random.js";
import { rejectionOf } from "../support/rejection.js";

const BYTES_MAX = 4 * 1024 * 1024;

function drain(reader: MessageReader): string[] {
  const messages: string[] = [];
  for (let message = reader.next(); message !== undefined; message = reader.next()) {
    messages.push(message.bytes.toString("latin1"));
  }
  return messages;
}

function failureOf(act: () => unknown): CallFailure {
  try {
    act();
  } catch (error) {
    if (error instanceof CallFailure) return error;
    throw error;
  }
  throw new Error("it was taken, and should not have been");
}

/** By joining buffers. */
function bytesCopiedWhile(act: () => void): number {
  const concat = Buffer.concat.bind(Buffer);
  let copied = 0;
  Buffer.concat = (list, length) => {
    const all = concat(list, length);
    copied += all.length;
    return all;
  };
  try {
    act();
  } finally {
    Buffer.concat = concat;
  }
  return copied;
}

describe("a reader of messages", () => {
  const messages = ["", "a", "some message", "", "x".repeat(300)];
  const all = Buffer.concat(messages.map((text) => frameMessage(Buffer.from(text))));

  it("gives the same messages wherever what comes is cut in two", () => {
    for (let cut = 0; cut <= all.length; cut += 1) {
      const reader = new MessageReader(BYTES_MAX);
      reader.add(all.subarray(0, cut));
      const before = drain(reader);
      reader.add(all.subarray(cut));
      expect([...before, ...drain(reader)], String(cut)).to.deep.equal(messages);
      expect(reader.isEmpty).to.equal(true);
    }
  });

  it("gives the same messages when they come byte by byte, and keeps nothing that is not its own", () => {
    const reader = new MessageReader(BYTES_MAX);
    const shared = Buffer.alloc(1);
    const taken: string[] = [];
    for (const byte of all) {
      shared[0] = byte;
      reader.add(shared);
      taken.push(...drain(reader));
      shared[0] = 0xff;
    }
    expect(taken).to.deep.equal(messages);
  });

  it("gives the same messages however they are cut, when many wait", () => {
    const random = new Random(3);
    for (let round = 0; round < 50; round += 1) {
      const texts = Array.from({ length: 40 }, () => "m".repeat(random.below(5000)));
      const bytes = Buffer.concat(texts.map((text) => frameMessage(Buffer.from(text))));
      const reader = new MessageReader(BYTES_MAX);
      const taken: string[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = 1 + random.below(random.oneIn(3) ? 8000 : 20);
        reader.add(bytes.subarray(at, at + size));
        at += size;
        if (random.oneIn(10)) taken.push(...drain(reader));
      }
      expect([...taken, ...drain(reader)]).to.deep.equal(texts);
    }
  });

  it("reads a message of as many parts as it has bytes without copying them often", () => {
    const message = frameMessage(Buffer.alloc(200_000, "b"));
    const reader = new MessageReader(BYTES_MAX);
    const copied = bytesCopiedWhile(() => {
      for (let at = 0; at < message.length; at += 1) reader.add(message.subarray(at, at + 1));
      expect(reader.next()?.bytes.equals(message.subarray(5))).to.equal(true);
    });
    expect(copied).to.be.below(message.length * Math.log2(message.length));
  });

  it("refuses a message that is too long as soon as its length is there, and makes no room for it", () => {
    const reader = new MessageReader(100);
    reader.add(Buffer.from([0, 0, 0, 0]));
    const failure = failureOf(() => {
      reader.add(Buffer.from([101]));
    });
    expect(failure.code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(failure.message).to.contain("100 bytes (limits.message_bytes), and has 101");
  });

  it("refuses a flag that is none", () => {
    const failure = failureOf(() => {
      new MessageReader(100).add(Buffer.from([2, 0, 0, 0, 0]));
    });
    expect(failure.code).to.equal(status.INTERNAL);
  });

  it("tells when there is more than one message", () => {
    const reader = new MessageReader(100);
    reader.add(frameMessage(Buffer.from("one")));
    expect(reader.hasMore).to.equal(false);
    reader.add(Buffer.from([0]));
    expect(reader.hasMore).to.equal(true);
  });

  it("gives a compressed message as it was, and no more of it than a message may have", async () => {
    const message = Buffer.alloc(5000, "c");
    expect((await decompress(gzipSync(message), "gzip", 5000)).equals(message)).to.equal(true);
    expect((await decompress(deflateSync(message), "deflate", 5000)).equals(message)).to.equal(
      true,
    );
    const tooLong = await rejectionOf(decompress(gzipSync(message), "gzip", 4999));
    expect(tooLong).to.include({ code: status.RESOURCE_EXHAUSTED });
    for (const encoding of ["gzip", "deflate", "identity"] as const) {
      const failure = await rejectionOf(decompress(Buffer.from("not that"), encoding, 5000));
      expect(failure, encoding).to.include({ code: status.INTERNAL });
    }
  });
});
