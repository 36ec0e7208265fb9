/**
 * A damaged store is verified and salvaged. What is damaged is found, or nothing lives there; and a copy never has
 * a value that is wrong or old, and never a key that was removed.
 */

import { expect } from "chai";

import { KvError, type Finding } from "../../src/base/index.js";
import { salvageStore, verifyClosedStore, type SalvageResult } from "../../src/kv/index.js";
import type { UncertainKey } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { removeCheckpoints } from "../support/checkpoint-files.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, openOnDisk, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { Random } from "../support/random.js";
import { kvRejectionOf } from "../support/rejection.js";
import { openLocalStore } from "../../src/kv/index.js";
import type { State } from "./history.js";
import { stateOf } from "./oracle.js";

const INTO = "/copy";
const FLIPS_PER_FILE = 60;
const DAMAGES = 150;

interface Stopped {
  readonly disk: CrashDisk;
  readonly nowMs: number;
  readonly state: State;
  /** Every key that there ever was. */
  readonly keys: readonly string[];
}

interface Shape {
  readonly end: "closed" | "killed";
  readonly checkpoints: "kept" | "removed";
}

/** A store with log segments, a compacted one, removed keys, a snapshot; a checkpoint if it is kept. */
async function stoppedStore({ end, checkpoints }: Shape): Promise<Stopped> {
  const disk = new CrashDisk();
  const clock = new ManualClock();
  const store = await openOnDisk(disk, clock);
  const keys = Array.from({ length: 25 }, (_, index) => `key ${String(index)}`);
  const fill = async (from: number): Promise<void> => {
    for (let index = from; index < from + 40; index += 1) {
      const value = `value ${String(index)} `.repeat(1 + (index % 30));
      await store.set(setOf(`key ${String(index % 25)}`, value), PATIENT);
      if (index % 7 === 0)
        await store.delete({ key: bytes(`key ${String((index + 3) % 25)}`) }, PATIENT);
    }
  };
  await fill(0);
  await store.set(setOf("due", "1", { expiration: { kind: "ttl", ttlMs: 1000 } }), PATIENT);
  clock.pass(60_000);
  await store.compact(PATIENT);
  await store.snapshot(PATIENT);
  await fill(40);
  const state = await stateOf(store);
  if (end === "closed") await store.close();
  const left = disk.crashAt(disk.stepCount, NOTHING_LOST);
  if (checkpoints === "removed") await removeCheckpoints(left);
  return { disk: left, nowMs: clock.wallMs(), state, keys: [...keys, "due"] };
}

const copyOf = ({ disk }: Stopped): CrashDisk => disk.crashAt(disk.stepCount, NOTHING_LOST);

async function verify(disk: CrashDisk): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const before = disk.stepCount;
  const { findingCount } = await verifyClosedStore({
    fileSystem: disk,
    directory: DATA_DIRECTORY,
    onFinding: (finding) => findings.push(finding),
    onNote: () => undefined,
  });
  expect(findingCount).to.equal(findings.length);
  expect(disk.stepCount, "nothing was changed").to.equal(before);
  return findings;
}

interface Salvaged {
  readonly result: SalvageResult;
  readonly uncertain: readonly UncertainKey[];
  readonly state: State;
}

async function salvage(
  disk: CrashDisk,
  nowMs: number,
  doubtful: "leave out" | "copy" = "leave out",
): Promise<Salvaged> {
  const clock = new ManualClock(nowMs);
  const uncertain: UncertainKey[] = [];
  const source = disk.files().map((path) => [path, disk.peek(path).toString("latin1")] as const);
  const result = await salvageStore({
    fileSystem: disk,
    clock,
    directory: DATA_DIRECTORY,
    into: INTO,
    doubtful,
    onFinding: () => undefined,
    onNote: () => undefined,
    onKey: (key) => void uncertain.push(key),
  });
  for (const [path, content] of source) {
    expect(disk.peek(path).toString("latin1") === content, `${path} is as it was`).to.equal(true);
  }
  const store = await openLocalStore(
    tinyStoreOptions({ fileSystem: disk, directory: INTO, clock }),
  );
  const state = await stateOf(store);
  const { historyId } = await store.status();
  expect(historyId).to.equal(result.historyId);
  await store.close();
  return { result, uncertain, state };
}

/** Fails where the copy has anything that the store did not have at its end. */
function expectRight(copy: State, { state }: Stopped): void {
  for (const [key, entry] of copy) {
    const wanted = state.get(key);
    expect(wanted, `${key} was removed`).not.to.equal(undefined);
    expect(entry.value, key).to.equal(wanted?.value);
    expect(entry.revision, key).to.equal(wanted?.revision);
    expect(entry.deadlineMs, key).to.equal(wanted?.deadlineMs);
  }
}

