/** Rules of recovery and failure, as seen from outside: what is written when, and what is said of it. */

import { expect } from "chai";

import { KIB } from "../../src/base/index.js";
import { NodeFileSystem } from "../../src/disk/index.js";
import { openLocalStore, type Store } from "../../src/kv/index.js";
import { readManifest, SEGMENT_HEADER_BYTES } from "../../src/log/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { commit, openEngine, read, setChange, type EngineBench } from "../support/engine.js";
import { DATA_DIRECTORY, openOnDisk, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";
import { NOTHING_LOST, type Loss } from "../support/power-cut.js";
import { kvRejectionOf, rejectionOf } from "../support/rejection.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";

/** What is copied lies in the first segments; of the others most is dead. */
async function overwritten(): Promise<EngineBench> {
  const bench = await openEngine();
  for (const name of ["first", "second"]) await commit(bench, setChange(name, "stays"));
  for (let index = 0; index < 60; index += 1) {
    await commit(bench, setChange(`key ${String(index % 10)}`, "v".repeat(600)));
  }
  return bench;
}

const EVERYTHING_LOST: Loss = { way: { bytes: "drop", names: "drop" }, seed: 0 };

describe("rule 1: a reply comes after the sync of the segment and of its directory", () => {
  it("rule 1: what was acknowledged outlives a cut in the same moment, over many segments", async () => {
    const disk = new CrashDisk();
    const clock = new ManualClock();
    const store = await openOnDisk(disk, clock);
    for (let index = 0; index < 60; index += 1) {
      const value = `value ${String(index)}`.padEnd(600, ".");
      await store.set(setOf("key", value), PATIENT);
      const left = disk.crashAt(disk.stepCount, EVERYTHING_LOST);
      const reopened = await openOnDisk(left, new ManualClock(clock.wallMs()));
      expect(await valueOf(reopened, "key")).to.equal(value);
      left.stopAfterCalls(0);
    }
    expect(disk.files().filter((path) => path.endsWith(".seg")).length).to.be.greaterThan(3);
  });

  it("rule 1: a segment is listed before its first batch, after each step", async () => {
    const disk = new CrashDisk();
    const bench = await openEngine({ disk });
    for (let index = 0; index < 40; index += 1) {
      await commit(bench, setChange("key", "v".repeat(600)));
    }
    let seen = 0;
    for (let step = 0; step <= disk.stepCount; step += 1) {
      const left = disk.crashAt(step, NOTHING_LOST);
      for (const path of left.files().filter((name) => /segments\/\d+\.seg/.test(name))) {
        const content = left.peek(path);
        if (content.subarray(SEGMENT_HEADER_BYTES).every((byte) => byte === 0)) continue;
        const manifest = await readManifest(left, DATA_DIRECTORY);
        const id = Number(/(\d+)\.seg/.exec(path)?.[1]);
        expect(manifest?.segments.map((segment) => Number(segment.id))).to.include(id);
        seen += 1;
      }
    }
    expect(seen, "moments with a batch in a segment").to.be.greaterThan(40);
  }).timeout(30_000);
});

describe("rule 2: an error from the log, the manifest or their directories ends the right to write", () => {
  const FAULTS = [
    { what: "a write of the log", verbs: ["write"], path: /segments/ },
    { what: "a rename of the manifest", verbs: ["rename"], path: /MANIFEST/ },
    { what: "a sync of the manifest", verbs: ["sync"], path: /MANIFEST/ },
    { what: "a sync of the segments' directory", verbs: ["sync-directory"], path: /segments$/ },
    { what: "a sync of the manifest's directory", verbs: ["sync-directory"], path: /data$/ },
  ] as const;
  // A disk may find out in a sync that it is full.
  const CASES = FAULTS.flatMap((fault) =>
    (["EIO", "ENOSPC", "EDQUOT"] as const).map((code) => ({ ...fault, code })),
  );
  for (const { what, ...fault } of CASES) {
    it(`rule 2: ${fault.code} in ${what}: STORAGE_FAILED, and nothing is synced again`, async () => {
      const bench = await openEngine();
      await commit(bench, setChange("key", "before"));
      await settle(100);
      bench.disk.addFault({ ...fault, lasts: "once" });
      let failure: unknown;
      for (let count = 0; count < 60 && failure === undefined; count += 1) {
        await commit(bench, setChange("key", "v".repeat(600))).catch((error: unknown) => {
          failure = error;
        });
      }
      expect(failure).to.have.property("code", "STORAGE_FAILED");
      expect(bench.failures, "whoever runs the process is told, once").to.have.lengthOf(1);
      await settle(100);
      const { trace } = bench.disk;
      const before = trace.length;
      expect(await rejectionOf(commit(bench, setChange("key", "later")))).to.have.property(
        "code",
        "STORAGE_FAILED",
      );
      await bench.engine.close().catch(() => undefined);
      await settle(100);
      expect(trace.slice(before).filter((line) => /^(sync|write|rename)/.test(line))).to.deep.equal(
        [],
      );
    });
  }

  it("rule 2: so does a sync of the segments' directory that compaction made, at any place", async () => {
    const syncsIn = (lines: readonly string[]): number =>
      lines.filter((line) => /^sync-directory .*segments$/.test(line)).length;
    const trial = await overwritten();
    await settle(200);
    const start = trial.disk.trace.length;
    await trial.engine.compact(0.1);
    const syncCount = syncsIn(trial.disk.trace.slice(start));
    expect(syncCount, "for the outputs, their names and the inputs that are gone").to.be.at.least(
      3,
    );
    for (const code of ["EIO", "ENOSPC"]) {
      for (let afterCalls = 0; afterCalls < syncCount; afterCalls += 1) {
        const { disk, engine, failures } = await overwritten();
        await settle(200);
        const fault = { verbs: ["sync-directory"], path: /segments$/, lasts: "once" } as const;
        disk.addFault({ ...fault, code, afterCalls });
        const isLast = afterCalls === syncCount - 1;
        const compacting = engine.compact(0.1);
        if (isLast) await compacting;
        else await kvRejectionOf(compacting, "STORAGE_FAILED");
        await settle(100);
        expect(failures, `${code}, sync ${String(afterCalls)}`).to.have.lengthOf(1);
        const before = disk.trace.length;
        await engine.compact(0).catch(() => undefined);
        await engine.close();
        await settle(100);
        const after = disk.trace.slice(before);
        expect(after.filter((line) => /^(sync|write|rename)/.test(line))).to.deep.equal([]);
      }
    }
  });

  it("rule 2: a snapshot or a checkpoint that fails is discarded, and writes go on", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("key", "value"));
    for (const path of [/snapshots/, /checkpoints/]) {
      bench.disk.addFault({ verbs: ["sync"], path, code: "EIO", lasts: "once" });
    }
    await rejectionOf(bench.engine.createSnapshot());
    await rejectionOf(bench.engine.createCheckpoint());
    const left = bench.disk.files().filter((path) => /(snapshot|checkpoint)s\//.test(path));
    expect(left).to.deep.equal([]);
    await commit(bench, setChange("key", "later"));
    expect(await read(bench, "key")).to.equal("later");
    expect(bench.failures).to.deep.equal([]);
    await bench.engine.close();
  });
});

