/** A commit blocks the event loop only where nobody else has to wait for it, and the disk is quick. */

import { expect } from "chai";

import { KIB } from "../../src/base/index.js";
import { LoneCommits } from "../../src/log/lone-commits.js";
import { ManualClock } from "../support/manual-clock.js";

const LONE = { transactionCount: 1, length: 400 };
const SLOW_MS = 3;

class Bench {
  readonly clock = new ManualClock();
  readonly lone = new LoneCommits(this.clock);

  /** Writes aside, `count` times. */
  aside(count: number, batch = LONE, tookMs = 0): void {
    for (let each = 0; each < count; each += 1) {
      const ended = this.lone.watch(batch);
      this.clock.pass(tookMs);
      ended();
    }
  }

  get mayBlock(): boolean {
    return this.lone.mayBlock(LONE);
  }
}

describe("a lone commit", () => {
  it("may block after four like it during which nothing was asked for", () => {
    const bench = new Bench();
    bench.aside(3);
    expect(bench.mayBlock).to.equal(false);
    bench.aside(1);
    expect(bench.mayBlock).to.equal(true);
  });

  it("is written aside after sixteen that blocked, and may block again if that was quiet", () => {
    const bench = new Bench();
    bench.aside(4);
    for (let count = 0; count < 16; count += 1) {
      expect(bench.mayBlock).to.equal(true);
      bench.lone.block(() => undefined);
    }
    expect(bench.mayBlock).to.equal(false);
    bench.aside(1);
    expect(bench.mayBlock).to.equal(true);
  });

  it("may not block any more when something was asked for during a write aside", () => {
    const bench = new Bench();
    bench.aside(4);
    const ended = bench.lone.watch(LONE);
    bench.lone.noteAsked();
    ended();
    expect(bench.mayBlock).to.equal(false);
    bench.aside(4);
    expect(bench.mayBlock).to.equal(true);
  });

  it("may not block after a batch of several, of none, or of much, nor may such a batch", () => {
    for (const batch of [
      { transactionCount: 2, length: 800 },
      { transactionCount: 0, length: 48 },
      { transactionCount: 1, length: 65 * KIB },
    ]) {
      const bench = new Bench();
      bench.aside(4);
      expect(bench.lone.mayBlock(batch)).to.equal(false);
      bench.aside(1, batch);
      expect(bench.mayBlock).to.equal(false);
    }
  });

  it("may not block on a slow disk", () => {
    const bench = new Bench();
    bench.aside(20, LONE, SLOW_MS);
    expect(bench.mayBlock).to.equal(false);
  });

  it("may not block for a second after one that blocked for long", () => {
    const bench = new Bench();
    bench.aside(4);
    const { clock } = bench;
    bench.lone.block(() => {
      clock.pass(SLOW_MS);
    });
    expect(bench.mayBlock).to.equal(false);
    clock.pass(999);
    expect(bench.mayBlock).to.equal(false);
    clock.pass(1);
    expect(bench.mayBlock).to.equal(true);
  });

  it("passes on why its write failed", () => {
    const bench = new Bench();
    bench.aside(4);
    expect(() => {
      bench.lone.block(() => {
        throw new Error("the disk is gone");
      });
    }).to.throw("the disk is gone");
  });
});
