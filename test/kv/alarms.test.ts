/** What the status says is wrong: what it is, since when, and no longer than it is so. */

import { expect } from "chai";

import { KIB, type TimeMs } from "../../src/base/index.js";
import {
  openLocalStore,
  type Alarm,
  type LocalStoreOptions,
  type Store,
} from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { tinyStoreOptions } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";

interface Bench {
  readonly store: Store;
  readonly disk: CrashDisk;
  readonly clock: ManualClock;
}

async function openBench(storage: LocalStoreOptions["storage"] = {}): Promise<Bench> {
  const disk = new CrashDisk();
  const clock = new ManualClock();
  const options = tinyStoreOptions({ fileSystem: disk, directory: "/data", clock, retentionMs: 0 });
  const store = await openLocalStore({ ...options, storage: { ...options.storage, ...storage } });
  await settle(200);
  return { store, disk, clock };
}

async function alarmOf({ store }: Bench, kind: Alarm["kind"]): Promise<Alarm | undefined> {
  return (await store.status()).alarms.find((alarm) => alarm.kind === kind);
}

/** Sets a key until the segment is full and the next one begins to be prepared. */
async function fillSegment({ store }: Bench): Promise<void> {
  for (let count = 0; count < 10; count += 1) {
    await store.set(setOf("filler", "x".repeat(1000)), PATIENT);
  }
  await settle(50);
}

/** Compacts, letting time pass for its pace. */
async function compact({ store, clock }: Bench): Promise<void> {
  const state = { isOver: false };
  const done = store.compact(PATIENT).finally(() => {
    state.isOver = true;
  });
  while (!state.isOver) await clock.advance(20);
  await done;
}

describe("the alarms of a store", () => {
  for (const [code, message] of [
    ["ENOSPC", /^no room to prepare a segment/],
    ["EIO", /^no segment can be prepared.*EIO/],
  ] as const) {
    it(`say since when no segment can be prepared, and why: ${code}`, async () => {
      const bench = await openBench();
      const repair = bench.disk.addFault({
        verbs: ["create"],
        path: /spare/,
        code,
        lasts: "for-good",
      });
      const before = bench.clock.wallMs();
      await fillSegment(bench);
      await bench.clock.advance(5000);
      const alarm = await alarmOf(bench, "no-space");
      expect(alarm?.message).to.match(message);
      expect(alarm?.sinceMs).to.be.within(before, before + 1000);
      await bench.clock.advance(5000);
      expect((await alarmOf(bench, "no-space"))?.sinceMs).to.equal(alarm?.sinceMs);

      repair();
      await bench.clock.advance(40_000);
      await settle(200);
      expect(await alarmOf(bench, "no-space")).to.equal(undefined);
      await bench.store.close();
    });
  }

  it("say since when new keys are refused, until there is room", async () => {
    const bench = await openBench({ keydirBytesMax: 64 * KIB });
    let refused = 0;
    let sinceMs: TimeMs | undefined;
    for (let count = 0; sinceMs === undefined && count < 5000; count += 1) {
      expect(await alarmOf(bench, "quota")).to.equal(undefined);
      await bench.store.set(setOf(`key ${String(count)}`, ""), PATIENT).catch(() => {
        refused = count;
        sinceMs = bench.clock.wallMs();
      });
    }
    bench.clock.pass(5000);
    await kvRejectionOf(bench.store.set(setOf("one more", ""), PATIENT), "QUOTA");
    const alarm = await alarmOf(bench, "quota");
    expect(alarm?.message).to.match(/limits.keydir_bytes/);
    expect(alarm?.sinceMs).to.equal(sinceMs);
    for (let count = 0; count < refused; count += 1) {
      await bench.store.delete({ key: bytes(`key ${String(count)}`) }, PATIENT);
    }
    expect(await alarmOf(bench, "quota")).to.equal(undefined);
    await bench.store.close();
  });

  it("say since when a segment is damaged, until it is no part of the store", async () => {
    const bench = await openBench({ cacheBytes: 0 });
    await bench.store.set(setOf("key", "value"), PATIENT);
    await fillSegment(bench);
    bench.clock.pass(5000);
    const foundAtMs = bench.clock.wallMs();
    bench.disk.addFault({ verbs: ["read"], path: /segments/, code: "EIO", lasts: "once" });
    await kvRejectionOf(bench.store.get(bytes("key"), PATIENT), "CORRUPT");
    bench.clock.pass(5000);
    expect((await alarmOf(bench, "corrupt"))?.sinceMs).to.equal(foundAtMs);
    await compact(bench);
    expect(await alarmOf(bench, "corrupt")).to.equal(undefined);
    await bench.store.close();
  });
});
