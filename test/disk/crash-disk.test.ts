/** The disk that can crash. If it kept what was never synced, every crash test above it would be worth nothing. */

import { expect } from "chai";

import { AtomicFile, readWholeFile, type File } from "../../src/disk/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import type { Verb } from "../support/disk-faults.js";
import { LOSS_WAYS, NOTHING_LOST, type Loss, type LossWay } from "../support/power-cut.js";
import { systemCodeOf } from "../support/rejection.js";
import { describeFileSystem } from "./file-system-contract.js";

describeFileSystem("the disk that can crash", async () => {
  const fileSystem = new CrashDisk();
  await fileSystem.makeDirectory("/data");
  return { fileSystem, directory: "/data", dispose: () => Promise.resolve() };
});

const DROP_ALL: Loss = { way: { bytes: "drop", names: "drop" }, seed: 1 };
const DROP_BYTES: Loss = { way: { bytes: "drop", names: "keep" }, seed: 1 };
const DROP_NAMES: Loss = { way: { bytes: "keep", names: "drop" }, seed: 1 };

/** A disk with one synced file `/a` that holds the text. */
async function diskWith(text: string): Promise<CrashDisk> {
  const disk = new CrashDisk();
  const file = await disk.open("/a", "create");
  await file.write(Buffer.from(text), 0);
  await file.sync();
  await file.close();
  await disk.syncDirectory("/");
  return disk;
}

async function contentOf(disk: CrashDisk, path: string): Promise<string | undefined> {
  if (!(await disk.exists(path))) return undefined;
  return (await readWholeFile(disk, path, 1_000_000)).toString("latin1");
}

/** Everything that so many power cuts, each by another chance, left of the file. */
async function outcomesOf(disk: CrashDisk, way: LossWay, path = "/a"): Promise<Set<string>> {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const left = disk.crashAt(disk.stepCount, { way, seed });
    outcomes.add((await contentOf(left, path)) ?? "absent");
  }
  return outcomes;
}

