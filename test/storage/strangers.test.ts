/** What lies among the segments and is not of the store is set aside; what is newer than the store is an alarm. */

import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { SILENT_LOGGER } from "../../src/base/index.js";
import { NodeFileSystem } from "../../src/disk/index.js";
import { removeCheckpoints } from "../support/checkpoint-files.js";
import { CrashDisk } from "../support/crash-disk.js";
import { commit, openEngine, read, setChange } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { kvRejectionOf, systemCodeOf } from "../support/rejection.js";
import { skipBecause } from "../support/skip-because.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";

const SEGMENTS = `${DATA_DIRECTORY}/segments`;
const ASIDE = `${DATA_DIRECTORY}/set-aside`;

async function closedStore(): Promise<CrashDisk> {
  const bench = await openEngine();
  await commit(bench, setChange("key", "value"));
  await bench.engine.close();
  return bench.disk;
}

async function put(disk: CrashDisk, path: string, bytes: Buffer): Promise<void> {
  const file = await disk.open(path, "create");
  await file.write(bytes, 0);
  await file.sync();
  await file.close();
  await disk.syncDirectory(SEGMENTS);
}

async function opensWell(disk: CrashDisk): Promise<void> {
  const bench = await openEngine({ disk });
  expect(await read(bench, "key")).to.equal("value");
  await bench.engine.close();
}

