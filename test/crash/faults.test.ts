/** A disk that refuses: any call fails, once or for good. What was promised is kept, and nothing else is said. */

import { expect } from "chai";

import { KIB, KvError } from "../../src/base/index.js";
import type { Store } from "../../src/kv/index.js";
import { PATIENT } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import type { Fault } from "../support/disk-faults.js";
import { openOnDisk } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";
import { NOTHING_LOST, type Loss } from "../support/power-cut.js";
import { mixSeeds, Random } from "../support/random.js";
import { Promises } from "./promises.js";

const CODES = ["EIO", "ENOSPC", "EDQUOT", "EMFILE"] as const;

/** `FAULTS=full`: each call fails in its turn. Otherwise so many of them, by chance. */
const IS_FULL = process.env["FAULTS"] === "full";
const CALLS_TRIED = 100;

const EVERYTHING_LOST: Loss = { way: { bytes: "drop", names: "drop" }, seed: 0 };

/** A short life of a store: changes in bursts, a compaction, a snapshot, a stop in order. */
async function live(disk: CrashDisk, promises: Promises): Promise<void> {
  const clock = new ManualClock();
  let store: Store;
  try {
    store = await openOnDisk(disk, clock);
  } catch (error) {
    expectDiskError(error);
    return;
  }
  const random = new Random(3);
  for (let burst = 0; burst < 25; burst += 1) {
    const changes = [1, 2, 3].map(() => promises.change(store));
    await inTime(clock, Promise.all(changes));
    if (random.oneIn(3)) await clock.advance(20);
    if (burst % 8 === 7) await inTime(clock, store.compact(PATIENT).catch(expectDiskError));
    if (burst % 10 === 9) await inTime(clock, store.snapshot(PATIENT).catch(expectDiskError));
    if (burst % 6 === 5) await inTime(clock, promises.readAll(store));
  }
  await inTime(clock, store.close().catch(expectDiskError));
  clock.dropTimers();
}

/** Work that may wait for room on the disk: time passes for it. */
async function inTime(clock: ManualClock, work: Promise<unknown>): Promise<void> {
  let isOver = false;
  const ended = work.finally(() => {
    isOver = true;
  });
  const goesOn = (): boolean => !isOver;
  while (goesOn()) {
    await Promise.race([ended, settle(200)]);
    if (goesOn()) await clock.advance(1000);
  }
  await ended;
}

/** The store's own error, or the disk's as it gave it. Anything else is a fault of ours. */
function expectDiskError(error: unknown): void {
  if (error instanceof KvError) return;
  expect(error).to.have.property("code").that.is.oneOf(CODES);
}

async function survives(fault: Fault): Promise<Promises> {
  const disk = new CrashDisk();
  disk.addFault(fault);
  const promises = new Promises(new Random(mixSeeds(fault.afterCalls ?? 0)), {
    keyCount: 8,
    valueBytesMax: 900,
  });
  await live(disk, promises);
  await settle();
  const loss = new Random(fault.afterCalls ?? 0).coin() ? EVERYTHING_LOST : NOTHING_LOST;
  const left = disk.crash(loss);
  const store = await openOnDisk(left, new ManualClock());
  await promises.check(store);
  await promises.change(store);
  await promises.check(store);
  await store.close();
  expect(left.openFileCount, "files left open").to.equal(0);
  return promises;
}

describe("a disk that refuses", () => {
  let callCount = 0;

  before(async () => {
    const disk = new CrashDisk();
    await live(disk, new Promises(new Random(1), { keyCount: 8, valueBytesMax: 900 }));
    callCount = disk.callCount;
    expect(disk.openFileCount, "files left open").to.equal(0);
  });

  for (const code of CODES) {
    for (const lasts of ["once", "for-good"] as const) {
      it(`with ${code}, ${lasts}, at any call: every promise is kept`, async () => {
        const random = new Random(mixSeeds(CODES.indexOf(code), lasts.length));
        let failures = 0;
        for (let count = 0; count < (IS_FULL ? callCount : CALLS_TRIED); count += 1) {
          const afterCalls = IS_FULL ? count : random.below(callCount);
          try {
            const { tally } = await survives({ code, lasts, afterCalls });
            failures += tally.failed + tally.refused;
          } catch (error) {
            throw new Error(
              `${code} ${lasts} after ${String(afterCalls)} calls: ${String(error)}`,
              {
                cause: error,
              },
            );
          }
        }
        if (lasts === "for-good") expect(failures, "calls that failed").to.be.greaterThan(100);
      }).timeout(IS_FULL ? 600_000 : 30_000);
    }
  }

  it("in a sync of the log: no write is acknowledged after it", async () => {
    const disk = new CrashDisk();
    const clock = new ManualClock();
    const store = await openOnDisk(disk, clock);
    const promises = new Promises(new Random(1), { keyCount: 8, valueBytesMax: 100 });
    await promises.change(store);
    disk.addFault({ verbs: ["write", "sync"], path: /segments/, code: "EIO", lasts: "for-good" });
    await promises.change(store);
    expect(promises.tally).to.deep.equal({ acknowledged: 1, refused: 0, failed: 1 });
    for (let count = 0; count < 5; count += 1) await promises.change(store);
    expect(promises.tally.acknowledged).to.equal(1);
    await promises.readAll(store);
  });
});

describe("a disk that is full", () => {
  it("refuses writes, answers reads, takes deletes, and takes writes again when there is room", async () => {
    const disk = new CrashDisk();
    const clock = new ManualClock();
    const store = await openOnDisk(disk, clock);
    const promises = new Promises(new Random(5), { keyCount: 200, valueBytesMax: 900 });
    disk.capacityBytes = 120 * KIB;
    for (let count = 0; count < 400; count += 1) await promises.change(store);
    expect(promises.tally.refused, "writes that were refused").to.be.greaterThan(10);
    expect(promises.tally.failed).to.equal(0);
    await promises.check(store);
    disk.capacityBytes = 1024 * KIB;
    const { acknowledged } = promises.tally;
    await clock.advance(2000);
    await settle(100);
    for (let count = 0; count < 50; count += 1) await promises.change(store);
    expect(promises.tally.acknowledged).to.equal(acknowledged + 50);
    await promises.check(store);
    const reopened = await openOnDisk(disk.crash(EVERYTHING_LOST), new ManualClock());
    await promises.check(reopened);
  }).timeout(30_000);
});