describe("what a power cut leaves", () => {
  it("is everything that was synced, in every way of losing", async () => {
    const disk = await diskWith("synced");
    for (const way of LOSS_WAYS) {
      expect([...(await outcomesOf(disk, way))], JSON.stringify(way)).to.deep.equal(["synced"]);
    }
  });

  it("is not what was written and never synced", async () => {
    const disk = await diskWith("old");
    const file = await disk.open("/a", "write");
    await file.write(Buffer.from("new and longer"), 0);
    expect(await contentOf(disk.crash(DROP_ALL), "/a")).to.equal("old");
  });

  it("is what was written, where nothing is lost", async () => {
    const disk = await diskWith("old");
    const file = await disk.open("/a", "write");
    await file.write(Buffer.from("new and longer"), 0);
    expect(await contentOf(disk.crash(NOTHING_LOST), "/a")).to.equal("new and longer");
  });

  it("does not hold a write that came after the sync", async () => {
    const disk = await diskWith("old");
    const file = await disk.open("/a", "write");
    await file.write(Buffer.from("1"), 0);
    await file.sync();
    await file.write(Buffer.from("2"), 1);
    expect(await contentOf(disk.crash(DROP_ALL), "/a")).to.equal("1ld");
  });

  it("does not hold a write that began while the sync was under way", async () => {
    const disk = await diskWith("old");
    const file = await disk.open("/a", "write");
    const sync = file.sync();
    await file.write(Buffer.from("new"), 0);
    await sync;
    expect(await contentOf(disk.crash(DROP_ALL), "/a")).to.equal("old");
  });

  it("holds a durable write once it returned, and only that", async () => {
    const disk = await diskWith("....");
    const plain = await disk.open("/a", "write");
    const durable = await disk.openDurable("/a");
    await plain.write(Buffer.from("pp"), 0);
    await durable.write(Buffer.from("d"), 1);
    await durable.write(Buffer.from("longer"), 4);
    expect(await contentOf(disk.crashAt(disk.stepCount, DROP_ALL), "/a")).to.equal(".d..longer");
    expect(await contentOf(disk.crash(NOTHING_LOST), "/a")).to.equal("pd..longer");
  });

  it("may lack a durable write that was under way", async () => {
    const disk = await diskWith("....");
    const before = disk.stepCount;
    await (await disk.openDurable("/a")).write(Buffer.from("d"), 0);
    expect(disk.stepCount, "one step for the bytes, one for their durability").to.equal(before + 2);
    expect(await contentOf(disk.crashAt(before + 1, DROP_ALL), "/a")).to.equal("....");
    expect(await contentOf(disk.crashAt(before + 1, NOTHING_LOST), "/a")).to.equal("d...");
    expect(await contentOf(disk.crashAt(before + 2, DROP_ALL), "/a")).to.equal("d...");
  });

  it("lacks a file whose directory was not synced, though its bytes were", async () => {
    const disk = new CrashDisk();
    const file = await disk.open("/a", "create");
    await file.write(Buffer.from("bytes"), 0);
    await file.sync();
    expect(await contentOf(disk.crashAt(disk.stepCount, DROP_NAMES), "/a")).to.equal(undefined);
    await disk.syncDirectory("/");
    expect(await contentOf(disk.crash(DROP_NAMES), "/a")).to.equal("bytes");
  });

  it("holds an empty file where the name was synced and the bytes were not", async () => {
    const disk = new CrashDisk();
    const file = await disk.open("/a", "create");
    await file.write(Buffer.from("bytes"), 0);
    await disk.syncDirectory("/");
    expect(await contentOf(disk.crash(DROP_ALL), "/a")).to.equal("");
  });

  it("undoes a rename and an unlink whose directory was not synced", async () => {
    const disk = await diskWith("old");
    await disk.rename("/a", "/b");
    expect(disk.crashAt(disk.stepCount, DROP_NAMES).files()).to.deep.equal(["/a"]);
    expect(disk.crashAt(disk.stepCount, DROP_BYTES).files()).to.deep.equal(["/b"]);
    await disk.syncDirectory("/");
    await disk.unlink("/b");
    const left = disk.crashAt(disk.stepCount, DROP_NAMES);
    expect(await contentOf(left, "/b"), "an unlink that was lost").to.equal("old");
    await disk.syncDirectory("/");
    expect(disk.crash(DROP_NAMES).files()).to.deep.equal([]);
  });

  it("never shows half a rename within a directory", async () => {
    const disk = await diskWith("old");
    await disk.rename("/a", "/b");
    for (let seed = 0; seed < 50; seed += 1) {
      const left = disk.crashAt(disk.stepCount, { way: { bytes: "drop", names: "some" }, seed });
      expect(left.files()).to.have.lengthOf(1);
    }
  });

  it("loses a directory that its parent was not synced for, with all that is in it", async () => {
    const disk = new CrashDisk();
    await disk.makeDirectory("/inner");
    await (await disk.open("/inner/a", "create")).close();
    await disk.syncDirectory("/inner");
    expect(disk.crashAt(disk.stepCount, DROP_ALL).files()).to.deep.equal([]);
    await disk.syncDirectory("/");
    expect(disk.crash(DROP_ALL).files()).to.deep.equal(["/inner/a"]);
  });

  it("is the old file or the new after a replacement, never a mixture", async () => {
    const disk = await diskWith("old");
    const before = disk.stepCount;
    await new AtomicFile(disk, "/a").replace(Buffer.from("new"));
    const seen = new Set<string | undefined>();
    for (let step = before; step <= disk.stepCount; step += 1) {
      for (const way of LOSS_WAYS) {
        for (let seed = 0; seed < 8; seed += 1) {
          seen.add(await contentOf(disk.crashAt(step, { way, seed }), "/a"));
        }
      }
    }
    expect([...seen].sort()).to.deep.equal(["new", "old"]);
    expect(await contentOf(disk.crash(DROP_ALL), "/a")).to.equal("new");
  });
});