describe("strangers among the segments", () => {
  it("are set aside with every byte, also under a name that is taken there", async () => {
    const disk = await closedStore();
    for (const note of ["first", "second"]) {
      await put(disk, `${SEGMENTS}/notes.txt`, Buffer.from(note));
      await opensWell(disk);
    }
    expect(await disk.list(ASIDE)).to.deep.equal(["notes.txt", "notes.txt.1"]);
    expect(disk.peek(`${ASIDE}/notes.txt`).toString()).to.equal("first");
    expect(disk.peek(`${ASIDE}/notes.txt.1`).toString()).to.equal("second");
    expect(await disk.list(SEGMENTS)).not.to.include("notes.txt");
  });

  it("are set aside where they are segments of another store, or hold nothing newer", async () => {
    const disk = await closedStore();
    const other = await openEngine({ randomBytes: (count) => Buffer.alloc(count, 7) });
    for (let at = 0; at < 5; at += 1) await commit(other, setChange("other", String(at)));
    await other.engine.close();
    const foreign = other.disk.peek(`${SEGMENTS}/000000000001.seg`);
    await put(disk, `${SEGMENTS}/000000000077.seg`, foreign);
    await put(disk, `${SEGMENTS}/000000000078.seg`, disk.peek(`${SEGMENTS}/000000000001.seg`));
    await opensWell(disk);
    expect(await disk.list(ASIDE)).to.deep.equal(["000000000077.seg", "000000000078.seg"]);
  });

  it("are an alarm where they are of this store and newer: the manifest is an old one", async () => {
    const disk = await closedStore();
    const old = disk.peek(`${DATA_DIRECTORY}/MANIFEST`);
    const bench = await openEngine({ disk });
    await commit(bench, setChange("key", "newer"));
    await bench.engine.close();
    const later = disk.crash(NOTHING_LOST);
    await removeCheckpoints(later);
    later.resize(`${DATA_DIRECTORY}/MANIFEST`, old.length);
    later.poke(`${DATA_DIRECTORY}/MANIFEST`, old, 0);
    const files = later.files();
    const error = await kvRejectionOf(openEngine({ disk: later }), "CORRUPT");
    expect(error.metadata.segment).to.equal("segments/000000000002.seg");
    expect(later.files()).to.deep.equal(files);
  });

  it("are an alarm also where they cannot be read now: they may be newer", async () => {
    for (const code of ["EIO", "EMFILE"]) {
      for (const verb of ["open-read", "read"] as const) {
        const disk = await closedStore();
        await put(disk, `${SEGMENTS}/000000000077.seg`, Buffer.alloc(100));
        const takeBack = disk.addFault({ verbs: [verb], path: /77\.seg/, code, lasts: "for-good" });
        expect(await systemCodeOf(openEngine({ disk }))).to.equal(code);
        expect(await disk.list(SEGMENTS)).to.include("000000000077.seg");
        takeBack();
        await opensWell(disk);
        expect(await disk.list(ASIDE)).to.deep.equal(["000000000077.seg"]);
      }
    }
  });

  it("that are temporary files of ours are removed", async () => {
    const disk = await closedStore();
    const snapshot = "0123456789abcdef0123456789abcdef.snapshot.tmp";
    await put(disk, `${SEGMENTS}/000000000009.seg.tmp`, Buffer.from("half"));
    await put(disk, `${SEGMENTS}/spare-removal-reserve-3.tmp`, Buffer.from("half"));
    await put(disk, `${DATA_DIRECTORY}/snapshots/${snapshot}`, Buffer.from("half"));
    await put(disk, `${DATA_DIRECTORY}/MANIFEST.tmp`, Buffer.from("half"));
    await opensWell(disk);
    expect(disk.files().filter((path) => path.endsWith(".tmp"))).to.deep.equal([]);
    expect(await disk.exists(ASIDE)).to.equal(false);
  });

  it("that are temporary files of someone else are kept", async () => {
    const disk = await closedStore();
    const kept = [`${DATA_DIRECTORY}/notes.tmp`, `${DATA_DIRECTORY}/snapshots/half.snapshot.tmp`];
    for (const path of kept) await put(disk, path, Buffer.from("keep me"));
    await put(disk, `${SEGMENTS}/notes.tmp`, Buffer.from("keep me"));
    await opensWell(disk);
    for (const path of [...kept, `${ASIDE}/notes.tmp`]) {
      expect(disk.peek(path).toString()).to.equal("keep me");
    }
  });

  it("that are directories are left where they are, and named in the log", async () => {
    await withTemporaryDirectory(async (parent) => {
      for (const fileSystem of [new CrashDisk(), new NodeFileSystem()]) {
        const directory = fileSystem instanceof CrashDisk ? DATA_DIRECTORY : join(parent, "data");
        await (await openEngine({ fileSystem, directory })).engine.close();
        const strangers = ["lost+found", "old.tmp"];
        for (const name of strangers) {
          await fileSystem.makeDirectory(join(directory, "segments", name));
          await fileSystem.makeDirectory(join(directory, name));
        }
        const warned: unknown[] = [];
        const logger = { ...SILENT_LOGGER, warn: (fields: object) => warned.push(fields) };
        await (await openEngine({ fileSystem, directory, logger })).engine.close();
        expect(warned).to.deep.equal(strangers.map((name) => ({ directory: `segments/${name}` })));
        expect(await fileSystem.list(join(directory, "segments"))).to.include.members(strangers);
        expect(await fileSystem.list(directory)).to.include.members(strangers);
        expect(await fileSystem.exists(join(directory, "set-aside"))).to.equal(false);
      }
    });
  });

  it("that are named pipes or lead nowhere are set aside, and no start waits for them", async function () {
    if (process.platform === "win32") skipBecause(this, "there are no named pipes here");
    await withTemporaryDirectory(async (parent) => {
      const directory = join(parent, "data");
      const fileSystem = new NodeFileSystem();
      await (await openEngine({ fileSystem, directory })).engine.close();
      execFileSync("mkfifo", [join(directory, "segments", "pipe")]);
      execFileSync("mkfifo", [join(directory, "segments", "000000000099.seg")]);
      symlinkSync("nowhere", join(directory, "segments", "link"));
      await (await openEngine({ fileSystem, directory })).engine.close();
      const aside = await fileSystem.list(join(directory, "set-aside"));
      expect(aside).to.deep.equal(["000000000099.seg", "link", "pipe"]);
    });
  });
});
