/** Reads hold few files and few buffers at a time, and say what they could not read as what it is. */

import { rm } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { DEFAULT_LIMITS, KIB, present, Slots } from "../../src/base/index.js";
import { NodeFileSystem, SharedTrips } from "../../src/disk/index.js";
import { segmentFileName } from "../../src/log/index.js";
import { StorageEngine } from "../../src/storage/index.js";
import {
  commit,
  engineOptions,
  openEngine,
  read,
  setChange,
  type EngineBench,
} from "../support/engine.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";
import { kvRejectionOf, rejectionOf } from "../support/rejection.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";

const VALUE = "v".repeat(2000);

/** Keys that lie in many segments. */
async function spread(bench: EngineBench, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, at) => `key-${String(at)}`);
  for (const name of names) await commit(bench, setChange(name, VALUE));
  return names;
}

describe("reads of values", () => {
  it("keep no more files open than they may", async () => {
    const bench = await openEngine({ openSegmentsMax: 2 });
    const names = await spread(bench, 20);
    const before = bench.disk.openFileCount;
    for (const name of names) {
      expect(await read(bench, name)).to.equal(VALUE);
      await settle(1);
      expect(bench.disk.openFileCount - before).to.be.at.most(2);
    }
    await Promise.all(names.map((name) => read(bench, name)));
    await settle();
    expect(bench.disk.openFileCount - before).to.be.at.most(2);
    await bench.engine.close();
    expect(bench.disk.openFileCount).to.equal(0);
  });

  it("are refused for a while when no descriptor is left, and never told as damage", async () => {
    const bench = await openEngine();
    await spread(bench, 1);
    bench.disk.addFault({ verbs: ["open-read"], code: "EMFILE", lasts: "once" });
    const error = await kvRejectionOf(read(bench, "key-0"), "OVERLOADED");
    expect(error.retryAfterMs).to.be.greaterThan(0);
    expect(bench.engine.damages).to.deep.equal([]);
    expect(await read(bench, "key-0")).to.equal(VALUE);
    await bench.engine.close();
  });

  it("that fail are damage, by file and byte, and never another value", async () => {
    const bench = await openEngine();
    await spread(bench, 1);
    const entry = bench.engine.lookup(Buffer.from("key-0"));
    const path = `${DATA_DIRECTORY}/segments/000000000001.seg`;
    for (const at of [0, 5, 30, 70, 1000]) {
      const offset = (entry?.offset ?? 0) + at;
      const byte = bench.disk.peek(path).subarray(offset, offset + 1);
      bench.disk.poke(path, Buffer.from([byte.readUInt8() ^ 4]), offset);
      const error = await kvRejectionOf(read(bench, "key-0"), "CORRUPT");
      expect(error.metadata).to.deep.equal({
        segment: "segments/000000000001.seg",
        offset: entry?.offset,
      });
      bench.disk.poke(path, byte, offset);
    }
    bench.disk.addFault({ verbs: ["read"], code: "EIO", lasts: "once" });
    await kvRejectionOf(read(bench, "key-0"), "CORRUPT");
    expect(bench.engine.damages.map(({ file }) => file)).to.deep.equal([
      "segments/000000000001.seg",
    ]);
    expect(await read(bench, "key-0")).to.equal(VALUE);
    await bench.engine.close();
  });

  it("are answered from memory where the value was written or read lately", async () => {
    const bench = await openEngine({ cacheBytes: 100_000 });
    await spread(bench, 20);
    bench.disk.addFault({ verbs: ["read", "open-read"], code: "EIO", lasts: "for-good" });
    expect(await read(bench, "key-1")).to.equal(VALUE);
    expect(bench.engine.status().cacheBytes).to.be.within(6000, 100_000);
    await bench.engine.close();
  });

  it("that take long leave nothing in memory of a key that has changed meanwhile", async () => {
    const bench = await openEngine({ cacheBytes: 10_000 });
    const { engine } = bench;
    const key = Buffer.from("key-0");
    await spread(bench, 10);
    const entry = present(engine.lookup(key), "the entry of a key");
    expect(engine.cache.newest(key)).to.equal(undefined);
    const slow = engine.read(key, entry);
    const removed = commit(bench, { kind: "delete", key });
    expect((await slow).value.toString()).to.equal(VALUE);
    await removed;
    expect(engine.cache.newest(key)).to.equal(undefined);
    await read(bench, "key-1");
    const { revision, version } = present(engine.lookup(Buffer.from("key-1")), "an entry");
    expect(engine.cache.newest(Buffer.from("key-1"))).to.deep.include({ revision, version });
    await engine.close();
  });
});

