/** The ring of the newest expirations: it finds a place quickly, gives it in parts, and is bounded. */

import { expect } from "chai";

import { revision, timeMs } from "../../src/base/index.js";
import { ExpirationRing, type ExpireRecord } from "../../src/kv/expiration-ring.js";

/** A record that counts how often its revision is asked for. */
class CountedRecord {
  static askCount = 0;
  readonly #revision: number;

  constructor(of: number) {
    this.#revision = of;
  }

  get revision(): number {
    CountedRecord.askCount += 1;
    return this.#revision;
  }

  readonly index = 0;
  readonly commitTimeMs = timeMs(0);
  readonly key = Buffer.from("key");
  readonly value = Buffer.alloc(0);
}

const recordOf = (of: number): ExpireRecord => new CountedRecord(of) as unknown as ExpireRecord;

/** A ring with records of all these revisions. */
function ringOf(revisions: readonly number[]): ExpirationRing {
  const ring = new ExpirationRing(revision(1));
  ring.add(revisions.map(recordOf));
  return ring;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe("the ring of the newest expirations", () => {
  it("finds any place without a look at each record, and the end at once", () => {
    const ring = ringOf(upTo(10_000).map((each) => 2 * each));
    for (const from of [1, 2, 3, 9_999, 10_000, 19_999, 20_000]) {
      CountedRecord.askCount = 0;
      const { records } = ring.read(revision(from));
      expect(CountedRecord.askCount, `looks for ${String(from)}`).to.be.below(40);
      expect(records[0]?.revision).to.equal(from + (from % 2));
    }
    CountedRecord.askCount = 0;
    expect(ring.read(revision(20_001))).to.deep.equal({ records: [], next: undefined });
    expect(CountedRecord.askCount).to.be.at.most(2);
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

  it("counts what small records take of memory, and forgets whole transactions", () => {
    const ring = ringOf(upTo(60_000).map((each) => Math.ceil(each / 7)));
    const { start } = ring;
    expect(ring.read(start).records[0]?.revision).to.equal(start);
    const kept = 60_000 - 7 * (start - 1);
    expect(kept * 300, "bytes, at 300 a record").to.be.within(4 * 1024 * 1024, 8 * 1024 * 1024);
  });
});
