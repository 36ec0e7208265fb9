/** Records, batch headers and segment ends: what is written is read, and nothing else is. */

import { expect } from "chai";
import fc from "fast-check";

import { revision, segmentId, timeMs, type ChecksumSeed } from "../../src/base/index.js";
import {
  decodeRecord,
  encodeRecord,
  encodeSegmentFooter,
  encodeSegmentHeader,
  peekRecordLength,
  placeSeed,
  recordLength,
  segmentFileName,
  segmentSeed,
  STORE_ID_BYTES,
  wholeRecordsEnd,
  type LogRecord,
} from "../../src/log/index.js";
import {
  BATCH_HEADER_BYTES,
  decodeBatchHeader,
  encodeBatchHeader,
} from "../../src/log/batch-format.js";
import { decodeSegmentFooter, decodeSegmentHeader } from "../../src/log/segment-format.js";
import { anyRecord, recordOf } from "../support/log-records.js";

const anySeed = fc.nat({ max: 0xffff_ffff }).map((seed) => seed as ChecksumSeed);
const anyCount = fc.maxSafeNat();
const anyUint32 = fc.nat({ max: 0xffff_ffff });
const anyStoreId = fc
  .uint8Array({ minLength: STORE_ID_BYTES, maxLength: STORE_ID_BYTES })
  .map((bytes) => Buffer.from(bytes));

function encoded(record: LogRecord, seed: ChecksumSeed): Buffer {
  const bytes = Buffer.alloc(recordLength(record));
  expect(encodeRecord(record, bytes, 0, seed)).to.equal(bytes.length);
  return bytes;
}

/** A copy with one bit turned. */
function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % bytes.length;
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << (bit % 8)), at);
  return copy;
}

describe("a record", () => {
  it("is read as it was written, wherever in the bytes it lies", () => {
    fc.assert(
      fc.property(anyRecord, anySeed, fc.nat(50), (record, seed, position) => {
        const bytes = Buffer.alloc(position + recordLength(record) + 7, 0xee);
        const end = encodeRecord(record, bytes, position, seed);
        expect(end).to.equal(bytes.length - 7);
        expect(peekRecordLength(bytes, position)).to.equal(end - position);
        const decoded = decodeRecord(bytes, position, seed);
        expect(decoded).to.deep.equal({ kind: "record", record, length: end - position });
      }),
    );
  });

  it("is refused with any bit turned, cut anywhere, or in another place", () => {
    fc.assert(
      fc.property(anyRecord, anySeed, fc.nat(), anySeed, (record, seed, at, other) => {
        fc.pre(other !== seed);
        const bytes = encoded(record, seed);
        expect(decodeRecord(flipped(bytes, at), 0, seed).kind).to.equal("bad");
        expect(decodeRecord(bytes.subarray(0, at % bytes.length), 0, seed).kind).to.equal("bad");
        expect(decodeRecord(bytes, 0, other).kind).to.equal("bad");
      }),
    );
  });

  it("is refused for each single bit of it", () => {
    const bytes = encoded(recordOf(5), 9 as ChecksumSeed);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      expect(decodeRecord(flipped(bytes, bit), 0, 9 as ChecksumSeed).kind).to.equal("bad");
    }
  });

  it("that claims more bytes than there are is refused before they are asked for", () => {
    const record = recordOf(1, { value: Buffer.alloc(10) });
    const seed = 1 as ChecksumSeed;
    const bytes = encoded(record, seed);
    const body = bytes.subarray(0, bytes.length - 1);
    expect(decodeRecord(body, 0, seed)).to.deep.equal({
      kind: "bad",
      problem: "a record's body is cut off",
    });
  });

  it("has a place of its own: two offsets never share a seed, nor two segments of a store", () => {
    fc.assert(
      fc.property(anyStoreId, anyUint32, anyUint32, anyUint32, (storeId, id, left, right) => {
        fc.pre(left !== right);
        const seed = segmentSeed(storeId, segmentId(id));
        expect(placeSeed(seed, left)).not.to.equal(placeSeed(seed, right));
        expect(seed).not.to.equal(segmentSeed(storeId, segmentId(id + 1)));
      }),
    );
  });

  it("is counted among whole ones only when all of it is there", () => {
    const one = encoded(recordOf(1), 1 as ChecksumSeed);
    const two = encoded(recordOf(2), 1 as ChecksumSeed);
    const both = Buffer.concat([one, two]);
    for (let end = 0; end <= both.length; end += 1) {
      const whole = end === both.length ? both.length : end >= one.length ? one.length : 0;
      expect(wholeRecordsEnd(both.subarray(0, end)), String(end)).to.equal(whole);
    }
  });
});

