/** Compaction gives space back and changes nothing that anyone could read, now or after a restart. */

import { expect } from "chai";

import { readManifest } from "../../src/log/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import {
  commit,
  deleteChange,
  openEngine,
  read,
  setChange,
  type EngineBench,
  type EngineBenchOptions,
} from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { settle } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { kvRejectionOf } from "../support/rejection.js";

const VALUE = "v".repeat(900);
const NAMES = Array.from({ length: 10 }, (_, at) => `key-${String(at)}`);

/** Writes every key so many times, so that all but the last values are dead. */
async function overwrite(bench: EngineBench, rounds: number): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of NAMES) await commit(bench, setChange(name, `${String(round)} ${VALUE}`));
  }
}

async function expectValues(bench: EngineBench, round: number): Promise<void> {
  for (const name of NAMES) {
    expect(await read(bench, name), name).to.equal(`${String(round)} ${VALUE}`);
  }
}

const segmentFiles = ({ disk }: EngineBench): string[] =>
  disk.files().filter((path) => path.endsWith(".seg"));

const states = async ({ disk }: EngineBench): Promise<string[]> => {
  const manifest = await readManifest(disk, DATA_DIRECTORY);
  return (manifest?.segments ?? []).map(({ kind, state }) => `${state} ${kind}`);
};

async function reopened(bench: EngineBench): Promise<EngineBench> {
  await bench.engine.close();
  return openEngine({ disk: bench.disk, manualClock: bench.clock });
}

const YEAR_MS = 365 * 24 * 3_600_000;
const MINUTE_MS = 60_000;

/** A store whose segments a clock that was a year ahead has stamped, and that was reset since. */
async function afterClockReset(options: EngineBenchOptions): Promise<EngineBench> {
  const bench = await openEngine(options);
  bench.clock.stepWall(YEAR_MS);
  await overwrite(bench, 5);
  await bench.engine.close();
  bench.clock.stepWall(-YEAR_MS);
  const repaired = await openEngine({ ...options, disk: bench.disk, manualClock: bench.clock });
  await repaired.engine.resetTimeMark(bench.clock.wallMs());
  await repaired.engine.close();
  return openEngine({ ...options, disk: bench.disk, manualClock: bench.clock });
}

