/** The cache answers for one revision of a key or not at all, and never outgrows its bound. */

import { expect } from "chai";
import fc from "fast-check";

import { revision, timeMs } from "../../src/base/index.js";
import { ValueCache, type StoredValue } from "../../src/storage/value-cache.js";

function valueAt(at: number, bytes = 10): StoredValue {
  return {
    revision: revision(at),
    value: Buffer.alloc(bytes, at),
    contentType: "",
    updateTimeMs: timeMs(at),
  };
}

const key = (name: string): Buffer => Buffer.from(name);
/** What an entry with a key of one byte and a value of ten takes. */
const COST_BYTES = (() => {
  const cache = new ValueCache(10_000);
  cache.put(key("a"), valueAt(1));
  return cache.bytes;
})();

describe("the value cache", () => {
  it("has a value at its own revision only", () => {
    const cache = new ValueCache(10_000);
    cache.put(key("a"), valueAt(5));
    expect(cache.get(key("a"), revision(5))?.value).to.deep.equal(Buffer.alloc(10, 5));
    expect(cache.get(key("a"), revision(4))).to.equal(undefined);
    expect(cache.get(key("b"), revision(5))).to.equal(undefined);
  });

  it("never puts an older value over a newer one", () => {
    const cache = new ValueCache(10_000);
    cache.put(key("a"), valueAt(5));
    cache.put(key("a"), valueAt(4));
    expect(cache.get(key("a"), revision(5))).not.to.equal(undefined);
    expect(cache.bytes).to.equal(COST_BYTES);
  });

  it("lets go of what was used least lately", () => {
    const cache = new ValueCache(3 * COST_BYTES);
    for (const name of ["a", "b", "c"]) cache.put(key(name), valueAt(1));
    cache.get(key("a"), revision(1));
    cache.put(key("d"), valueAt(1));
    const left = ["a", "b", "c", "d"].filter((name) => cache.get(key(name), revision(1)));
    expect(left).to.deep.equal(["a", "c", "d"]);
  });

  it("does not take what is larger than all of it, nor keep what that replaces", () => {
    const cache = new ValueCache(2 * COST_BYTES);
    cache.put(key("a"), valueAt(1));
    cache.put(key("b"), valueAt(1));
    cache.put(key("a"), valueAt(2, 5000));
    expect(cache.get(key("a"), revision(1))).to.equal(undefined);
    expect(cache.get(key("b"), revision(1))).not.to.equal(undefined);
    expect(cache.bytes).to.equal(COST_BYTES);
    const none = new ValueCache(0);
    none.put(key("a"), valueAt(1));
    expect(none.bytes).to.equal(0);
  });

  it("holds what a model of it holds, in the order of use", () => {
    const anyUse = fc.record({
      name: fc.constantFrom(...Array.from("abcdefgh")),
      use: fc.constantFrom("put", "put", "get", "remove"),
    });
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 80 }), (uses) => {
        const cache = new ValueCache(4 * COST_BYTES);
        /** Least recently used first. */
        let model: { name: string; at: number }[] = [];
        uses.forEach(({ name, use }, index) => {
          const held = model.find((each) => each.name === name);
          const others = model.filter((each) => each.name !== name);
          if (use === "put") {
            cache.put(key(name), valueAt(index + 1));
            model = [...others, { name, at: index + 1 }].slice(-4);
          } else if (use === "get") {
            const found = cache.get(key(name), revision(held?.at ?? 1));
            expect(found?.revision).to.equal(held?.at);
            if (held !== undefined) model = [...others, held];
          } else {
            cache.remove(key(name));
            model = others;
          }
          expect(cache.bytes).to.equal(model.length * COST_BYTES);
        });
      }),
    );
  });

  it("counts its bytes rightly, and stays within the bound", () => {
    const anyUse = fc.record({
      name: fc.constantFrom("a", "bb", "ccc", "dddd"),
      at: fc.integer({ min: 1, max: 20 }),
      bytes: fc.nat(400),
      isRemoval: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyUse), fc.integer({ min: 0, max: 1500 }), (uses, bytesMax) => {
        const cache = new ValueCache(bytesMax);
        for (const { name, at, bytes, isRemoval } of uses) {
          if (isRemoval) cache.remove(key(name));
          else cache.put(key(name), valueAt(at, bytes));
          expect(cache.bytes).to.be.within(0, bytesMax);
        }
        for (const name of ["a", "bb", "ccc", "dddd"]) cache.remove(key(name));
        expect(cache.bytes).to.equal(0);
      }),
    );
  });
});
