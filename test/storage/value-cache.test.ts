/** The cache answers for one revision of a key or not at all, never outgrows its bound, and keeps what is used. */

import { expect } from "chai";
import fc from "fast-check";

import { MIB, revision, timeMs } from "../../src/base/index.js";
import { ValueCache, type NewestEntry, type StoredValue } from "../../src/storage/value-cache.js";

function valueAt(at: number, bytes = 10, contentType = ""): StoredValue {
  return {
    revision: revision(at),
    value: Buffer.alloc(bytes, at),
    contentType,
    updateTimeMs: timeMs(at),
  };
}

function entryAt(ofKey: Buffer, at: number, bytes = 10, contentType = ""): NewestEntry {
  const state = { createRevision: revision(at - 1), version: at * 2, deadlineMs: timeMs(at * 3) };
  return { key: ofKey, ...valueAt(at, bytes, contentType), ...state };
}

const key = (name: string): Buffer => Buffer.from(name);

describe("the value cache", () => {
  it("has a value at its own revision only", () => {
    const cache = new ValueCache(10_000);
    cache.put(entryAt(key("a"), 5));
    expect(cache.get(key("a"), revision(5))).to.deep.equal(valueAt(5));
    expect(cache.get(key("a"), revision(4))).to.equal(undefined);
    expect(cache.get(key("b"), revision(5))).to.equal(undefined);
  });

  it("tells of a key's newest state all that was put", () => {
    const cache = new ValueCache(10_000);
    const entry = entryAt(key("a"), 5, 10, "text/plain");
    cache.put(entry);
    expect(cache.newest(key("a"))).to.deep.equal(entry);
    expect(cache.newest(key("b"))).to.equal(undefined);
    cache.remove(key("a"));
    expect(cache.newest(key("a"))).to.equal(undefined);
  });

  it("finds the same whether it was told which keys come next or not", () => {
    const cache = new ValueCache(100_000);
    const keys = Array.from({ length: 200 }, (_, at) => key(`key ${String(at)}`));
    keys.forEach((each, at) => {
      if (at % 3 !== 0) cache.put(entryAt(each, at + 1, at));
    });
    cache.foresee(keys);
    // Some are asked for twice, some not at all, and one that was not named is.
    const asked = keys.flatMap((each, at) => (at % 7 === 0 ? [] : [each, each]));
    asked.splice(50, 0, key("key 1"));
    for (const each of asked) {
      const at = Number(each.toString().slice("key ".length));
      const expected = at % 3 === 0 ? undefined : entryAt(each, at + 1, at);
      expect(cache.newest(each), String(at)).to.deep.equal(expected);
    }
  });

  it("gives out copies, which nothing that comes later changes", () => {
    const cache = new ValueCache(10_000);
    const given = entryAt(key("a"), 1);
    cache.put(given);
    given.value.fill(9);
    const held = cache.get(key("a"), revision(1));
    cache.put(entryAt(key("a"), 2));
    expect(held).to.deep.equal(valueAt(1));
  });

  it("takes no room for a new value of the same size, as long as the old one is fresh", () => {
    const cache = new ValueCache(10_000);
    cache.put(entryAt(key("a"), 1));
    const { bytes } = cache;
    for (let at = 2; at < 1000; at++) cache.put(entryAt(key("a"), at));
    expect(cache.bytes).to.equal(bytes);
    expect(cache.get(key("a"), revision(999))).to.deep.equal(valueAt(999));
  });

  it("has what came of late, whatever else came", () => {
    const cache = new ValueCache(100_000);
    for (let at = 1; at < 20_000; at++) {
      cache.put(entryAt(key(`key ${String(at)}`), at, at % 500));
      const recent = Math.max(1, at - 60);
      const found = cache.get(key(`key ${String(recent)}`), revision(recent));
      expect(found, `key ${String(recent)}`).to.deep.equal(valueAt(recent, recent % 500));
    }
    expect(cache.get(key("key 1"), revision(1))).to.equal(undefined);
  });

  it("keeps what is used while much else passes", () => {
    const cache = new ValueCache(100_000);
    cache.put(entryAt(key("used"), 1));
    cache.put(entryAt(key("not used"), 1));
    for (let at = 1; at < 20_000; at++) {
      cache.put(entryAt(key(`key ${String(at)}`), at, 100));
      if (at % 50 === 0) expect(cache.get(key("used"), revision(1))).to.deep.equal(valueAt(1));
    }
    expect(cache.get(key("not used"), revision(1))).to.equal(undefined);
  });

  it("does not take what is larger than all of it, nor keep what that replaces", () => {
    const cache = new ValueCache(1000);
    cache.put(entryAt(key("a"), 1));
    cache.put(entryAt(key("b"), 1));
    cache.put(entryAt(key("a"), 2, 5000));
    expect(cache.get(key("a"), revision(1))).to.equal(undefined);
    expect(cache.get(key("a"), revision(2))).to.equal(undefined);
    expect(cache.get(key("b"), revision(1))).to.deep.equal(valueAt(1));
    for (const bytesMax of [0, 1, 20]) {
      const none = new ValueCache(bytesMax);
      none.put(entryAt(key("a"), 1));
      expect(none.get(key("a"), revision(1))).to.equal(undefined);
      expect(none.bytes).to.equal(0);
    }
  });

  it("has values of a megabyte beside small ones, across all its memory", () => {
    const cache = new ValueCache(10.5 * MIB);
    for (let at = 1; at < 200; at++) {
      const bytes = at % 3 === 0 ? MIB : at % 3 === 1 ? 100 : 700_000;
      cache.put(entryAt(key(`key ${String(at)}`), at, bytes, "application/json"));
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
            cache.put(entryAt(key(name), index + 1, bytes, contentType));
            model.set(name, valueAt(index + 1, bytes, contentType));
          } else if (use === "get") {
            const found = cache.get(key(name), held?.revision ?? revision(1));
            if (found !== undefined) expect(found).to.deep.equal(held);
            expect(cache.newest(key(name))?.value).to.deep.equal(found?.value);
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
