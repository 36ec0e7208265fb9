/** Frames out of what a socket brings: the same however it is cut, and no more kept than one frame. */

import { expect } from "chai";

import { FrameReader } from "../../src/http2/frame-reader.js";
import { payloadFrame } from "../../src/http2/frames.js";
import { ConnectionError, ErrorCode } from "../../src/http2/protocol.js";
import { Random } from "../support/random.js";

interface Plain {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: string;
}

const FRAMES: readonly Plain[] = [
  { type: 0, flags: 1, streamId: 1, payload: "some data" },
  { type: 4, flags: 0, streamId: 0, payload: "" },
  { type: 255, flags: 255, streamId: 2 ** 31 - 1, payload: "unknown" },
  { type: 9, flags: 4, streamId: 16_777_217, payload: "x".repeat(300) },
];

function written({ payload, ...head }: Plain): Buffer {
  return payloadFrame(head, Buffer.from(payload));
}

function take(reader: FrameReader): Plain[] {
  const frames: Plain[] = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    frames.push({ ...frame, payload: frame.payload.toString() });
  }
  return frames;
}

describe("a reader of frames", () => {
  const all = Buffer.concat(FRAMES.map(written));

  it("gives the same frames wherever what comes is cut in two", () => {
    for (let cut = 0; cut <= all.length; cut += 1) {
      const reader = new FrameReader();
      reader.add(all.subarray(0, cut));
      const before = take(reader);
      reader.add(all.subarray(cut));
      expect([...before, ...take(reader)], String(cut)).to.deep.equal(FRAMES);
    }
  });

  it("gives the same frames when they come byte by byte, or cut by chance", () => {
    const random = new Random(2);
    for (let round = 0; round < 50; round += 1) {
      const reader = new FrameReader();
      const frames: Plain[] = [];
      for (let at = 0; at < all.length;) {
        const size = round === 0 ? 1 : 1 + random.below(100);
        reader.add(all.subarray(at, at + size));
        frames.push(...take(reader));
        at += size;
      }
      expect(frames).to.deep.equal(FRAMES);
    }
  });

  it("passes over the bit that is reserved before a stream's number", () => {
    const reader = new FrameReader();
    reader.add(Buffer.from([0, 0, 0, 6, 0, 0x80, 0, 0, 5]));
    expect(take(reader)).to.deep.equal([{ type: 6, flags: 0, streamId: 5, payload: "" }]);
  });

  it("takes a frame of 16,384 bytes, and refuses a longer one by its head alone", () => {
    const reader = new FrameReader();
    reader.add(payloadFrame({ type: 0, flags: 0, streamId: 1 }, Buffer.alloc(16_384)));
    expect(reader.next()?.payload).to.have.length(16_384);
    reader.add(Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1]));
    expect(() => reader.next())
      .to.throw(ConnectionError)
      .with.property("code", ErrorCode.frameSizeError);
  });
});