describe("compaction", () => {
  it("drops what is dead, counts it, and keeps every value", async () => {
    const bench = await openEngine();
    await overwrite(bench, 5);
    const before = bench.engine.status();
    const result = await bench.engine.compact(0);
    const after = bench.engine.status();
    expect(result.dropped).to.deep.equal({ sets: 40, tombstones: 0, replies: 0 });
    // It counts from when the active segment was sealed, which gave back its unused end.
    expect(result.bytesBefore).to.be.within(before.diskBytes - 8192, before.diskBytes);
    expect(result.bytesAfter).to.equal(after.diskBytes);
    expect(after.liveBytes).to.equal(before.liveBytes);
    // Beside the live bytes there is only the active segment, and the ends of the others.
    expect(after.diskBytes).to.be.lessThan(after.liveBytes + 8192 + 1024);
    await expectValues(bench, 5);
    const again = await reopened(bench);
    await expectValues(again, 5);
    await again.engine.close();
  });

  it("keeps for its time, and no longer, what a clock that was reset since has stamped", async () => {
    const bench = await afterClockReset({ retentionMs: 10 * MINUTE_MS });
    bench.clock.pass(9 * MINUTE_MS);
    expect((await bench.engine.compact(0)).dropped.sets).to.equal(0);
    bench.clock.pass(2 * MINUTE_MS);
    expect((await bench.engine.compact(0)).dropped.sets).to.be.greaterThan(0);
    await expectValues(bench, 5);
    await bench.engine.close();
  });

  it("has nothing left to do the second time", async () => {
    const bench = await openEngine();
    await overwrite(bench, 2);
    await bench.engine.compact(0);
    await settle();
    const { length } = bench.disk.trace;
    const result = await bench.engine.compact(0);
    expect(result.dropped).to.deep.equal({ sets: 0, tombstones: 0, replies: 0 });
    expect(bench.disk.trace.slice(length)).to.deep.equal([]);
    await bench.engine.close();
  });

  it("drops tombstones with the values that they ended", async () => {
    const bench = await openEngine();
    await overwrite(bench, 1);
    for (const name of NAMES) await commit(bench, deleteChange(name));
    const result = await bench.engine.compact(0);
    expect(result.dropped).to.deep.equal({ sets: 10, tombstones: 10, replies: 0 });
    expect(bench.engine.status().liveBytes).to.equal(0);
    const again = await reopened(bench);
    expect(again.engine.status().keyCount).to.equal(0);
    expect(again.engine.durableRevision).to.equal(20);
    await again.engine.close();
  });

  it("keeps tombstones while a segment that it cannot read holds older values", async () => {
    const bench = await openEngine();
    await overwrite(bench, 1);
    const [path = ""] = segmentFiles(bench);
    const bytes = bench.disk.peek(path);
    for (const name of NAMES) await commit(bench, deleteChange(name));
    bench.disk.poke(path, Buffer.from([bytes.readUInt8(500) ^ 1]), 500);
    const result = await bench.engine.compact(0);
    expect(result.damagedSegments).to.equal(1);
    // The others are compacted all the same.
    expect(result.dropped.sets).to.be.greaterThan(0);
    expect(result.dropped.tombstones).to.equal(0);
    expect(bench.engine.damages).to.have.lengthOf(1);
    expect(segmentFiles(bench)).to.include(path);
    await bench.engine.close();
    // Put right again, the old values are there, and must stay dead.
    bench.disk.poke(path, bytes.subarray(500, 501), 500);
    const again = await openEngine({ disk: bench.disk });
    expect(again.engine.status().keyCount).to.equal(0);
    await again.engine.close();
  });

  it("keeps retired files for a view that can reach them, and removes them after", async () => {
    const bench = await openEngine();
    await overwrite(bench, 2);
    const view = bench.engine.pin();
    const old = segmentFiles(bench);
    await overwrite(bench, 1);
    await bench.engine.compact(0);
    expect(await states(bench)).to.include("retired log");
    expect(segmentFiles(bench)).to.include.members(old);
    for (const [key, entry] of view.walk({ isDescending: false })) {
      expect((await bench.engine.read(key, entry)).value.toString()).to.equal(`2 ${VALUE}`);
    }
    view.release();
    // Everything that was retired is removed before the next compaction returns.
    await bench.engine.compact(0);
    expect(await states(bench)).not.to.include("retired log");
    expect(segmentFiles(bench)).not.to.include(old[0]);
    await bench.engine.close();
  });

  it("leaves retired files to the next start when the process is killed", async () => {
    const bench = await openEngine();
    await overwrite(bench, 2);
    bench.engine.pin();
    const old = segmentFiles(bench);
    await bench.engine.compact(0);
    const again = await openEngine({ disk: bench.disk.crash(NOTHING_LOST) });
    expect(await states(again)).not.to.include("retired log");
    expect(segmentFiles(again)).not.to.include(old[0]);
    await expectValues(again, 2);
    await again.engine.close();
  });

  it("leaves alone what followers may resume from", async () => {
    const bench = await openEngine({ retentionMs: 60_000 });
    await overwrite(bench, 3);
    expect((await bench.engine.compact(0)).dropped.sets).to.equal(0);
    expect(bench.engine.feedFloor).to.equal(1);
    bench.clock.pass(60_000);
    expect((await bench.engine.compact(0)).dropped.sets).to.equal(20);
    // Up to the last segment with anything dead in it.
    expect(bench.engine.feedFloor).to.be.within(21, 31);
    await bench.engine.close();
  });

  it("that finds the disk full while it copies leaves everything as it was", async () => {
    const bench = await openEngine();
    await overwrite(bench, 2);
    const files = segmentFiles(bench);
    const fault = { verbs: ["write"], path: /seg\.tmp|spare-comp/, code: "ENOSPC" } as const;
    const recovered = bench.disk.addFault({ ...fault, lasts: "for-good" });
    await kvRejectionOf(bench.engine.compact(0.1), "NO_SPACE");
    expect(segmentFiles(bench)).to.deep.equal(files);
    expect(bench.disk.files().filter((path) => path.endsWith(".seg.tmp"))).to.deep.equal([]);
    await expectValues(bench, 2);
    recovered();
    await bench.engine.compact(0);
    await expectValues(bench, 2);
    expect(bench.failures).to.deep.equal([]);
    await bench.engine.close();
  });

  it("gives a full disk its room back, out of the reserve", async () => {
    const bench = await openEngine();
    await overwrite(bench, 2);
    bench.disk.capacityBytes = bench.disk.usedBytes;
    await kvRejectionOf(overwrite(bench, 5), "NO_SPACE");
    await bench.engine.compact(0);
    await bench.clock.advance(16_000);
    await commit(bench, setChange("key-0", "room again"));
    expect(await read(bench, "key-0")).to.equal("room again");
    expect(bench.failures).to.deep.equal([]);
    await bench.engine.close();
  });

  it("takes the reserve and leaves none of it behind, though there was nothing to copy", async () => {
    const bench = await openEngine();
    await overwrite(bench, 2);
    bench.disk.capacityBytes = bench.disk.usedBytes;
    await kvRejectionOf(overwrite(bench, 5), "NO_SPACE");
    for (const name of NAMES) {
      const room = bench.engine.admit(100, "release");
      if (room !== undefined) throw new Error("the reserve is gone");
      await bench.engine.commit([deleteChange(name)], bench.clock.wallMs()).durable;
    }
    await bench.engine.compact(0);
    await bench.clock.advance(5000);
    await settle();
    const spares = bench.disk.files().flatMap((path) => /spare-([a-z-]+)-\d/.exec(path)?.[1] ?? []);
    expect(spares.sort()).to.deep.equal(["compaction-reserve", "ready", "removal-reserve"]);
    await bench.engine.close();
  });

  it("that cannot tell whether its manifest was swapped leaves what either manifest needs", async () => {
    for (const verb of ["rename", "sync-directory"] as const) {
      // A rotation and the raise of the floor are swaps too, and come first.
      for (const afterCalls of [0, 1, 2]) {
        const bench = await openEngine();
        await overwrite(bench, 5);
        const path = verb === "rename" ? /MANIFEST\.tmp$/ : /^\/data$/;
        bench.disk.addFault({ verbs: [verb], path, code: "EIO", afterCalls, lasts: "once" });
        const failed = await bench.engine.compact(0).then(
          () => false,
          () => true,
        );
        expect(failed, `${verb} ${String(afterCalls)}`).to.equal(true);
        const again = await openEngine({ disk: bench.disk.crash(NOTHING_LOST) });
        await expectValues(again, 5);
        await again.engine.close();
      }
    }
  });

  it("may be asked for again at any moment while one begins", async () => {
    for (let delay = 0; delay < 30; delay += 1) {
      const bench = await openEngine({ disk: new CrashDisk({ pace: () => settle(2) }) });
      await commit(bench, setChange("key", VALUE));
      const calls = [bench.engine.compact(0)];
      await settle(delay);
      calls.push(bench.engine.compact(0), bench.engine.compact(0));
      await Promise.all(calls);
      expect(bench.failures, `after ${String(delay)} turns`).to.deep.equal([]);
      expect(await read(bench, "key")).to.equal(VALUE);
      await bench.engine.close();
    }
  });

  it("waits for a descriptor to read what it wrote, once the manifest lists that", async () => {
    let doneCount = 0;
    for (let afterCalls = 0; afterCalls < 10; afterCalls += 1) {
      const bench = await openEngine();
      await overwrite(bench, 3);
      const fault = { verbs: ["open-read"], path: /\.seg$/, code: "EMFILE" } as const;
      const disarm = bench.disk.addFault({ ...fault, afterCalls, lasts: "once" });
      const over = new AbortController();
      const compacted = bench.engine.compact(0).then(
        () => (doneCount += 1),
        () => undefined,
      );
      void compacted.then(() => {
        over.abort();
      });
      while (!over.signal.aborted) {
        await settle();
        await bench.clock.advance(100);
      }
      disarm();
      expect(bench.failures, `the open after ${String(afterCalls)}`).to.deep.equal([]);
      await expectValues(bench, 3);
      await bench.engine.close();
    }
    expect(doneCount, "compactions that came to their end").to.be.at.least(2);
  });

  it("ends soon when the store is closed, and leaves nothing half done", async () => {
    const bench = await openEngine({ compactionBytesPerSecond: 1 });
    for (let round = 0; round < 40; round += 1) await overwrite(bench, 1);
    const compacting = kvRejectionOf(bench.engine.compact(0.1), "DRAINING");
    await bench.engine.close();
    await compacting;
    expect(bench.disk.files().filter((path) => path.endsWith(".tmp"))).to.deep.equal([]);
    expect(bench.disk.openFileCount).to.equal(0);
    const again = await openEngine({ disk: bench.disk });
    await expectValues(again, 1);
    await again.engine.close();
  });
});
