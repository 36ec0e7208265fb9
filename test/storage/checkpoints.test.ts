/** A start from a checkpoint comes to what a start from the whole log comes to, and never to anything else. */

import { join } from "node:path";

import { expect } from "chai";

import { KIB, NO_REVISION } from "../../src/base/index.js";
import type { File, FileSystem, OpenMode } from "../../src/disk/index.js";
import type { Keydir, KeydirEntry } from "../../src/keydir/index.js";
import { RecordReader } from "../../src/storage/record-reader.js";
import { ValueCache } from "../../src/storage/value-cache.js";
import { recover, type Recovered } from "../../src/storage/recovery.js";
import { SegmentTable } from "../../src/storage/segment-table.js";
import type { StorageOptions } from "../../src/storage/index.js";
import { CHECKPOINTS, checkpointsOf, removeCheckpoints } from "../support/checkpoint-files.js";
import { CrashDisk } from "../support/crash-disk.js";
import {
  commit,
  deleteChange,
  engineOptions,
  expireChange,
  openEngine,
  read,
  setChange,
  type EngineBench,
} from "../support/engine.js";
import { ManualClock, settle, until } from "../support/manual-clock.js";
import { NOTHING_LOST, LOSS_WAYS, type Loss } from "../support/power-cut.js";
import { mixSeeds, Random } from "../support/random.js";

const SEEDS = Number(process.env["CHECKPOINT_SEEDS"] ?? 60);

/** What went through the log, each as its message and what it says of a checkpoint. */
function listeningLogger(): {
  readonly lines: string[];
  readonly logger: StorageOptions["logger"];
} {
  const lines: string[] = [];
  const note = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { lines, logger: { debug: note, info: note, warn: note, error: note } };
}

async function recoverOn(disk: CrashDisk, more: Partial<StorageOptions> = {}): Promise<Recovered> {
  const options = engineOptions({ ...more, disk });
  const segments = new SegmentTable({
    ...options,
    directory: join(options.directory, "segments"),
    onUnreachable: () => undefined,
  });
  return recover(options, segments, () => undefined);
}

/**
 * What a start comes to, as far as anyone can learn of it. Where the records lie may differ: a checkpoint proves
 * more of the log durable than the log itself may, and what is not proven is copied.
 */
function describeState({ keydir, revision, replay }: Recovered): unknown {
  const entries = entriesOf(keydir).map(([key, entry]) => [
    key.toString(),
    entry.revision,
    entry.index,
    entry.createRevision,
    entry.version,
    entry.deadlineMs,
  ]);
  const names = Array.from({ length: 12 }, (_, at) => `key ${String(at)}`);
  const older = names.map((name) =>
    keydir.history.of(Buffer.from(name)).map((entry) => [entry.revision, entry.isTombstone]),
  );
  return { entries, older, revision, time: replay.commitTimeMs, deadlines: keydir.deadlines.size };
}

function entriesOf(keydir: Keydir): [Buffer, KeydirEntry][] {
  const view = keydir.pin();
  const entries = [...view.walk({ isDescending: false })];
  view.release();
  return entries;
}

/** Every entry leads to its record, and each segment knows what is live in it. */
async function checkPlaces({ keydir, segments, manifest }: Recovered): Promise<void> {
  const { storeId } = manifest.current;
  const onDamage = (_: unknown, error: unknown): never => {
    throw new Error("an entry leads to no record", { cause: error });
  };
  const cache = new ValueCache(0);
  const reader = new RecordReader({ segments, keydir, cache, storeId, onDamage });
  const live = new Map(
    segments.list().map((each) => [each.id, { count: 0, bytes: 0, tombstones: 0 }]),
  );
  const older = keydir.history
    .chains(undefined, Number.POSITIVE_INFINITY)
    .flatMap(({ key, versions }) => versions.map((entry): [Buffer, KeydirEntry] => [key, entry]));
  for (const [key, entry] of [...entriesOf(keydir), ...older]) {
    await reader.readRecord(key, entry);
    const counts = live.get(entry.segment);
    if (counts === undefined) throw new Error("an entry leads to a segment that is not live");
    if (entry.isTombstone) counts.tombstones += entry.length;
    else counts.count++;
    counts.bytes += entry.length;
  }
  for (const { id, livePutCount, liveBytes, keptTombstoneBytes } of segments.list()) {
    const counts = { count: livePutCount, bytes: liveBytes, tombstones: keptTombstoneBytes };
    expect(counts, `segment ${String(id)}`).to.deep.equal(live.get(id));
  }
}

