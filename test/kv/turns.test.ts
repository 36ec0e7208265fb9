/** Whoever shares turns has so many steps in each turn of the event loop, and the rest in the next ones. */

import { expect } from "chai";

import { Turns } from "../../src/kv/turns.js";
import { settle } from "../support/manual-clock.js";

const HALF_A_TURN = 500_000;

describe("turns of the event loop", () => {
  it("have room for a millisecond of steps, and then none before the next", async () => {
    const turns = new Turns();
    expect(turns.take(HALF_A_TURN)).to.equal(undefined);
    expect(turns.take(HALF_A_TURN)).to.equal(undefined);
    const next = turns.take(1);
    expect(next).to.be.a("promise");
    expect(turns.take(1), "for all who ask").to.equal(next);
    await next;
    expect(turns.take(1)).to.equal(undefined);
  });

  it("begin with all of it, whatever was taken of those before", async () => {
    const turns = new Turns();
    for (let turn = 0; turn < 5; turn += 1) {
      expect(turns.take(HALF_A_TURN + 1), `in turn ${String(turn)}`).to.equal(undefined);
      await settle(1);
    }
  });

  it("let what takes more than one have one to itself", async () => {
    const turns = new Turns();
    expect(turns.take(5 * HALF_A_TURN)).to.equal(undefined);
    const next = turns.take(1);
    expect(next).to.be.a("promise");
    await next;
    expect(turns.take(5 * HALF_A_TURN)).to.equal(undefined);
  });
});
