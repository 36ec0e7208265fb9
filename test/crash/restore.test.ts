/** A restore that is cut or fails: there is the whole store, or there is none. */

import { expect } from "chai";

import { openLocalStore, restoreSnapshot, type Store } from "../../src/kv/index.js";
import { PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { openOnDisk, snapshotPath, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { LOSS_WAYS, NOTHING_LOST } from "../support/power-cut.js";
import { isSameState, type State } from "./history.js";
import { stateOf } from "./oracle.js";

const RESTORED = "/restored";

interface Source {
  readonly disk: CrashDisk;
  readonly clock: ManualClock;
  readonly path: string;
  readonly state: State;
}

async function sourceOf(keyCount: number): Promise<Source> {
  const disk = new CrashDisk();
  const clock = new ManualClock();
  const store = await openOnDisk(disk, clock);
  for (let index = 0; index < keyCount; index += 1) {
    const ttl = { expiration: { kind: "ttl", ttlMs: 3_600_000 } } as const;
    const value = `value ${String(index)} `.repeat(1 + (index % 20));
    await store.set(setOf(`key ${String(index)}`, value, index % 3 === 0 ? ttl : {}), PATIENT);
  }
  const { snapshotId } = await store.snapshot(PATIENT);
  const state = await stateOf(store);
  await store.close();
  return { disk: disk.crash(NOTHING_LOST), clock, path: snapshotPath(snapshotId), state };
}

function restore({ clock, path }: Source, disk: CrashDisk): Promise<unknown> {
  return restoreSnapshot({ fileSystem: disk, clock, snapshotPath: path, directory: RESTORED });
}

function openRestored({ clock }: Source, disk: CrashDisk): Promise<Store> {
  const options = { fileSystem: disk, directory: RESTORED, clock };
  return openLocalStore(tinyStoreOptions(options));
}

/** Fails unless there is no store, or all of it; says which. */
async function outcomeOf(source: Source, disk: CrashDisk): Promise<"none" | "whole"> {
  if (!disk.files().includes(`${RESTORED}/MANIFEST`)) return "none";
  const state = await stateOf(await openRestored(source, disk));
  expect(isSameState(state, source.state), "the whole snapshot").to.equal(true);
  disk.stopAfterCalls(0);
  return "whole";
}

describe("a restore", () => {
  it("that the power cuts leaves the whole store or none", async () => {
    const source = await sourceOf(30);
    const { disk } = source;
    await restore(source, disk);
    const outcomes = { none: 0, whole: 0 };
    for (let step = 0; step <= disk.stepCount; step += 1) {
      for (const way of LOSS_WAYS) {
        const left = disk.crashAt(step, { way, seed: step });
        outcomes[await outcomeOf(source, left)] += 1;
      }
    }
    expect(outcomes.none).to.be.greaterThan(100);
    expect(outcomes.whole).to.be.greaterThan(50);
    for (const way of LOSS_WAYS) {
      const left = disk.crashAt(disk.stepCount, { way, seed: 1 });
      expect(await outcomeOf(source, left), "once it is done it is durable").to.equal("whole");
    }
  }).timeout(30_000);

  it("that fails at any call leaves the whole store or none", async () => {
    const source = await sourceOf(30);
    const start = source.disk;
    const copy = (): CrashDisk => start.crashAt(0, NOTHING_LOST);
    const trial = copy();
    await restore(source, trial);
    for (const code of ["EIO", "ENOSPC"]) {
      for (const lasts of ["once", "for-good"] as const) {
        for (let afterCalls = 0; afterCalls < trial.callCount; afterCalls += 1) {
          const disk = copy();
          const takeBack = disk.addFault({ code, lasts, afterCalls });
          const isDone = await restore(source, disk).then(
            () => true,
            () => false,
          );
          takeBack();
          const where = `${code} ${lasts} after ${String(afterCalls)} calls`;
          const outcome = await outcomeOf(source, disk);
          if (isDone) expect(outcome, where).to.equal("whole");
        }
      }
    }
  }).timeout(30_000);
});
