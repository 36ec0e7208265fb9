/** A key that is set all the time, by many, with no memory for values: reads and touches get their turn. */

import { expect } from "chai";

import { openLocalStore, type Store } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { tinyStoreOptions } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";

const WRITERS = 8;
const WRITES_EACH_MAX = 100;

/** Opens a store that keeps no value in memory, on a disk that takes its time. */
async function openWithoutCache(): Promise<Store> {
  const disk = new CrashDisk({ pace: () => settle(1) });
  const options = tinyStoreOptions({
    fileSystem: disk,
    directory: "/data",
    clock: new ManualClock(),
    retentionMs: 0,
  });
  return openLocalStore({ ...options, storage: { ...options.storage, cacheBytes: 0 } });
}

interface Written {
  /** How often the key was set until the call was answered. */
  readonly writeCount: number;
  /** What it was set to last. */
  readonly value: string;
}

/** Sets the key again and again until the call is answered. */
async function setMeanwhile(store: Store, call: () => Promise<void>): Promise<Written> {
  let isAnswered = false;
  let writeCount = 0;
  let newest = { revision: 0, value: "" };
  const write = async (writer: number): Promise<void> => {
    // Some fill the next batch while that of the others is written: the newest value is never durable.
    await settle(writer % 4);
    for (let round = 0; round < WRITES_EACH_MAX && !isAnswered; round += 1) {
      const value = `${String(writer)} ${String(round)}`;
      const { revision } = await store.set(setOf("hot", value), PATIENT);
      if (revision > newest.revision) newest = { revision, value };
      writeCount += 1;
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
  await settle(10);
  await call();
  isAnswered = true;
  await Promise.all(writers);
  return { writeCount, value: newest.value };
}

describe("a key that is set all the time", () => {
  it("can be read", async () => {
    const store = await openWithoutCache();
    const { writeCount } = await setMeanwhile(store, async () => {
      expect((await store.get(bytes("hot"), PATIENT)).entry).not.to.equal(undefined);
    });
    expect(writeCount).to.be.below(20 * WRITERS);
    await store.close();
  });

  it("can be touched, and keeps the value that it had", async () => {
    const store = await openWithoutCache();
    const touch = { key: bytes("hot"), expiration: { kind: "ttl", ttlMs: 60_000 } } as const;
    const { writeCount, value } = await setMeanwhile(store, async () => {
      const answers = await Promise.all([store.touch(touch, PATIENT), store.touch(touch, PATIENT)]);
      expect(answers.every(({ touched }) => touched)).to.equal(true);
    });
    expect(writeCount).to.be.below(20 * WRITERS);
    await store.touch(touch, PATIENT);
    expect(await valueOf(store, "hot")).to.equal(value);
    await store.set(setOf("hot", "last", { contentType: "text/x" }), PATIENT);
    await store.touch(touch, PATIENT);
    const { entry } = await store.get(bytes("hot"), PATIENT);
    expect(entry).to.deep.include({ value: bytes("last"), contentType: "text/x" });
    await store.close();
  });
});
