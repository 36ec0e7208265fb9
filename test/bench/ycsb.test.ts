/** YCSB's loads are what they claim: keys drawn by the laws that it names, and wrong answers seen. */

import { expect } from "chai";

import { Chance } from "../../bench/pipeline/chance.js";
import { COLUMNS, ycsbProblemOf } from "../../bench/ycsb/columns.js";
import type { Database } from "../../bench/ycsb/database.js";
import {
  Latest,
  ScrambledZipfian,
  ZIPF_CONSTANT,
  Zipfian,
  zetaBetween,
} from "../../bench/ycsb/distributions.js";
import { digitsOf, fnvHash64, remainder } from "../../bench/ycsb/fnv.js";
import {
  isRecordOf,
  KEY_BYTES,
  keyOf,
  RECORD_BYTES,
  RecordSource,
} from "../../bench/ycsb/records.js";
import { summarizeYcsb } from "../../bench/ycsb/report.js";
import { scanProblemOf, Session } from "../../bench/ycsb/session.js";
import type { YcsbMeasurement } from "../../bench/ycsb/turn.js";
import { kindAt, WORKLOAD_NAMES, WORKLOADS } from "../../bench/ycsb/workloads.js";

const DRAWS = 100_000;
/** Four standard deviations of a count of draws. */
const within = (chance: number): number => 4 * Math.sqrt(DRAWS * chance * (1 - chance)) + 1;

function countsOf(count: number, next: () => number): Float64Array {
  const counts = new Float64Array(count);
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const number = next();
    if (!(number >= 0 && number < count)) throw new Error(`${String(number)} is out of bounds`);
    counts[number] = (counts[number] ?? 0) + 1;
  }
  return counts;
}

/** As it is written down, over BigInt: FNV-1a of eight octets, and the absolute value as a Java long has it. */
function plainFnv(value: number): bigint {
  let hash = 0xcbf29ce484222325n;
  let rest = BigInt(value);
  for (let octet = 0; octet < 8; octet += 1) {
    hash = BigInt.asUintN(64, (hash ^ (rest & 0xffn)) * 1099511628211n);
    rest >>= 8n;
  }
  const signed = BigInt.asIntN(64, hash);
  return signed < 0n ? -signed : signed;
}

