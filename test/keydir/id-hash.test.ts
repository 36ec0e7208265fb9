/** The keyed hash of request ids gives what its authors' own program gives. */

import { expect } from "chai";

import { HASH_KEY_BYTES, IdHash } from "../../src/keydir/id-hash.js";

/** HalfSipHash-2-4 with 64 bits, key 00 01 … 07, of the bytes 00 01 … up to each length from 0 on (github.com/veorq/SipHash, vectors.h). */
const VECTORS = [
  "218d1f59b9b83cc8",
  "be552412f8387315",
  "064f39ef7c50eb57",
  "ce0f1a45f7060679",
  "d5e78a175be52ea1",
  "cb9d7c3f2f3db580",
  "ce3e91358aa2bc25",
  "ff202728b07bc684",
  "edfee820bce4858c",
  "5b51cccc13888307",
  "95b0469f06a6f2ee",
  "ae26333994ddcd48",
  "7bc71f9faef5c799",
  "5a2352d75a0c3744",
  "3bb1a870eae8e658",
  "217d0bcb4e81c902",
];

function hashOf(key: Buffer, bytes: Buffer): string {
  const hash = new IdHash(key);
  hash.update(bytes);
  const result = Buffer.alloc(8);
  result.writeUInt32LE(hash.low, 0);
  result.writeUInt32LE(hash.high, 4);
  return result.toString("hex");
}

describe("the hash of an id", () => {
  it("is HalfSipHash-2-4", () => {
    const bytes = Buffer.from(VECTORS.map((_, index) => index));
    const key = bytes.subarray(0, HASH_KEY_BYTES);
    const hashes = VECTORS.map((_, length) => hashOf(key, bytes.subarray(0, length)));
    expect(hashes).to.deep.equal(VECTORS);
  });

  it("is another one with another key", () => {
    const id = Buffer.from("an id");
    const hashes = [0, 1, 2, 3].map((first) => hashOf(Buffer.alloc(HASH_KEY_BYTES, first), id));
    expect(new Set(hashes).size).to.equal(4);
  });
});
