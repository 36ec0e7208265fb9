/**
 * Damage to the files of a store, as decay or a careless hand does it. It is reported, naming the file and
 * the place, or it does no harm; it never gives a wrong value, and never makes a key absent that is there.
 */

import { expect } from "chai";

import { KvError } from "../../src/base/index.js";
import { restoreSnapshot } from "../../src/kv/index.js";
import type { Store } from "../../src/kv/store.js";
import { bytes, listAllKeys, PATIENT, setOf } from "../support/calls.js";
import { removeCheckpoints } from "../support/checkpoint-files.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, openOnDisk } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { LOSS_WAYS, NOTHING_LOST } from "../support/power-cut.js";
import { Random } from "../support/random.js";
import { kvRejectionOf, rejectionOf } from "../support/rejection.js";
import type { State } from "./history.js";
import { stateOf } from "./oracle.js";

const FLIPS_PER_FILE = 120;

interface ClosedStore {
  readonly disk: CrashDisk;
  readonly nowMs: number;
  readonly state: State;
}

/** A closed store that has every kind of file: log segments, a compacted one, a snapshot. */
async function closedStore(): Promise<ClosedStore> {
  const disk = new CrashDisk();
  const clock = new ManualClock();
  const store = await openOnDisk(disk, clock);
  const ttl = { expiration: { kind: "ttl", ttlMs: 3_600_000 } } as const;
  const fill = async (from: number): Promise<void> => {
    for (let index = from; index < from + 40; index += 1) {
      const value = `value ${String(index)} `.repeat(1 + (index % 30));
      await store.set(setOf(`key ${String(index % 25)}`, value, index % 5 ? {} : ttl), PATIENT);
      if (index % 7 === 0) await store.delete(bytes(`key ${String((index + 3) % 25)}`), PATIENT);
    }
  };
  await fill(0);
  clock.pass(60_000);
  await store.compact(PATIENT);
  await store.snapshot(PATIENT);
  await fill(40);
  const state = await stateOf(store);
  await store.close();
  return { disk, nowMs: clock.wallMs(), state };
}

/** The same disk again, for one more experiment. */
function copyOf({ disk }: ClosedStore): CrashDisk {
  return disk.crashAt(disk.stepCount, NOTHING_LOST);
}

const relative = (path: string): string => path.slice(DATA_DIRECTORY.length + 1);

/** What an error must be that refuses a damaged file. */
function expectNamed(error: unknown, path: string | undefined): void {
  if (!(error instanceof KvError)) throw error;
  expect(["CORRUPT", "STORE_TOO_NEW"], error.message).to.include(error.code);
  if (error.code !== "CORRUPT") return;
  if (path !== undefined) expect(error.metadata.segment, error.message).to.equal(relative(path));
  expect(error.metadata.offset, error.message).to.be.a("number");
}

type Verdict = "refused" | "reported" | "harmless";

/** Opens the store and fails if it holds anything but what it should, or says that it cannot tell. */
async function verdictOf(disk: CrashDisk, closed: ClosedStore, path?: string): Promise<Verdict> {
  let store: Store;
  try {
    store = await openOnDisk(disk, new ManualClock(closed.nowMs));
  } catch (error) {
    expectNamed(error, path);
    return "refused";
  }
  let verdict: Verdict = "harmless";
  expect(await listAllKeys(store)).to.deep.equal([...closed.state.keys()]);
  for (const [key, wanted] of closed.state) {
    try {
      const { entry } = await store.get(bytes(key), PATIENT);
      expect(entry?.value.toString("latin1"), key).to.equal(wanted.value);
      expect(entry?.revision, key).to.equal(wanted.revision);
      expect(entry?.deadlineMs, key).to.equal(wanted.deadlineMs);
    } catch (error) {
      expectNamed(error, path);
      verdict = "reported";
    }
  }
  disk.stopAfterCalls(0);
  return verdict;
}

/** The same store as one without a checkpoint: its start reads all of the log. */
async function withoutCheckpoints(closed: ClosedStore): Promise<ClosedStore> {
  const disk = copyOf(closed);
  await removeCheckpoints(disk);
  return { ...closed, disk };
}