describe("the ways of losing", () => {
  it("are sixteen", () => {
    expect(new Set(LOSS_WAYS.map((way) => JSON.stringify(way))).size).to.equal(16);
  });

  async function diskWithThreeWrites(): Promise<CrashDisk> {
    const disk = await diskWith("-".repeat(2048));
    const file = await disk.open("/a", "write");
    await file.write(Buffer.alloc(1024, "a"), 0);
    await file.write(Buffer.alloc(512, "b"), 1024);
    await file.write(Buffer.alloc(512, "c"), 1536);
    return disk;
  }

  /** The runs of equal letters, such as `a1024 -512 c512`. */
  function runsOf(content: string): string {
    return (content.match(/(.)\1*/gs) ?? [])
      .map((run) => `${run.charAt(0)}${String(run.length)}`)
      .join(" ");
  }

  it("keep or drop each write whole", async () => {
    const outcomes = await outcomesOf(await diskWithThreeWrites(), {
      bytes: "writes",
      names: "keep",
    });
    expect(outcomes.size, "every subset of three").to.equal(8);
    for (const outcome of outcomes) expect(runsOf(outcome)).to.match(/^(a1024|-)/);
  });

  it("keep or drop each sector of a write", async () => {
    const outcomes = await outcomesOf(await diskWithThreeWrites(), {
      bytes: "sectors",
      names: "keep",
    });
    expect(outcomes.size, "every subset of four sectors").to.equal(16);
    expect([...outcomes].map(runsOf)).to.include("a512 -512 b512 c512");
  });

  it("keep a prefix and tear one write at any byte", async () => {
    const outcomes = await outcomesOf(await diskWithThreeWrites(), {
      bytes: "prefix",
      names: "prefix",
    });
    expect(outcomes.size).to.be.greaterThan(50);
    for (const outcome of outcomes) {
      expect(runsOf(outcome), "nothing after what was lost").to.match(
        /^(-2048|a\d+ -\d+|a1024( b\d+( -\d+)?)?|a1024 b512( c\d+( -\d+)?)?)$/,
      );
    }
  });

  it("keep all and tear the last write", async () => {
    const outcomes = await outcomesOf(await diskWithThreeWrites(), {
      bytes: "torn",
      names: "keep",
    });
    expect(outcomes.size).to.be.greaterThan(50);
    for (const outcome of outcomes)
      expect(runsOf(outcome)).to.match(/^a1024 b512( c\d+)?( -\d+)?$/);
  });

  it("harm no byte outside the range that was written, even where they write noise", async () => {
    const disk = await diskWith("-".repeat(2048));
    const file = await disk.open("/a", "write");
    await file.write(Buffer.alloc(1000, "a"), 300);
    const outcomes = await outcomesOf(disk, { bytes: "scrambled", names: "keep" });
    expect([...outcomes].some((outcome) => /[^-a]/.test(outcome))).to.equal(true);
    for (const outcome of outcomes) {
      expect(outcome.slice(0, 300)).to.equal("-".repeat(300));
      expect(outcome.slice(1300)).to.equal("-".repeat(748));
    }
  });

  it("can make a file longer and leave zeros in it", async () => {
    const disk = await diskWith("");
    await (await disk.open("/a", "write")).write(Buffer.alloc(512, "a"), 0);
    const outcomes = await outcomesOf(disk, { bytes: "sectors", names: "keep" });
    expect([...outcomes].map(runsOf).sort()).to.deep.equal(["", "\u0000512", "a512"]);
  });

  it("come out the same for the same seed", async () => {
    const disk = await diskWithThreeWrites();
    for (const way of LOSS_WAYS) {
      const left = disk.crashAt(disk.stepCount, { way, seed: 7 });
      const again = disk.crashAt(disk.stepCount, { way, seed: 7 });
      expect(again.peek("/a").equals(left.peek("/a"))).to.equal(true);
    }
  });
});

