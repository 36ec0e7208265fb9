/** The keydir against a plain sorted list: what it finds, in which order it walks, what a view keeps. */

import { expect } from "chai";
import fc from "fast-check";

import {
  DEFAULT_LIMITS,
  KEY_ORDERS,
  keyOrderOf,
  NO_DEADLINE,
  revision,
  segmentId,
} from "../../src/base/index.js";
import { Keydir, type KeydirEntry, type Walk } from "../../src/keydir/index.js";
import { comparatorOf } from "../support/model-order.js";

/** Few keys that are near each other, prefixes of each other and beyond ASCII among them. */
const anyKey = fc
  .array(fc.constantFrom(0, 1, 0x61, 0x62, 0x7f, 0x80, 0xff), { maxLength: 3 })
  .map((bytes) => Buffer.from(bytes));

type Step =
  | { readonly kind: "put"; readonly key: Buffer; readonly at: number }
  | { readonly kind: "remove"; readonly key: Buffer };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), key: anyKey, at: fc.nat(1000) }),
  fc.record({ kind: fc.constant("remove" as const), key: anyKey }),
);

const anyWalk: fc.Arbitrary<Walk> = fc.record({
  start: fc.option(anyKey, { nil: undefined }),
  end: fc.option(anyKey, { nil: undefined }),
  isDescending: fc.boolean(),
});

function entryAt(at: number): KeydirEntry {
  return {
    segment: segmentId(1),
    offset: at,
    length: 100,
    revision: revision(at + 1),
    index: 0,
    createRevision: revision(1),
    version: 1,
    deadlineMs: NO_DEADLINE,
    isTombstone: false,
  };
}

const TOMBSTONE: KeydirEntry = { ...entryAt(2000), isTombstone: true };

type Model = Map<string, number>;

function applyTo(keydir: Keydir, model: Model, step: Step): void {
  const name = step.key.toString("hex");
  const before = model.get(name);
  if (step.kind === "put") {
    expect(keydir.put(step.key, entryAt(step.at))?.offset).to.equal(before);
    model.set(name, step.at);
  } else {
    expect(keydir.remove(step.key, TOMBSTONE)?.offset).to.equal(before);
    model.delete(name);
  }
}

/** What a walk should find: hex names sort as their bytes do. */
function walkOf(model: Model, { start, end, isDescending }: Walk): [string, number][] {
  const found = [...model]
    .filter(([name]) => start === undefined || name >= start.toString("hex"))
    .filter(([name]) => end === undefined || name < end.toString("hex"))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return isDescending ? found.reverse() : found;
}

function walked(view: ReturnType<Keydir["pin"]>, walk: Walk): [string, number][] {
  return [...view.walk(walk)].map(([key, entry]) => [key.toString("hex"), entry.offset]);
}

