/** The ring of the newest changes: it finds a place quickly, gives it in parts, and is bounded. */

import { expect } from "chai";

import { MIB, revision } from "../../src/base/index.js";
import { ChangeRing } from "../../src/kv/change-ring.js";
import type { FeedRecord } from "../../src/kv/feed-record.js";
import { ALL_KINDS, ONLY_EXPIRATIONS } from "../../src/kv/subscription.js";
import { RecordType } from "../../src/storage/index.js";
import { durableChange } from "../support/feed-records.js";

/** How often the revision of a record was asked for. */
let askCount = 0;

/** A ring with expirations of all these revisions, which someone is still to tell. */
function ringOf(revisions: readonly number[]): ChangeRing {
  const ring = new ChangeRing(revision(1), 8 * MIB);
  for (const record of ring.add(revisions.map((of) => durableChange({ revision: of })))) {
    const of = record.revision;
    record.hold();
    Object.defineProperty(record, "revision", {
      get: () => {
        askCount += 1;
        return of;
      },
    });
  }
  return ring;
}

/** All that followers are told of. */
function contentOf({ key, revision: of, index, valueBytes, change }: FeedRecord) {
  return { key, of, index, valueBytes, change };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe("the ring of the newest changes", () => {
  it("finds any place without a look at each record, and the end at once", () => {
    const ring = ringOf(upTo(10_000).map((each) => 2 * each));
    for (const from of [1, 2, 3, 9_999, 10_000, 19_999, 20_000]) {
      askCount = 0;
      const { records } = ring.read(revision(from));
      expect(askCount - records.length, `looks for ${String(from)}`).to.be.below(40);
      expect(records[0]?.revision).to.equal(from + (from % 2));
    }
    askCount = 0;
    expect(ring.read(revision(20_001))).to.deep.equal({ records: [], next: undefined });
    expect(askCount).to.be.at.most(2);
  });

  it("gives everything in parts of a bounded size, no transaction in two of them", () => {
    const revisions = upTo(5000).map((each) => Math.ceil(each / 300));
    const ring = ringOf(revisions);
    const read: number[] = [];
    let from = revision(1);
    for (;;) {
      const { records, next } = ring.read(from);
      expect(records.length).to.be.within(1, 1300);
      read.push(...records.map((record) => record.revision));
      if (next === undefined) break;
      expect(next).to.be.greaterThan(read.at(-1) ?? 0);
      from = next;
    }
    expect(read).to.deep.equal(revisions);
  });

  it("gives the same records whether they are objects or bytes, and the part of a transaction that is which", () => {
    const words = upTo(900).map((each) => ({
      key: `key-${String(each)}`,
      valueBytes: each,
      revision: Math.ceil(each / 7),
      index: each % 7,
    }));
    const ring = new ChangeRing(revision(1), 8 * MIB);
    const changes = words.map(durableChange);
    const records = ring.add(changes);
    const read = () =>
      [1, 60, 121, 122, 123, 129].map((from) => ring.read(revision(from)).records.map(contentOf));
    const asObjects = read();
    // So that the newest transactions stay objects, from the middle of one on.
    for (const record of records.slice(850)) record.hold();
    ring.add([]);
    expect(records.filter(({ change }) => change !== undefined)).to.have.lengthOf(50);
    expect(read()).to.deep.equal(asObjects);
    for (const record of records.slice(850)) record.letGo();
    ring.add([]);
    expect(records.filter(({ change }) => change !== undefined)).to.have.lengthOf(0);
    expect(read()).to.deep.equal(asObjects);
    expect(asObjects.at(-1)?.map(({ change }) => change)).to.deep.equal(changes.slice(896));
  });

  it("counts what small records take of memory, and forgets whole transactions", () => {
    const ring = new ChangeRing(revision(1), MIB);
    const revisions = upTo(60_000).map((each) => Math.ceil(each / 7));
    const added = ring.add(revisions.map((of) => durableChange({ revision: of })));
    const objects = added.filter(({ change }) => change !== undefined).length;
    expect(objects * 303, "bytes of objects, at 300 a record").to.be.within(MIB * 0.4, MIB * 0.5);
    const start = ring.startOf(ONLY_EXPIRATIONS) ?? revision(0);
    expect(ring.read(start).records[0]?.revision).to.equal(start);
    const packed = 60_000 - 7 * (start - 1) - objects;
    expect(packed * 67, "bytes of the rest, at 64 a record").to.be.within(MIB * 0.4, MIB * 0.6);
  });

  it("keeps a record that is larger than its parts are, and forgets it like any other", () => {
    const ring = new ChangeRing(revision(1), MIB);
    for (const [at, valueBytes] of [200_000, 10, 700_000, 10, 10].entries()) {
      ring.add([durableChange({ revision: at + 1, valueBytes })]);
      const [last] = ring.read(revision(at + 1)).records;
      expect(last?.change?.record.value).to.have.lengthOf(valueBytes);
    }
    const sizes = ring
      .read(ring.startOf(ONLY_EXPIRATIONS) ?? revision(0))
      .records.map(({ valueBytes }) => valueBytes);
    expect(sizes).to.deep.equal([200_000, 10, 700_000, 10, 10]);
    ring.add([durableChange({ revision: 6, valueBytes: 400_000 })]);
    ring.add([]);
    expect(ring.startOf(ONLY_EXPIRATIONS)).to.be.within(2, 4);
  });

  it("counts what is made of a record, and makes it once", async () => {
    const ring = new ChangeRing(revision(1), 20_000);
    const [first, second] = ring.add([
      durableChange({ revision: 1 }),
      durableChange({ revision: 2 }),
    ]);
    let makeCount = 0;
    const make = (): Promise<number> => Promise.resolve(++makeCount);
    expect(await first?.once("made", make, () => 4000)).to.equal(1);
    expect(await first?.once("made", make, () => 4000)).to.equal(1);
    expect(first?.change).not.to.equal(undefined);
    await second?.once("made", make, () => 6000);
    expect(first?.change, "the oldest is an object no more").to.equal(undefined);
    expect(second?.change).not.to.equal(undefined);
    expect(ring.read(revision(1)).records).to.have.lengthOf(2);
    expect(await first?.once("made", make, () => 4000), "and made anew").to.equal(3);
  });

  it("takes changes of other kinds only while someone wants them", () => {
    const ring = new ChangeRing(revision(1), 10_000);
    const set = (of: number) => durableChange({ type: RecordType.SET, revision: of });
    expect(ring.add([set(1), durableChange({ revision: 2 })])).to.have.lengthOf(1);
    expect(ring.startOf(ALL_KINDS)).to.equal(undefined);
    ring.keepAllFrom(revision(3));
    expect(ring.startOf(ALL_KINDS)).to.equal(3);
    expect(ring.startOf(ONLY_EXPIRATIONS)).to.equal(1);
    expect(ring.add([set(3), durableChange({ revision: 4 })])).to.have.lengthOf(2);
    ring.keepAllFrom(undefined);
    expect(ring.add([set(5)])).to.have.lengthOf(0);
    expect(ring.read(revision(1)).records.map((record) => record.revision)).to.deep.equal([
      2, 3, 4,
    ]);
  });
});
