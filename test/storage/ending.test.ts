/** How an engine ends: by a failure that nothing may follow, or by a close that waits for what is under way. */

import { expect } from "chai";

import type { FileSystem, File } from "../../src/disk/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import {
  commit,
  deleteChange,
  openEngine,
  read,
  setChange,
  type EngineBench,
} from "../support/engine.js";
import { settle } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";

const VALUE = "v".repeat(900);
const CALLS_TRIED = 14;

async function overwritten(): Promise<EngineBench> {
  const bench = await openEngine();
  for (let round = 0; round < 3; round += 1) {
    for (const key of ["kept", "a", "b", "c"]) await commit(bench, setChange(key, VALUE));
  }
  await settle(100);
  return bench;
}

/** A disk whose reads wait until they are let go. */
function gated(disk: CrashDisk): { readonly disk: CrashDisk; readonly letGo: () => void } {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const open = disk.open.bind(disk);
  disk.open = async (...parameters: Parameters<FileSystem["open"]>): Promise<File> => {
    const file = await open(...parameters);
    if (parameters[1] !== "read") return file;
    return {
      ...file,
      close: () => file.close(),
      sizeBytes: () => file.sizeBytes(),
      async read(into, offset) {
        await gate;
        return file.read(into, offset);
      },
    };
  };
  return { disk, letGo };
}

describe("the end of an engine", () => {
  for (const verb of ["rename", "sync-directory"] as const) {
    it(`never lets a deleted key come back when a compaction fails at a ${verb}`, async () => {
      for (let afterCalls = 0; afterCalls < CALLS_TRIED; afterCalls += 1) {
        const bench = await overwritten();
        const disarm = bench.disk.addFault({
          verbs: [verb],
          path: /segments/,
          code: "EIO",
          lasts: "once",
          afterCalls,
        });
        await bench.engine.compact(0).catch(() => undefined);
        const deleting = commit(bench, deleteChange("kept")).then(() =>
          commit(bench, setChange("a", VALUE)),
        );
        const isDeleted = await deleting.then(
          () => true,
          () => false,
        );
        disarm();
        await bench.engine.compact(0).catch(() => undefined);
        await bench.engine.close();
        const again = await openEngine({ disk: bench.disk });
        const value = await read(again, "kept");
        if (isDeleted) expect(value, `after ${String(afterCalls)} calls`).to.equal(undefined);
        await again.engine.close();
      }
    });
  }

  it("syncs nothing any more after a write that failed", async () => {
    const bench = await overwritten();
    bench.disk.addFault({
      verbs: ["write"],
      path: /segments/,
      code: "EIO",
      lasts: "once",
    });
    await kvRejectionOf(commit(bench, setChange("a", "lost")), "STORAGE_FAILED");
    expect(bench.failures).to.have.lengthOf(1);
    await settle(100);
    const before = bench.disk.trace.length;
    await bench.engine.compact(0).catch(() => undefined);
    await bench.clock.advance(60_000);
    const after = bench.disk.trace.slice(before);
    expect(after.filter((line) => /^(sync|durable)|MANIFEST/.test(line))).to.deep.equal([]);
    await bench.engine.close();
  });

  it("waits for the reads under way, and answers no later one", async () => {
    const { disk, letGo } = gated(new CrashDisk());
    const bench = await openEngine({ disk });
    await commit(bench, setChange("k", "value"));
    const entry = bench.engine.lookup(Buffer.from("k"));
    if (entry === undefined) throw new Error("the key is not there");
    const reading = bench.engine.read(Buffer.from("k"), entry);
    const closing = bench.engine.close();
    await settle(100);
    expect(await disk.lock("/data/LOCK"), "the lock while a read is under way").to.equal(undefined);
    letGo();
    expect((await reading).value.toString()).to.equal("value");
    await closing;
    await kvRejectionOf(bench.engine.read(Buffer.from("k"), entry), "DRAINING");
  });

  it("makes callers of Compact share a run that has not begun, and refuses a queue of snapshots", async () => {
    const bench = await overwritten();
    const runs = Array.from({ length: 50 }, () => bench.engine.compact(0));
    const results = await Promise.all(runs);
    expect(new Set(results.map((result) => result.durationMs)).size).to.be.below(4);
    const snapshots = Array.from({ length: 20 }, () => bench.engine.createSnapshot());
    const outcomes = await Promise.allSettled(snapshots);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).to.have.lengthOf(4);
    await bench.engine.close();
  });
});