/** What comes of a bit flipped here and there in each of the files. */
async function flipBits(
  closed: ClosedStore,
  files: readonly string[],
  judge: (verdict: Verdict, path: string) => void,
): Promise<void> {
  const random = new Random(11);
  for (const path of files) {
    const content = closed.disk.peek(path);
    for (let flip = 0; flip < Math.min(FLIPS_PER_FILE, content.length); flip += 1) {
      const offset = content.length <= FLIPS_PER_FILE ? flip : random.below(content.length);
      const disk = copyOf(closed);
      disk.poke(path, Buffer.from([(content[offset] ?? 0) ^ (1 << random.below(8))]), offset);
      try {
        judge(await verdictOf(disk, closed, path), path);
      } catch (error) {
        throw new Error(`${path} at byte ${String(offset)}: ${String(error)}`, { cause: error });
      }
    }
  }
}

describe("damage to a closed store", () => {
  let closed: ClosedStore;
  let segments: readonly string[];

  before(async () => {
    closed = await withoutCheckpoints(await closedStore());
    segments = closed.disk.files().filter((path) => path.endsWith(".seg"));
    expect(segments.length, "several segments").to.be.at.least(3);
  });

  it("is none where nothing was damaged", async () => {
    expect(await verdictOf(copyOf(closed), closed)).to.equal("harmless");
  });

  it("is refused or reported wherever a bit is flipped in what the store reads", async () => {
    const verdicts = new Map<Verdict, number>();
    const files = closed.disk.files().filter((path) => !path.includes("snapshots"));
    await flipBits(closed, files, (verdict) => {
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      expect(verdict, "a flipped bit is noticed").not.to.equal("harmless");
    });
    expect(verdicts.get("refused") ?? 0).to.be.greaterThan(100);
  }).timeout(60_000);

  it("does no harm in a checkpoint, and elsewhere none that a start from it would hide", async () => {
    const whole = await closedStore();
    const files = whole.disk.files().filter((path) => !path.includes("snapshots"));
    const verdicts = { segments: new Set<Verdict>(), checkpoints: new Set<Verdict>() };
    // A value that is wrong, or absent, throws: what nobody reads may go unnoticed.
    await flipBits(whole, files, (verdict, path) => {
      if (path.endsWith(".checkpoint")) verdicts.checkpoints.add(verdict);
      if (path.endsWith(".seg")) verdicts.segments.add(verdict);
    });
    expect([...verdicts.checkpoints]).to.deep.equal(["harmless"]);
    expect([...verdicts.segments]).to.have.members(["refused", "reported", "harmless"]);
  }).timeout(60_000);

  it("is refused where a segment is missing", async () => {
    for (const path of segments) {
      const disk = copyOf(closed);
      await disk.unlink(path);
      expect(await verdictOf(disk, closed, path)).to.equal("refused");
    }
  });

  it("is refused where a segment was cut", async () => {
    for (const path of segments) {
      const { length } = closed.disk.peek(path);
      for (const size of [0, 1, Math.floor(length / 2), length - 1]) {
        const disk = copyOf(closed);
        disk.resize(path, size);
        expect(await verdictOf(disk, closed, path), `${path} cut to ${String(size)}`).to.equal(
          "refused",
        );
      }
    }
  });

  it("is refused where two segments were swapped, or one was copied over another", async () => {
    const [first = "", second = ""] = segments;
    const swapped = copyOf(closed);
    await swapped.rename(first, "/aside");
    await swapped.rename(second, first);
    await swapped.rename("/aside", second);
    expect(await verdictOf(swapped, closed)).to.equal("refused");
    const copied = copyOf(closed);
    const content = copied.peek(first);
    copied.resize(second, content.length);
    copied.poke(second, content, 0);
    expect(await verdictOf(copied, closed, second)).to.equal("refused");
  });

  it("is refused where the manifest is missing", async () => {
    const disk = copyOf(closed);
    await disk.unlink(`${DATA_DIRECTORY}/MANIFEST`);
    expect(await verdictOf(disk, closed)).to.equal("refused");
  });

  it("is refused where an older manifest was put back", async () => {
    const disk = copyOf(closed);
    const old = disk.peek(`${DATA_DIRECTORY}/MANIFEST`);
    const clock = new ManualClock(closed.nowMs);
    const store = await openOnDisk(disk, clock);
    for (let index = 0; index < 100; index += 1) {
      await store.set(setOf("newer", "v".repeat(500)), PATIENT);
    }
    await store.close();
    disk.resize(`${DATA_DIRECTORY}/MANIFEST`, old.length);
    disk.poke(`${DATA_DIRECTORY}/MANIFEST`, old, 0);
    const error = await kvRejectionOf(openOnDisk(disk, clock), "CORRUPT");
    expect(error.metadata.segment).to.be.a("string");
  });

  it("is refused in a snapshot wherever a bit is flipped or the end is cut", async () => {
    const path = closed.disk.files().find((name) => name.includes("snapshots")) ?? "";
    const content = closed.disk.peek(path);
    const clock = new ManualClock(closed.nowMs);
    const restore = (disk: CrashDisk): Promise<unknown> =>
      restoreSnapshot({ fileSystem: disk, clock, snapshotPath: path, directory: "/restored" });
    await restore(copyOf(closed));
    const random = new Random(12);
    for (let flip = 0; flip < 400; flip += 1) {
      const disk = copyOf(closed);
      const offset = random.below(content.length);
      disk.poke(path, Buffer.from([(content[offset] ?? 0) ^ (1 << random.below(8))]), offset);
      const error = await rejectionOf(restore(disk));
      if (!(error instanceof KvError)) throw error;
      expect(["CORRUPT", "STORE_TOO_NEW"], error.message).to.include(error.code);
      expect(disk.files(), "a store came of it").not.to.include("/restored/MANIFEST");
    }
    for (const size of [0, 10, Math.floor(content.length / 2), content.length - 1]) {
      const disk = copyOf(closed);
      disk.resize(path, size);
      await kvRejectionOf(restore(disk), "CORRUPT");
    }
  });
});

