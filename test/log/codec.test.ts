/** Codecs give back what they were given, and refuse what does not give the size that it should. */

import { randomBytes } from "node:crypto";

import { expect } from "chai";

import { isKvError, segmentId } from "../../src/base/index.js";
import {
  compress,
  compressLarge,
  decodeRecord,
  encodeRecord,
  loadCodecs,
  placeSeed,
  recordLength,
  segmentSeed,
  unpackValue,
} from "../../src/log/index.js";
import { recordOf } from "../support/log-records.js";
import { STORE_ID } from "../support/segment-bytes.js";

const SEED = placeSeed(segmentSeed(STORE_ID, segmentId(1)), 64);
const MIB = 1024 * 1024;

function corruptOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (isKvError(error, "CORRUPT")) return error.message;
    throw error;
  }
  return undefined;
}

for (const codec of ["zstd", "lz4"] as const) {
  describe(`the codec ${codec}`, () => {
    before(loadCodecs);

    for (const bytes of [1, 100, 64 * 1024, MIB]) {
      it(`gives back ${String(bytes)} bytes of text and of noise`, async () => {
        for (const value of [Buffer.alloc(bytes, "text "), randomBytes(bytes)]) {
          for (const stored of [compress(codec, value), await compressLarge(codec, value)]) {
            const own = unpackValue({ codec, value: stored, valueSize: bytes });
            expect(own.equals(value)).to.equal(true);
          }
        }
      });
    }

    it("refuses bytes that give another size than the record's", () => {
      const stored = compress(codec, Buffer.alloc(1000, "a"));
      for (const valueSize of [999, 1001, 64 * MIB]) {
        expect(corruptOf(() => unpackValue({ codec, value: stored, valueSize }))).to.include(codec);
      }
      for (const value of [Buffer.alloc(0), Buffer.alloc(20, 0xff), stored.subarray(0, 8)]) {
        expect(corruptOf(() => unpackValue({ codec, value, valueSize: 1000 }))).to.include(codec);
      }
    });

    it("is refused in a record that claims a size that cannot be", () => {
      for (const valueSize of [10, 9, 64 * MIB + 1, 0xffff_ffff]) {
        const record = recordOf(1, { codec, value: Buffer.alloc(10), valueSize });
        const bytes = Buffer.alloc(recordLength(record));
        encodeRecord(record, bytes, 0, SEED);
        expect(decodeRecord(bytes, 0, SEED)).to.include({ kind: "bad" });
      }
    });
  });
}
