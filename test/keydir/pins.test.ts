/** Which pages are kept for pinned states, and when they are given back. */

import { expect } from "chai";

import { Pins } from "../../src/keydir/pins.js";
import { until } from "../support/manual-clock.js";

function newPins(): { readonly pins: Pins; readonly freed: number[] } {
  const freed: number[] = [];
  return { pins: new Pins((page) => freed.push(page)), freed };
}

describe("the pins of a tree", () => {
  it("end an epoch only when something was written in it", () => {
    const { pins } = newPins();
    const first = pins.pin();
    const again = pins.pin();
    expect(again.epoch).to.equal(first.epoch);
    const stamp = pins.stamp();
    expect(pins.isPrivate(stamp)).to.equal(true);
    expect(pins.pin().epoch).to.equal(stamp);
    expect(pins.isPrivate(stamp)).to.equal(false);
    first.release();
    first.release();
    expect(pins.isPrivate(first.epoch)).to.equal(false);
  });

  it("share an epoch with a released one that nothing was written after", () => {
    const { pins } = newPins();
    const { epoch } = pins.pin();
    for (let each = 0; each < 1000; each++) {
      const pin = pins.pin();
      expect(pin.epoch).to.equal(epoch);
      pin.release();
    }
  });

  it("keep a page for the states that see it, and for no others", async () => {
    const { pins, freed } = newPins();
    const written = pins.stamp();
    const old = pins.pin();
    const writtenBetween = pins.stamp();
    const young = pins.pin();
    pins.stamp();
    pins.retire(1, written);
    pins.retire(2, writtenBetween);
    young.release();
    await until("what the older state does not see is free", () => freed.length > 0);
    expect(freed).to.deep.equal([2]);
    old.release();
    await until("the rest is free too", () => freed.length > 1);
    expect(freed).to.deep.equal([2, 1]);
  });

  it("give back a million pages while nobody writes, whatever order a thousand pins go in", async () => {
    const { pins, freed } = newPins();
    const all = Array.from({ length: 1000 }, () => {
      const epoch = pins.stamp();
      return { pin: pins.pin(), epoch };
    });
    for (let page = 0; page < 1_000_000; page++) pins.retire(page, all[page % 1000]?.epoch ?? 0);
    const [last] = all.splice(500, 1);
    for (const [at, { pin }] of all.entries()) if (at % 2 === 0) pin.release();
    for (const { pin } of all.reverse()) pin.release();
    let turns = 0;
    while (freed.length < 499_000 && turns++ < 10_000) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Those at and below the one that is left are seen by it.
    expect(freed.length).to.equal(499_000);
    last?.pin.release();
    await until("all are free", () => freed.length === 1_000_000);
  });
});
