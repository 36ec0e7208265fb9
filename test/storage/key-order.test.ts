/** A store keeps the order of keys that it was created with, through openings, snapshots and restores. */

import { expect } from "chai";

import {
  checksum,
  KEY_ORDERS,
  type ChecksumSeed,
  type KeyOrderName,
} from "../../src/base/index.js";
import { readSnapshotFile, readSnapshotSummary } from "../../src/storage/snapshot-file.js";
import { decodeSnapshotHeader, encodeSnapshotHeader } from "../../src/storage/snapshot-format.js";
import { restoreSnapshot } from "../../src/storage/index.js";
import * as known from "../golden/known-inputs.js";
import { commit, openEngine, setChange, type EngineBench } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { kvRejectionOf } from "../support/rejection.js";

const RESTORED = "/restored";

const SORTED: Readonly<Record<KeyOrderName, readonly string[]>> = {
  bytes: ["A9", "a01", "a10", "a9"],
  reverse: ["a9", "a10", "a01", "A9"],
  natural: ["A9", "a01", "a9", "a10"],
  "case-insensitive": ["a01", "a10", "A9", "a9"],
};

function keysOf({ engine }: EngineBench): string[] {
  using view = engine.pin();
  return Array.from(view.walk({ isDescending: false }), ([key]) => key.toString());
}

async function newStore(keyOrder: KeyOrderName): Promise<EngineBench> {
  const bench = await openEngine({ keyOrder });
  for (const key of SORTED.bytes) await commit(bench, setChange(key, `of ${key}`));
  return bench;
}

describe("the order of keys of a store", () => {
  for (const keyOrder of KEY_ORDERS) {
    it(`stays ${keyOrder}, whether it is asked for or not`, async () => {
      const { disk, ...bench } = await newStore(keyOrder);
      expect(keysOf({ disk, ...bench })).to.deep.equal(SORTED[keyOrder]);
      await bench.engine.close();
      for (const asked of [undefined, keyOrder]) {
        const again = await openEngine({ disk, keyOrder: asked });
        expect(again.engine.status().keyOrder).to.equal(keyOrder);
        expect(keysOf(again)).to.deep.equal(SORTED[keyOrder]);
        await again.engine.close();
      }
    });

    it(`is refused where it is ${keyOrder} and another is asked for; nothing changes`, async () => {
      const { disk, engine } = await newStore(keyOrder);
      await engine.close();
      const contents = (): object =>
        Object.fromEntries(disk.files().map((path) => [path, disk.peek(path)]));
      const before = contents();
      for (const asked of KEY_ORDERS.filter((order) => order !== keyOrder)) {
        const error = await kvRejectionOf(
          openEngine({ disk, keyOrder: asked }),
          "BAD_CONFIGURATION",
        );
        expect(error.message).to.include(`store.key_order: is ${asked}`);
        expect(error.message).to.include(`created with ${keyOrder}`).and.to.include(DATA_DIRECTORY);
      }
      expect(contents()).to.deep.equal(before);
      await (await openEngine({ disk })).engine.close();
    });

    it(`goes with a snapshot, and from there into a restored store: ${keyOrder}`, async () => {
      const bench = await newStore(keyOrder);
      const { snapshotId } = await bench.engine.createSnapshot();
      await bench.engine.close();
      const path = `${DATA_DIRECTORY}/snapshots/${snapshotId}.snapshot`;
      const { header } = await readSnapshotSummary(bench.disk, path, "it");
      expect(header.keyOrder).to.equal(keyOrder);
      await restoreSnapshot({
        fileSystem: bench.disk,
        clock: bench.clock,
        snapshotPath: path,
        directory: RESTORED,
      });
      const restored = await openEngine({ disk: bench.disk, directory: RESTORED, keyOrder });
      expect(keysOf(restored)).to.deep.equal(SORTED[keyOrder]);
      await restored.engine.close();
    });
  }

  it("is bytes for a new store of which nobody says it", async () => {
    const { engine } = await openEngine();
    expect(engine.status().keyOrder).to.equal("bytes");
    await engine.close();
  });
});

describe("a snapshot's order of keys", () => {
  it("is refused by its number where it is a later program's", () => {
    const bytes = encodeSnapshotHeader(known.SNAPSHOT_HEADER);
    bytes.writeUInt16LE(99, 10);
    const before = checksum(bytes.subarray(0, 12), 0 as ChecksumSeed) as ChecksumSeed;
    bytes.writeUInt32LE(checksum(bytes.subarray(16), before), 12);
    expect(decodeSnapshotHeader(bytes)).to.deep.equal({ kind: "unknown-order", keyOrder: 99 });
  });

  it("is the upper half of a later format to a program that knows none but bytes", () => {
    const bytes = encodeSnapshotHeader({ ...known.SNAPSHOT_HEADER, keyOrder: "natural" });
    expect(bytes.readUInt32LE(8)).to.be.greaterThan(1);
    expect(encodeSnapshotHeader(known.SNAPSHOT_HEADER).readUInt32LE(8)).to.equal(1);
  });

  it("is what its keys are held to", async () => {
    const bench = await newStore("natural");
    const { snapshotId } = await bench.engine.createSnapshot();
    await bench.engine.close();
    const path = `${DATA_DIRECTORY}/snapshots/${snapshotId}.snapshot`;
    const read = (): Promise<unknown> =>
      readSnapshotFile(bench.disk, path, () => Promise.resolve());
    await read();
    const { header } = await readSnapshotSummary(bench.disk, path, "it");
    bench.disk.poke(path, encodeSnapshotHeader({ ...header, keyOrder: "bytes" }), 0);
    const error = await kvRejectionOf(read(), "CORRUPT");
    expect(error.message).to.include("out of order");
  });
});
