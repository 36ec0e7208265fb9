/** Rules of recovery and failure, as seen from outside: what a reader is told when the disk does not answer. */

import { expect } from "chai";

import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { openOnDisk } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { kvRejectionOf } from "../support/rejection.js";

const KEY_COUNT = 40;
const valueOfKey = (index: number): string => `value ${String(index)} `.repeat(40);

/** A store larger than its cache, so that reads go to the disk. */
async function filled(): Promise<{
  readonly disk: CrashDisk;
  readonly clock: ManualClock;
  readonly store: Awaited<ReturnType<typeof openOnDisk>>;
}> {
  const disk = new CrashDisk();
  const clock = new ManualClock();
  const store = await openOnDisk(disk, clock);
  for (let index = 0; index < KEY_COUNT; index += 1) {
    await store.set(setOf(`key ${String(index)}`, valueOfKey(index)), PATIENT);
  }
  return { disk, clock, store };
}

describe("rule 9: what cannot be read is DATA_LOSS for that key, counted and alarmed, never absent", () => {
  it("rule 9: after a checksum that fails", async () => {
    const { disk, store } = await filled();
    const [path = ""] = disk.files().filter((name) => name.endsWith(".seg"));
    const at = disk.peek(path).indexOf("value 0 ");
    disk.poke(path, Buffer.from("V"), at);
    const error = await kvRejectionOf(store.get(bytes("key 0"), PATIENT), "CORRUPT");
    expect(path).to.include(error.metadata.segment);
    expect(error.metadata.offset).to.be.within(64, at);
    expect((await store.status()).alarms.map((alarm) => alarm.kind)).to.include("corrupt");
    expect(await listAllKeys(store)).to.include("key 0");
    expect(await valueOf(store, "key 1")).to.equal(valueOfKey(1));
  });

  it("rule 9: after a read error, and it is whole again when the disk is", async () => {
    const { disk, store } = await filled();
    const takeBack = disk.addFault({ verbs: ["read"], code: "EIO", lasts: "for-good" });
    await kvRejectionOf(store.get(bytes("key 0"), PATIENT), "CORRUPT");
    expect((await store.status()).alarms.map((alarm) => alarm.kind)).to.include("corrupt");
    takeBack();
    expect(await valueOf(store, "key 0")).to.equal(valueOfKey(0));
  });
});

describe("rule 13: running out of file descriptors loses nothing and spins on nothing", () => {
  it("rule 13: reads are refused for a while, nothing is tried without end, and all is there after", async () => {
    const { disk, clock, store } = await filled();
    await store.close();
    const reopened = disk.crash(NOTHING_LOST);
    const again = await openOnDisk(reopened, clock);
    const takeBack = reopened.addFault({
      verbs: ["open-read", "create"],
      code: "EMFILE",
      lasts: "for-good",
    });
    const before = reopened.callCount;
    for (let index = 0; index < 10; index += 1) {
      const error = await kvRejectionOf(
        again.get(bytes(`key ${String(index)}`), PATIENT),
        "OVERLOADED",
      );
      expect(error.retryAfterMs).to.be.greaterThan(0);
    }
    await clock.advance(10_000);
    const calls = reopened.callCount - before;
    expect(calls, "calls of the disk in ten seconds without a descriptor").to.be.lessThan(2000);
    takeBack();
    await clock.advance(20_000);
    for (let index = 0; index < KEY_COUNT; index += 1) {
      expect(await valueOf(again, `key ${String(index)}`)).to.equal(valueOfKey(index));
    }
    await again.set(setOf("after", "taken"), PATIENT);
    expect((await again.status()).alarms).to.deep.equal([]);
    await again.close();
  });
});