describe("the keydir", () => {
  it("answers for a key that is asked for again as it is by then", () => {
    const keydir = new Keydir({ versionsMax: 2 });
    const key = Buffer.from("key");
    const other = Buffer.from("other");
    const offsetNow = (): number | undefined => {
      const first = keydir.get(key);
      expect(keydir.get(key)).to.deep.equal(first);
      return first?.offset;
    };
    expect(offsetNow()).to.equal(undefined);
    keydir.put(key, entryAt(1));
    expect(offsetNow()).to.equal(1);
    keydir.put(other, entryAt(2));
    expect(offsetNow()).to.equal(1);
    keydir.move(key, { ...entryAt(1), offset: 77 });
    expect(offsetNow()).to.equal(77);
    keydir.insert(key, entryAt(5));
    expect(offsetNow()).to.equal(5);
    keydir.remove(key, TOMBSTONE);
    expect(offsetNow()).to.equal(undefined);
    keydir.put(key, entryAt(3000));
    expect(offsetNow()).to.equal(3000);
    keydir.forget(key);
    expect(offsetNow()).to.equal(undefined);
  });

  it("holds what was put and not removed, and walks it in the order of the bytes", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), fc.array(anyWalk), (steps, walks) => {
        const keydir = new Keydir();
        const model: Model = new Map();
        for (const step of steps) applyTo(keydir, model, step);
        expect(keydir.size).to.equal(model.size);
        for (const { key } of steps) {
          expect(keydir.get(key)?.offset).to.equal(model.get(key.toString("hex")));
        }
        for (const walk of walks) {
          expect(walked(keydir.pin(), walk)).to.deep.equal(walkOf(model, walk));
        }
      }),
    );
  });

  it("has views that stay as they were, whatever is changed after", () => {
    const some = fc.array(anyStep, { maxLength: 40 });
    fc.assert(
      fc.property(some, some, anyWalk, (before, after, walk) => {
        const keydir = new Keydir();
        const model: Model = new Map();
        for (const step of before) applyTo(keydir, model, step);
        const view = keydir.pin();
        const then = new Map(model);
        const walking = view.walk(walk);
        const first = walking.next();
        for (const step of after) applyTo(keydir, model, step);
        expect(walked(view, walk)).to.deep.equal(walkOf(then, walk));
        expect(view.size).to.equal(then.size);
        const rest = [...walking].map(([key]) => key.toString("hex"));
        const names = walkOf(then, walk).map(([name]) => name);
        expect(first.done === true ? [] : [first.value[0].toString("hex"), ...rest]).to.deep.equal(
          names,
        );
        expect(walked(keydir.pin(), walk)).to.deep.equal(walkOf(model, walk));
      }),
    );
  });

  it("keeps a view over thousands of keys that are all replaced", () => {
    const keydir = new Keydir();
    const keys = Array.from({ length: 5000 }, (_, at) => Buffer.from(String(at).padStart(6, "0")));
    keys.forEach((key, at) => keydir.put(key, entryAt(at)));
    const view = keydir.pin();
    for (const key of keys) keydir.put(key, entryAt(999_999));
    for (const key of keys.slice(0, 2500)) keydir.remove(key, TOMBSTONE);
    const offsets = [...view.walk({ isDescending: false })].map(([, entry]) => entry.offset);
    expect(offsets).to.deep.equal(keys.map((_, at) => at));
    expect(keydir.size).to.equal(2500);
  });

  it("knows what it takes of memory, and gives it back", () => {
    const keydir = new Keydir();
    const emptyBytes = keydir.memoryBytes;
    const keys = Array.from({ length: 10_000 }, (_, index) => Buffer.from(`key ${String(index)}`));
    for (const key of keys) keydir.put(key, entryAt(1));
    const fullBytes = keydir.memoryBytes;
    expect(keydir.ownBytes).to.equal(fullBytes);
    for (const key of keys) keydir.put(key, entryAt(2));
    expect(keydir.memoryBytes).to.equal(fullBytes);
    // Some 60 bytes an entry, in pages that are at least half full.
    expect(fullBytes / keys.length).to.be.within(50, 120);
    const view = keydir.pin();
    for (const key of keys) keydir.put(key, entryAt(3));
    expect(keydir.ownBytes, "what the view keeps is not the newest state's").to.equal(fullBytes);
    expect(keydir.memoryBytes).to.be.greaterThan(1.9 * fullBytes);
    view.release();
    for (const key of keys) keydir.remove(key, TOMBSTONE);
    expect(keydir.ownBytes).to.equal(emptyBytes);
  });

  it("holds what was put and not removed in any order of keys, and walks it in that order", () => {
    for (const id of KEY_ORDERS) {
      const order = keyOrderOf(id);
      const compare = comparatorOf(id);
      const property = fc.property(fc.array(anyStep, { maxLength: 60 }), anyWalk, (steps, walk) => {
        const keydir = new Keydir({ order });
        const model: Model = new Map();
        for (const step of steps) applyTo(keydir, model, step);
        const { start, end, isDescending } = walk;
        const keys = [...model.keys()]
          .map((name) => Buffer.from(name, "hex"))
          .filter((key) => start === undefined || compare(key, start) >= 0)
          .filter((key) => end === undefined || compare(key, end) < 0)
          .sort(compare);
        if (isDescending) keys.reverse();
        const view = keydir.pin();
        const bounds = {
          start: start === undefined ? undefined : order.nameOf(start),
          end: end === undefined ? undefined : order.nameOf(end),
        };
        const found = [...view.walk({ ...bounds, isDescending })].map(([key]) => key);
        expect(found).to.deep.equal(keys);
        expect(view.count(bounds)).to.equal(keys.length);
      });
      fc.assert(property);
    }
  });

  it("has room for the longest names that keys of the longest kind can have", () => {
    const bytes = DEFAULT_LIMITS.keyBytesMax;
    for (const id of KEY_ORDERS) {
      const keydir = new Keydir({ order: keyOrderOf(id) });
      const keys = Array.from({ length: 300 }, (_, index) => {
        const pattern = ["a10", "A", "a01", "0", "zé"][index % 5] ?? "";
        const key = Buffer.from(pattern.repeat(bytes)).subarray(0, bytes);
        // So that they differ at the start, at the end or in the middle, where a page's prefix may end.
        const at = [3, bytes - 12, bytes / 2][index % 3] ?? 0;
        key.write(`0${String(index * 7919)}/`, at);
        return key;
      });
      for (const [at, key] of keys.entries()) keydir.put(key, entryAt(at));
      keys.forEach((key, at) => expect(keydir.get(key)?.offset).to.equal(at));
      const walkedKeys = [...keydir.pin().walk({ isDescending: false })].map(([key]) => key);
      expect(walkedKeys).to.deep.equal(keys.sort(comparatorOf(id)));
      for (const key of keys) keydir.remove(key, TOMBSTONE);
      expect(keydir.size).to.equal(0);
    }
  });
});
