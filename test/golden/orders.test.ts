/** In which order the disk is asked to create, write, sync, rename and unlink: what a power cut depends on. */

import { expect } from "chai";

import { present } from "../../src/base/index.js";
import { restoreSnapshot } from "../../src/kv/index.js";
import { ManifestFile, readManifest } from "../../src/log/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import type { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { expectGoldenText } from "./golden-file.js";
import { TracedStore } from "./traced-store.js";

const VALUE = "v".repeat(1000);

async function opened(options: { readonly retentionMs?: number } = {}): Promise<TracedStore> {
  const traced = new TracedStore(options);
  await traced.open();
  return traced;
}

async function setMany(traced: TracedStore, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    await traced.store.set(setOf(`key-${String(at % 4)}`, VALUE), PATIENT);
  }
}

/** The disk right after the step with which its manifest retired a segment. */
async function diskWithRetired(disk: CrashDisk, fromStep: number): Promise<CrashDisk> {
  for (let step = fromStep; step <= disk.stepCount; step += 1) {
    const left = disk.crashAt(step, NOTHING_LOST);
    const manifest = await readManifest(left, DATA_DIRECTORY);
    if (manifest?.segments.some(({ state }) => state === "retired") === true) return left;
  }
  throw new Error("no segment was retired");
}

describe("the order of what the disk is asked", () => {
  it("at the first start", async () => {
    const traced = new TracedStore();
    expectGoldenText("orders/first-start.txt", await traced.orderOf(() => traced.open()));
    await traced.store.close();
  });

  it("of a commit, and of the mark that follows when nothing else does", async () => {
    const traced = await opened();
    const order = await traced.orderOf(() => traced.store.set(setOf("key", "value"), PATIENT));
    expectGoldenText("orders/commit.txt", order);
    expectGoldenText("orders/mark.txt", await traced.orderOf(() => traced.clock.advance(10)));
    await traced.store.close();
  });

  it("of commits that arrive together", async () => {
    const traced = await opened();
    const order = await traced.orderOf(() =>
      Promise.all(["a", "b", "c"].map((key) => traced.store.set(setOf(key, "value"), PATIENT))),
    );
    expectGoldenText("orders/commits-together.txt", order);
    await traced.store.close();
  });

  it("of a rotation", async () => {
    const traced = await opened();
    await setMany(traced, 7);
    expectGoldenText("orders/rotation.txt", await traced.orderOf(() => setMany(traced, 1)));
    await traced.store.close();
  });

  it("of a compaction", async () => {
    const traced = await opened({ retentionMs: 0 });
    await setMany(traced, 8);
    const order = await traced.orderOf(() => traced.store.compact(PATIENT));
    expectGoldenText("orders/compaction.txt", order);
    await traced.store.close();
  });

  it("of a snapshot, and of its removal", async () => {
    const traced = await opened();
    await setMany(traced, 3);
    let snapshotId = "";
    const order = await traced.orderOf(async () => {
      ({ snapshotId } = await traced.store.snapshot(PATIENT));
    });
    expectGoldenText("orders/snapshot.txt", order);
    const removal = await traced.orderOf(() => traced.store.deleteSnapshot(snapshotId));
    expectGoldenText("orders/snapshot-removal.txt", removal);
    await traced.store.close();
  });

  it("of a clean stop, and of the start after it", async () => {
    const traced = await opened();
    await setMany(traced, 2);
    expectGoldenText("orders/clean-stop.txt", await traced.orderOf(() => traced.store.close()));
    expectGoldenText("orders/start.txt", await traced.orderOf(() => traced.open()));
    await traced.store.close();
  });

  it("of a recovery that copies a tail", async () => {
    const traced = await opened();
    await setMany(traced, 2);
    await traced.quiet();
    const again = new TracedStore({ disk: traced.disk.crash(NOTHING_LOST) });
    expectGoldenText("orders/recovery.txt", await again.orderOf(() => again.open()));
    expect(await valueOf(again.store, "key-1")).to.equal(VALUE);
    await again.store.close();
  });

  it("of a checkpoint, and of one after which an older one goes", async () => {
    const traced = await opened();
    const checkpointed = async (): Promise<string> => {
      // More of the log than a checkpoint is worth, and the mark behind it; then the period.
      await setMany(traced, 12);
      await traced.clock.advance(10);
      return traced.orderOf(() => traced.clock.advance(100));
    };
    expectGoldenText("orders/checkpoint.txt", await checkpointed());
    await checkpointed();
    expectGoldenText("orders/checkpoint-after-two.txt", await checkpointed());
    await traced.store.close();
  });

  it("of a swap of the manifest", async () => {
    const traced = await opened();
    await traced.store.close();
    const { disk } = traced;
    const found = present(await readManifest(disk, DATA_DIRECTORY), "a manifest");
    const manifest = new ManifestFile(disk, DATA_DIRECTORY, found);
    const order = await traced.orderOf(() => manifest.swap((current) => current));
    expectGoldenText("orders/manifest-swap.txt", order);
    expect(disk.files()).to.include(`${DATA_DIRECTORY}/MANIFEST`);
  });

  it("of a start that finishes what a compaction had begun", async () => {
    const traced = await opened({ retentionMs: 0 });
    await setMany(traced, 8);
    const before = traced.disk.stepCount;
    await traced.store.compact(PATIENT);
    await traced.store.close();
    const again = new TracedStore({ disk: await diskWithRetired(traced.disk, before) });
    expectGoldenText("orders/start-with-retired.txt", await again.orderOf(() => again.open()));
    expect(await valueOf(again.store, "key-1")).to.equal(VALUE);
    await again.store.close();
  });

  it("of a restore", async () => {
    const traced = await opened();
    await traced.store.set(setOf("key", "value"), PATIENT);
    const { snapshotId } = await traced.store.snapshot(PATIENT);
    await traced.store.close();
    const order = await traced.orderOf(() =>
      restoreSnapshot({
        fileSystem: traced.disk,
        clock: traced.clock,
        snapshotPath: `${DATA_DIRECTORY}/snapshots/${snapshotId}.snapshot`,
        directory: "/restored",
      }),
    );
    expectGoldenText("orders/restore.txt", order);
    expect((await traced.disk.list("/restored/segments")).length).to.equal(1);
  });

  it("shows a difference", async () => {
    const traced = await opened();
    const order = await traced.orderOf(() =>
      traced.store.delete({ key: bytes("absent") }, PATIENT),
    );
    expect(order.trim()).to.equal("");
    await traced.store.close();
  });
});
