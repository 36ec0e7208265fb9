/**
 * Damage to the files of a store that is open. It is an error of the keys that it concerns, naming the file and
 * the place; everything else is served.
 */

import { expect } from "chai";

import type { Store } from "../../src/kv/store.js";
import { bytes, listAllKeys, PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { openOnDisk } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { expectNamed } from "./judge.js";

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
    expect((await store.delete({ key: bytes(key) }, PATIENT)).deleted).to.equal(true);
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