describe("rule 8: without room for a further segment writes are refused before anything is applied", () => {
  it("rule 8: reads and deletes go on, and writes resume by themselves when there is room", async () => {
    const disk = new CrashDisk();
    const clock = new ManualClock();
    const store = await openOnDisk(disk, clock);
    disk.capacityBytes = 100 * KIB;
    const value = "v".repeat(900);
    let index = 0;
    let refusal: unknown;
    for (; refusal === undefined && index < 400; index += 1) {
      await store.set(setOf(`key ${String(index)}`, value), PATIENT).catch((error: unknown) => {
        refusal = error;
      });
    }
    expect(refusal).to.include({ code: "NO_SPACE" });
    expect(refusal).to.have.property("retryAfterMs").that.is.greaterThan(0);
    const refused = `key ${String(index - 1)}`;
    const { revision } = await store.status();
    expect(await valueOf(store, refused), "it was not applied").to.equal(undefined);
    expect(await valueOf(store, "key 0")).to.equal(value);
    const deleted = await store.delete({ key: bytes("key 0") }, PATIENT);
    expect(deleted).to.include({ deleted: true, revision: revision + 1 });
    expect((await store.status()).alarms.map((alarm) => alarm.kind)).to.include("no-space");
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await clock.advance(20_000);
    await store.set(setOf(refused, value), PATIENT);
    expect((await store.status()).alarms.map((alarm) => alarm.kind)).not.to.include("no-space");
    const reopened = await openOnDisk(disk.crash(EVERYTHING_LOST), new ManualClock());
    expect(await valueOf(reopened, refused)).to.equal(value);
    expect(await valueOf(reopened, "key 0")).to.equal(undefined);
  });
});