/** One thing that decay or a careless hand does to a file, told in words. */
function damage(disk: CrashDisk, random: Random, spared: string | undefined): string {
  const files = disk
    .files()
    .filter((path) => !path.endsWith("LOCK") && !path.includes("snapshots") && path !== spared);
  const path = files[random.below(files.length)] ?? "";
  const content = disk.peek(path);
  const offset = random.below(Math.max(1, content.length));
  switch (random.below(4)) {
    case 0:
      disk.poke(path, Buffer.from([(content[offset] ?? 0) ^ (1 << random.below(8))]), offset);
      return `a bit of ${path} at ${String(offset)}`;
    case 1:
      disk.resize(path, offset);
      return `${path} cut to ${String(offset)}`;
    case 2: {
      const length = Math.min(512, content.length - offset);
      disk.poke(path, Buffer.alloc(length, random.below(256)), offset);
      return `${String(length)} bytes of ${path} at ${String(offset)}`;
    }
    default:
      void disk.unlink(path);
      return `${path} removed`;
  }
}

const SHAPES: readonly Shape[] = [
  { end: "closed", checkpoints: "removed" },
  { end: "closed", checkpoints: "kept" },
  { end: "killed", checkpoints: "removed" },
  { end: "killed", checkpoints: "kept" },
];

describe("kvdb verify of a closed store", () => {
  for (const shape of SHAPES) {
    it(`finds nothing in one that is whole: ${shape.end}, checkpoints ${shape.checkpoints}`, async () => {
      const stopped = await stoppedStore(shape);
      expect(await verify(copyOf(stopped))).to.deep.equal([]);
    });
  }

  it("finds a bit that is flipped, in every kind of file, and says where", async () => {
    const stopped = await stoppedStore({ end: "closed", checkpoints: "kept" });
    const random = new Random(21);
    for (const path of stopped.disk.files().filter((each) => !each.endsWith("LOCK"))) {
      const content = stopped.disk.peek(path);
      for (let flip = 0; flip < Math.min(FLIPS_PER_FILE, content.length); flip += 1) {
        const offset = random.below(content.length);
        const disk = copyOf(stopped);
        disk.poke(path, Buffer.from([(content[offset] ?? 0) ^ (1 << random.below(8))]), offset);
        const what = `${path} at byte ${String(offset)}`;
        try {
          const findings = await verify(disk);
          if (findings.length === 0) expectUnused(path, offset, content);
          else
            expect(
              findings.map(({ file }) => `${DATA_DIRECTORY}/${file}`),
              what,
            ).to.include(path);
        } catch (error) {
          // A format of the future is what it looks like then.
          if (!(error instanceof KvError) || error.code !== "STORE_TOO_NEW") throw error;
        }
      }
    }
  }).timeout(60_000);

  it("finds files that are missing, and goes on after each", async () => {
    const stopped = await stoppedStore({ end: "closed", checkpoints: "removed" });
    const segments = stopped.disk.files().filter((path) => path.endsWith(".seg"));
    for (const path of [...segments, `${DATA_DIRECTORY}/MANIFEST`]) {
      const disk = copyOf(stopped);
      await disk.unlink(path);
      const files = (await verify(disk)).map(({ file }) => `${DATA_DIRECTORY}/${file}`);
      expect(files).to.include(path);
    }
    const disk = copyOf(stopped);
    for (const path of segments) {
      const content = disk.peek(path);
      disk.poke(path, Buffer.from([(content[100] ?? 0) ^ 1]), 100);
    }
    const files = new Set((await verify(disk)).map(({ file }) => `${DATA_DIRECTORY}/${file}`));
    expect([...files]).to.have.members(segments);
  });

  it("says that there is no store, or that another process has it", async () => {
    await kvRejectionOf(verify(new CrashDisk()), "STORE_ABSENT");
    const disk = new CrashDisk();
    await openOnDisk(disk, new ManualClock());
    await kvRejectionOf(verify(disk), "STORE_LOCKED");
    disk.stopAfterCalls(0);
  });
});

/** What no file means to say: where nothing is found, this is where the bit lay. */
function expectUnused(path: string, offset: number, content: Buffer): void {
  const rest = content.subarray(offset);
  throw new Error(
    `${path}: nothing is found at ${String(offset)}, before ${rest.toString("hex", 0, 16)}`,
  );
}

