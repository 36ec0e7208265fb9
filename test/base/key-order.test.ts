/** Names of keys, byte by byte, are in the order of the keys; and each leads back to its key. */

import { expect } from "chai";
import fc from "fast-check";

import { DEFAULT_LIMITS, KEY_ORDERS, keyOrderOf, type KeyOrderName } from "../../src/base/index.js";
import { comparatorOf } from "../support/model-order.js";

const RUNS = { numRuns: 3000 };

/** Few characters, those that an order treats in its own way, so that keys meet. */
const anyTricky = fc
  .array(fc.constantFrom(...Array.from("aAbZz[`@{0019/:\0é")), { maxLength: 12 })
  .map((characters) => Buffer.from(characters.join("")));

const anyDigits = fc
  .array(fc.constantFrom("0", "00", "1", "9", "12", "123456789012", "a", "/", ":"), {
    maxLength: 8,
  })
  .map((parts) => Buffer.from(parts.join("")));

const anyBytes = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes));
const anyHighBytes = fc
  .array(fc.constantFrom(0, 0x2f, 0x30, 0x39, 0x3a, 0x41, 0x61, 0xf4, 0xf5, 0xfe, 0xff), {
    maxLength: 6,
  })
  .map((bytes) => Buffer.from(bytes));
const anyText = fc.string({ unit: "binary", maxLength: 12 }).map((text) => Buffer.from(text));
const anyKey = fc.oneof(anyTricky, anyDigits, anyBytes, anyHighBytes, anyText);

const signOf = (value: number): number => Math.sign(value);

/** Numbers so long that their lengths and their zeros take more bytes than one to count. */
const LONG_KEYS = [7, 8, 9, 260, 262, 270, 65_540, 70_000].flatMap((length) => [
  Buffer.from("1".repeat(length)),
  Buffer.from("0".repeat(length)),
  Buffer.from(`${"0".repeat(length)}1`),
  Buffer.from(`${"0".repeat(length)}:`),
  Buffer.from(`x${"0".repeat(length)}/`),
]);

/** The longest names that a key of these bytes can have, or nearly. */
function worstKeys(bytes: number): Buffer[] {
  const patterns = ["a", "A", "aA", "a1", "a01", "a10", "10a", "01a", "a100", "0", "1", "é", "\0"];
  return patterns.flatMap((pattern) => {
    const key = Buffer.from(pattern.repeat(bytes)).subarray(0, bytes);
    const withZero = Buffer.from(key);
    withZero.write("01", 0);
    const capital = Buffer.from(key);
    capital.write("A", 0);
    return [key, withZero, capital];
  });
}

function describeOrder(id: KeyOrderName): void {
  const order = keyOrderOf(id);
  const compare = comparatorOf(id);

  function expectInOrder(left: Buffer, right: Buffer): void {
    const byNames = signOf(Buffer.compare(order.nameOf(left), order.nameOf(right)));
    const what = `${left.toString("latin1")} and ${right.toString("latin1")}`;
    expect(byNames, what.slice(0, 100)).to.equal(signOf(compare(left, right)));
  }

  describe(`the order of keys: ${id}`, () => {
    it("is that of their names", () => {
      fc.assert(fc.property(anyKey, anyKey, expectInOrder), RUNS);
      fc.assert(fc.property(anyTricky, anyTricky, expectInOrder), RUNS);
      fc.assert(fc.property(anyDigits, anyDigits, expectInOrder), RUNS);
    });

    it("is that of their names for keys that begin alike", () => {
      fc.assert(
        fc.property(anyKey, anyKey, anyKey, (start, left, right) => {
          expectInOrder(Buffer.concat([start, left]), Buffer.concat([start, right]));
          expectInOrder(start, Buffer.concat([start, right]));
        }),
        RUNS,
      );
    });

    it("is that of their names for numbers of thousands of digits", () => {
      for (const left of LONG_KEYS) for (const right of LONG_KEYS) expectInOrder(left, right);
    });

    it("leads back from a name to its key, and leaves both as they were", () => {
      const expectBack = (key: Buffer): void => {
        const before = Buffer.from(key);
        const name = order.nameOf(key);
        const nameBefore = Buffer.from(name);
        expect(order.keyOf(name).equals(before)).to.equal(true);
        expect(key.equals(before) && name.equals(nameBefore)).to.equal(true);
      };
      fc.assert(fc.property(anyKey, expectBack), RUNS);
      LONG_KEYS.forEach(expectBack);
      worstKeys(4096).forEach(expectBack);
    });

    it("has all keys with a prefix in the prefix's stretch, and only them where it is exact", () => {
      fc.assert(
        fc.property(anyKey, anyKey, (prefix, key) => {
          for (const each of [key, Buffer.concat([prefix, key])]) {
            const { start, end, isExact } = order.stretchOf(prefix);
            const name = order.nameOf(each);
            const isInside =
              (start === undefined || start.compare(name) <= 0) &&
              (end === undefined || name.compare(end) < 0);
            const hasPrefix = each.subarray(0, prefix.length).equals(prefix);
            if (hasPrefix) expect(isInside).to.equal(true);
            else if (isExact) expect(isInside).to.equal(false);
          }
        }),
        RUNS,
      );
    });

    it("has names no longer than it says, and not much shorter at the worst", () => {
      for (const bytes of [1, 2, 3, 64, 4095, DEFAULT_LIMITS.keyBytesMax]) {
        const lengths = worstKeys(bytes).map((key) => order.nameOf(key).length);
        const longest = Math.max(...lengths);
        expect(longest).to.be.at.most(order.nameBytesMax(bytes));
        expect(longest).to.be.at.least(order.nameBytesMax(bytes) - 3);
      }
      fc.assert(
        fc.property(fc.oneof(anyTricky, anyDigits, anyText), (key) => {
          expect(order.nameOf(key).length).to.be.at.most(order.nameBytesMax(key.length));
        }),
        RUNS,
      );
    });
  });
}

KEY_ORDERS.forEach(describeOrder);

describe("the stretch of a prefix", () => {
  const isExact = (id: KeyOrderName, prefix: string): boolean =>
    keyOrderOf(id).stretchOf(Buffer.from(prefix)).isExact;

  it("is exact wherever the keys with the prefix follow one another", () => {
    for (const prefix of ["", "user/", "user7", "Übung", "A"]) {
      expect(isExact("bytes", prefix)).to.equal(true);
      expect(isExact("reverse", prefix)).to.equal(true);
    }
    expect(isExact("natural", "user/")).to.equal(true);
    expect(isExact("natural", "user7")).to.equal(false);
    expect(isExact("natural", "user7/")).to.equal(false);
    expect(isExact("case-insensitive", "/2024-01/é")).to.equal(true);
    expect(isExact("case-insensitive", "user/")).to.equal(false);
  });

  it("is narrow where they do not: of user7, it holds no user6 and no user:", () => {
    const { start, end } = keyOrderOf("natural").stretchOf(Buffer.from("user7"));
    const isInside = (key: string): boolean => {
      const name = keyOrderOf("natural").nameOf(Buffer.from(key));
      return name.compare(start ?? name) >= 0 && name.compare(end ?? name) < 0;
    };
    expect(["user7", "user7/x", "user70", "user0007"].map(isInside)).to.not.include(false);
    expect(["user6", "user", "user:", "usez7"].map(isInside)).to.not.include(true);
  });
});
