/** The deadlines against a sorted list: what is due comes first, and nothing is due twice. */

import { expect } from "chai";
import fc from "fast-check";

import { TIME_MS_MAX, timeMs, type TimeMs } from "../../src/base/index.js";
import { Deadlines } from "../../src/keydir/index.js";

const anyTime = fc
  .oneof(fc.nat(20), fc.constantFrom(255, 256, 65_536, 2 ** 32, 2 ** 32 + 1, TIME_MS_MAX))
  .map((time) => timeMs(time + 1));
const anyKey = fc
  .constantFrom("a", "b", "ab", "ä", "", "\u0000", "ÿ")
  .map((key) => Buffer.from(key));
const anyPair = fc.tuple(anyTime, anyKey);

interface Pair {
  readonly deadlineMs: TimeMs;
  readonly hex: string;
}

/** Soonest first, and then in the order of keys. */
function sorted(pairs: readonly (readonly [TimeMs, Buffer])[]): Pair[] {
  const unique = new Map(
    pairs.map(([deadlineMs, key]) => {
      const hex = key.toString("hex");
      return [`${String(deadlineMs)} ${hex}`, { deadlineMs, hex }];
    }),
  );
  return [...unique.values()].sort(
    (left, right) => left.deadlineMs - right.deadlineMs || (left.hex < right.hex ? -1 : 1),
  );
}

describe("the deadlines", () => {
  it("give what is due, soonest first, up to a number", () => {
    fc.assert(
      fc.property(
        fc.array(anyPair),
        fc.array(anyPair),
        anyTime,
        fc.nat(10),
        (added, removed, nowMs, countMax) => {
          const deadlines = new Deadlines();
          for (const [deadlineMs, key] of added) deadlines.add(deadlineMs, key);
          for (const [deadlineMs, key] of removed) deadlines.remove(deadlineMs, key);
          const gone = new Set(sorted(removed).map((pair) => JSON.stringify(pair)));
          const left = sorted(added).filter((pair) => !gone.has(JSON.stringify(pair)));
          const due = left.filter(({ deadlineMs }) => deadlineMs <= nowMs);
          expect(deadlines.size).to.equal(left.length);
          expect(deadlines.next()).to.equal(left[0]?.deadlineMs);
          const keys = deadlines.due(nowMs, countMax).map((key) => key.toString("hex"));
          expect(keys).to.deep.equal(due.slice(0, countMax).map(({ hex }) => hex));
          expect(deadlines.dueCount(nowMs)).to.equal(due.length);
        },
      ),
    );
  });

  it("take a deadline as passed at its very millisecond", () => {
    const deadlines = new Deadlines();
    deadlines.add(timeMs(100), Buffer.from("key"));
    expect(deadlines.due(timeMs(99), 10)).to.deep.equal([]);
    expect(deadlines.due(timeMs(100), 10)).to.deep.equal([Buffer.from("key")]);
  });
});