describe("a disk after a power cut", () => {
  it("can be written, synced and cut off again", async () => {
    const first = await diskWith("one");
    const second = first.crash(DROP_ALL);
    const file = await second.open("/a", "write");
    await file.write(Buffer.from("two"), 0);
    await file.sync();
    await file.write(Buffer.from("xxx"), 0);
    const third = second.crash(DROP_ALL);
    expect(await contentOf(third, "/a")).to.equal("two");
  });

  it("leaves the handles and the locks of before dead", async () => {
    const disk = await diskWith("old");
    const file = await disk.open("/a", "write");
    expect(await disk.lock("/LOCK")).not.to.equal(undefined);
    const left = disk.crash(NOTHING_LOST);
    expect(await systemCodeOf(file.write(Buffer.from("x"), 0))).to.equal("EIO");
    expect(await systemCodeOf(file.sync())).to.equal("EIO");
    expect(await systemCodeOf(disk.exists("/a"))).to.equal("EIO");
    expect(await left.lock("/LOCK")).not.to.equal(undefined);
    expect(await contentOf(left, "/a")).to.equal("old");
  });

  it("fails calls that were under way", async () => {
    const disk = await diskWith("old");
    const file = await disk.openDurable("/a");
    const write = systemCodeOf(file.write(Buffer.from("new"), 0));
    const left = disk.crash(DROP_ALL);
    expect(await write).to.equal("EIO");
    expect(await contentOf(left, "/a")).to.equal("old");
  });

  it("shares nothing with another that came from the same cut", async () => {
    const disk = await diskWith("old");
    const left = disk.crashAt(disk.stepCount, DROP_ALL);
    const right = disk.crashAt(disk.stepCount, DROP_ALL);
    await (await left.open("/a", "write")).write(Buffer.from("L"), 0);
    await (await disk.open("/a", "write")).write(Buffer.from("D"), 0);
    expect(await contentOf(right, "/a")).to.equal("old");
    expect(await contentOf(left, "/a")).to.equal("Lld");
  });

  it("says of two cuts whether they left the same, whatever their ways and their chance", async () => {
    const disk = await diskWith("old");
    await (await disk.open("/a", "write")).write(Buffer.alloc(2000, 1), 0);
    const contents = new Map<string, Set<string | undefined>>();
    for (const way of LOSS_WAYS) {
      for (let seed = 0; seed < 20; seed += 1) {
        const left = disk.crashAt(disk.stepCount, { way, seed });
        const same = contents.get(left.kept) ?? new Set();
        contents.set(left.kept, same.add(await contentOf(left, "/a")));
      }
    }
    expect(contents.size).to.be.greaterThan(10);
    for (const [kept, same] of contents) expect(same.size, kept).to.equal(1);
  });

  it("is the same in a last life, which keeps no steps", async () => {
    const disk = await diskWith("old");
    await (await disk.open("/a", "write")).write(Buffer.alloc(2000, 1), 0);
    for (const way of LOSS_WAYS) {
      const loss = { way, seed: 1 };
      const left = disk.crashAt(disk.stepCount, loss, { life: "last" });
      const other = disk.crashAt(disk.stepCount, loss);
      for (const each of [left, other]) {
        const file = await each.open("/a", "write");
        await file.write(Buffer.from("again"), 1);
        await file.truncate(4);
        await each.rename("/a", "/b");
      }
      expect(await contentOf(left, "/b")).to.equal(await contentOf(other, "/b"));
      expect(left.stepCount).to.equal(other.stepCount);
      expect(() => left.crashAt(0, loss)).to.throw("kept no steps");
    }
  });

  it("is made fast enough to make tens of thousands", async () => {
    const disk = await diskWith("old");
    const file = await disk.open("/a", "write");
    for (let index = 0; index < 100; index += 1) {
      await file.write(Buffer.alloc(600, index), index * 300);
      if (index % 3 === 0) await file.sync();
    }
    const startedMs = performance.now();
    let count = 0;
    for (let step = 0; step <= disk.stepCount; step += 1) {
      for (const way of LOSS_WAYS) {
        disk.crashAt(step, { way, seed: count });
        count += 1;
      }
    }
    expect(count).to.be.greaterThan(2000);
    expect((performance.now() - startedMs) / count, "milliseconds a state").to.be.below(2);
  });
});

describe("a disk whose process was killed", () => {
  it("holds all that was written, and what was not synced can still be lost", async () => {
    const disk = await diskWith("old");
    const file = await disk.open("/a", "write");
    await file.write(Buffer.from("new"), 0);
    await disk.open("/b", "create");
    const step = disk.stepCount;
    await file.write(Buffer.from("later"), 0);
    const left = disk.killAt(step);
    expect(left.stepCount).to.equal(0);
    expect(left.files()).to.deep.equal(["/a", "/b"]);
    expect(await contentOf(left, "/a")).to.equal("new");
    const lost = left.crashAt(0, DROP_ALL);
    expect(lost.files()).to.deep.equal(["/a"]);
    expect(await contentOf(lost, "/a")).to.equal("old");
  });

  it("can have that synced by the next process", async () => {
    const disk = await diskWith("old");
    await (await disk.open("/a", "write")).write(Buffer.from("new"), 0);
    const left = disk.killAt(disk.stepCount);
    await (await left.open("/a", "write")).sync();
    expect(await contentOf(left.crashAt(left.stepCount, DROP_ALL), "/a")).to.equal("new");
    expect(await contentOf(left.crashAt(0, DROP_ALL), "/a")).to.equal("old");
    expect(await contentOf(disk.crash(DROP_ALL), "/a"), "the one before").to.equal("old");
  });
});

