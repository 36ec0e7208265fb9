/** A restore makes a store that holds what the snapshot does, and never touches one that is there. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import { readManifest } from "../../src/log/index.js";
import { restoreSnapshot } from "../../src/storage/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import {
  commit,
  deleteChange,
  openEngine,
  read,
  setChange,
  type EngineBench,
} from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { settle } from "../support/manual-clock.js";
import { kvRejectionOf, rejectionOf } from "../support/rejection.js";

const RESTORED = "/restored";
const YEAR_MS = 365 * 24 * 3_600_000;

interface Taken extends EngineBench {
  readonly path: string;
  readonly snapshotRevision: number;
}

/** A closed store with a snapshot of it, and one write after. */
async function takeSnapshot(): Promise<Taken> {
  const bench = await openEngine();
  for (const key of ["a", "b", "c"]) await commit(bench, setChange(key, `first ${key}`));
  await commit(bench, setChange("a", "second a"));
  await commit(bench, deleteChange("b"));
  await commit(bench, setChange("d", "expires", bench.clock.wallMs() + 60_000));
  await commit(bench, setChange("e", "due already", bench.clock.wallMs()));
  const snapshot = await bench.engine.createSnapshot();
  await commit(bench, setChange("c", "after the snapshot"));
  await bench.engine.close();
  const path = `${DATA_DIRECTORY}/snapshots/${snapshot.snapshotId}.snapshot`;
  return { ...bench, path, snapshotRevision: snapshot.revision };
}

function restore(
  { disk, clock, path }: Taken,
  directory = RESTORED,
): ReturnType<typeof restoreSnapshot> {
  return restoreSnapshot({ fileSystem: disk, clock, snapshotPath: path, directory });
}

