/** A range is a stretch of keys and a test: together they mean exactly the keys that the range says. */

import { expect } from "chai";
import fc from "fast-check";

import {
  BYTES_ORDER,
  KEY_ORDERS,
  keyOrderOf,
  KvError,
  type KeyOrder,
} from "../../src/base/index.js";
import { describeRange, restOf, toStretch, type KeyStretch } from "../../src/kv/key-range.js";
import type { KeyRange } from "../../src/kv/store.js";
import { comparatorOf } from "../support/model-order.js";
import { rangeMatcher } from "../support/model-range.js";

const anyKey = fc
  .array(fc.constantFrom(0, 0x30, 0x31, 0x3a, 0x41, 0x61, 0x62, 0xfe, 0xff), { maxLength: 5 })
  .map((bytes) => Buffer.from(bytes));
const anyText = fc
  .array(fc.constantFrom(...Array.from("aA0019/é")), { maxLength: 6 })
  .map((characters) => characters.join(""));

const RUNS = { numRuns: 1000 };

/** Whether a walk over the stretch comes to the key, and takes it for one that is meant. */
function isListed(stretch: KeyStretch, key: Buffer, order: KeyOrder): boolean {
  const name = order.nameOf(key);
  const isThere =
    (stretch.start === undefined || name.compare(stretch.start) >= 0) &&
    (stretch.end === undefined || name.compare(stretch.end) < 0);
  return isThere && (stretch.isExact || stretch.matches(key));
}

function describeRanges(order: KeyOrder): void {
  const compare = comparatorOf(order.id);

  function expectMeant(range: KeyRange, key: Buffer): void {
    const stretch = toStretch(range, order);
    const isMeant = rangeMatcher(range, order.id)(key);
    expect(stretch.matches(key), "to a follower").to.equal(isMeant);
    expect(isListed(stretch, key, order), "to a listing").to.equal(isMeant);
  }

  describe(`a range of keys in the order ${order.id}`, () => {
    it("of a prefix has the keys that begin with it", () => {
      fc.assert(
        fc.property(anyKey, anyKey, (prefix, key) => {
          for (const each of [key, Buffer.concat([prefix, key])]) {
            expectMeant({ kind: "prefix", prefix }, each);
          }
        }),
        RUNS,
      );
    });

    it("of an interval has its start and not its end; empty is open", () => {
      fc.assert(
        fc.property(anyKey, anyKey, anyKey, (start, end, key) => {
          const range = { kind: "interval", start, end } as const;
          if (start.length > 0 && end.length > 0 && compare(start, end) > 0) {
            expect(() => toStretch(range, order)).to.throw(KvError, "range.interval.end");
            return;
          }
          for (const each of [start, end, key]) expectMeant(range, each);
        }),
        RUNS,
      );
    });

    it("of a glob has the keys that match", () => {
      fc.assert(
        fc.property(anyText, anyText, (start, rest) => {
          const range = { kind: "glob", pattern: `${start}*a` } as const;
          for (const text of [rest, start + rest, `${start}${rest}a`]) {
            expectMeant(range, Buffer.from(text));
          }
        }),
        RUNS,
      );
    });

    it("of all has every key", () => {
      const stretch = toStretch({ kind: "all" }, order);
      for (const key of [Buffer.alloc(0), Buffer.from([0xff, 0xff])]) {
        expect(isListed(stretch, key, order)).to.equal(true);
      }
    });

    it("has as its rest what comes behind a key, either way", () => {
      const all = toStretch({ kind: "all" }, order);
      fc.assert(
        fc.property(anyKey, anyKey, (last, key) => {
          const up = restOf(all, last, { order, isDescending: false });
          const down = restOf(all, last, { order, isDescending: true });
          expect(isListed(up, key, order)).to.equal(compare(key, last) > 0);
          expect(isListed(down, key, order)).to.equal(compare(key, last) < 0);
        }),
        RUNS,
      );
    });
  });
}

for (const id of KEY_ORDERS) describeRanges(keyOrderOf(id));

describe("a range of keys", () => {
  it("of a glob walks no more than its literal prefix, and all of it if it has none", () => {
    const stretch = toStretch({ kind: "glob", pattern: "users/*/name" }, BYTES_ORDER);
    expect(stretch.start?.toString()).to.equal("users/");
    expect(stretch.end?.toString()).to.equal("users0");
    expect(toStretch({ kind: "glob", pattern: "*" }, BYTES_ORDER)).to.include({
      start: undefined,
      end: undefined,
    });
  });

  it("is described unlike every other", () => {
    const anyRange: fc.Arbitrary<KeyRange> = fc.oneof(
      fc.constant({ kind: "all" as const }),
      fc.record({ kind: fc.constant("prefix" as const), prefix: anyKey }),
      fc.record({ kind: fc.constant("interval" as const), start: anyKey, end: anyKey }),
      fc.record({ kind: fc.constant("glob" as const), pattern: fc.string() }),
    );
    fc.assert(
      fc.property(anyRange, anyRange, (left, right) => {
        const isSame = JSON.stringify(left) === JSON.stringify(right);
        expect(describeRange(left) === describeRange(right)).to.equal(isSame);
      }),
    );
  });
});