describe("a disk that lies", () => {
  it("says that it did what it did not, once", async () => {
    const disk = await diskWith("old");
    const file = await disk.open("/a", "write");
    const lieOnce = (...verbs: readonly Verb[]): void => {
      disk.addFault({ verbs, lie: "does-nothing", lasts: "once" });
    };
    lieOnce("write");
    await file.write(Buffer.from("x"), 0);
    expect(await contentOf(disk, "/a")).to.equal("old");
    await file.write(Buffer.from("y"), 0);
    lieOnce("sync");
    await file.sync();
    expect(await contentOf(disk.crashAt(disk.stepCount, DROP_ALL), "/a")).to.equal("old");
    lieOnce("truncate");
    await file.truncate(1);
    lieOnce("rename");
    await disk.rename("/a", "/b");
    expect(disk.files()).to.deep.equal(["/a"]);
    await disk.rename("/a", "/b");
    lieOnce("unlink");
    await disk.unlink("/b");
    expect(disk.files()).to.deep.equal(["/b"]);
    expect(await contentOf(disk, "/b")).to.equal("yld");
  });

  it("reads and writes a block beside the one that was asked for", async () => {
    const disk = await diskWith("a".repeat(512) + "b".repeat(512));
    const file = await disk.open("/a", "write");
    const into = Buffer.alloc(3);
    disk.addFault({ lie: "another-block", lasts: "once" });
    await file.read(into, 512);
    expect(into.toString()).to.equal("aaa");
    await file.read(into, 512);
    expect(into.toString()).to.equal("bbb");
    disk.addFault({ lie: "another-block", lasts: "once" });
    await file.write(Buffer.from("X"), 0);
    expect((await contentOf(disk, "/a"))?.indexOf("X")).to.equal(512);
  });

  it("tells the truth in calls that cannot lie so", async () => {
    const disk = await diskWith("old");
    disk.addFault({ lie: "does-nothing", lasts: "for-good" });
    expect(await disk.list("/")).to.deep.equal(["a"]);
    expect(await contentOf(disk, "/a")).to.equal("old");
  });
});

describe("a disk that fails", () => {
  async function writableDisk(): Promise<{ readonly disk: CrashDisk; readonly file: File }> {
    const disk = await diskWith("old");
    return { disk, file: await disk.open("/a", "write") };
  }

  it("fails a call once, or for good until it is taken back", async () => {
    const { disk, file } = await writableDisk();
    disk.addFault({ verbs: ["write"], code: "EIO", lasts: "once" });
    expect(await systemCodeOf(file.write(Buffer.from("x"), 0))).to.equal("EIO");
    await file.write(Buffer.from("x"), 0);
    const takeBack = disk.addFault({ verbs: ["read", "list"], code: "EMFILE", lasts: "for-good" });
    expect(await systemCodeOf(file.read(Buffer.alloc(1), 0))).to.equal("EMFILE");
    expect(await systemCodeOf(disk.list("/"))).to.equal("EMFILE");
    takeBack();
    expect(await disk.list("/")).to.deep.equal(["a"]);
  });

  it("fails only on the paths and after the calls that the fault names", async () => {
    const { disk } = await writableDisk();
    disk.addFault({
      verbs: ["create"],
      path: /b/,
      code: "EDQUOT",
      afterCalls: 1,
      lasts: "for-good",
    });
    await disk.open("/c", "create");
    await disk.open("/b1", "create");
    expect(await systemCodeOf(disk.open("/b2", "create"))).to.equal("EDQUOT");
    await disk.open("/d", "create");
  });

  it("may have written any part of a write that failed", async () => {
    const { disk, file } = await writableDisk();
    disk.addFault({ verbs: ["write"], code: "EIO", lasts: "once" });
    await systemCodeOf(file.write(Buffer.from("1234"), 0));
    expect(await contentOf(disk, "/a")).to.equal("12d");
  });

  it("never makes durable what a failed sync was to cover, though the next one succeeds", async () => {
    const { disk, file } = await writableDisk();
    await file.write(Buffer.from("new"), 0);
    disk.addFault({ verbs: ["sync"], code: "EIO", lasts: "once" });
    expect(await systemCodeOf(file.sync())).to.equal("EIO");
    await file.sync();
    expect(await contentOf(disk, "/a"), "the cache still shows it").to.equal("new");
    expect(await contentOf(disk.crash(DROP_ALL), "/a"), "the disk never had it").to.equal("old");
  });

  it("stops for ever after so many calls", async () => {
    const { disk, file } = await writableDisk();
    disk.stopAfterCalls(2);
    await file.write(Buffer.from("1"), 0);
    await file.write(Buffer.from("2"), 1);
    expect(await systemCodeOf(file.write(Buffer.from("3"), 2))).to.equal("EIO");
    expect(await systemCodeOf(disk.list("/"))).to.equal("EIO");
    expect(await contentOf(disk.crash(NOTHING_LOST), "/a")).to.equal("12d");
  });

  it("counts the files that are open", async () => {
    const { disk, file } = await writableDisk();
    expect(disk.openFileCount).to.equal(1);
    await file.close();
    expect(disk.openFileCount).to.equal(0);
  });
});