describe("the draws of YCSB", () => {
  it("hash numbers as FNV-1a does, whatever their size", () => {
    for (const value of [0, 1, 2, 255, 256, 65_537, 123_456_789, 9_999_999_999, 2 ** 53 - 1]) {
      const hash = fnvHash64(value);
      expect(digitsOf(hash)).to.equal(String(plainFnv(value)));
      for (const by of [1, 7, 50_000, 2 ** 21]) {
        expect(remainder(hash, by)).to.equal(Number(plainFnv(value) % BigInt(by)));
      }
    }
    for (let value = 0; value < 2000; value += 1) {
      expect(digitsOf(fnvHash64(value))).to.equal(String(plainFnv(value)));
    }
  });

  it("follow Zipf's law where it is asked for", () => {
    const count = 1000;
    const zeta = zetaBetween(0, count);
    const zipfian = new Zipfian(new Chance(7), count);
    const counts = countsOf(count, () => zipfian.next());
    const chanceOf = (rank: number): number => (rank + 1) ** -ZIPF_CONSTANT / zeta;
    // The method is exact for the first two; of the next few it draws 8 in 100 too many, of the others 4 too few.
    for (const rank of [0, 1]) {
      expect(counts[rank]).to.be.closeTo(DRAWS * chanceOf(rank), within(chanceOf(rank)));
    }
    for (const [from, to, offBy] of [
      [2, 10, 0.11],
      [10, 100, 0.08],
      [100, 500, 0.08],
      [500, 1000, 0.08],
    ] as const) {
      let drawn = 0;
      let chance = 0;
      for (let rank = from; rank < to; rank += 1) {
        drawn += counts[rank] ?? 0;
        chance += chanceOf(rank);
      }
      expect(drawn / DRAWS, `${String(from)} to ${String(to)}`).to.be.closeTo(
        chance,
        offBy * chance,
      );
    }
  });

  it("follow it also over more numbers than at first", () => {
    const grown = new Zipfian(new Chance(5), 100);
    grown.grow(1000);
    const fresh = new Zipfian(new Chance(5), 1000);
    for (let draw = 0; draw < 1000; draw += 1) expect(grown.next()).to.equal(fresh.next());
  });

  it("scramble: the likeliest are as likely as by Zipf's law, and lie anywhere", () => {
    const count = 1000;
    const scrambled = new ScrambledZipfian(new Chance(11));
    const counts = countsOf(count, () => scrambled.next(count));
    // Of ten thousand million, of which a few others fall on the same number.
    const likeliest = 1 / 26.46902820178302;
    const at = remainder(fnvHash64(0), count);
    expect(counts[at]).to.be.within(
      DRAWS * likeliest - within(likeliest),
      DRAWS * (likeliest + 0.005),
    );
    expect(Math.max(...counts)).to.equal(counts[at]);
    const lowerHalf = counts.subarray(0, count / 2).reduce((sum, one) => sum + one, 0);
    expect(lowerHalf / DRAWS).to.be.within(0.35, 0.65);
    expect(counts.every((one) => one > 0)).to.equal(true);
  });

  it("prefer the latest, also while there come more", () => {
    const latest = new Latest(new Chance(3), 500);
    for (let count = 500; count < 600; count += 1) expect(latest.next(count)).to.be.below(count);
    const counts = countsOf(1000, () => latest.next(1000));
    const chance = 1 / zetaBetween(0, 1000);
    expect(counts[999]).to.be.closeTo(DRAWS * chance, within(chance));
    expect(counts[999]).to.be.greaterThan(counts[998] ?? 0);
  });

  it("mix kinds of operations by the shares of the workload", () => {
    for (const name of WORKLOAD_NAMES) {
      const { percent } = WORKLOADS[name];
      const counts: Record<string, number> = {};
      for (let number = 0; number < 100; number += 1) {
        const kind = kindAt(WORKLOADS[name], number);
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      expect(counts, name).to.deep.equal(percent);
    }
    expect(() => kindAt(WORKLOADS.A, 100)).to.throw("100");
  });
});

describe("the records of YCSB", () => {
  it("have keys of one length, no two alike, in another order than they are made", () => {
    const keys = Array.from({ length: 1000 }, (_, number) => keyOf(number));
    expect(new Set(keys).size).to.equal(1000);
    for (const key of keys) expect(key).to.have.lengthOf(KEY_BYTES);
    expect(keys).to.not.deep.equal([...keys].sort());
  });

  it("are known for whose they are, and by their size", () => {
    const source = new RecordSource(1);
    const record = source.make(keyOf(5));
    expect(record).to.have.lengthOf(RECORD_BYTES);
    expect(source.make(keyOf(5)).equals(record)).to.equal(false);
    expect(isRecordOf(keyOf(5), record)).to.equal(true);
    expect(isRecordOf(keyOf(6), record)).to.equal(false);
    expect(isRecordOf(keyOf(5), record.subarray(1))).to.equal(false);
    expect(isRecordOf(keyOf(5), undefined)).to.equal(false);
  });
});

/** A right one, on a Map. */
function mapDatabase(records: Map<string, Buffer>): Database {
  return {
    read: (key) => Promise.resolve(records.get(key)),
    write: (key, record) => {
      records.set(key, record);
      return Promise.resolve();
    },
    scan: (key, limit) => {
      const keys = [...records.keys()].filter((each) => each >= key).sort();
      const found = keys.slice(0, limit).map((each) => ({
        key: each,
        value: records.get(each) ?? Buffer.alloc(0),
      }));
      return Promise.resolve(found);
    },
    readModifyWrite: (key, modify) => {
      records.set(key, modify(records.get(key)));
      return Promise.resolve("written");
    },
    close: () => Promise.resolve(),
  };
}

describe("a session of YCSB", () => {
  const COUNT = 200;

  async function loaded(): Promise<{
    readonly session: Session;
    readonly records: Map<string, Buffer>;
    readonly database: Database;
  }> {
    const records = new Map<string, Buffer>();
    const database = mapDatabase(records);
    const session = new Session(COUNT, new Chance(9));
    for (let number = 0; number < COUNT; number += 1) {
      expect(await session.load(database, number)).to.equal(undefined);
    }
    return { session, records, database };
  }

  it("finds every answer of a right database right, and counts what it did", async () => {
    const { session, records, database } = await loaded();
    for (const name of WORKLOAD_NAMES) {
      for (let count = 0; count < 200; count += 1) {
        const kind = session.drawKind(name);
        expect(await session.perform(database, kind, name)).to.equal(undefined);
      }
    }
    expect(session.recordCount).to.equal(records.size);
    expect(records.size).to.be.greaterThan(COUNT);
    expect(session.writes).to.be.greaterThan(COUNT);
    expect(session.conditionalWrites).to.be.greaterThan(0);
    expect(session.conflicts).to.equal(0);
  });

  it("sees what is not there, is another's, or fails", async () => {
    const { session, records, database } = await loaded();
    records.clear();
    expect(await session.perform(database, "read", "C")).to.match(/has no record/);
    expect(await session.perform(database, "read-modify-write", "F")).to.match(/own record/);
    expect(await session.perform(database, "scan", "E")).to.match(/begins with/);
    const failing: Database = { ...database, write: () => Promise.reject(new Error("it is full")) };
    expect(await session.perform(failing, "update", "A")).to.match(/update: .*it is full/);
  });

  it("begins a read-modify-write anew that another came before", async () => {
    const { session, database } = await loaded();
    let asked = 0;
    const contended: Database = {
      ...database,
      readModifyWrite: (key, modify) =>
        ++asked < 3 ? Promise.resolve("changed") : database.readModifyWrite(key, modify),
    };
    expect(await session.perform(contended, "read-modify-write", "F")).to.equal(undefined);
    expect(session).to.include({ conflicts: 2, conditionalWrites: 1, reads: 3 });
  });

  it("sees a scan that ends early, is out of order, or has more than was asked for", () => {
    const source = new RecordSource(2);
    const found = ["user1", "user2", "user3"].map((each) => {
      const key = each.padEnd(KEY_BYTES, "0");
      return { key, value: source.make(key) };
    });
    const [first, second, third] = found;
    if (first === undefined || second === undefined || third === undefined) throw new Error("none");
    const asked = { key: first.key, limit: 3, greatestKey: third.key };
    expect(scanProblemOf(found, asked)).to.equal(undefined);
    expect(scanProblemOf(found, { ...asked, limit: 9 })).to.equal(undefined);
    expect(scanProblemOf([first, second], asked)).to.match(/there are more/);
    expect(scanProblemOf(found, { ...asked, limit: 2 })).to.match(/more than asked/);
    expect(scanProblemOf([first, third, second], asked)).to.match(/comes after/);
    expect(scanProblemOf([second, third], asked)).to.match(/begins with/);
    const wrong = { key: second.key, value: third.value };
    expect(scanProblemOf([first, wrong, third], asked)).to.match(/own record/);
  });
});

describe("a measurement of YCSB", () => {
  it("counts where all answers were right and the server counts as many", () => {
    const right = { operationsInAll: 10, right: 10, firstWrong: undefined };
    expect(ycsbProblemOf(right, { Put: 5 }, { Put: 5 })).to.equal(undefined);
    expect(ycsbProblemOf(right, { Put: 5 }, { Put: 4 })).to.include("counts 4 Put, not 5");
    expect(ycsbProblemOf(right, { Put: 5 }, {})).to.include("counts 0 Put");
    const wrong = { ...right, right: 9, firstWrong: "read: nothing" };
    expect(ycsbProblemOf(wrong, {}, {}))
      .to.include("only 9 of 10")
      .and.include("read: nothing");
  });

  it("expects of each server what its calls are", () => {
    const outcome = {
      ...{ operations: 9, operationsInAll: 9, right: 9, firstWrong: undefined, ratePerSecond: 1 },
      ...{ kinds: [], writes: 7, conditionalWrites: 2, reads: 6, conflicts: 1 },
      ...{ recordCount: 1, cpuMicros: 1 },
    };
    expect(COLUMNS.keyvaluedb.expected(outcome)).to.deep.equal({ transactions: 7 });
    expect(COLUMNS.etcd.expected(outcome)).to.deep.equal({ Put: 5, Txn: 3, Range: 6 });
  });

  it("is compared within its round only, and left out where it does not count", () => {
    const one = (more: Partial<YcsbMeasurement>): YcsbMeasurement => ({
      ...{ column: "keyvaluedb", round: 1, work: "A", operations: 10, ratePerSecond: 100 },
      kinds: [{ kind: "read", count: 5, p50Micros: 10, p99Micros: 20 }],
      ...{ conflicts: 0, recordCount: 10, cpuMicrosPerOperation: 1, loadCpuMicrosPerOperation: 1 },
      ...{ othersCpuRatio: 0, residentBytes: 1, problem: undefined },
      ...more,
    });
    const rows = summarizeYcsb(
      [
        one({ ratePerSecond: 300 }),
        one({ column: "etcd" }),
        one({ round: 2, ratePerSecond: 100 }),
        one({ round: 2, column: "etcd", ratePerSecond: 200 }),
        one({ round: 3, ratePerSecond: 900, problem: "it is wrong" }),
        one({ round: 3, column: "etcd" }),
        one({ work: "B", column: "etcd", problem: "it is wrong" }),
      ],
      ["keyvaluedb", "etcd"],
    );
    expect(rows.map(({ work, column }) => [work, column])).to.deep.equal([
      ["A", "keyvaluedb"],
      ["A", "etcd"],
    ]);
    expect(rows[0]).to.deep.include({ counted: 2, made: 3 });
    expect(rows[0]?.rateToEtcd).to.deep.equal({ median: 1.75, min: 0.5, max: 3 });
    expect(rows[1]?.rateToEtcd).to.equal(undefined);
    expect(rows[0]?.kinds[0]?.p50Micros.median).to.equal(10);
  });
});