/** Cuts the power, and holds the start from the checkpoints there are against one without them. */
async function crashAndCompare(
  disk: CrashDisk,
  loss: Loss,
  more: Partial<StorageOptions> = {},
): Promise<Recovered> {
  const at = disk.stepCount;
  const without = disk.crashAt(at, loss);
  await removeCheckpoints(without);
  const expected = describeState(await recoverOn(without, more));
  const recovered = await recoverOn(disk.crashAt(at, loss), more);
  expect(describeState(recovered)).to.deep.equal(expected);
  await checkPlaces(recovered);
  return recovered;
}

function anyLoss(random: Random): Loss {
  return { way: random.pick(LOSS_WAYS), seed: random.uint32() };
}

/** Calls that overlap: sets, removals, compactions and checkpoints, on a disk whose calls take turns. */
class Overlap {
  readonly #random: Random;
  readonly #bench: EngineBench;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(bench: EngineBench, random: Random) {
    this.#bench = bench;
    this.#random = random;
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.#begin(this.#any());
      if (this.#random.oneIn(3)) await settle(this.#random.below(12));
      if (this.#underWay.size > 20) await Promise.all(this.#underWay);
    }
  }

  /** Waits for everything but leaves the engine open. */
  async end(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #any(): Promise<unknown> {
    const { engine } = this.#bench;
    const chance = this.#random.below(40);
    if (chance === 0) return engine.compact(0);
    if (chance === 1) return engine.compact(0.3);
    if (chance < 5) return engine.createCheckpoint();
    const key = `key ${String(this.#random.below(12))}`;
    const isThere = engine.lookup(Buffer.from(key)) !== undefined;
    if (isThere && chance < 14) return commit(this.#bench, deleteChange(key));
    if (isThere && chance < 18) return commit(this.#bench, expireChange(key, "v"));
    const deadlineMs = this.#random.oneIn(3) ? 2_000_000_000_000 + this.#random.below(5) : 0;
    const value = "v".repeat(this.#random.below(700));
    return commit(this.#bench, setChange(key, value, deadlineMs));
  }

  #begin(call: Promise<unknown>): void {
    const done = call.catch(() => undefined).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }
}

/** The same disk, on which the sync of what compaction writes waits to be let go. */
function holdCompaction(disk: CrashDisk): {
  readonly fileSystem: FileSystem;
  readonly isHeld: () => boolean;
  readonly letGo: () => void;
} {
  let isHeld = false;
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const open = async (path: string, mode: OpenMode): Promise<File> => {
    const file = await disk.open(path, mode);
    if (mode !== "create" || !/\d{12}\.seg\.tmp$/.test(path)) return file;
    const sync = file.sync.bind(file);
    return Object.assign(file, {
      sync: async () => {
        isHeld = true;
        await gate;
        await sync();
      },
    });
  };
  const fileSystem = new Proxy(disk, {
    get: (target, name) => {
      if (name === "open") return open;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  return { fileSystem, isHeld: () => isHeld, letGo };
}

describe("a checkpoint", () => {
  it("is left by a clean stop, and the next start reads no record", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("a", "1"), setChange("b", "2", 2_000_000_000_000));
    await commit(bench, setChange("c", "3"));
    await bench.engine.close();
    expect(await checkpointsOf(bench.disk)).to.deep.equal(["000000000001.checkpoint"]);

    const { lines, logger } = listeningLogger();
    const again = await openEngine({ disk: bench.disk, manualClock: bench.clock, logger });
    expect(lines.join("\n")).to.contain('"checkpoint":"checkpoints/000000000001.checkpoint"');
    expect(again.engine.status().checkpoint?.revision).to.equal(2);
    expect(again.engine.status().keyCount).to.equal(3);
    expect(again.engine.deadlines.size).to.equal(1);
    expect(await read(again, "b")).to.equal("2");
    await again.engine.close();
  });

  it("is not written again where nothing has come since", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("a", "1"));
    await bench.engine.close();
    const again = await openEngine({ disk: bench.disk });
    await again.engine.close();
    expect(await checkpointsOf(bench.disk)).to.deep.equal(["000000000001.checkpoint"]);
  });

  it("is written on the period, when log has come to lie above the last one", async () => {
    const options = { checkpointPeriodMs: 1000, checkpointLogBytesMin: 2000 };
    const bench = await openEngine(options);
    await commit(bench, setChange("a", "1"));
    await bench.clock.advance(1000);
    await settle(20);
    expect(await checkpointsOf(bench.disk)).to.deep.equal([]);
    for (let count = 0; count < 20; count++) await commit(bench, setChange("a", "v".repeat(900)));
    await bench.clock.advance(1000);
    await settle(40);
    expect(bench.engine.status().checkpoint?.revision).to.equal(21);
    await bench.engine.close();
  });

  it("is not written again on the period where nothing has come since", async () => {
    const bench = await openEngine({ checkpointPeriodMs: 1000, checkpointLogBytesMin: 2000 });
    for (let count = 0; count < 13; count++) await commit(bench, setChange("a", "v".repeat(900)));
    for (let period = 0; period < 4; period++) {
      await bench.clock.advance(1000);
      await settle(40);
    }
    expect(await checkpointsOf(bench.disk)).to.deep.equal(["000000000001.checkpoint"]);
    await bench.engine.close();
  });

  it("covers a segment that no record came to, and the next one follows it", async () => {
    const options = { startSegmentBytes: 600 };
    const bench = await openEngine(options);
    await commit(bench, setChange("a", "1"));
    await bench.engine.close();
    // What does not fit the small first segment goes to the next one.
    const again = await openEngine({ ...options, disk: bench.disk });
    await commit(again, setChange("a", "v".repeat(900)));
    await again.engine.close();
    const recovered = await recoverOn(bench.disk);
    expect(recovered.start.file?.number).to.equal(2);
    expect(recovered.revision).to.equal(2);
  });

  it("is one of two, the newest", async () => {
    const bench = await openEngine();
    for (const value of ["1", "2", "3"]) {
      await commit(bench, setChange("a", value));
      await bench.engine.createCheckpoint();
    }
    const names = ["000000000002.checkpoint", "000000000003.checkpoint"];
    expect(await checkpointsOf(bench.disk)).to.deep.equal(names);
    await bench.engine.close();
  });

  it("that is damaged is passed over for the one before, and both for the whole log", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("a", "1"));
    await bench.engine.createCheckpoint();
    await commit(bench, setChange("a", "2"), setChange("b", "2"));
    await bench.engine.createCheckpoint();
    await commit(bench, setChange("c", "3"));
    const used: string[] = [];
    for (const damaged of [[], [2], [1, 2]]) {
      const disk = bench.disk.crash(NOTHING_LOST);
      for (const number of damaged) {
        const path = join(CHECKPOINTS, `00000000000${String(number)}.checkpoint`);
        disk.poke(path, Buffer.from([0xaa]), 5000);
      }
      const { lines, logger } = listeningLogger();
      const recovered = await recoverOn(disk, { logger });
      expect(recovered.keydir.size).to.equal(3);
      used.push(String(recovered.start.file?.number));
      const passedOver = lines.filter((line) => line.startsWith("passed over a checkpoint"));
      expect(passedOver).to.have.length(damaged.length);
    }
    expect(used).to.deep.equal(["2", "1", "undefined"]);
  });

  it("that stands for more than the log has is no cache any more: the log has lost something", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("a", "1"));
    const older = bench.disk.crashAt(bench.disk.stepCount, NOTHING_LOST);
    await commit(bench, setChange("a", "2"));
    await bench.engine.createCheckpoint();
    const bytes = bench.disk.peek(join(CHECKPOINTS, "000000000001.checkpoint"));
    const file = await older.open(join(CHECKPOINTS, "000000000001.checkpoint"), "create");
    await file.write(bytes, 0);
    await file.close();
    const refused = await recoverOn(older).then(
      () => "it was opened",
      (error: unknown) => String(error),
    );
    expect(refused).to.contain("the log ends at revision 1, but 2 was durable");
  });

  it("whose entries compaction has moved since leads to where they lie now", async () => {
    const bench = await openEngine();
    for (let count = 0; count < 30; count++) {
      await commit(bench, setChange(`key ${String(count % 7)}`, "v".repeat(500)));
    }
    await bench.engine.createCheckpoint();
    await bench.engine.compact(0);
    const recovered = await crashAndCompare(bench.disk, NOTHING_LOST);
    expect(recovered.start.revision, "the checkpoint was used").to.be.greaterThan(NO_REVISION);
  });

  it("brings nothing back that was removed and compacted away since", async () => {
    const bench = await openEngine();
    for (let count = 0; count < 30; count++) {
      await commit(bench, setChange(`key ${String(count % 7)}`, "v".repeat(500)));
    }
    await bench.engine.createCheckpoint();
    for (const name of ["key 0", "key 3"]) await commit(bench, deleteChange(name));
    await commit(bench, expireChange("key 5", "v"));
    // Twice: the first leaves the tombstones, which older values in other segments hold up.
    await bench.engine.compact(0);
    await bench.engine.compact(0);
    const recovered = await crashAndCompare(bench.disk, NOTHING_LOST);
    expect(recovered.start.revision, "the checkpoint was used").to.be.greaterThan(NO_REVISION);
    expect(recovered.keydir.size).to.equal(4);
  });

  it("made while compaction copied what was removed meanwhile brings it not back", async () => {
    const disk = new CrashDisk();
    const { fileSystem, isHeld, letGo } = holdCompaction(disk);
    const bench = await openEngine({ disk, fileSystem });
    // Half of it is dead: the rest is copied, "kept" among it.
    await commit(bench, setChange("kept", "v".repeat(500)));
    for (let count = 0; count < 12; count++) await commit(bench, setChange("x", "v".repeat(500)));
    const compacted = bench.engine.compact(0);
    await until("the copy is written", isHeld);
    await commit(bench, deleteChange("kept"));
    // The segment of the tombstone is sealed, so a start from the checkpoint does not read it.
    for (let count = 0; count < 20; count++) await commit(bench, setChange("y", "v".repeat(500)));
    await bench.engine.createCheckpoint();
    letGo();
    await compacted;
    const recovered = await crashAndCompare(disk, NOTHING_LOST);
    expect(recovered.start.file?.number).to.equal(1);
    expect(recovered.keydir.get(Buffer.from("kept"))).to.equal(undefined);
  });

  it(`comes to what the whole log comes to, whatever overlaps: ${String(SEEDS)} runs`, async () => {
    let usedCount = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(mixSeeds(seed, 77));
      let disk = new CrashDisk({ pace: () => settle(random.below(3)) });
      const options = {
        historyVersions: seed % 2 === 0 ? 1 + random.below(4) : 1,
        retentionBytes: random.pick([0, 16 * KIB]),
        retentionMs: random.pick([0, 1e12]),
      };
      for (let life = 0; life < 3; life++) {
        const startSegmentBytes = random.pick([600, 8192]);
        const bench = await openEngine({
          startSegmentBytes,
          ...options,
          disk,
          manualClock: new ManualClock(),
        });
        const overlap = new Overlap(bench, random);
        await overlap.run(40 + random.below(80));
        if (random.oneIn(3)) {
          await overlap.end();
          await bench.engine.close();
        }
        const loss = anyLoss(random);
        try {
          const recovered = await crashAndCompare(disk, loss, options);
          if (recovered.start.file !== undefined) usedCount++;
        } catch (error) {
          throw new Error(`seed ${String(seed)}, life ${String(life)}: ${String(error)}`, {
            cause: error,
          });
        }
        disk = disk.crash(loss, { pace: () => settle(random.below(3)) });
      }
    }
    expect(usedCount, "starts that used a checkpoint").to.be.greaterThan(SEEDS);
  }).timeout(120_000);
});
