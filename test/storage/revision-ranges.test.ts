/** Ranges of revisions against plain sets of them. */

import { expect } from "chai";
import fc from "fast-check";

import { revision } from "../../src/base/index.js";
import { joined, without, type RevisionRange } from "../../src/storage/revision-ranges.js";

const REVISION_MAX = 40;

const range = fc
  .tuple(fc.nat(REVISION_MAX), fc.nat(REVISION_MAX))
  .map(([first, last]): RevisionRange => ({ first: revision(first), last: revision(last) }));

function members(ranges: readonly RevisionRange[]): number[] {
  const found = new Set<number>();
  for (const { first, last } of ranges)
    for (let at: number = first; at <= last; at++) found.add(at);
  return [...found].sort((left, right) => left - right);
}

describe("ranges of revisions", () => {
  it("are joined without a revision more or less, in order and apart", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), (ranges) => {
        const result = joined(ranges);
        expect(members(result)).to.deep.equal(members(ranges));
        result.forEach(({ first }, index) => {
          const before = result[index - 1];
          if (before !== undefined) expect(first).to.be.greaterThan(before.last + 1);
        });
      }),
    );
  });

  it("without others are what is in them and in none of the others", () => {
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 8 }), (of, covered) => {
        const taken = new Set(members(covered));
        const wanted = members([of]).filter((each) => !taken.has(each));
        expect(members(without(of, covered))).to.deep.equal(wanted);
      }),
    );
  });
});
