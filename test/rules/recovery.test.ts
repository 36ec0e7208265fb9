/** Rules of recovery and failure, as seen from outside: what a start makes of what an earlier process left. */

import { expect } from "chai";

import { SILENT_LOGGER } from "../../src/base/index.js";
import { readManifest } from "../../src/log/index.js";
import { encodeManifest } from "../../src/log/manifest-format.js";
import { removeCheckpoints } from "../support/checkpoint-files.js";
import { CrashDisk } from "../support/crash-disk.js";
import { commit, openEngine, read, setChange, type EngineBench } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { settle } from "../support/manual-clock.js";
import { LOSS_WAYS, NOTHING_LOST, type Loss } from "../support/power-cut.js";
import { kvRejectionOf } from "../support/rejection.js";

const EVERYTHING_LOST: Loss = { way: { bytes: "drop", names: "drop" }, seed: 0 };
const SEGMENTS = `${DATA_DIRECTORY}/segments`;
const FIRST = `${SEGMENTS}/000000000001.seg`;
const MANIFEST = `${DATA_DIRECTORY}/MANIFEST`;

const VALUE = "v".repeat(100);
const KEYS = ["a", "b", "c"];

/** A store that was killed: three commits, the last of which nothing vouches for. */
async function killed(): Promise<CrashDisk> {
  const bench = await openEngine();
  for (const key of KEYS) await commit(bench, setChange(key, VALUE));
  return bench.disk.crash(NOTHING_LOST);
}

async function closed(): Promise<CrashDisk> {
  const bench = await openEngine();
  for (const key of KEYS) await commit(bench, setChange(key, VALUE));
  await bench.engine.close();
  return bench.disk.crash(NOTHING_LOST);
}

async function keysOf(bench: EngineBench): Promise<string[]> {
  const found: string[] = [];
  for (const key of KEYS) if ((await read(bench, key)) === VALUE) found.push(key);
  return found;
}

/** Where a key's name and value lie in the first segment. */
function placeOf(disk: CrashDisk, key: string): number {
  return disk.peek(FIRST).indexOf(`${key}${VALUE}`);
}

function turnBit(disk: CrashDisk, path: string, offset: number): void {
  disk.poke(path, Buffer.from([disk.peek(path).readUInt8(offset) ^ 1]), offset);
}

describe("rule 3: nothing is appended to a segment that an earlier process wrote", () => {
  it("rule 3: the manifest closes it, and what nothing vouched for is copied and synced before serving", async () => {
    const disk = await killed();
    const before = disk.peek(FIRST);
    const bench = await openEngine({ disk });
    const manifest = await readManifest(disk, DATA_DIRECTORY);
    const [old, fresh] = manifest?.segments ?? [];
    expect(old).to.include({ id: 1, state: "closed", isSealed: false });
    expect(old?.endOffset, "closed before the last commit").to.be.lessThan(placeOf(disk, "c"));
    expect(fresh).to.include({ id: 2, state: "active", baseRevision: 2 });
    const cut = await openEngine({ disk: disk.crashAt(disk.stepCount, EVERYTHING_LOST) });
    expect(await keysOf(cut)).to.deep.equal(KEYS);
    await commit(bench, setChange("d", VALUE));
    expect(disk.peek(FIRST).equals(before), "every byte is as it was").to.equal(true);
  });

  it("rule 3: bytes past the close are ignored for good", async () => {
    const disk = await killed();
    await (await openEngine({ disk })).engine.close();
    await removeCheckpoints(disk);
    turnBit(disk, FIRST, placeOf(disk, "c"));
    const bench = await openEngine({ disk });
    expect(await keysOf(bench)).to.deep.equal(KEYS);
  });
});

describe("rule 4: the log ends where zeros begin; what is bad before that is damage or a torn tail", () => {
  it("rule 4: at or below a revision that a later header calls durable it is damage, by file and byte", async () => {
    for (const key of ["a", "b"]) {
      const disk = await killed();
      const before = disk.files();
      turnBit(disk, FIRST, placeOf(disk, key));
      const error = await kvRejectionOf(openEngine({ disk }), "CORRUPT");
      expect(error.metadata.segment).to.equal("segments/000000000001.seg");
      expect(error.metadata.offset).to.be.within(64, placeOf(disk, "c"));
      expect(error.message).to.include("nothing was changed");
      expect(before.filter((path) => !path.endsWith(".tmp"))).to.deep.equal(disk.files());
    }
  });

  it("rule 4: above it is a torn tail: cut there, told in the log, and the store opens", async () => {
    const disk = await killed();
    turnBit(disk, FIRST, placeOf(disk, "c"));
    const warned: string[] = [];
    const logger = { ...SILENT_LOGGER, warn: (_: object, text: string) => warned.push(text) };
    const bench = await openEngine({ disk, logger });
    expect(await keysOf(bench)).to.deep.equal(["a", "b"]);
    expect(warned.join()).to.include("cut a torn tail");
  });

  it("rule 4: in a closed segment it is damage wherever it lies", async () => {
    const disk = await closed();
    await removeCheckpoints(disk);
    for (const key of KEYS) {
      const damaged = disk.crashAt(disk.stepCount, NOTHING_LOST);
      turnBit(damaged, FIRST, placeOf(disk, key));
      const error = await kvRejectionOf(openEngine({ disk: damaged }), "CORRUPT");
      expect(error.metadata.segment).to.equal("segments/000000000001.seg");
    }
  });
});

