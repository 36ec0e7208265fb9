/** A full disk refuses Sets before anything was applied, and what gives space back goes on. */

import { expect } from "chai";

import { KIB, SILENT_LOGGER } from "../../src/base/index.js";
import type { StorageEngine } from "../../src/storage/index.js";
import {
  commit,
  deleteChange,
  openEngine,
  read,
  setChange,
  type EngineBench,
} from "../support/engine.js";
import { CrashDisk } from "../support/crash-disk.js";
import { settle } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { kvRejectionOf } from "../support/rejection.js";

const VALUE = "v".repeat(900);

/** Sets until the disk refuses; returns how many went in. */
async function fillUp(bench: EngineBench): Promise<number> {
  await settle(100);
  bench.disk.capacityBytes = bench.disk.usedBytes;
  let count = 0;
  const writing = async (): Promise<never> => {
    for (;;) {
      await commit(bench, setChange(`fill-${String(count)}`, VALUE));
      count += 1;
    }
  };
  await kvRejectionOf(writing(), "NO_SPACE");
  return count;
}

async function remove({ engine, clock }: EngineBench, key: string): Promise<void> {
  const change = deleteChange(key);
  for (let room = engine.admit(100, "release"); room !== undefined;) {
    await room;
    room = engine.admit(100, "release");
  }
  await engine.commit([change], clock.wallMs()).durable;
}

const refusal = (engine: StorageEngine): Promise<unknown> =>
  kvRejectionOf(
    Promise.resolve().then(() => engine.admit(VALUE.length, "write")),
    "NO_SPACE",
  );

describe("a full disk", () => {
  it("leaves its reserve to what gives space back, until there is room again", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("a", VALUE), setChange("b", VALUE));
    await fillUp(bench);
    // The first delete opens the reserve; a Set must not follow it there.
    await remove(bench, "a");
    await refusal(bench.engine);
    for (let round = 0; round < 20; round += 1) await refusal(bench.engine);
    await remove(bench, "b");
    bench.disk.capacityBytes += 64 * KIB;
    await bench.clock.advance(20_000);
    await settle(100);
    await commit(bench, setChange("c", "room again"));
    expect(await read(bench, "c")).to.equal("room again");
    expect(bench.failures).to.deep.equal([]);
    await bench.engine.close();
  });

  it("does not end the store for want of room for a manifest", async () => {
    for (let spareBytes = 0; spareBytes < 16 * KIB; spareBytes += KIB) {
      const bench = await openEngine();
      for (let index = 0; index < 4; index += 1) await commit(bench, setChange("k", VALUE));
      bench.disk.capacityBytes = bench.disk.usedBytes + spareBytes;
      await fillUp(bench);
      await remove(bench, "k");
      await bench.engine.compact(0).catch(() => undefined);
      await bench.engine.compact(0).catch(() => undefined);
      expect(bench.failures, `with ${String(spareBytes)} bytes to spare`).to.deep.equal([]);
      await bench.engine.close();
    }
  });

  it("waits with a manifest for which there is no block, rather than end the store", async () => {
    // Whatever anybody gives back, somebody else takes at once.
    const disk: CrashDisk = new CrashDisk({
      pace: async () => {
        if (isGreedy) disk.capacityBytes = Math.min(disk.capacityBytes, disk.usedBytes);
        await settle(1);
      },
    });
    let isGreedy = false;
    const bench = await openEngine({ disk });
    for (let index = 0; index < 40; index += 1) {
      await commit(bench, setChange(`key ${String(index)}`, VALUE));
    }
    await settle(200);
    isGreedy = true;
    let removed = 0;
    const removing = (async () => {
      for (; removed < 40; removed += 1) {
        await remove(bench, `key ${String(removed)}`);
        if (removed % 4 === 3) await bench.engine.compact(0).catch(() => undefined);
      }
    })();
    void removing.catch(() => undefined);
    for (let round = 0; round < 20; round += 1) await bench.clock.advance(500);
    expect(bench.failures).to.deep.equal([]);
    expect(removed, "keys that were removed while there was no room").to.be.below(40);
    expect(await read(bench, "key 39")).to.equal(VALUE);
    isGreedy = false;
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await bench.clock.advance(2000);
    await settle(500);
    await bench.engine.compact(0);
    await commit(bench, setChange("c", "room again"));
    expect(await read(bench, "c")).to.equal("room again");
    expect(bench.failures).to.deep.equal([]);
    await bench.engine.close();
  }).timeout(10_000);

  it("starts with the least that it needs where there is no room for a segment", async () => {
    const bench = await openEngine({ startSegmentBytes: 8 * KIB });
    for (let index = 0; index < 10; index += 1) {
      await commit(bench, setChange(`key ${String(index)}`, VALUE));
    }
    await settle(200);
    const left = bench.disk.crash(NOTHING_LOST);
    for (const path of left.files().filter((name) => name.endsWith(".tmp")))
      await left.unlink(path);
    left.capacityBytes = left.usedBytes + 7 * KIB;
    const again = await openEngine({ disk: left });
    expect(await read(again, "key 9")).to.equal(VALUE);
    await settle(200);
    await refusal(again.engine);
    left.capacityBytes = Number.POSITIVE_INFINITY;
    await again.clock.advance(20_000);
    await settle(200);
    await commit(again, setChange("key 9", "room again"));
    expect(again.failures).to.deep.equal([]);
    await again.engine.close();
  });

  it("lets compaction pass over what is larger than the reserve", async () => {
    const bench = await openEngine({ reserveBytes: 6 * KIB });
    // The oldest segment stays alive, the ones behind it are dead.
    for (let index = 0; index < 7; index += 1) {
      await commit(bench, setChange(`alive-${String(index)}`, VALUE));
    }
    for (let index = 0; index < 21; index += 1) await commit(bench, setChange("dead", VALUE));
    await commit(bench, setChange("alive-0", "one of the oldest is dead, too"));
    await fillUp(bench);
    const before = bench.engine.status().segmentCount;
    const result = await bench.engine.compact(0);
    expect(result.dropped.sets).to.be.at.least(14);
    expect(bench.engine.status().segmentCount).to.be.below(before);
    expect(await read(bench, "alive-1")).to.equal(VALUE);
    await bench.engine.close();
  });

  it("counts the bytes of those who wait for a segment", async () => {
    const bench = await openEngine({ commitQueueBytes: 4 * KIB, logger: SILENT_LOGGER });
    await settle(100);
    const waits: Promise<void>[] = [];
    const admitMany = (): void => {
      for (let index = 0; index < 100; index += 1) {
        const change = setChange(`w-${String(index)}`, VALUE);
        const room = bench.engine.admit(VALUE.length, "write");
        if (room === undefined) {
          void bench.engine.commit([change], bench.clock.wallMs()).durable;
        } else waits.push(room);
      }
    };
    expect(admitMany).to.throw("commit.queue_bytes");
    expect(waits.length).to.be.below(10);
    await Promise.allSettled(waits);
    await bench.engine.close();
  });
});
