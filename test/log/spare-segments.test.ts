/** Spares are filled ahead, the reserve first; a full disk is met here, and left again, without anyone's help. */

import { expect } from "chai";

import { CrashDisk } from "../support/crash-disk.js";
import { SEGMENT_BYTES, sparesOn } from "../support/log-bench.js";
import { ManualClock, settle, until } from "../support/manual-clock.js";
import { KIB, SILENT_LOGGER } from "../../src/base/index.js";
import { SpareSegments } from "../../src/log/index.js";

async function setUp(): Promise<{ disk: CrashDisk; clock: ManualClock; spares: SpareSegments }> {
  const disk = new CrashDisk();
  const clock = new ManualClock();
  await disk.makeDirectory("/segments");
  return { disk, clock, spares: sparesOn(disk, clock) };
}

const KINDS = ["compaction-reserve", "removal-reserve", "ready"] as const;
const filled = (spares: SpareSegments): string[] => KINDS.filter((kind) => spares.has(kind));

describe("spare segments", () => {
  it("are filled with zeros and synced, the reserve first", async () => {
    const { disk, spares } = await setUp();
    spares.fill();
    await until("all are there", () => filled(spares).length === KINDS.length);
    const created = disk.trace.filter((line) => line.startsWith("create"));
    expect(created.map((line) => /spare-(.*)-\d/.exec(line)?.[1])).to.deep.equal([...KINDS]);
    const ready = spares.take("ready", SEGMENT_BYTES);
    expect(ready?.sizeBytes).to.equal(SEGMENT_BYTES);
    const bytes = disk.peek(ready?.path ?? "");
    expect(bytes).to.deep.equal(Buffer.alloc(SEGMENT_BYTES));
    expect(disk.trace).to.include(`sync ${ready?.path ?? ""}`);
    await spares.stop();
  });

  it("have a successor once they are taken, under another name", async () => {
    const { spares } = await setUp();
    spares.fill();
    await until("it is there", () => spares.has("ready"));
    const first = spares.take("ready", SEGMENT_BYTES);
    expect(spares.take("ready", SEGMENT_BYTES)).to.equal(undefined);
    spares.fill();
    await until("the next is there", () => spares.has("ready"));
    expect(spares.take("ready", SEGMENT_BYTES)?.path).not.to.equal(first?.path);
    await spares.stop();
  });

  it("leave nothing behind when the disk is full, and try again less and less often", async () => {
    const { disk, clock, spares } = await setUp();
    disk.capacityBytes = SEGMENT_BYTES + 1024;
    spares.fill();
    await until("the disk is found full", () => spares.problem !== undefined);
    expect(filled(spares)).to.deep.equal(["compaction-reserve", "removal-reserve"]);
    expect(spares.problem).to.have.property("code", "ENOSPC");
    expect(disk.usedBytes).to.equal(SEGMENT_BYTES);
    expect(disk.files()).to.have.lengthOf(2);
    const tries = (): number => disk.trace.filter((line) => /^create .*ready/.test(line)).length;
    expect(tries()).to.equal(1);
    await clock.advance(1000);
    expect(tries()).to.equal(2);
    await clock.advance(14_000);
    expect(tries()).to.equal(5);
    expect(spares.has("ready")).to.equal(false);
    expect(clock.timerCount).to.equal(1);
    disk.capacityBytes = 3 * SEGMENT_BYTES;
    await clock.advance(16_000);
    await until("it is there", () => spares.has("ready"));
    await settle();
    expect(spares.problem).to.equal(undefined);
    expect(clock.timerCount).to.equal(0);
    await spares.stop();
  });

  it("are not handed to who needs a larger one", async () => {
    const { spares } = await setUp();
    spares.fill();
    await until("all are there", () => filled(spares).length === KINDS.length);
    expect(spares.take("removal-reserve", SEGMENT_BYTES)).to.equal(undefined);
    expect(spares.take("removal-reserve", SEGMENT_BYTES / 2)).not.to.equal(undefined);
    await spares.stop();
  });

  it("give their room back one by one, what is needed least first", async () => {
    const { disk, spares } = await setUp();
    spares.fill();
    await until("all are there", () => filled(spares).length === KINDS.length);
    for (const left of [["compaction-reserve", "removal-reserve"], ["removal-reserve"], []]) {
      expect(await spares.giveBack()).to.equal(true);
      expect(filled(spares)).to.deep.equal(left);
      expect(disk.files()).to.have.lengthOf(left.length);
    }
    expect(await spares.giveBack()).to.equal(false);
    await spares.stop();
  });

  it("take room that was given back when they are asked to", async () => {
    const { disk, spares } = await setUp();
    disk.capacityBytes = 0;
    spares.fill();
    await spares.whenAttempted();
    expect(filled(spares)).to.deep.equal([]);
    disk.capacityBytes = 4 * SEGMENT_BYTES;
    spares.fill();
    await until("all are there", () => filled(spares).length === KINDS.length);
    await spares.stop();
  });

  it("are gone when they are stopped, also in the middle of being filled", async () => {
    const { disk, clock, spares } = await setUp();
    spares.fill();
    await settle(1);
    await spares.stop();
    expect(disk.files()).to.deep.equal([]);
    expect(disk.openFileCount).to.equal(0);
    spares.fill();
    await settle();
    expect(disk.files()).to.deep.equal([]);
    expect(clock.timerCount).to.equal(0);
  });

  it("answer those who wait, however the attempt ends", async () => {
    const { disk, spares } = await setUp();
    disk.capacityBytes = 0;
    await spares.whenAttempted();
    expect(spares.problem).not.to.equal(undefined);
    await spares.stop();
    await spares.whenAttempted();
  });

  it("are filled with rests for a log that has time, and without where writes are refused", async () => {
    const disk = new CrashDisk();
    const clock = new ManualClock();
    await disk.makeDirectory("/segments");
    const spares = new SpareSegments({
      fileSystem: slow(disk, clock),
      directory: "/segments",
      clock,
      logger: SILENT_LOGGER,
      segmentBytes: 512 * KIB,
      reserveBytes: SEGMENT_BYTES,
      onProblem: () => undefined,
    });
    spares.follow(() => 0);
    spares.fill();
    let rests = 0;
    for (; !spares.has("ready"); rests += 1) {
      await until("it rests or is there", () => clock.timerCount > 0 || spares.has("ready"));
      await clock.advance(6);
    }
    expect(rests).to.be.at.least(3);

    disk.capacityBytes = disk.usedBytes;
    spares.take("ready", 0);
    spares.fill();
    await until("the disk is found full", () => spares.problem !== undefined);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await clock.advance(1000);
    await until("it is there again", () => spares.has("ready"));
    await spares.stop();
  });
});

/** A disk on which each sync takes two milliseconds. */
function slow(disk: CrashDisk, clock: ManualClock): CrashDisk {
  const open = disk.open.bind(disk);
  disk.open = async (path, mode) => {
    const file = await open(path, mode);
    const sync = file.sync.bind(file);
    file.sync = async () => {
      await sync();
      clock.pass(2);
    };
    return file;
  };
  return disk;
}
