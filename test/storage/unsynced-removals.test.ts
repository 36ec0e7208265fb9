/** "Absent" waits for the newest removal of that key alone, and for none that is durable. */

import { expect } from "chai";
import fc from "fast-check";

import { revision } from "../../src/base/index.js";
import { UnsyncedRemovals } from "../../src/storage/unsynced-removals.js";

const key = (name: string): Buffer => Buffer.from(name);

describe("unsynced removals", () => {
  it("are known until they are durable", () => {
    const removals = new UnsyncedRemovals();
    expect(removals.get(key("a"))).to.equal(undefined);
    removals.add(key("a"), revision(3));
    removals.add(key("b"), revision(4));
    removals.settle(revision(2));
    expect(removals.get(key("a"))).to.equal(3);
    removals.settle(revision(3));
    expect([removals.get(key("a")), removals.get(key("b"))]).to.deep.equal([undefined, 4]);
    removals.settle(revision(9));
    expect(removals.get(key("b"))).to.equal(undefined);
  });

  it("of one key give the newest, which outlives the older ones", () => {
    const removals = new UnsyncedRemovals();
    for (const at of [3, 5, 7]) removals.add(key("a"), revision(at));
    expect(removals.get(key("a"))).to.equal(7);
    removals.settle(revision(5));
    expect(removals.get(key("a"))).to.equal(7);
    removals.settle(revision(7));
    expect(removals.get(key("a"))).to.equal(undefined);
  });

  it("tell keys apart by every byte", () => {
    const removals = new UnsyncedRemovals();
    removals.add(Buffer.from([0xc3, 0x28]), revision(1));
    expect(removals.get(Buffer.from([0xc3, 0x29]))).to.equal(undefined);
    expect(removals.get(Buffer.from([0xc3, 0x28]))).to.equal(1);
  });

  it("are what a plain list says, whenever they are asked for and settled", () => {
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom("add" as const, "add" as const, "get" as const, "settle" as const),
        number: fc.nat({ max: 5 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const removals = new UnsyncedRemovals();
        const added: { readonly name: string; readonly at: number }[] = [];
        let durable = 0;
        for (const { kind, number } of list) {
          const name = `key-${String(number)}`;
          if (kind === "add") {
            const at = 1 + Math.floor(added.length / 2) + durable;
            added.push({ name, at: Math.max(at, added.at(-1)?.at ?? 0) });
            removals.add(key(name), revision(added.at(-1)?.at ?? 0));
          } else if (kind === "settle") {
            durable = Math.max(durable, (added.at(-1)?.at ?? 0) - number);
            removals.settle(revision(durable));
          } else {
            const last = added.filter((each) => each.name === name && each.at > durable).at(-1);
            expect(removals.get(key(name))).to.equal(last?.at);
          }
        }
      }),
    );
  });
});
