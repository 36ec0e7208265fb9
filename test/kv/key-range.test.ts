/** A range is a stretch of keys and a test: together they mean exactly the keys that the range says. */

import { expect } from "chai";
import fc from "fast-check";

import { KvError } from "../../src/base/index.js";
import { describeRange, isInStretch, toStretch } from "../../src/kv/key-range.js";
import type { KeyRange } from "../../src/kv/store.js";

const anyKey = fc
  .array(fc.constantFrom(0, 0x61, 0x62, 0xfe, 0xff), { maxLength: 4 })
  .map((bytes) => Buffer.from(bytes));

describe("a range of keys", () => {
  it("of a prefix has the keys that begin with it, up to those of 0xff", () => {
    fc.assert(
      fc.property(anyKey, anyKey, (prefix, key) => {
        const stretch = toStretch({ kind: "prefix", prefix });
        const begins = key.subarray(0, prefix.length).equals(prefix);
        expect(isInStretch(stretch, key)).to.equal(begins);
      }),
      { numRuns: 1000 },
    );
    const prefix = Buffer.from([0xff, 0xff]);
    expect(toStretch({ kind: "prefix", prefix }).end).to.equal(undefined);
  });

  it("of an interval has its start and not its end; empty is open", () => {
    fc.assert(
      fc.property(anyKey, anyKey, anyKey, (start, end, key) => {
        const range = { kind: "interval", start, end } as const;
        if (end.length > 0 && start.compare(end) > 0) {
          expect(() => toStretch(range)).to.throw(KvError, "range.interval.end");
          return;
        }
        const isIn = key.compare(start) >= 0 && (end.length === 0 || key.compare(end) < 0);
        expect(isInStretch(toStretch(range), key)).to.equal(isIn);
      }),
    );
  });

  it("of a glob walks no more than its literal prefix, and all of it if it has none", () => {
    const stretch = toStretch({ kind: "glob", pattern: "users/*/name" });
    expect(stretch.start?.toString()).to.equal("users/");
    expect(stretch.end?.toString()).to.equal("users0");
    expect(isInStretch(stretch, Buffer.from("users/7/name"))).to.equal(true);
    expect(isInStretch(stretch, Buffer.from("users/7/age"))).to.equal(false);
    expect(toStretch({ kind: "glob", pattern: "*" })).to.include({
      start: undefined,
      end: undefined,
    });
  });

  it("of all has every key", () => {
    const stretch = toStretch({ kind: "all" });
    for (const key of [Buffer.alloc(0), Buffer.from([0xff, 0xff])]) {
      expect(isInStretch(stretch, key)).to.equal(true);
    }
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
