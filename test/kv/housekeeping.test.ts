/** Compaction begins by itself: on its period, and soon after a segment with much garbage was sealed. */

import { expect } from "chai";

import { KIB } from "../../src/base/index.js";
import { openLocalStore, type Store } from "../../src/kv/index.js";
import { PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";

const PERIOD_MS = 300_000;

async function openStore(clock: ManualClock, compactionPeriodMs: number): Promise<Store> {
  const fileSystem = new CrashDisk();
  const options = tinyStoreOptions({
    fileSystem,
    directory: DATA_DIRECTORY,
    clock,
    retentionMs: 0,
  });
  return openLocalStore({ ...options, storage: { ...options.storage, compactionPeriodMs } });
}

/** Overwrites one key until several segments are sealed. */
async function makeGarbage(store: Store): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    await store.set(setOf("key", "v".repeat(KIB)), PATIENT);
  }
  await settle(200);
}

describe("housekeeping", () => {
  it("compacts soon after segments with much garbage were sealed", async () => {
    const clock = new ManualClock();
    const store = await openStore(clock, PERIOD_MS);
    await makeGarbage(store);
    const before = await store.status();
    for (let round = 0; round < 20; round += 1) {
      await clock.advance(200);
      await settle(100);
    }
    const after = await store.status();
    expect(before.segmentCount).to.be.above(4);
    expect(after.segmentCount).to.be.below(before.segmentCount);
    await store.close();
  });

  it("compacts only when asked where the period is 0", async () => {
    const clock = new ManualClock();
    const store = await openStore(clock, 0);
    await makeGarbage(store);
    const before = await store.status();
    await clock.advance(2 * PERIOD_MS);
    await settle(200);
    expect((await store.status()).segmentCount).to.equal(before.segmentCount);
    expect(clock.timerCount).to.be.below(5);
    await store.close();
  });
});
