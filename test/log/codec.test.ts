/** Codecs give back what they were given, and refuse what does not give the size that it should. */

import { randomBytes } from "node:crypto";

import { expect } from "chai";

import { segmentId } from "../../src/base/index.js";
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
  type PackedValue,
} from "../../src/log/index.js";
import { recordOf } from "../support/log-records.js";
import { kvRejectionOf } from "../support/rejection.js";
import { STORE_ID } from "../support/segment-bytes.js";

const SEED = placeSeed(segmentSeed(STORE_ID, segmentId(1)), 64);
const MIB = 1024 * 1024;

async function expectCorrupt(packed: PackedValue): Promise<void> {
  const { message } = await kvRejectionOf(unpackValue(packed), "CORRUPT");
  expect(message).to.include(packed.codec);
}

/** Runs `work` and tells how often the event loop went round meanwhile. */
async function roundsDuring(work: () => Promise<unknown>): Promise<number> {
  let rounds = 0;
  const count = (): NodeJS.Immediate =>
    setImmediate(() => {
      rounds++;
      next = count();
    });
  let next = count();
  await work();
  clearImmediate(next);
  return rounds;
}

for (const codec of ["zstd", "lz4"] as const) {
  describe(`the codec ${codec}`, () => {
    before(loadCodecs);

    for (const bytes of [1, 100, 64 * 1024, 128 * 1024]) {
      it(`gives back ${String(bytes)} bytes that it compressed in one step`, async () => {
        for (const value of [Buffer.alloc(bytes, "text "), randomBytes(bytes)]) {
          const packed = { codec, value: compress(codec, value), valueSize: bytes };
          expect((await unpackValue(packed)).equals(value)).to.equal(true);
        }
      });
    }

    for (const bytes of [1, 128 * 1024, 128 * 1024 + 1, MIB, 3 * MIB + 7]) {
      it(`gives back ${String(bytes)} bytes of text and of noise`, async () => {
        for (const value of [Buffer.alloc(bytes, "text "), randomBytes(bytes)]) {
          const packed = { codec, value: await compressLarge(codec, value), valueSize: bytes };
          expect((await unpackValue(packed)).equals(value)).to.equal(true);
        }
      });
    }

    it("refuses bytes that give another size than the record's", async () => {
      const stored = compress(codec, Buffer.alloc(1000, "a"));
      for (const valueSize of [999, 1001, 64 * MIB]) {
        await expectCorrupt({ codec, value: stored, valueSize });
      }
      for (const value of [Buffer.alloc(0), Buffer.alloc(20, 0xff), stored.subarray(0, 8)]) {
        await expectCorrupt({ codec, value, valueSize: 1000 });
      }
    });

    it("refuses a large value that is cut, longer, or of another size", async () => {
      const value = await compressLarge(codec, randomBytes(MIB));
      const { length } = value;
      const wrongs = [0, 3, 4, 9, length >>> 1, length - 1].map((end) => value.subarray(0, end));
      for (const wrong of [...wrongs, Buffer.concat([value, value])]) {
        await expectCorrupt({ codec, value: wrong, valueSize: MIB });
      }
      for (const valueSize of [MIB - 1, MIB + 1, 2 * MIB]) {
        await expectCorrupt({ codec, value, valueSize });
      }
    });

    it("lets the event loop go on while it works on a large value", async () => {
      const value = Buffer.alloc(32 * MIB, "text ");
      let stored: Buffer = value;
      const roundsOfCompress = await roundsDuring(async () => {
        stored = await compressLarge(codec, value);
      });
      expect(roundsOfCompress).to.be.greaterThan(0);
      const packed = { codec, value: stored, valueSize: value.length };
      expect(await roundsDuring(() => unpackValue(packed))).to.be.greaterThan(0);
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