describe("rule 7: new files are synced and named durably before old ones are unlinked", () => {
  it("rule 7: write, sync, rename, sync the directory, unlink, sync the directory: in a compaction", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("stays", "value"));
    for (let index = 0; index < 40; index += 1) {
      await commit(bench, setChange(`key ${String(index % 10)}`, "v".repeat(600)));
    }
    await settle(200);
    const start = bench.disk.trace.length;
    await bench.engine.compact(0);
    await settle(200);
    const lines = bench.disk.trace.slice(start);
    const at = (pattern: RegExp, from = 0): number => {
      const index = lines.findIndex((line, each) => each >= from && pattern.test(line));
      expect(index, `${String(pattern)} after line ${String(from)}`).to.be.at.least(from);
      return index;
    };
    const unlink = at(/^unlink .*segments\/\d+\.seg$/);
    const output = /segments\/\d+\.seg/.exec(lines[at(/^create .*\.seg\.tmp$/)] ?? "")?.[0] ?? "";
    const synced = at(new RegExp(`^sync .*${output}\\.tmp$`));
    const named = at(/^sync-directory .*segments$/, synced);
    const manifestSynced = at(/^sync .*MANIFEST\.tmp$/, named);
    const swapped = at(/^rename .*MANIFEST\.tmp/, manifestSynced);
    const swapDurable = at(/^sync-directory .*data$/, swapped);
    const published = at(new RegExp(`^rename .*${output}\\.tmp`), swapDurable);
    const publishedDurable = at(/^sync-directory .*segments$/, published);
    expect(unlink).to.be.greaterThan(publishedDurable);
    const gone = lines.findLastIndex((line) => line.startsWith("unlink") && line.endsWith(".seg"));
    at(/^sync-directory .*segments$/, gone);
    await bench.engine.close();
  });
});

describe("rule 10: compaction that meets damage leaves that segment alone and goes on with others", () => {
  it("rule 10: the damaged file stays, the others shrink, and there is an alarm", async () => {
    const bench = await overwritten();
    const [first = ""] = bench.disk.files().filter((path) => path.endsWith(".seg"));
    const at = bench.disk.peek(first).lastIndexOf("vvvv");
    bench.disk.poke(first, Buffer.from("X"), at);
    const result = await bench.engine.compact(0);
    expect(result.damagedSegments).to.equal(1);
    expect(result.segmentsAfter).to.be.lessThan(result.segmentsBefore);
    expect(bench.disk.files()).to.include(first);
    expect(bench.engine.damages).to.have.lengthOf(1);
    for (let index = 0; index < 10; index += 1) {
      expect(await read(bench, `key ${String(index)}`)).to.equal("v".repeat(600));
    }
    await bench.engine.close();
  });

  it("rule 10: on a full disk or a shutdown it removes its outputs", async () => {
    for (const end of ["full", "shutdown"] as const) {
      const bench = await overwritten();
      await settle(200);
      const before = bench.disk.files().filter((path) => path.endsWith(".seg"));
      if (end === "full") bench.disk.capacityBytes = bench.disk.usedBytes;
      const compacting = bench.engine.compact(0.1).catch((error: unknown) => error);
      if (end === "shutdown") await bench.engine.close();
      await compacting;
      await settle(200);
      const after = bench.disk.files();
      expect(
        after.filter((path) => path.endsWith(".seg.tmp")),
        end,
      ).to.deep.equal([]);
      const reopened = await openEngine({ disk: bench.disk.crash(NOTHING_LOST) });
      for (let index = 0; index < 10; index += 1) {
        expect(await read(reopened, `key ${String(index)}`)).to.equal("v".repeat(600));
      }
      await reopened.engine.close();
      expect(before.length).to.be.greaterThan(3);
    }
  });
});

describe("rule 12: one process at a time has a directory", () => {
  it("rule 12: a second is refused within a second, by name; after the first is gone it is let in", async () => {
    await withTemporaryDirectory(async (directory) => {
      const open = (): Promise<Store> => {
        const fileSystem = new NodeFileSystem();
        return openLocalStore(
          tinyStoreOptions({ fileSystem, directory, clock: new ManualClock() }),
        );
      };
      // The kernel tells two of one process apart as it does two processes.
      const store = await open();
      const startedMs = performance.now();
      const error = await kvRejectionOf(open(), "STORE_LOCKED");
      expect(performance.now() - startedMs).to.be.lessThan(1000);
      expect(error.message).to.include(directory);
      await store.close();
      await (await open()).close();
    });
  });
});