describe("rule 5: the manifest and the segments must agree", () => {
  it("rule 5: a listed segment that is missing is damage", async () => {
    const disk = await closed();
    await disk.unlink(FIRST);
    const error = await kvRejectionOf(openEngine({ disk }), "CORRUPT");
    expect(error.metadata.segment).to.equal("segments/000000000001.seg");
    expect(error.message).to.include("missing");
  });

  it("rule 5: an unlisted one with something newer is damage: the manifest is an old one", async () => {
    const disk = await closed();
    const old = disk.peek(MANIFEST);
    const bench = await openEngine({ disk });
    await commit(bench, setChange("d", VALUE));
    await bench.engine.close();
    await removeCheckpoints(disk);
    const later = disk.crash(NOTHING_LOST);
    later.resize(MANIFEST, old.length);
    later.poke(MANIFEST, old, 0);
    const error = await kvRejectionOf(openEngine({ disk: later }), "CORRUPT");
    expect(error.metadata.segment).to.equal("segments/000000000002.seg");
  });

  it("rule 5: other strangers are set aside, and temporary files of ours removed", async () => {
    const disk = await closed();
    for (const name of ["notes.txt", "000000000099.seg.tmp"]) {
      const file = await disk.open(`${SEGMENTS}/${name}`, "create");
      await file.write(Buffer.from("notes"), 0);
      await file.close();
    }
    expect(await keysOf(await openEngine({ disk }))).to.deep.equal(KEYS);
    expect(disk.peek(`${DATA_DIRECTORY}/set-aside/notes.txt`).toString()).to.equal("notes");
    expect(disk.files().some((path) => path.includes("000000000099"))).to.equal(false);
  });
});

describe("rule 6: the recovered state is a prefix of the commit order, in whole transactions", () => {
  const TRANSACTIONS = 14;

  it("rule 6: after each step, in a quarter of the ways of losing, another each time", async () => {
    const disk = new CrashDisk();
    const bench = await openEngine({ disk });
    const acknowledgedAt: number[] = [];
    for (let count = 0; count < TRANSACTIONS; count += 1) {
      const value = String(count).padEnd(300, ".");
      await commit(bench, ...KEYS.map((key) => setChange(key, value)));
      acknowledgedAt.push(disk.stepCount);
    }
    let states = 0;
    for (let step = 0; step <= disk.stepCount; step += 1) {
      for (const way of LOSS_WAYS.filter((_, index) => index % 4 === step % 4)) {
        const left = disk.crashAt(step, { way, seed: step });
        const after = await openEngine({ disk: left });
        const values = await Promise.all(KEYS.map((key) => read(after, key)));
        expect(new Set(values).size, `step ${String(step)}: transactions are whole`).to.equal(1);
        const acknowledged = acknowledgedAt.filter((at) => at <= step).length;
        const held = values[0] === undefined ? 0 : Number.parseInt(values[0], 10) + 1;
        expect(held, `step ${String(step)}`).to.be.at.least(acknowledged);
        expect(after.engine.durableRevision, "the revision is that of the prefix").to.equal(held);
        left.stopAfterCalls(0);
        states += 1;
      }
    }
    expect(states).to.be.greaterThan(150);
  }).timeout(60_000);
});

describe("rule 11: recovery can itself be cut at any point and run again", () => {
  it("rule 11: at each call of the disk, again and again", async () => {
    const disk = await killed();
    const whole = disk.crashAt(disk.stepCount, NOTHING_LOST);
    await openEngine({ disk: whole });
    const callCount = whole.callCount;
    let left = disk;
    for (let calls = 0; calls < callCount; calls += 1) {
      const way = LOSS_WAYS[calls % LOSS_WAYS.length] ?? NOTHING_LOST.way;
      left.stopAfterCalls(calls);
      await openEngine({ disk: left }).catch(() => undefined);
      await settle(20);
      left = left.crash({ way, seed: calls });
    }
    const bench = await openEngine({ disk: left });
    expect(await keysOf(bench)).to.deep.equal(KEYS);
    expect(bench.engine.durableRevision).to.equal(KEYS.length);
  });
});

describe("rule 14: a newer format is refused by name, and earlier ones open", () => {
  it("rule 14: a store of a later format is refused by its number, and nothing is changed", async () => {
    const disk = await closed();
    const manifest = await readManifest(disk, DATA_DIRECTORY);
    if (manifest === undefined) throw new Error("there is a manifest");
    const text = encodeManifest(manifest).toString().replace("manifest 3 ", "manifest 4 ");
    disk.resize(MANIFEST, text.length);
    disk.poke(MANIFEST, Buffer.from(text), 0);
    const before = disk.files();
    const error = await kvRejectionOf(openEngine({ disk }), "STORE_TOO_NEW");
    expect(error.message).to.include("format 4").and.to.include("or a later one");
    expect(disk.files()).to.deep.equal(before);
    expect(disk.peek(MANIFEST).toString()).to.equal(text);
  });
});
