/** Values compressed by record: kept only where it gains, readable whatever the setting is later. */

import { randomBytes } from "node:crypto";

import { expect } from "chai";

import { isKvError, NO_REVISION } from "../../src/base/index.js";
import { unpackValue, type LogRecord } from "../../src/log/index.js";
import { SEGMENTS_DIRECTORY } from "../../src/storage/segment-table.js";
import { readSnapshotSummary } from "../../src/storage/snapshot-file.js";
import { restoreSnapshot, type Change } from "../../src/storage/index.js";
import { commit, expireChange, openEngine, read, setChange } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { kvRejectionOf } from "../support/rejection.js";

const BYTES_MIN = 64;
const TEXT = "a value that says the same again and again, ".repeat(40);
const NOISE = randomBytes(1000).toString("latin1");
const VALUES: Readonly<Record<string, string>> = {
  empty: "",
  "below the threshold": "x".repeat(BYTES_MIN - 1),
  "at the threshold": "x".repeat(BYTES_MIN),
  text: TEXT,
  noise: NOISE,
};

for (const compression of ["zstd", "lz4"] as const) {
  const settings = { compression, compressionBytesMin: BYTES_MIN } as const;

  describe(`values compressed with ${compression}`, () => {
    it("are read back, also with another setting, and after a compaction", async () => {
      const bench = await openEngine(settings);
      const { disk } = bench;
      for (const [key, value] of Object.entries(VALUES)) await commit(bench, setChange(key, value));
      await commit(bench, setChange("text", TEXT));
      await bench.engine.close();
      for (const later of ["none", "zstd", "lz4"] as const) {
        const again = await openEngine({ ...settings, disk, compression: later });
        for (const [key, value] of Object.entries(VALUES)) {
          expect(await read(again, key), key).to.equal(value);
        }
        const before = again.engine.lookup(Buffer.from("text"))?.length;
        await again.engine.compact(0);
        expect(await read(again, "text")).to.equal(TEXT);
        expect(again.engine.lookup(Buffer.from("text"))?.length).to.equal(before);
        await again.engine.close();
      }
    });

    it("are stored compressed only from the threshold on, and only where that gains", async () => {
      const plain = await openEngine();
      const bench = await openEngine(settings);
      const lengths = async (of: typeof bench, key: string): Promise<number> => {
        await commit(of, setChange(key, Buffer.from(VALUES[key] ?? "", "latin1")));
        return of.engine.lookup(Buffer.from(key))?.length ?? 0;
      };
      const isShorter: Record<string, boolean> = {};
      for (const key of Object.keys(VALUES)) {
        isShorter[key] = (await lengths(bench, key)) < (await lengths(plain, key));
      }
      expect(isShorter).to.deep.equal({
        empty: false,
        "below the threshold": false,
        "at the threshold": true,
        text: true,
        noise: false,
      });
      await plain.engine.close();
      await bench.engine.close();
    });

    it("are in snapshots as they are stored, and in what is restored from them", async () => {
      const bench = await openEngine(settings);
      for (const [key, value] of Object.entries(VALUES)) await commit(bench, setChange(key, value));
      const { snapshotId } = await bench.engine.createSnapshot();
      await bench.engine.close();
      const { disk, clock } = bench;
      const path = `${DATA_DIRECTORY}/snapshots/${snapshotId}.snapshot`;
      const { header, footer } = await readSnapshotSummary(disk, path, "it");
      expect(header.mayBeCompressed).to.equal(true);
      expect(footer.dataBytes).to.be.lessThan(TEXT.length + 1000 + 5 * 100 + 2 * BYTES_MIN);
      await restoreSnapshot({
        fileSystem: disk,
        clock,
        snapshotPath: path,
        directory: "/restored",
      });
      const restored = await openEngine({ disk, directory: "/restored" });
      for (const [key, value] of Object.entries(VALUES)) {
        expect(await read(restored, key), key).to.equal(value);
      }
      await restored.engine.close();
    });

    it("are told with an expiration, now and from the log", async () => {
      const bench = await openEngine({ ...settings, retentionMs: 3_600_000 });
      const { engine } = bench;
      await commit(bench, setChange("text", TEXT, 1));
      const live: LogRecord[] = [];
      engine.changes.listen((_, changes) => live.push(...changes.map(({ record }) => record)));
      const revision = await commit(bench, expireChange("text", TEXT));
      const { records } = await engine.logReader.read({ revision }, revision, "expirations");
      expect(live).to.have.lengthOf(1);
      expect(records).to.have.lengthOf(1);
      for (const record of [...live, ...records]) {
        expect(record.codec).to.equal(compression);
        expect((await unpackValue(record)).toString()).to.equal(TEXT);
      }
      await engine.close();
    });

    it("are damage with any byte of them changed, never another value", async () => {
      const bench = await openEngine(settings);
      await commit(bench, setChange("text", TEXT));
      const entry = bench.engine.lookup(Buffer.from("text"));
      if (entry === undefined) throw new Error("there is no entry");
      const name = `${String(entry.segment).padStart(12, "0")}.seg`;
      const path = `${DATA_DIRECTORY}/${SEGMENTS_DIRECTORY}/${name}`;
      const file = await bench.disk.open(path, "write");
      for (let at = entry.offset; at < entry.offset + entry.length; at += 7) {
        const byte = Buffer.alloc(1);
        await file.read(byte, at);
        await file.write(Buffer.of(byte.readUInt8(0) ^ 4), at);
        await kvRejectionOf(bench.engine.read(Buffer.from("text"), entry), "CORRUPT");
        await file.write(byte, at);
      }
      expect(await read(bench, "text")).to.equal(TEXT);
      await file.close();
      await bench.engine.close();
    });

    it("make the store say so before the first of them is written, for good", async () => {
      const { disk, engine } = await openEngine();
      await engine.close();
      const manifest = (): string => disk.peek(`${DATA_DIRECTORY}/MANIFEST`).toString();
      expect(manifest()).not.to.include("mayBeCompressed");
      for (const each of [compression, "none"] as const) {
        const again = await openEngine({ disk, compression: each });
        expect(manifest()).to.include('"mayBeCompressed":true');
        expect(again.engine.appliedRevision).to.equal(NO_REVISION);
        await again.engine.close();
      }
    });
  });

  it(`many values for one commit are compressed with ${compression} before it, with turns for others`, async () => {
    const { engine } = await openEngine(settings);
    const values = Array.from({ length: 64 }, () => Buffer.alloc(16 * 1024, TEXT));
    let hadTurn = false;
    setImmediate(() => {
      hadTurn = true;
    });
    await engine.prepareAll(values);
    expect(hadTurn).to.equal(true);
    await engine.close();
  });

  it(`a large value is compressed with ${compression} before its commit`, async () => {
    const { engine, clock } = await openEngine({
      ...settings,
      segmentBytes: 2 * 1024 * 1024,
      reserveBytes: 2 * 1024 * 1024,
      commitQueueBytes: 4 * 1024 * 1024,
    });
    const value = Buffer.alloc(1024 * 1024, TEXT);
    const change = { ...setChange("large", ""), value } as Change;
    for (;;) {
      const room = engine.prepare(value) ?? engine.admit(value.length, "write");
      if (room === undefined) break;
      await room;
    }
    const { durable } = engine.commit([change], clock.wallMs());
    await durable;
    const entry = engine.lookup(Buffer.from("large"));
    expect(entry?.length).to.be.lessThan(32 * 1024);
    if (entry === undefined) return;
    expect((await engine.read(Buffer.from("large"), entry)).value.equals(value)).to.equal(true);
    await engine.close();
  });

  it(`large values that wait to be compressed with ${compression} are bounded in bytes`, async () => {
    const { engine } = await openEngine({ ...settings, commitQueueBytes: 1024 * 1024 });
    const values = Array.from({ length: 6 }, () => Buffer.alloc(256 * 1024, TEXT));
    const waiting: (Promise<void> | undefined)[] = [];
    const refused: unknown[] = [];
    for (const value of values) {
      try {
        waiting.push(engine.prepare(value));
      } catch (error) {
        refused.push(error);
      }
    }
    expect(waiting).to.have.length(4);
    expect(refused.map((error) => isKvError(error, "OVERLOADED"))).to.deep.equal([true, true]);
    for (const one of waiting) await one;
    await engine.prepare(values.at(-1) ?? Buffer.alloc(0));
    await engine.close();
  });
}