describe("a restore", () => {
  it("makes a store with the keys of the snapshot, at its revision, under a new history", async () => {
    const taken = await takeSnapshot();
    const result = await restore(taken);
    expect(result).to.include({ keyCount: 3, revision: taken.snapshotRevision });
    const before = await readManifest(taken.disk, DATA_DIRECTORY);
    const after = await readManifest(taken.disk, RESTORED);
    expect(after?.historyId).to.equal(result.historyId).and.not.to.equal(before?.historyId);
    expect(after?.storeId).not.to.deep.equal(before?.storeId);

    const bench = await openEngine({
      disk: taken.disk,
      manualClock: taken.clock,
      directory: RESTORED,
    });
    const { engine } = bench;
    expect(engine.durableRevision).to.equal(taken.snapshotRevision);
    expect(engine.feedFloor).to.equal(taken.snapshotRevision + 1);
    const values = ["a", "b", "c", "d", "e"].map((key) => read(bench, key));
    expect(await Promise.all(values)).to.deep.equal([
      "second a",
      undefined,
      "first c",
      "expires",
      undefined,
    ]);
    expect(engine.lookup(Buffer.from("a"))).to.include({
      revision: 4,
      createRevision: 1,
      version: 2,
    });
    expect(engine.deadlines.size).to.equal(1);
    expect(await commit(bench, setChange("f", "goes on"))).to.equal(taken.snapshotRevision + 1);
    await engine.close();
  });

  it("goes on from the time of the snapshot, though the clock is behind", async () => {
    const taken = await takeSnapshot();
    const snapshotMs = taken.clock.wallMs();
    taken.clock.stepWall(-3_600_000);
    await restore(taken);
    const { engine } = await openEngine({ disk: taken.disk, directory: RESTORED });
    expect(engine.recoveredTimeMs).to.equal(snapshotMs);
    await engine.close();
  });

  it("keeps to the time of the snapshot where the clock was reset before it", async () => {
    const bench = await openEngine();
    bench.clock.stepWall(YEAR_MS);
    await commit(bench, setChange("a", "written by a wrong clock"));
    await bench.engine.close();
    bench.clock.stepWall(-YEAR_MS);
    const repaired = await openEngine({ disk: bench.disk, manualClock: bench.clock });
    await repaired.engine.resetTimeMark(bench.clock.wallMs());
    bench.clock.stepWall(1000);
    const { snapshotId } = await repaired.engine.createSnapshot();
    await repaired.engine.close();
    const path = `${DATA_DIRECTORY}/snapshots/${snapshotId}.snapshot`;
    await restore({ ...repaired, path, snapshotRevision: 1 });
    const restored = await openEngine({ disk: bench.disk, directory: RESTORED });
    expect(restored.engine.recoveredTimeMs).to.equal(bench.clock.wallMs());
    bench.clock.stepWall(1000);
    await commit({ ...restored, clock: bench.clock }, setChange("b", "written by a right one"));
    await restored.engine.close();
    const again = await openEngine({ disk: bench.disk, directory: RESTORED });
    expect(again.engine.recoveredTimeMs).to.equal(bench.clock.wallMs());
    await again.engine.close();
  });

  it("refuses a directory with a store in it, or with anything else", async () => {
    const taken = await takeSnapshot();
    const files = taken.disk.files();
    const error = await kvRejectionOf(restore(taken, DATA_DIRECTORY), "STORE_EXISTS");
    expect(error.message).to.include(DATA_DIRECTORY).and.to.include("MANIFEST");
    expect(taken.disk.files()).to.deep.equal(files);
    await taken.disk.makeDirectory("/other");
    await (await taken.disk.open("/other/notes.txt", "create")).close();
    await kvRejectionOf(restore(taken, "/other"), "STORE_EXISTS");
    expect(taken.disk.files()).to.include("/other/notes.txt");
  });

  it("refuses a directory that another process works in", async () => {
    const taken = await takeSnapshot();
    await taken.disk.makeDirectory(RESTORED);
    const lock = await taken.disk.lock(`${RESTORED}/LOCK`);
    await kvRejectionOf(restore(taken), "STORE_LOCKED");
    await lock?.release();
    await restore(taken);
  });

  it("refuses a damaged snapshot, leaves no store, and can be begun again", async () => {
    const taken = await takeSnapshot();
    const bytes = taken.disk.peek(taken.path);
    for (let at = 3; at < bytes.length; at += 7) {
      taken.disk.poke(taken.path, Buffer.from([bytes.readUInt8(at) ^ 0x10]), at);
      const error = await kvRejectionOf(restore(taken), "CORRUPT");
      expect(error.metadata.offset, `byte ${String(at)}`).to.be.within(0, bytes.length);
      expect(await readManifest(taken.disk, RESTORED)).to.equal(undefined);
      taken.disk.poke(taken.path, bytes.subarray(at, at + 1), at);
    }
    expect(taken.disk.openFileCount).to.equal(0);
    expect((await restore(taken)).keyCount).to.equal(3);
  });

  it("refuses a snapshot that was cut, and one that is none", async () => {
    const taken = await takeSnapshot();
    const bytes = taken.disk.peek(taken.path);
    for (const size of [bytes.length - 1, bytes.length - 64, 70, 64, 63, 1, 0]) {
      taken.disk.resize(taken.path, size);
      await kvRejectionOf(restore(taken), "CORRUPT");
    }
    await kvRejectionOf(restore({ ...taken, path: `${DATA_DIRECTORY}/MANIFEST` }), "CORRUPT");
    const absent = await rejectionOf(restore({ ...taken, path: "/absent.snapshot" }));
    expect(absent).to.have.property("code", "ENOENT");
  });

  it("leaves no store when the disk is full, and can be begun again", async () => {
    const taken = await takeSnapshot();
    taken.disk.capacityBytes = taken.disk.usedBytes + 512;
    const error = await rejectionOf(restore(taken));
    expect(error).to.have.property("code").that.is.oneOf(["ENOSPC", "NO_SPACE"]);
    expect(await readManifest(taken.disk, RESTORED)).to.equal(undefined);
    taken.disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect((await restore(taken)).keyCount).to.equal(3);
  });

  it("writes many segments, and holds one of them open at a time", async () => {
    let openCount = 0;
    const disk: CrashDisk = new CrashDisk({
      pace: () => {
        openCount = Math.max(openCount, disk.openFileCount);
        return settle(1);
      },
    });
    const bench = await openEngine({ disk });
    const names = Array.from({ length: 20 }, (_, at) => `key-${String(at)}`);
    for (const name of names) await commit(bench, setChange(name, name.padEnd(900)));
    const { snapshotId } = await bench.engine.createSnapshot();
    await bench.engine.close();
    openCount = 0;
    const options = { fileSystem: disk, clock: bench.clock, directory: RESTORED };
    const snapshotPath = `${DATA_DIRECTORY}/snapshots/${snapshotId}.snapshot`;
    await restoreSnapshot({ ...options, snapshotPath, segmentBytes: 4096 });
    expect(openCount, "the snapshot and a segment").to.equal(2);
    const manifest = await readManifest(disk, RESTORED);
    expect(manifest?.segments.length).to.equal(4);
    const restored = await openEngine({ disk, directory: RESTORED });
    for (const name of names) expect(await read(restored, name)).to.equal(name.padEnd(900));
    await restored.engine.close();
  });

  it("leaves no segment where a full one was written already", async () => {
    const taken = await takeSnapshot();
    const bytes = taken.disk.peek(taken.path);
    taken.disk.poke(
      taken.path,
      Buffer.from([bytes.readUInt8(bytes.length - 1) ^ 1]),
      bytes.length - 1,
    );
    const options = { fileSystem: taken.disk, clock: taken.clock, directory: RESTORED };
    const restored = restoreSnapshot({ ...options, snapshotPath: taken.path, segmentBytes: 100 });
    await kvRejectionOf(restored, "CORRUPT");
    expect(await taken.disk.list(`${RESTORED}/segments`)).to.deep.equal([]);
    expect(taken.disk.openFileCount).to.equal(0);
  });

  it("of an empty snapshot makes an empty store", async () => {
    const bench = await openEngine();
    const { snapshotId } = await bench.engine.createSnapshot();
    await bench.engine.close();
    const path = `${DATA_DIRECTORY}/snapshots/${snapshotId}.snapshot`;
    const result = await restore({ ...bench, path, snapshotRevision: 0 });
    expect(result).to.include({ keyCount: 0, revision: revision(0) });
    const { engine } = await openEngine({ disk: bench.disk, directory: RESTORED });
    expect(engine.status().keyCount).to.equal(0);
    await engine.close();
  });
});