describe("reads that are asked for together", () => {
  it("fail one by one: what is damaged takes no other value with it", async () => {
    const bench = await openEngine({ limits: DEFAULT_LIMITS, segmentBytes: 128 * KIB });
    const names = await spread(bench, 300);
    await commit(bench, setChange("large", "w".repeat(40_000)));
    names.push("large");
    for (const afterCalls of [0, 137, 300]) {
      bench.disk.addFault({ verbs: ["read"], code: "EIO", afterCalls, lasts: "once" });
      const outcomes = await Promise.allSettled(names.map((name) => read(bench, name)));
      const failed = outcomes.filter(({ status }) => status === "rejected");
      expect(failed).to.have.lengthOf(1);
      expect(failed[0]).to.have.nested.property("reason.code", "CORRUPT");
      for (const outcome of outcomes) {
        if (outcome.status === "fulfilled") expect(outcome.value).to.match(/^(v{2000}|w{40000})$/u);
      }
    }
    await bench.engine.close();
    expect(bench.disk.openFileCount).to.equal(0);
  });

  it("are told of a file that is gone, also where they wait for many others before", async () => {
    await withTemporaryDirectory(async (directory) => {
      const options = { ...engineOptions(), directory, fileSystem: new NodeFileSystem() };
      const engine = await StorageEngine.open(options);
      const bench = { engine, disk: new CrashDisk(), clock: new ManualClock(), failures: [] };
      await spread(bench, 20);
      await read(bench, "key-19");
      const segment = present(engine.lookup(Buffer.from("key-0")), "an entry").segment;
      await rm(join(directory, "segments", segmentFileName(segment)));
      // The file is missed long before the read's turn comes, and nobody has asked for it yet.
      const unhandled: unknown[] = [];
      const note = (error: unknown): number => unhandled.push(error);
      process.on("unhandledRejection", note);
      const others = Array.from({ length: 3000 }, () => read(bench, "key-19"));
      await kvRejectionOf(read(bench, "key-0"), "CORRUPT");
      expect(new Set(await Promise.all(others))).to.deep.equal(new Set([VALUE]));
      process.off("unhandledRejection", note);
      expect(unhandled, "what would end the process").to.deep.equal([]);
      await engine.close();
    });
  });

  it("are answered, each with its own value, while a store on the real disk closes", async () => {
    await withTemporaryDirectory(async (directory) => {
      const trips = new SharedTrips();
      const options = { ...engineOptions(), directory, fileSystem: new NodeFileSystem(trips) };
      const engine = await StorageEngine.open(options);
      const bench = { engine, disk: new CrashDisk(), clock: new ManualClock(), failures: [] };
      const names = Array.from({ length: 200 }, (_, at) => `key-${String(at)}`);
      for (const name of names) await commit(bench, setChange(name, `value of ${name}`));
      const readAll = async (): Promise<void> => {
        const values = await Promise.all(names.map((name) => read(bench, name)));
        expect(values).to.deep.equal(names.map((name) => `value of ${name}`));
      };
      while (trips.threadReadCount === 0) await readAll();
      const underWay = [readAll(), readAll()];
      await engine.close();
      await Promise.all(underWay);
      await kvRejectionOf(readAll(), "DRAINING");
    });
  });
});

describe("the slots of reads", () => {
  it("let sixteen read at once, and the others in the order in which they came", async () => {
    const slots = new Slots(16);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const reads = Array.from({ length: 20 }, (_, at) =>
      slots.run(
        () =>
          new Promise<number>((resolve) => {
            begun.push(at);
            ends.push(() => {
              resolve(at);
            });
          }),
      ),
    );
    await settle(1);
    expect(begun).to.have.lengthOf(16);
    ends[7]?.();
    ends[3]?.();
    await settle(1);
    expect(begun.slice(16)).to.deep.equal([16, 17]);
    for (let at = 0; at < 20; at += 1) {
      ends[at]?.();
      await settle(1);
    }
    expect(await Promise.all(reads)).to.deep.equal(Array.from({ length: 20 }, (_, at) => at));
  });

  it("are free again after a read that failed", async () => {
    const slots = new Slots(16);
    for (let count = 0; count < 40; count += 1) {
      await rejectionOf(slots.run(() => Promise.reject(new Error("EIO"))));
    }
    expect(await slots.run(() => Promise.resolve("read"))).to.equal("read");
  });
});
