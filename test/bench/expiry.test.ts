/** What the bench of expirations is told is counted once, in order and by its deadline, and what is wrong with it is said. */

import { expect } from "chai";

import { dueAfterMs, dueKey, numberOfSetting, warmUpKey } from "../../bench/expiry/due-keys.js";
import { Tally, tallyProblemOf } from "../../bench/expiry/tally.js";
import { expiryProblemOf, figuresBetween } from "../../bench/expiry/turn.js";

const KEYS = { keyCount: 1000, spreadMs: 500 };
const DUE_FROM_MS = 1_000_000;

/** Told of every key, each so many milliseconds after its deadline. */
function toldAll(lagMs: number): Tally {
  const tally = new Tally(KEYS, DUE_FROM_MS);
  for (let number = 0; number < KEYS.keyCount; number += 1) {
    const nowMs = DUE_FROM_MS + dueAfterMs(number, KEYS) + lagMs;
    tally.tell(dueKey(number), nowMs, { revision: 7, index: number });
  }
  return tally;
}

describe("the bench of expirations", () => {
  it("sets each key once, and spreads their deadlines evenly, in another order than their numbers", () => {
    const numbers = Array.from({ length: KEYS.keyCount }, (_, at) =>
      numberOfSetting(at, KEYS.keyCount),
    );
    expect(new Set(numbers).size).to.equal(KEYS.keyCount);
    const deadlines = numbers.map((number) => dueAfterMs(number, KEYS));
    expect(deadlines).not.to.deep.equal([...deadlines].sort((a, b) => a - b));
    for (let ms = 0; ms < KEYS.spreadMs; ms += 1) {
      expect(deadlines.filter((each) => each === ms)).to.have.lengthOf(2);
    }
    expect(dueAfterMs(5, { keyCount: 10, spreadMs: 0 })).to.equal(0);
  });

  it("finds nothing wrong where each was told once, in order, after its deadline", () => {
    const tally = toldAll(3);
    tally.tell(warmUpKey(1), DUE_FROM_MS, { revision: 8, index: 0 });
    expect(tally.isComplete).to.equal(true);
    expect(tally.outcome()).to.include({ told: 1000, lagMinMs: 3, lagP99Ms: 3, lagMaxMs: 3 });
    expect(tallyProblemOf(tally.outcome())).to.equal(undefined);
  });

  it("says what was lost, told again, strange, out of order, or early", () => {
    const lost = new Tally(KEYS, DUE_FROM_MS);
    lost.tell(dueKey(1), DUE_FROM_MS + 1000);
    expect(tallyProblemOf(lost.outcome())).to.equal("only 1 of 1000 expirations were told");
    const again = toldAll(0);
    again.tell(dueKey(9), DUE_FROM_MS + 1000, { revision: 8, index: 0 });
    expect(tallyProblemOf(again.outcome())).to.equal("1 expirations were told again");
    const strange = toldAll(0);
    strange.tell("someone else's", DUE_FROM_MS, { revision: 8, index: 0 });
    expect(tallyProblemOf(strange.outcome())).to.contain("of keys that were not due");
    for (const position of [
      { revision: 7, index: 999 },
      { revision: 6, index: 1000 },
    ]) {
      const disordered = toldAll(0);
      disordered.tell(warmUpKey(1), DUE_FROM_MS, position);
      expect(tallyProblemOf(disordered.outcome())).to.contain("out of order");
    }
    expect(tallyProblemOf(toldAll(-1).outcome())).to.equal("one was told 1 ms before its deadline");
  });

  it("counts no measurement whose Sets, Gets, quiet or remaining keys are not as they should be", () => {
    const seen = {
      tally: toldAll(1).outcome(),
      filled: { filledMs: 0, dueFromMs: 10, failed: 0 },
      gets: { failed: 0 },
      ...{ quietMs: 10, keysLeft: 5, lastingCount: 5 },
    };
    expect(expiryProblemOf(seen)).to.equal(undefined);
    expect(expiryProblemOf({ ...seen, gets: { failed: 1 } })).to.contain("1 Gets");
    expect(expiryProblemOf({ ...seen, quietMs: 11 })).to.contain("came before it had been quiet");
    expect(expiryProblemOf({ ...seen, keysLeft: 6 })).to.contain("has 6 keys where 5 are left");
    const failed = { ...seen.filled, failed: 2 };
    expect(expiryProblemOf({ ...seen, filled: failed })).to.contain("2 Sets");
  });

  it("takes the Gets of a time by when they were sent", () => {
    const gets = { sentMs: [1, 2, 3, 4], micros: [10, 40, 20, 90] };
    expect(figuresBetween(gets, 2, 3)).to.deep.equal({
      ...{ count: 2, p50Micros: 20, p99Micros: 40, maxMicros: 40 },
    });
    expect(figuresBetween(gets, 5, 6).count).to.equal(0);
  });
});