describe("a batch header", () => {
  const anyHeader = fc.record({
    bytes: anyUint32,
    recordCount: anyUint32,
    firstRevision: anyCount.map(revision),
    lastRevision: anyCount.map(revision),
    commitTimeMs: anyCount.map(timeMs),
    durableBefore: anyCount.map(revision),
  });

  it("is read as it was written, and not with a bit turned, cut, or in another place", () => {
    fc.assert(
      fc.property(anyHeader, anySeed, anySeed, fc.nat(), (header, seed, other, at) => {
        const bytes = Buffer.alloc(BATCH_HEADER_BYTES);
        encodeBatchHeader(header, bytes, 0, seed);
        expect(decodeBatchHeader(bytes, 0, seed)).to.deep.equal(header);
        expect(decodeBatchHeader(flipped(bytes, at), 0, seed)).to.equal(undefined);
        expect(decodeBatchHeader(bytes.subarray(0, at % bytes.length), 0, seed)).to.equal(
          undefined,
        );
        if (other !== seed) expect(decodeBatchHeader(bytes, 0, other)).to.equal(undefined);
      }),
    );
  });
});

describe("a segment's header", () => {
  const anyHeader = fc.record({
    storeId: anyStoreId,
    segmentId: anyCount.map(segmentId),
    createTimeMs: anyCount.map(timeMs),
    kind: fc.constantFrom("log" as const, "compacted" as const),
  });

  it("is read as it was written, and not with a bit turned, or cut", () => {
    fc.assert(
      fc.property(anyHeader, fc.nat(), (header, at) => {
        const bytes = encodeSegmentHeader(header);
        expect(decodeSegmentHeader(bytes)).to.deep.equal({ kind: "header", header });
        expect(decodeSegmentHeader(flipped(bytes, at)).kind).to.equal("bad");
        expect(decodeSegmentHeader(bytes.subarray(0, at % bytes.length)).kind).to.equal("bad");
      }),
    );
  });

  it("names its file by twelve digits or more", () => {
    expect(segmentFileName(segmentId(42))).to.equal("000000000042.seg");
    expect(segmentFileName(segmentId(1_234_567_890_123))).to.equal("1234567890123.seg");
  });
});

describe("a segment's footer", () => {
  const anyFooter = fc.record({
    digest: anyUint32,
    recordCount: anyCount,
    putCount: anyCount,
    tombstoneCount: anyCount,
    expirationCount: anyCount,
    firstRevision: anyCount.map(revision),
    lastRevision: anyCount.map(revision),
    commitTimeMs: anyCount.map(timeMs),
    durableRevision: anyCount.map(revision),
  });

  it("is read as it was written, and not with a bit turned, cut, or in another place", () => {
    fc.assert(
      fc.property(anyFooter, anySeed, anyUint32, fc.nat(), (footer, seed, offset, at) => {
        const bytes = encodeSegmentFooter(footer, seed, offset);
        expect(decodeSegmentFooter(bytes, seed, offset)).to.deep.equal(footer);
        expect(decodeSegmentFooter(flipped(bytes, at), seed, offset)).to.equal(undefined);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(decodeSegmentFooter(cut, seed, offset)).to.equal(undefined);
        expect(decodeSegmentFooter(bytes, seed, offset ^ 1)).to.equal(undefined);
      }),
    );
  });
});
