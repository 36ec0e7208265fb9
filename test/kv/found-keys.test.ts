/** The keys that were found of a range stay true to what happens to them, and are never more than can be deleted. */

import { expect } from "chai";

import { NO_DEADLINE, NO_REVISION, segmentId, timeMs, type TimeMs } from "../../src/base/index.js";
import { FoundKeys } from "../../src/kv/found-keys.js";
import type { KeydirEntry } from "../../src/kv/key-draft.js";
import { bytes } from "../support/calls.js";

/** As found-keys count it: what a key takes beside its own bytes. */
const RECORD_BYTES = 128;

function entryOf(deadlineMs: TimeMs = NO_DEADLINE): KeydirEntry {
  return {
    segment: segmentId(1),
    offset: 0,
    length: 0,
    revision: NO_REVISION,
    index: 0,
    createRevision: NO_REVISION,
    version: 1,
    deadlineMs,
    isTombstone: false,
  };
}

function namesOf(found: FoundKeys): string[] {
  return found.chosen().keys.map((key) => key.toString());
}

describe("the keys that were found of a range", () => {
  it("are enough with one more than are wanted, which is not chosen", () => {
    const found = new FoundKeys({ countMax: 2, bytesMax: 1e6 });
    for (const key of ["a", "b"]) found.note(bytes(key), entryOf());
    expect([found.isEnough(), found.chosen().more]).to.deep.equal([false, false]);
    found.note(bytes("c"), entryOf());
    expect([found.isEnough(), found.chosen().more]).to.deep.equal([true, true]);
    expect(namesOf(found)).to.deep.equal(["a", "b"]);
    expect(found.chosen().bytes).to.equal(2 * (RECORD_BYTES + 1));
  });

  it("are bounded in bytes as well", () => {
    const found = new FoundKeys({ countMax: 100, bytesMax: 2 * (RECORD_BYTES + 1) });
    for (const key of ["a", "b"]) found.note(bytes(key), entryOf());
    expect(found.isEnough()).to.equal(false);
    found.note(bytes("c"), entryOf());
    expect([found.isEnough(), ...namesOf(found)]).to.deep.equal([true, "a", "b"]);
    found.note(bytes("a"), undefined);
    expect([found.isEnough(), found.isStale, ...namesOf(found)]).to.deep.equal([
      false,
      false,
      "b",
      "c",
    ]);
  });

  it("count a key once, however often it is noted, and not when it is gone", () => {
    const found = new FoundKeys({ countMax: 1, bytesMax: 1e6 });
    for (let count = 0; count < 3; count += 1) found.note(bytes("a"), entryOf());
    expect(found.isEnough()).to.equal(false);
    found.note(bytes("a"), undefined);
    found.note(bytes("a"), undefined);
    expect(found.chosen()).to.deep.equal({ keys: [], bytes: 0, more: false });
  });

  it("are stale once one was passed over and others went", () => {
    const found = new FoundKeys({ countMax: 1, bytesMax: 1e6 });
    for (const key of ["a", "b", "passed over"]) found.note(bytes(key), entryOf());
    expect(found.isStale).to.equal(false);
    found.note(bytes("b"), undefined);
    expect(found.isStale).to.equal(true);
    found.beginAnew();
    expect([found.isStale, ...namesOf(found)]).to.deep.equal([false, "a"]);
  });

  it("tell which of them are due, by the newest deadline of each", () => {
    const found = new FoundKeys({ countMax: 9, bytesMax: 1e6 });
    found.note(bytes("never"), entryOf());
    found.note(bytes("due"), entryOf(timeMs(10)));
    found.note(bytes("later"), entryOf(timeMs(11)));
    found.note(bytes("given more time"), entryOf(timeMs(5)));
    found.note(bytes("given more time"), entryOf(timeMs(50)));
    expect(found.dueAt(timeMs(10), 9).map(String)).to.deep.equal(["due"]);
    expect(found.dueAt(timeMs(100), 2)).to.have.lengthOf(2);
  });
});
