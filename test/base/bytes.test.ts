/** Integers, checksums and errors: the words that every floor relies on. */

import { expect } from "chai";
import fc from "fast-check";

import {
  assert,
  asBuffer,
  checksum,
  checksumPart,
  checksumSeed,
  corrupt,
  invalidField,
  isAllZero,
  isKvError,
  KvError,
  present,
  readSafeUint64,
  systemErrorCode,
  writeSafeUint64,
  type ChecksumSeed,
} from "../../src/base/index.js";

const anySeed = fc.nat({ max: 0xffff_ffff }).map((seed) => seed as ChecksumSeed);

describe("64-bit integers", () => {
  it("are read as they were written, in little-endian order", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = Buffer.alloc(10);
        writeSafeUint64(bytes, value, 1);
        expect(readSafeUint64(bytes, 1)).to.equal(value);
        expect(bytes.readBigUInt64LE(1)).to.equal(BigInt(value));
      }),
    );
  });

  it("past what a number holds are not read, and not written", () => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(2n ** 53n);
    expect(readSafeUint64(bytes, 0)).to.equal(undefined);
    bytes.fill(0xff);
    expect(readSafeUint64(bytes, 0)).to.equal(undefined);
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => {
        writeSafeUint64(bytes, value, 0);
      }).to.throw("bug");
    }
  });
});

describe("checksums", () => {
  it("are the same of a part, however long it is and wherever it lies", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 21, maxLength: 800 }),
        fc.nat(20),
        fc.nat(0xffff_ffff),
        (bytes, start, seed) => {
          const part = checksumPart(bytes, start, bytes.length, seed as ChecksumSeed);
          expect(part).to.equal(checksum(bytes.subarray(start), seed as ChecksumSeed));
        },
      ),
    );
  });

  it("of the same bytes differ with the seed, and go on where another ended", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.uint8Array(),
        anySeed,
        anySeed,
        (left, right, seed, other) => {
          const whole = checksum(Buffer.concat([left, right]), seed);
          expect(checksum(right, checksum(left, seed) as ChecksumSeed)).to.equal(whole);
          if (seed !== other) expect(checksum(left, seed)).not.to.equal(checksum(left, other));
        },
      ),
    );
  });

  it("are those of zlib", () => {
    expect(checksum(Buffer.from("123456789"), 0 as ChecksumSeed)).to.equal(0xcbf43926);
    const within = Buffer.from("_123456789_");
    expect(checksumPart(within, 1, 10, 0 as ChecksumSeed)).to.equal(0xcbf43926);
  });

  it("have seeds in which every part counts, and its place", () => {
    expect(checksumSeed(1, 2)).not.to.equal(checksumSeed(2, 1));
    expect(checksumSeed(1)).not.to.equal(checksumSeed(1, 0));
    expect(checksumSeed(1)).not.to.equal(checksumSeed(1 + 2 ** 32));
  });
});

describe("bytes", () => {
  it("are all zero, or not", () => {
    expect(isAllZero(Buffer.alloc(0))).to.equal(true);
    expect(isAllZero(Buffer.alloc(1000))).to.equal(true);
    for (const at of [0, 499, 999]) {
      const bytes = Buffer.alloc(1000);
      bytes[at] = 1;
      expect(isAllZero(bytes)).to.equal(false);
    }
  });

  it("become a Buffer over the same memory", () => {
    const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    const buffer = asBuffer(bytes);
    expect([...buffer]).to.deep.equal([2, 3]);
    buffer[0] = 9;
    expect(bytes[0]).to.equal(9);
    expect(asBuffer(buffer)).to.equal(buffer);
  });
});

describe("errors", () => {
  it("say where, and keep their cause", () => {
    const cause = new Error("EIO");
    const error = corrupt("segments/000000000001.seg", 77, "it is torn", cause);
    expect(error).to.include({ code: "CORRUPT", cause });
    expect(error.message).to.include("segments/000000000001.seg").and.to.include("77");
    expect(error.metadata).to.deep.equal({ segment: "segments/000000000001.seg", offset: 77 });
    expect(invalidField("ttl", "is past").metadata.field).to.equal("ttl");
    expect(isKvError(error, "CORRUPT")).to.equal(true);
    expect(isKvError(error, "DRAINING")).to.equal(false);
    expect(isKvError(cause)).to.equal(false);
    expect(new KvError("DRAINING", "soon")).not.to.have.property("cause");
  });

  it("of the system have a code, and others none", () => {
    expect(systemErrorCode(Object.assign(new Error("full"), { code: "ENOSPC" }))).to.equal(
      "ENOSPC",
    );
    expect(systemErrorCode(Object.assign(new Error("odd"), { code: 7 }))).to.equal(undefined);
    expect(systemErrorCode(new Error("plain"))).to.equal(undefined);
    expect(systemErrorCode("ENOSPC")).to.equal(undefined);
    expect(systemErrorCode(new KvError("DRAINING", "ours"))).to.equal(undefined);
  });

  it("of ours are told as bugs", () => {
    expect(() => {
      assert(false, "one is two");
    }).to.throw("bug: expected that one is two");
    expect(() => present(undefined, "a key")).to.throw("bug: expected that there is a key");
    expect(present(0, "a number")).to.equal(0);
  });
});
