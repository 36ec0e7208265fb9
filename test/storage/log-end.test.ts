/**
 * Where the log ends after an unclean stop. What is bad above the durable revision was never
 * acknowledged and is cut; what is bad at or below it is damage, and nothing is changed then.
 */

import { expect } from "chai";

import { SILENT_LOGGER } from "../../src/base/index.js";
import { BATCH_HEADER_BYTES, readManifest, SEGMENT_HEADER_BYTES } from "../../src/log/index.js";
import { removeCheckpoints } from "../support/checkpoint-files.js";
import type { CrashDisk } from "../support/crash-disk.js";
import { commit, openEngine, read, setChange, type EngineBench } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { settle } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { kvRejectionOf } from "../support/rejection.js";

const SEGMENT = `${DATA_DIRECTORY}/segments/000000000001.seg`;
const VALUE = "v".repeat(100);
/** Each commit is a batch of one record with a key of one byte. */
const BATCH_BYTES = BATCH_HEADER_BYTES + 68 + 1 + VALUE.length;
const batchAt = (index: number): number => SEGMENT_HEADER_BYTES + index * BATCH_BYTES;

/** The disk of a store that was killed after three commits, the last one not vouched for by anything. */
async function killed(): Promise<CrashDisk> {
  const bench = await openEngine();
  for (const key of ["a", "b", "c"]) await commit(bench, setChange(key, VALUE));
  return bench.disk.crash(NOTHING_LOST);
}

/** As `killed`, but the log was idle before, so that a mark vouches for the last commit. */
async function killedWhenIdle(): Promise<CrashDisk> {
  const bench = await openEngine();
  for (const key of ["a", "b", "c"]) await commit(bench, setChange(key, VALUE));
  await settle();
  await bench.clock.advance(10);
  return bench.disk.crash(NOTHING_LOST);
}

function damage(disk: CrashDisk, offset: number): void {
  disk.poke(SEGMENT, Buffer.from([disk.peek(SEGMENT).readUInt8(offset) ^ 1]), offset);
}

async function keysOf(bench: EngineBench): Promise<string[]> {
  const found: string[] = [];
  for (const key of ["a", "b", "c"]) if ((await read(bench, key)) === VALUE) found.push(key);
  return found;
}

async function expectRefused(disk: CrashDisk, offset: number): Promise<void> {
  const before = new Map(disk.files().map((path) => [path, disk.peek(path).toString("hex")]));
  const error = await kvRejectionOf(openEngine({ disk }), "CORRUPT");
  expect(error.metadata.segment).to.equal("segments/000000000001.seg");
  expect(error.metadata.offset).to.equal(offset);
  for (const [path, bytes] of before) {
    if (path.endsWith(".tmp")) continue;
    expect(disk.peek(path).toString("hex"), path).to.equal(bytes);
  }
  expect(disk.openFileCount).to.equal(0);
}