describe("damage to a store while it is open", () => {
  /** More than the store keeps in memory, so that reads go to the disk. */
  const KEY_COUNT = 40;
  const valueOfKey = (index: number): string => `value ${String(index)} `.repeat(30);

  async function openFilled(): Promise<{ readonly disk: CrashDisk; readonly store: Store }> {
    const disk = new CrashDisk();
    const store = await openOnDisk(disk, new ManualClock());
    for (let index = 0; index < KEY_COUNT; index += 1) {
      await store.set(setOf(`key ${String(index)}`, valueOfKey(index)), PATIENT);
    }
    return { disk, store };
  }

  /** Flips a bit in the first value that some closed segment holds; returns its key. */
  function damageOne(disk: CrashDisk): { readonly key: string; readonly path: string } {
    for (const path of disk.files().filter((name) => name.endsWith(".seg"))) {
      const content = disk.peek(path);
      for (let index = 0; index < KEY_COUNT; index += 1) {
        const at = content.indexOf(`value ${String(index)} `);
        if (at < 0) continue;
        disk.poke(path, Buffer.from([(content[at] ?? 0) ^ 1]), at);
        return { key: `key ${String(index)}`, path };
      }
    }
    throw new Error("no segment holds a value");
  }

  it("is an error of the key that it concerns, never another value, never its absence", async () => {
    const { disk, store } = await openFilled();
    const { key, path } = damageOne(disk);
    const error = await kvRejectionOf(store.get(bytes(key), PATIENT), "CORRUPT");
    expectNamed(error, path);
    const touch = { key: bytes(key), expiration: { kind: "none" } } as const;
    expectNamed(await kvRejectionOf(store.touch(touch, PATIENT), "CORRUPT"), path);
    expect(await listAllKeys(store))
      .to.include(key)
      .and.to.have.lengthOf(KEY_COUNT);
    for (let index = 0; index < KEY_COUNT; index += 1) {
      const name = `key ${String(index)}`;
      if (name === key) continue;
      const { entry } = await store.get(bytes(name), PATIENT);
      expect(entry?.value.toString(), name).to.equal(valueOfKey(index));
    }
    const { alarms } = await store.status();
    expect(alarms.map((alarm) => alarm.kind)).to.include("corrupt");
  });

  it("ends with the key: it can be set and deleted", async () => {
    const { disk, store } = await openFilled();
    const { key } = damageOne(disk);
    await store.set(setOf(key, "new"), PATIENT);
    const { entry } = await store.get(bytes(key), PATIENT);
    expect(entry?.value.toString()).to.equal("new");
    expect((await store.delete(bytes(key), PATIENT)).deleted).to.equal(true);
  });

  it("is left alone by compaction, and no snapshot is made of it", async () => {
    const { disk, store } = await openFilled();
    const { key, path } = damageOne(disk);
    for (let index = 0; index < KEY_COUNT; index += 1) {
      const name = `key ${String(index)}`;
      if (index % 2 === 0 && name !== key) await store.set(setOf(name, "shorter"), PATIENT);
    }
    const report = await store.compact(PATIENT);
    expect(report.damagedSegments).to.be.at.most(1);
    expect(disk.files(), "the damaged file is kept").to.include(path);
    await kvRejectionOf(store.get(bytes(key), PATIENT), "CORRUPT");
    expectNamed(await kvRejectionOf(store.snapshot(PATIENT), "CORRUPT"), path);
    expect(await store.listSnapshots()).to.deep.equal([]);
  });
});

