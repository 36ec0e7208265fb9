/** A snapshot that failed is not there; what is there is listed whatever else is, and without haste. */

import { expect } from "chai";

import { MIB, SILENT_LOGGER } from "../../src/base/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import { commit, openEngine, setChange } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";
import { kvRejectionOf, rejectionOf } from "../support/rejection.js";

const SNAPSHOTS = `${DATA_DIRECTORY}/snapshots`;

describe("a snapshot", () => {
  for (const verb of ["create", "write", "sync", "close", "rename", "sync-directory"] as const) {
    it(`is not there after an error in its ${verb}`, async () => {
      const bench = await openEngine();
      await commit(bench, setChange("key", "value"));
      await settle();
      bench.disk.addFault({ verbs: [verb], path: /\/snapshots/, code: "EIO", lasts: "once" });
      await rejectionOf(bench.engine.createSnapshot());
      expect(await bench.disk.list(SNAPSHOTS)).to.deep.equal([]);
      expect(await bench.engine.snapshots.list()).to.deep.equal([]);
      await bench.engine.createSnapshot();
      expect(await bench.engine.snapshots.list()).to.have.lengthOf(1);
      await bench.engine.close();
      expect(bench.disk.openFileCount).to.equal(0);
    });
  }
});

/** A clock that has gone on whenever someone looks at it: a slice of work is over at each look. */
class HastyClock extends ManualClock {
  isHasty = false;

  override monotonicMs(): number {
    if (this.isHasty) this.pass(5);
    return super.monotonicMs();
  }
}

describe("a snapshot of many keys that are due", () => {
  const DUE_COUNT = 20_000;

  it("gives way while it passes them over", async () => {
    const manualClock = new HastyClock();
    const bench = await openEngine({ manualClock, segmentBytes: 4 * MIB });
    const dueMs = bench.clock.wallMs() + 1;
    for (let count = 0; count < DUE_COUNT; count += 50) {
      const names = Array.from({ length: 50 }, (_, index) => `due ${String(count + index)}`);
      await commit(bench, ...names.map((name) => setChange(name, "", dueMs)));
    }
    await commit(bench, setChange("stays", "value"));
    bench.clock.pass(10);
    manualClock.isHasty = true;
    let turns = 0;
    let isDone = false;
    const count = async (): Promise<void> => {
      for (; !isDone; turns += 1) await settle(1);
    };
    const counting = count();
    const { keyCount } = await bench.engine.createSnapshot();
    isDone = true;
    await counting;
    expect(keyCount).to.equal(1);
    expect(turns, "turns of others meanwhile").to.be.greaterThan(DUE_COUNT / 1000);
    await bench.engine.close();
  });
});

describe("the list of snapshots", () => {
  it("holds one file open at a time", async () => {
    let openCount = 0;
    const disk: CrashDisk = new CrashDisk({
      pace: () => {
        openCount = Math.max(openCount, disk.openFileCount);
        return settle(1);
      },
    });
    const bench = await openEngine({ disk });
    for (let count = 0; count < 10; count += 1) await bench.engine.createSnapshot();
    await settle(50);
    const before = disk.openFileCount;
    openCount = 0;
    expect(await bench.engine.snapshots.list()).to.have.lengthOf(10);
    expect(openCount).to.equal(before + 1);
    await bench.engine.close();
  });

  it("is refused, rather than shortened, where no descriptor is left", async () => {
    const bench = await openEngine();
    await bench.engine.createSnapshot();
    for (const code of ["EMFILE", "ENFILE"]) {
      bench.disk.addFault({ verbs: ["open-read"], path: /\.snapshot$/, code, lasts: "once" });
      const error = await kvRejectionOf(bench.engine.snapshots.list(), "OVERLOADED");
      expect(error.retryAfterMs).to.be.greaterThan(0);
      expect(await bench.engine.snapshots.list()).to.have.lengthOf(1);
    }
    await bench.engine.close();
  });

  it("leaves out what cannot be read, and says so; what was deleted meanwhile is no trouble", async () => {
    const warned: object[] = [];
    const logger = { ...SILENT_LOGGER, warn: (fields: object) => warned.push(fields) };
    const bench = await openEngine({ logger });
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.push((await bench.engine.createSnapshot()).snapshotId);
    }
    const fileOf = (id = ""): string => `snapshots/${id}.snapshot`;
    bench.disk.resize(`${DATA_DIRECTORY}/${fileOf(ids[1])}`, 100);
    bench.disk.addFault({
      verbs: ["open-read"],
      path: new RegExp(fileOf(ids[2])),
      code: "ENOENT",
      lasts: "once",
    });
    const listed = await bench.engine.snapshots.list();
    expect(listed.map((snapshot) => snapshot.snapshotId)).to.deep.equal([ids[0]]);
    expect(warned).to.have.lengthOf(1);
    expect(warned[0]).to.include({ file: fileOf(ids[1]) });
    await bench.engine.close();
  });
});
