/** Where salvage must not take an intact record for the newest one. */

import { expect } from "chai";

import { salvageStore, StorageEngine } from "../../src/storage/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import { commit, engineOptions, openEngine, read, setChange } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";

const INTO = "/copy";

interface Copy {
  readonly values: ReadonlyMap<string, string>;
  readonly doubtful: readonly string[];
}

async function salvage(disk: CrashDisk, keys: readonly string[]): Promise<Copy> {
  const manualClock = new ManualClock();
  const doubtful: string[] = [];
  await salvageStore({
    fileSystem: disk,
    clock: manualClock,
    directory: DATA_DIRECTORY,
    into: INTO,
    doubtful: "leave out",
    onFinding: () => undefined,
    onNote: () => undefined,
    onKey: ({ key }) => void doubtful.push(key.toString()),
  });
  const options = engineOptions({ disk, manualClock });
  const engine = await StorageEngine.open({ ...options, directory: INTO });
  const values = new Map<string, string>();
  for (const key of keys) {
    const value = await read({ disk, clock: manualClock, engine, failures: [] }, key);
    if (value !== undefined) values.set(key, value);
  }
  await engine.close();
  return { values, doubtful };
}

/** Flips a bit of the last copy of the text in the segment that `which` chooses. */
function damage(disk: CrashDisk, text: string, which: (path: string) => boolean): void {
  for (const path of disk.files().filter((each) => each.endsWith(".seg") && which(each))) {
    const content = disk.peek(path);
    const at = content.lastIndexOf(text);
    if (at < 0) continue;
    disk.poke(path, Buffer.from([(content[at] ?? 0) ^ 1]), at);
    return;
  }
  throw new Error(`no such segment has ${text}`);
}

describe("salvage", () => {
  it("takes no value for the newest that a damaged compacted segment may have replaced", async () => {
    const bench = await openEngine({ disk: new CrashDisk(), checkpointPeriodMs: 0 });
    const keys = Array.from({ length: 16 }, (_, index) => `key ${String(index)}`);
    for (const key of keys) await commit(bench, setChange(key, `old ${key} `.repeat(60)));
    const before = new Set(bench.disk.files());
    for (let round = 0; round < 40; round += 1) {
      await commit(bench, setChange("garbage", "-".repeat(600)));
      if (round === 12) await commit(bench, setChange("key 1", "newest value"));
    }
    await bench.engine.compact(0.4);
    const { disk } = bench;
    const isNew = (path: string): boolean => !before.has(path);
    const isOldThere = disk
      .files()
      .some((path) => before.has(path) && disk.peek(path).includes("old key 1 "));
    expect(isOldThere, "the older value is still in a segment").to.equal(true);
    await bench.engine.close();
    const left = disk.crashAt(disk.stepCount, NOTHING_LOST);
    for (const path of left.files().filter((each) => each.endsWith(".checkpoint"))) {
      await left.unlink(path);
    }
    const whole = await salvage(left.crashAt(left.stepCount, NOTHING_LOST), keys);
    expect(whole.values.get("key 1")).to.equal("newest value");
    damage(left, "newest value", isNew);
    const { values, doubtful } = await salvage(left, keys);
    expect(values.has("key 1"), "an older value is no value").to.equal(false);
    expect(doubtful).to.include("key 1");
  });

  it("takes nothing of a batch that was cut short and never acknowledged, as a start does", async () => {
    const bench = await openEngine({ disk: new CrashDisk(), checkpointPeriodMs: 0 });
    await commit(bench, setChange("x", "old"), setChange("y", "old"));
    await bench.clock.advance(1000);
    await commit(bench, setChange("x", "new x"), setChange("y", "new y"));
    const left = bench.disk.crashAt(bench.disk.stepCount, NOTHING_LOST);
    damage(left, "new y", () => true);
    const start = await openEngine({ disk: left.crashAt(left.stepCount, NOTHING_LOST) });
    expect(await read(start, "x")).to.equal("old");
    const { values } = await salvage(left, ["x", "y"]);
    expect([...values]).to.deep.equal([
      ["x", "old"],
      ["y", "old"],
    ]);
    await start.engine.close();
    await bench.engine.close();
  });
});
