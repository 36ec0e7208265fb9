/** The scrub: everything is verified once in its period, over restarts too, and what is found is told once. */

import { expect } from "chai";

import type { Logger } from "../../src/base/index.js";
import type { StorageEngine } from "../../src/storage/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import { commit, openEngine, setChange, type EngineBench } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PERIOD_MS = 7 * DAY_MS;

describe("the scrub", () => {
  const disk = { current: new CrashDisk() };
  let clock: ManualClock;
  let said: string[];

  beforeEach(() => {
    disk.current = new CrashDisk();
    clock = new ManualClock();
    said = [];
  });

  const say = (_: object, message: string): void => {
    said.push(message);
  };
  const logger: Logger = { debug: say, info: say, warn: say, error: say };

  async function open(scrubPeriodMs = PERIOD_MS): Promise<EngineBench> {
    const bench = await openEngine({
      disk: disk.current,
      manualClock: clock,
      logger,
      scrubPeriodMs,
      checkpointPeriodMs: 0,
    });
    await settle();
    return bench;
  }

  /** Enough for a few segments. */
  async function fill(bench: EngineBench): Promise<void> {
    for (let index = 0; index < 60; index += 1) {
      await commit(bench, setChange(`key ${String(index)}`, "v".repeat(600)));
    }
  }

  async function stop({ engine }: EngineBench): Promise<void> {
    await engine.close();
    clock.dropTimers();
  }

  const scrubOf = (engine: StorageEngine) => engine.status().scrub;

  /** Lets so much time pass, in steps that let the scrub look whether something is due. */
  async function pass(durationMs: number, stepMs = HOUR_MS): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += stepMs) {
      await clock.advance(stepMs);
      await settle();
    }
  }

  function flip(path: string, offset: number): void {
    const byte = disk.current.peek(path)[offset] ?? 0;
    disk.current.poke(path, Buffer.from([byte ^ 1]), offset);
  }

  const firstSegment = (): string =>
    disk.current.files().find((path) => path.endsWith(".seg")) ?? "";

  it("verifies everything once in its period, spread over it, and says so", async () => {
    const bench = await open();
    await fill(bench);
    await pass(DAY_MS);
    const early = scrubOf(bench.engine);
    expect(early.last).to.equal(undefined);
    expect(early.doneBytes).to.be.greaterThan(0);
    expect(early.doneBytes, "not all at once").to.be.below(early.totalBytes / 2);
    await pass(6 * DAY_MS);
    const { last, findingCount } = scrubOf(bench.engine);
    expect(last?.findingCount).to.equal(0);
    expect(last?.bytes).to.be.greaterThan(30_000);
    expect(findingCount).to.equal(0);
    expect(said.filter((line) => line === "scrubbed: all is whole")).to.have.lengthOf(1);
    await pass(PERIOD_MS);
    expect(said.filter((line) => line === "scrubbed: all is whole")).to.have.lengthOf(2);
    await stop(bench);
  });

  it("comes to its end in a server that runs for an hour a day", async () => {
    const first = await open();
    await fill(first);
    await stop(first);
    for (let day = 0; day < 8; day += 1) {
      const bench = await open();
      await pass(HOUR_MS, 60_000);
      await stop(bench);
      clock.pass(23 * HOUR_MS);
    }
    const bench = await open();
    expect(scrubOf(bench.engine).last?.findingCount).to.equal(0);
    await stop(bench);
  });

  it("raises an alarm for what is damaged, that a restart keeps, and says it once", async () => {
    const bench = await open();
    await fill(bench);
    flip(firstSegment(), 200);
    await pass(PERIOD_MS);
    const [damage] = bench.engine.damages;
    expect(damage?.file).to.equal(firstSegment().slice(DATA_DIRECTORY.length + 1));
    expect(damage?.message).to.include("is damaged at byte ");
    expect(scrubOf(bench.engine).last?.findingCount).to.equal(1);
    await pass(2 * PERIOD_MS);
    expect(said.filter((line) => line === "found damage")).to.have.lengthOf(1);
    flip(firstSegment(), 200);
    await pass(PERIOD_MS + DAY_MS);
    expect(bench.engine.damages, "it was mended").to.deep.equal([]);
    await stop(bench);
  });

  it("tells again at a start what is damaged and was found before", async () => {
    const bench = await open();
    await fill(bench);
    await bench.engine.createSnapshot();
    const snapshot = disk.current.files().find((path) => path.endsWith(".snapshot")) ?? "";
    flip(snapshot, 200);
    await pass(PERIOD_MS);
    expect(bench.engine.damages).to.have.lengthOf(1);
    await stop(bench);
    const again = await open();
    expect(again.engine.damages.map(({ file }) => `${DATA_DIRECTORY}/${file}`)).to.deep.equal([
      snapshot,
    ]);
    await stop(again);
    await disk.current.unlink(snapshot);
    const gone = await open();
    expect(gone.engine.damages).to.deep.equal([]);
    await stop(gone);
  });

  it("begins anew where what it remembers is damaged, and does without where it cannot write", async () => {
    const bench = await open();
    await fill(bench);
    await pass(3 * DAY_MS);
    await stop(bench);
    const scrub = `${DATA_DIRECTORY}/SCRUB`;
    expect(disk.current.files()).to.include(scrub);
    flip(scrub, 40);
    const again = await open();
    expect(scrubOf(again.engine)).to.include({ doneBytes: 0, findingCount: 0 });
    expect(again.failures).to.deep.equal([]);
    await stop(again);
  });

  it("does nothing where its period is 0", async () => {
    const bench = await open(0);
    await fill(bench);
    await pass(2 * DAY_MS);
    expect(scrubOf(bench.engine)).to.include({ startTimeMs: 0, doneBytes: 0 });
    expect(disk.current.files()).not.to.include(`${DATA_DIRECTORY}/SCRUB`);
    await stop(bench);
  });
});