describe("the end of the log", () => {
  it("is where zeros begin; what nothing vouches for is copied to a new segment", async () => {
    const disk = await killed();
    const bench = await openEngine({ disk });
    expect(await keysOf(bench)).to.deep.equal(["a", "b", "c"]);
    const manifest = await readManifest(disk, DATA_DIRECTORY);
    const [closed, active] = manifest?.segments ?? [];
    expect(closed).to.include({ state: "closed", endOffset: batchAt(2), isSealed: false });
    expect(active).to.include({ state: "active", baseRevision: 2 });
    await bench.engine.close();
    const again = await openEngine({ disk });
    expect(await keysOf(again)).to.deep.equal(["a", "b", "c"]);
    await again.engine.close();
  });

  it("is before a torn batch that nothing vouches for, and that is logged", async () => {
    for (const offset of [
      batchAt(2),
      batchAt(2) + 9,
      batchAt(2) + BATCH_HEADER_BYTES,
      batchAt(3) - 1,
    ]) {
      const disk = await killed();
      damage(disk, offset);
      const warnings: object[] = [];
      const logger = { ...SILENT_LOGGER, warn: (fields: object) => warnings.push(fields) };
      const bench = await openEngine({ disk, logger });
      expect(await keysOf(bench), String(offset)).to.deep.equal(["a", "b"]);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.include({ segment: "segments/000000000001.seg" });
      expect(await commit(bench, setChange("c", VALUE))).to.equal(3);
      await bench.engine.close();
      const again = await openEngine({ disk });
      expect(await keysOf(again)).to.deep.equal(["a", "b", "c"]);
      await again.engine.close();
    }
  });

  it("is not at a bad batch that a later header vouches for: that is damage", async () => {
    for (const index of [0, 1]) {
      const disk = await killed();
      damage(disk, batchAt(index) + 8);
      await expectRefused(disk, batchAt(index));
    }
    const disk = await killedWhenIdle();
    damage(disk, batchAt(2) + 8);
    await expectRefused(disk, batchAt(2));
  });

  it("is not at a bad batch that a footer vouches for: that is damage", async () => {
    // A busy log: no mark was written before the footer.
    const record = batchAt(2) + BATCH_HEADER_BYTES;
    for (const [offset, badAt] of [
      [batchAt(2), batchAt(2)],
      [batchAt(2) + 8, batchAt(2)],
      [batchAt(3) - 1, record],
    ] as const) {
      const bench = await openEngine();
      for (const key of ["a", "b", "c"]) await commit(bench, setChange(key, VALUE));
      bench.disk.addFault({ verbs: ["rename"], path: /MANIFEST/, code: "EIO", lasts: "for-good" });
      await bench.engine.close().catch(() => undefined);
      const disk = bench.disk.crash(NOTHING_LOST);
      damage(disk, offset);
      await expectRefused(disk, badAt);
    }
  });

  it("is not where zeros stand in place of what was durable", async () => {
    const disk = await killedWhenIdle();
    disk.poke(SEGMENT, Buffer.alloc(BATCH_BYTES), batchAt(2));
    await expectRefused(disk, batchAt(2));
  });

  it("is not before what the manifest calls durable", async () => {
    const bench = await openEngine();
    for (const key of ["a", "b", "c"]) await commit(bench, setChange(key, VALUE));
    await bench.engine.close();
    const disk = bench.disk.crash(NOTHING_LOST);
    disk.resize(SEGMENT, batchAt(3));
    await expectRefused(disk, batchAt(3));
  });

  it("is before a footer that was written, if the manifest was not swapped any more", async () => {
    const bench = await openEngine();
    for (const key of ["a", "b", "c"]) await commit(bench, setChange(key, VALUE));
    await settle();
    bench.disk.addFault({ verbs: ["rename"], path: /MANIFEST/, code: "EIO", lasts: "for-good" });
    await bench.engine.close().catch(() => undefined);
    const disk = bench.disk.crash(NOTHING_LOST);
    const again = await openEngine({ disk });
    expect(await keysOf(again)).to.deep.equal(["a", "b", "c"]);
    const manifest = await readManifest(disk, DATA_DIRECTORY);
    // The footer proves what lies before it, and nothing proves that the footer is on stable storage.
    const listed = { state: "closed", isSealed: false, endOffset: batchAt(3) };
    expect(manifest?.segments[0]).to.include(listed);
    await again.engine.close();
  });

  it("stays where it was put, whatever lies behind in the old segment", async () => {
    const disk = await killed();
    damage(disk, batchAt(2));
    await (await openEngine({ disk })).engine.close();
    damage(disk, batchAt(2));
    const bench = await openEngine({ disk });
    expect(await keysOf(bench)).to.deep.equal(["a", "b"]);
    await bench.engine.close();
  });

  it("is not before where it was put: zeros there are damage", async () => {
    for (const index of [0, 1, 2]) {
      const disk = await killedWhenIdle();
      await (await openEngine({ disk })).engine.close();
      const manifest = await readManifest(disk, DATA_DIRECTORY);
      const end = batchAt(3);
      expect(manifest?.segments[0]).to.include({ endOffset: end, isSealed: false });
      disk.poke(SEGMENT, Buffer.alloc(end - batchAt(index)), batchAt(index));
      await removeCheckpoints(disk);
      await expectRefused(disk, batchAt(index));
    }
  });
});
