/** Revisions that contradict real time are found, across parts of a history too. */

import { expect } from "chai";

import type { KeyCall } from "./key-model.js";
import { RevisionCheck } from "./revisions.js";

function change(revision: number, invokedAt: number, endedAt: number): KeyCall {
  return {
    ask: { kind: "delete" },
    answer: { kind: "changed", revision, deadlineMs: 0 },
    invokedAt,
    endedAt,
  };
}

function look(revision: number, invokedAt: number, endedAt: number): KeyCall {
  return {
    ask: { kind: "get" },
    answer: { kind: "got", revision, entry: undefined },
    invokedAt,
    endedAt,
  };
}

describe("the check of revisions against real time", () => {
  it("accepts what overlaps in any order, and what follows in its own", () => {
    const calls = [
      change(2, 0, 5),
      change(1, 1, 4),
      look(2, 6, 7),
      change(3, 8, 9),
      look(2, 8, 12),
    ];
    const check = new RevisionCheck();
    expect(check.faultsIn(calls)).to.deep.equal([]);
    expect(check.newest).to.equal(3);
  });

  it("finds a change that is older than what was told before", () => {
    expect(new RevisionCheck().faultsIn([change(5, 0, 5), change(4, 6, 7)])).to.have.lengthOf(1);
    expect(new RevisionCheck().faultsIn([look(5, 0, 5), change(5, 6, 7)])).to.have.lengthOf(1);
  });

  it("finds a look that stands for less than what was told before", () => {
    expect(new RevisionCheck().faultsIn([change(5, 0, 5), look(4, 6, 7)])).to.have.lengthOf(1);
  });

  it("finds a revision that was given twice", () => {
    expect(new RevisionCheck().faultsIn([change(5, 0, 5), change(5, 1, 4)])).to.have.lengthOf(1);
  });

  it("remembers what was told in the part before", () => {
    const check = new RevisionCheck();
    expect(check.faultsIn([change(5, 0, 5)])).to.deep.equal([]);
    expect(check.faultsIn([change(5, 6, 7)])).to.have.lengthOf(1);
  });
});