describe("a disk that fills up", () => {
  it("refuses growth past its capacity, and writes what there is room for", async () => {
    const disk = new CrashDisk();
    disk.capacityBytes = 1024;
    const file = await disk.open("/a", "create");
    await file.write(Buffer.alloc(512, "a"), 0);
    expect(await systemCodeOf(file.write(Buffer.alloc(1024, "b"), 512))).to.equal("ENOSPC");
    expect(await contentOf(disk, "/a")).to.equal("a".repeat(512) + "b".repeat(512));
    expect(disk.usedBytes).to.equal(1024);
  });

  it("lets bytes be overwritten for which there are blocks, and zeros are blocks too", async () => {
    const disk = new CrashDisk();
    disk.capacityBytes = 1024;
    const file = await disk.open("/a", "create");
    await file.write(Buffer.alloc(1024), 0);
    await file.write(Buffer.alloc(1024, "x"), 0);
    expect(await contentOf(disk, "/a")).to.equal("x".repeat(1024));
  });

  it("takes no space for a hole, and has none when the hole is written", async () => {
    const disk = new CrashDisk();
    disk.capacityBytes = 1024;
    const file = await disk.open("/a", "create");
    await file.truncate(1_000_000);
    await file.write(Buffer.from("x"), 900_000);
    expect(disk.usedBytes).to.equal(512);
    await file.write(Buffer.from("x"), 0);
    expect(await systemCodeOf(file.write(Buffer.from("x"), 100_000))).to.equal("ENOSPC");
  });

  it("has room again when a file is cut, unlinked or replaced, and its last handle closed", async () => {
    const disk = new CrashDisk();
    const a = await disk.open("/a", "create");
    await a.write(Buffer.alloc(2048), 0);
    const b = await disk.open("/b", "create");
    await b.write(Buffer.alloc(1024), 0);
    await a.truncate(512);
    expect(disk.usedBytes).to.equal(512 + 1024);
    await disk.unlink("/a");
    expect(disk.usedBytes, "a handle keeps it").to.equal(512 + 1024);
    await a.close();
    expect(disk.usedBytes).to.equal(1024);
    const c = await disk.open("/c", "create");
    await c.write(Buffer.alloc(512), 0);
    await b.close();
    await c.close();
    await disk.rename("/c", "/b");
    expect(disk.usedBytes).to.equal(512);
  });

  it("knows after a power cut what its files take", async () => {
    const disk = await diskWith("x".repeat(1000));
    expect(disk.crash(NOTHING_LOST).usedBytes).to.equal(1024);
  });
});

describe("the trace of a disk", () => {
  it("tells every change and every sync in order, and no reads", async () => {
    const disk = new CrashDisk();
    await new AtomicFile(disk, "/a").replace(Buffer.from("12345"));
    await contentOf(disk, "/a");
    expect(disk.trace).to.deep.equal([
      "create /a.tmp",
      "write /a.tmp 0 5",
      "sync /a.tmp",
      "rename /a.tmp /a",
      "sync-directory /",
    ]);
  });
});
