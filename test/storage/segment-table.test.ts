/** A retired segment has its file as long as a view or a read needs it, and not longer. */

import { expect } from "chai";

import { segmentId, type SegmentId } from "../../src/base/index.js";
import { SegmentStats, SegmentTable } from "../../src/storage/segment-table.js";
import { CrashDisk } from "../support/crash-disk.js";
import { settle } from "../support/manual-clock.js";

const ID = segmentId(1);

interface SetUp {
  readonly disk: CrashDisk;
  readonly table: SegmentTable;
  readonly unreachable: SegmentId[];
}

async function setUp(): Promise<SetUp> {
  const disk = new CrashDisk();
  await (await disk.open("/000000000001.seg", "create")).close();
  const unreachable: SegmentId[] = [];
  const table = new SegmentTable({
    fileSystem: disk,
    directory: "/",
    openSegmentsMax: 4,
    onUnreachable: (id) => unreachable.push(id),
  });
  table.add(new SegmentStats(ID, "log"));
  return { disk, table, unreachable };
}

describe("a retired segment", () => {
  it("that nobody reads is unreachable at once", async () => {
    const { table, unreachable } = await setUp();
    table.retire(ID, []);
    expect(unreachable).to.deep.equal([ID]);
    expect(table.list()).to.deep.equal([]);
    expect(table.find(ID)).to.equal(undefined);
  });

  it("is kept for every holder, until the last lets go", async () => {
    const { table, unreachable } = await setUp();
    const [one, two] = [{ isReleased: false }, { isReleased: false }];
    table.retire(ID, [one, two]);
    expect(table.find(ID)?.id).to.equal(ID);
    expect(table.has(ID)).to.equal(false);
    table.release(one);
    table.release(one);
    expect(unreachable).to.deep.equal([]);
    table.release(two);
    expect(unreachable).to.deep.equal([ID]);
  });

  it("is kept for a read under way, which ends well", async () => {
    const { disk, table, unreachable } = await setUp();
    let finish: (() => void) | undefined;
    const reading = table.withFile(ID, async (file) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return file.sizeBytes();
    });
    await settle();
    table.retire(ID, []);
    expect(unreachable).to.deep.equal([]);
    finish?.();
    expect(await reading).to.equal(0);
    expect(unreachable).to.deep.equal([ID]);
    await settle();
    expect(disk.openFileCount).to.equal(0);
  });

  it("is kept for a read that begins while a view still holds it", async () => {
    const { table, unreachable } = await setUp();
    const view = { isReleased: false };
    table.retire(ID, [view]);
    const reading = table.withFile(ID, (file) => file.sizeBytes());
    table.release(view);
    expect(unreachable).to.deep.equal([]);
    expect(await reading).to.equal(0);
    expect(unreachable).to.deep.equal([ID]);
  });

  it("counts among the bytes on disk until it is gone", async () => {
    const { table } = await setUp();
    table.get(ID).endOffset = 500;
    const view = { isReleased: false };
    table.retire(ID, [view]);
    expect(table.diskBytes).to.equal(500);
    table.release(view);
    expect(table.diskBytes).to.equal(0);
  });
});