describe("kvdb salvage", () => {
  for (const shape of SHAPES) {
    const name = `${shape.end}, checkpoints ${shape.checkpoints}`;

    it(`copies all of a store that is whole: ${name}`, async () => {
      const stopped = await stoppedStore(shape);
      const { state, uncertain, result } = await salvage(copyOf(stopped), stopped.nowMs);
      expect(uncertain).to.deep.equal([]);
      expect(result.lostRevisions).to.deep.equal([]);
      expect([...state]).to.deep.equal([...stopped.state]);
    });

    it(`never copies what is wrong, old or removed: ${name}`, async () => {
      const stopped = await stoppedStore(shape);
      let copied = 0;
      for (let seed = 0; seed < DAMAGES; seed += 1) {
        const random = new Random(seed);
        const disk = copyOf(stopped);
        const isTwice = random.below(3) === 0;
        // Nothing vouches for the end of an active segment, nor for the newest one where the manifest is gone.
        const newest = disk
          .files()
          .filter((path) => path.endsWith(".seg"))
          .at(-1);
        const spared = shape.end === "killed" || isTwice ? newest : undefined;
        const done = [damage(disk, random, spared)];
        if (isTwice) done.push(damage(disk, random, spared));
        try {
          const { state, uncertain } = await salvage(disk, stopped.nowMs);
          expectRight(state, stopped);
          copied += state.size;
          for (const { key } of uncertain) expect(state.has(key.toString())).to.equal(false);
        } catch (error) {
          if (error instanceof KvError && ["STORE_TOO_NEW", "STORE_ABSENT"].includes(error.code))
            continue;
          throw new Error(`seed ${String(seed)}: ${done.join(", ")}: ${String(error)}`, {
            cause: error,
          });
        }
      }
      expect(copied, "keys in all copies").to.be.greaterThan(DAMAGES);
    }).timeout(60_000);
  }

  it("works without a manifest: all is there, with a checkpoint", async () => {
    const stopped = await stoppedStore({ end: "closed", checkpoints: "kept" });
    const disk = copyOf(stopped);
    await disk.unlink(`${DATA_DIRECTORY}/MANIFEST`);
    const { state } = await salvage(disk, stopped.nowMs);
    expect([...state]).to.deep.equal([...stopped.state]);
  });

  it("loses one key to one bit, and names it, where a checkpoint knows the others", async () => {
    const stopped = await stoppedStore({ end: "closed", checkpoints: "kept" });
    const disk = copyOf(stopped);
    const [key = "", entry] = [...stopped.state].at(-1) ?? [];
    const place = placeOf(disk, entry?.value ?? "");
    disk.poke(
      place.path,
      Buffer.from([(disk.peek(place.path)[place.offset] ?? 0) ^ 1]),
      place.offset,
    );
    const { state, uncertain } = await salvage(disk, stopped.nowMs);
    expect(uncertain.map((each) => [each.key.toString(), each.kind])).to.deep.equal([
      [key, "lost"],
    ]);
    const others = [...stopped.state].filter(([name]) => name !== key);
    expect([...state]).to.deep.equal(others);
  });

  it("names doubtful keys, and copies them when asked", async () => {
    const stopped = await stoppedStore({ end: "closed", checkpoints: "removed" });
    const segments = stopped.disk.files().filter((path) => path.endsWith(".seg"));
    const disk = copyOf(stopped);
    const damaged = segments.at(-1) ?? "";
    disk.poke(damaged, Buffer.from([(disk.peek(damaged)[150] ?? 0) ^ 1]), 150);
    const again = disk.crashAt(disk.stepCount, NOTHING_LOST);
    const careful = await salvage(disk, stopped.nowMs);
    const doubtful = careful.uncertain.filter(({ kind }) => kind === "doubtful");
    expect(doubtful).to.have.length.greaterThan(0);
    expect(careful.result.lostRevisions).to.have.length.greaterThan(0);
    const bold = await salvage(again, stopped.nowMs, "copy");
    for (const { key } of doubtful) expect(bold.state.has(key.toString())).to.equal(true);
    expect(bold.result.copiedCount).to.equal(careful.result.copiedCount + doubtful.length);
  });

  it("writes over nothing", async () => {
    const stopped = await stoppedStore({ end: "closed", checkpoints: "kept" });
    const disk = copyOf(stopped);
    await salvage(disk, stopped.nowMs);
    await kvRejectionOf(salvage(disk, stopped.nowMs), "STORE_EXISTS");
  });
});

function placeOf(
  disk: CrashDisk,
  value: string,
): { readonly path: string; readonly offset: number } {
  for (const path of disk.files().filter((name) => name.endsWith(".seg"))) {
    const offset = disk.peek(path).lastIndexOf(value);
    if (offset >= 0) return { path, offset };
  }
  throw new Error("no segment holds the value");
}
