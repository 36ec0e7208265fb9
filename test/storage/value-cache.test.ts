/** The cache answers for one revision of a key or not at all, never outgrows its bound, and keeps what is used. */

import { expect } from "chai";
import fc from "fast-check";

import { MIB, revision, timeMs } from "../../src/base/index.js";
import { ValueCache, type StoredValue } from "../../src/storage/value-cache.js";

function valueAt(at: number, bytes = 10, contentType = ""): StoredValue {
  return {
    revision: revision(at),
    value: Buffer.alloc(bytes, at),
    contentType,
    updateTimeMs: timeMs(at),
  };
}

const key = (name: string): Buffer => Buffer.from(name);

describe("the value cache", () => {
  it("has a value at its own revision only", () => {
    const cache = new ValueCache(10_000);
    cache.put(key("a"), valueAt(5));
    expect(cache.get(key("a"), revision(5))).to.deep.equal(valueAt(5));
    expect(cache.get(key("a"), revision(4))).to.equal(undefined);
    expect(cache.get(key("b"), revision(5))).to.equal(undefined);
  });

  it("never puts an older value over a newer one", () => {
    const cache = new ValueCache(10_000);
    cache.put(key("a"), valueAt(5));
    const { bytes } = cache;
    cache.put(key("a"), valueAt(4));
    expect(cache.get(key("a"), revision(5))).to.deep.equal(valueAt(5));
    expect(cache.bytes).to.equal(bytes);
  });

  it("gives out copies, which nothing that comes later changes", () => {
    const cache = new ValueCache(10_000);
    const given = valueAt(1);
    cache.put(key("a"), given);
    given.value.fill(9);
    const held = cache.get(key("a"), revision(1));
    cache.put(key("a"), valueAt(2));
    expect(held).to.deep.equal(valueAt(1));
  });

  it("takes no room for a new value of the same size, as long as the old one is fresh", () => {
    const cache = new ValueCache(10_000);
    cache.put(key("a"), valueAt(1));
    const { bytes } = cache;
    for (let at = 2; at < 1000; at++) cache.put(key("a"), valueAt(at));
    expect(cache.bytes).to.equal(bytes);
    expect(cache.get(key("a"), revision(999))).to.deep.equal(valueAt(999));
  });

  it("has what came of late, whatever else came", () => {
    const cache = new ValueCache(100_000);
    for (let at = 1; at < 20_000; at++) {
      cache.put(key(`key ${String(at)}`), valueAt(at, at % 500));
      const recent = Math.max(1, at - 60);
      const found = cache.get(key(`key ${String(recent)}`), revision(recent));
      expect(found, `key ${String(recent)}`).to.deep.equal(valueAt(recent, recent % 500));
    }
    expect(cache.get(key("key 1"), revision(1))).to.equal(undefined);
  });

  it("keeps what is used while much else passes", () => {
    const cache = new ValueCache(100_000);
    cache.put(key("used"), valueAt(1));
    cache.put(key("not used"), valueAt(1));
    for (let at = 1; at < 20_000; at++) {
      cache.put(key(`key ${String(at)}`), valueAt(at, 100));
      if (at % 50 === 0) expect(cache.get(key("used"), revision(1))).to.deep.equal(valueAt(1));
    }
    expect(cache.get(key("not used"), revision(1))).to.equal(undefined);
  });

  it("does not take what is larger than all of it, nor keep what that replaces", () => {
    const cache = new ValueCache(1000);
    cache.put(key("a"), valueAt(1));
    cache.put(key("b"), valueAt(1));
    cache.put(key("a"), valueAt(2, 5000));
    expect(cache.get(key("a"), revision(1))).to.equal(undefined);
    expect(cache.get(key("a"), revision(2))).to.equal(undefined);
    expect(cache.get(key("b"), revision(1))).to.deep.equal(valueAt(1));
    for (const bytesMax of [0, 1, 20]) {
      const none = new ValueCache(bytesMax);
      none.put(key("a"), valueAt(1));
      expect(none.get(key("a"), revision(1))).to.equal(undefined);
      expect(none.bytes).to.equal(0);
    }
  });

  it("has values of a megabyte beside small ones, across all its memory", () => {
    const cache = new ValueCache(10.5 * MIB);
    for (let at = 1; at < 200; at++) {
      const bytes = at % 3 === 0 ? MIB : at % 3 === 1 ? 100 : 700_000;
      cache.put(key(`key ${String(at)}`), valueAt(at, bytes, "application/json"));
      const last = Math.max(1, at - 3);
      const found = cache.get(key(`key ${String(last)}`), revision(last));
      expect(
        found?.value.every((byte) => byte === last % 256),
        String(at),
      ).to.equal(true);
      expect(found?.contentType).to.equal("application/json");
      expect(cache.bytes).to.be.at.most(10.5 * MIB);
    }
  });

  it("holds nothing but what was put last, in whatever way it is used", () => {
    const anyUse = fc.record({
      name: fc.constantFrom(...Array.from("abcdefgh")),
      bytes: fc.nat(400),
      contentType: fc.constantFrom("", "text/plain", "text/ü"),
      use: fc.constantFrom("put", "put", "get", "remove"),
    });
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 200 }), fc.nat(3000), (uses, bytesMax) => {
        const cache = new ValueCache(bytesMax);
        const model = new Map<string, StoredValue>();
        uses.forEach(({ name, bytes, contentType, use }, index) => {
          const held = model.get(name);
          if (use === "put") {
            const value = valueAt(index + 1, bytes, contentType);
            cache.put(key(name), value);
            model.set(name, value);
          } else if (use === "get") {
            const found = cache.get(key(name), held?.revision ?? revision(1));
            if (found !== undefined) expect(found).to.deep.equal(held);
          } else {
            cache.remove(key(name));
            model.delete(name);
          }
          expect(cache.bytes).to.be.within(0, bytesMax);
        });
      }),
      { numRuns: 500 },
    );
  });
});