describe("a file among the segments that is not of the store", () => {
  it("is set aside, and never lost, wherever the power goes", async () => {
    const closed = await closedStore();
    const content = Buffer.from("somebody's only copy");
    const disk = copyOf(closed);
    const stranger = await disk.open(`${DATA_DIRECTORY}/segments/notes.txt`, "create");
    await stranger.write(content, 0);
    await stranger.sync();
    await stranger.close();
    await disk.syncDirectory(`${DATA_DIRECTORY}/segments`);
    const before = disk.stepCount;
    await openOnDisk(disk, new ManualClock(closed.nowMs));
    expect(disk.files()).to.include(`${DATA_DIRECTORY}/set-aside/notes.txt`);
    for (let step = before; step <= disk.stepCount; step += 1) {
      for (const way of LOSS_WAYS) {
        const left = disk.crashAt(step, { way, seed: step });
        const copies = left.files().filter((path) => path.endsWith("/notes.txt"));
        expect(copies, `after step ${String(step)}, ${JSON.stringify(way)}`).not.to.have.lengthOf(
          0,
        );
        for (const path of copies) expect(left.peek(path).equals(content)).to.equal(true);
      }
    }
  });
});

describe("the end of a log that was not closed", () => {
  /** Bytes before the end at each of which the log is cut: several batches. */
  const CUT_BYTES = 700;

  it("may be cut or zeroed at any byte: the store opens with what lies before", async () => {
    const disk = new CrashDisk();
    const clock = new ManualClock();
    const store = await openOnDisk(disk, clock);
    const values: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      values.push(`value ${String(index)}`);
      await store.set(setOf("key", `value ${String(index)}`), PATIENT);
    }
    const active = newestSegmentOf(disk);
    const content = disk.peek(active);
    const end = content.length - [...content].reverse().findIndex((byte) => byte !== 0);
    for (const how of ["cut", "zeroed"] as const) {
      let newest = -1;
      for (let at = Math.max(0, end - CUT_BYTES); at <= end; at += 1) {
        const copy = disk.crashAt(disk.stepCount, NOTHING_LOST);
        if (how === "cut") copy.resize(active, at);
        else copy.poke(active, Buffer.alloc(end - at), at);
        const reopened = await openOnDisk(copy, new ManualClock(clock.wallMs()));
        const { entry } = await reopened.get(bytes("key"), PATIENT);
        const index = values.indexOf(entry?.value.toString() ?? "");
        expect(index, `${how} at ${String(at)}: a longer log holds no less`).to.be.at.least(newest);
        expect((await reopened.status()).revision).to.equal(index + 1);
        newest = index;
        copy.stopAfterCalls(0);
      }
      expect(newest, `${how} at the end: all is there`).to.equal(values.length - 1);
    }
  }).timeout(30_000);
});

function newestSegmentOf(disk: CrashDisk): string {
  const path = disk
    .files()
    .filter((name) => name.endsWith(".seg"))
    .at(-1);
  if (path === undefined) throw new Error("there is no segment");
  return path;
}
