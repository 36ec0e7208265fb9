/** The expirations of the past are read back from the log: all of them, once, in order, a bounded part at a time. */

import { expect } from "chai";

import { MIB, revision } from "../../src/base/index.js";
import type { LogPosition } from "../../src/storage/index.js";
import {
  commit,
  expireChange,
  openEngine,
  setChange,
  type EngineBench,
} from "../support/engine.js";
import { kvRejectionOf } from "../support/rejection.js";

interface Told {
  readonly keys: string[];
  readonly steps: number;
  readonly places: number;
}

async function readFrom(bench: EngineBench, from: number, upTo: number): Promise<Told> {
  const { logReader } = bench.engine;
  const keys: string[] = [];
  let position: LogPosition = { revision: revision(from) };
  let places = 0;
  for (let steps = 0; ; steps += 1) {
    if (position.revision > upTo) return { keys, steps, places };
    if (steps > 1000) throw new Error("it does not come to an end");
    const step = await logReader.read(position, revision(upTo), "expirations");
    expect(step.next.revision).to.be.greaterThan(
      position.revision - (position.place === step.next.place ? 0 : 1),
    );
    // A step may begin before what was asked for.
    const wanted = step.records.filter((record) => record.revision >= from);
    keys.push(...wanted.map((record) => record.key.toString()));
    position = step.next;
    if (position.place !== undefined) places += 1;
  }
}

/** Sets and expires so many keys, and sets others between them. */
async function expireMany(bench: EngineBench, count: number, value: string): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const key = `key-${String(at)}`;
    await commit(bench, setChange(key, value));
    await commit(bench, expireChange(key, value));
  }
}

const keysFrom = (first: number, end: number): string[] =>
  Array.from({ length: end - first }, (_, at) => `key-${String(first + at)}`);

describe("the log reader", () => {
  it("reads every expiration in order, over all segments, the active one included", async () => {
    const bench = await openEngine();
    await expireMany(bench, 40, "v".repeat(300));
    expect(bench.engine.status().segmentCount).to.be.greaterThan(3);
    expect((await readFrom(bench, 1, 80)).keys).to.deep.equal(keysFrom(0, 40));
    await bench.engine.close();
  });

  it("begins with the revision it is asked for, and ends with the one it may reach", async () => {
    const bench = await openEngine();
    await expireMany(bench, 20, "v".repeat(300));
    // The key at is set at revision 2 at + 1 and expired at 2 at + 2.
    for (const [from, upTo, first, end] of [
      [2, 40, 0, 20],
      [3, 40, 1, 20],
      [20, 22, 9, 11],
      [21, 21, 0, 0],
      [40, 40, 19, 20],
      [41, 40, 0, 0],
    ] as const) {
      const { keys } = await readFrom(bench, from, upTo);
      expect(keys, `${String(from)} to ${String(upTo)}`).to.deep.equal(keysFrom(first, end));
    }
    await bench.engine.close();
  });

  it("gives all of a transaction, by index", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("a", "1"), setChange("b", "2"), setChange("c", "3"));
    await commit(bench, expireChange("c", "3"), expireChange("a", "1"));
    const { records } = await bench.engine.logReader.read({ revision: revision(2) }, revision(2));
    expect(
      records
        .filter((record) => record.revision === 2)
        .map(({ key, index }) => [key.toString(), index]),
    ).to.deep.equal([
      ["c", 0],
      ["a", 1],
    ]);
    await bench.engine.close();
  });

  it("stops after a bounded part of a large segment, and goes on from there", async () => {
    const bench = await openEngine({ segmentBytes: 8 * MIB, startSegmentBytes: 8 * MIB });
    await expireMany(bench, 8, "v".repeat(250_000));
    const told = await readFrom(bench, 1, 16);
    expect(told.keys).to.deep.equal(keysFrom(0, 8));
    expect(told.places).to.be.greaterThan(1);
    await bench.engine.close();
  });

  it("steps over segments without an expiration, unread", async () => {
    const bench = await openEngine();
    for (let at = 0; at < 30; at += 1) await commit(bench, setChange("key", "v".repeat(900)));
    bench.disk.addFault({ verbs: ["open-read"], code: "EIO", lasts: "for-good" });
    const { keys, steps } = await readFrom(bench, 1, 30);
    expect(keys).to.deep.equal([]);
    expect(steps).to.equal(bench.engine.status().segmentCount);
    await bench.engine.close();
  });

  it("names the segment and the place of damage", async () => {
    const bench = await openEngine();
    await expireMany(bench, 3, "value");
    const path = bench.disk.files().find((name) => name.endsWith(".seg")) ?? "";
    bench.disk.poke(path, Buffer.from([0xff]), 300);
    const reading = bench.engine.logReader.read({ revision: revision(1) }, revision(6));
    const error = await kvRejectionOf(reading, "CORRUPT");
    expect(error.metadata.segment).to.equal("segments/000000000001.seg");
    expect(error.metadata.offset).to.be.within(64, 300);
    await bench.engine.close();
  });
});
