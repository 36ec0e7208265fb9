/** Compaction begins by itself: on its period, and soon after a segment with much garbage was sealed. */

import { expect } from "chai";

import { KIB } from "../../src/base/index.js";
import { openLocalStore, type Store } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";

const PERIOD_MS = 300_000;

const HOUR_MS = 3_600_000;

async function openStore(
  clock: ManualClock,
  compactionPeriodMs: number,
  fileSystem = new CrashDisk(),
): Promise<Store> {
  const options = tinyStoreOptions({
    fileSystem,
    directory: DATA_DIRECTORY,
    clock,
    retentionMs: 0,
    // A checkpoint has the time in it.
    checkpointPeriodMs: 0,
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

  it("forgets calls by a time that does not come again, whatever becomes of the clock", async () => {
    const clock = new ManualClock();
    const disk = new CrashDisk();
    const store = await openStore(clock, PERIOD_MS, disk);
    await store.set({ ...setOf("called", "value"), requestId: bytes("id") }, PATIENT);
    await makeGarbage(store);
    // All that was written is known to be durable, so that nothing else is written by itself.
    await clock.advance(100);
    const { segmentCount } = await store.status();
    clock.pass(HOUR_MS);
    const { logicalTimeMs } = await store.status();
    await clock.advance(PERIOD_MS);
    await settle(400);
    expect((await store.status()).segmentCount).to.be.below(segmentCount);
    clock.dropTimers();
    // The clock of the machine goes back before anything else is written.
    clock.stepWall(-10 * HOUR_MS);
    const fileSystem = disk.crash({ way: { bytes: "keep", names: "keep" }, seed: 1 });
    const opened = await openStore(clock, 0, fileSystem);
    expect((await opened.status()).logicalTimeMs).to.be.at.least(logicalTimeMs);
    await opened.close();
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
