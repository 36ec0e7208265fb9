/** Turns by themselves: who has the next one, when there is room, and who is late. */

import { expect } from "chai";

import { Intake, type Waiting } from "../../src/http2/intake.js";
import { ManualClock } from "../support/manual-clock.js";

const WAIT_MS = 100;
const REQUESTS_MAX = 2;

function nextTurn(): Promise<void> {
  return new Promise(setImmediate);
}

describe("an intake", () => {
  let clock: ManualClock;
  let intake: Intake;
  let log: string[];

  beforeEach(() => {
    clock = new ManualClock();
    intake = new Intake({ clock, requestsMax: REQUESTS_MAX, waitMsMax: WAIT_MS });
    log = [];
  });

  /** Waits with so many requests, and begins one of them a turn. */
  function waiting(name: string, requestCount: number): Waiting {
    const waitsSinceMs = clock.monotonicMs();
    let left = requestCount;
    const one: Waiting = {
      waitsSinceMs,
      takeTurn() {
        log.push(name);
        intake.enter();
        left -= 1;
        if (left > 0) intake.wait(one);
      },
      takeLate() {
        for (let at = 0; at < left; at += 1) intake.noteLate();
        log.push(`${name} is late with ${String(left)}`);
      },
    };
    intake.wait(one);
    return one;
  }

  it("is full with as many as are worked on, and has room when the turn of the event loop has ended", async () => {
    intake.enter();
    expect(intake.isFull).to.equal(false);
    intake.enter();
    expect(intake.isFull).to.equal(true);
    intake.leave();
    expect(intake.isFull).to.equal(true);
    await nextTurn();
    expect(intake.isFull).to.equal(false);
  });

  it("gives one turn after the other, to as many as there is room for", async () => {
    intake.enter();
    intake.enter();
    waiting("a", 3);
    waiting("b", 1);
    waiting("c", 2);
    await nextTurn();
    expect(log).to.deep.equal([]);
    intake.leave();
    intake.leave();
    await nextTurn();
    expect(log).to.deep.equal(["a", "b"]);
    for (let turn = 0; turn < 2; turn += 1) {
      intake.leave();
      intake.leave();
      await nextTurn();
    }
    expect(log).to.deep.equal(["a", "b", "c", "a", "c", "a"]);
    expect(clock.timerCount).to.equal(0);
  });

  it("calls those late that have waited too long, also when nothing is ever done with", async () => {
    intake.enter();
    intake.enter();
    waiting("a", 3);
    await clock.advance(WAIT_MS / 2);
    waiting("b", 1);
    await clock.advance(WAIT_MS / 2 - 1);
    expect(log).to.deep.equal([]);
    await clock.advance(1);
    expect(log).to.deep.equal(["a is late with 3"]);
    await clock.advance(WAIT_MS);
    expect(log).to.deep.equal(["a is late with 3", "b is late with 1"]);
    expect(clock.timerCount).to.equal(0);
  });

  it("takes no more late requests in a turn of the event loop than twice what it has room for", async () => {
    intake.enter();
    intake.enter();
    for (const name of ["a", "b", "c"]) waiting(name, REQUESTS_MAX);
    clock.pass(WAIT_MS);
    const advanced = clock.advance(0);
    expect(log.splice(0)).to.deep.equal(["a is late with 2", "b is late with 2"]);
    await advanced;
    expect(log).to.deep.equal(["c is late with 2"]);
  });

  it("serves who is late where there is room, once it may take no more of them", async () => {
    intake.enter();
    intake.enter();
    for (const name of ["a", "b", "c"]) waiting(name, REQUESTS_MAX);
    clock.pass(WAIT_MS);
    intake.leave();
    intake.leave();
    await nextTurn();
    expect(log).to.deep.equal(["a is late with 2", "b is late with 2", "c", "c"]);
  });

  it("forgets who waits no longer", async () => {
    intake.enter();
    intake.enter();
    intake.drop(waiting("a", 1));
    expect(clock.timerCount).to.equal(0);
    waiting("b", 1);
    intake.leave();
    await nextTurn();
    expect(log).to.deep.equal(["b"]);
  });
});
