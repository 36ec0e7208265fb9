/** Which batches are written in the call itself: those of a lone writer, as long as the disk is quick. */

import { expect } from "chai";

import type { File, WriteManner } from "../../src/disk/index.js";
import type { Store } from "../../src/kv/index.js";
import { QUICK_MS_MAX } from "../../src/log/lone-writes.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { openOnDisk } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";

/** Notes how each batch is written, and takes as long for it as it is told. */
class WatchedDisk extends CrashDisk {
  readonly manners: (WriteManner | undefined)[] = [];
  onWrite: () => void = () => undefined;

  override async openDurable(path: string): Promise<File> {
    const file = await super.openDurable(path);
    const write: File["write"] = async (written, offset, manner) => {
      // The head of a segment has none.
      if (offset > 0) this.manners.push(manner);
      this.onWrite();
      await file.write(written, offset);
    };
    return { ...file, write };
  }
}

describe("a batch is written in the call itself", () => {
  let disk: WatchedDisk;
  let clock: ManualClock;
  let store: Store;

  beforeEach(async () => {
    disk = new WatchedDisk();
    clock = new ManualClock();
    store = await openOnDisk(disk, clock);
    // Of a disk that has written nothing yet, nobody knows how quick it is.
    await store.set(setOf("a", "0"), PATIENT);
    disk.manners.length = 0;
  });

  afterEach(() => store.close());

  async function setAlone(): Promise<void> {
    await store.set(setOf("a", "1"), PATIENT);
  }

  it("where one set follows another and nobody else asks for anything", async () => {
    for (let count = 0; count < 3; count += 1) await setAlone();
    expect(disk.manners).to.deep.equal(["at-once", "at-once", "at-once"]);
    expect((await store.status()).revision).to.equal(4);
  });

  it("not the first one, of a disk of which nothing is known", async () => {
    const other = new WatchedDisk();
    const fresh = await openOnDisk(other, clock);
    await fresh.set(setOf("a", "1"), PATIENT);
    await fresh.set(setOf("a", "2"), PATIENT);
    expect(other.manners).to.deep.equal(["aside", "at-once"]);
    await fresh.close();
  });

  it("not where somebody has read since the last one, and again when nobody does", async () => {
    await store.get(bytes("a"), PATIENT);
    await setAlone();
    await setAlone();
    expect(disk.manners).to.deep.equal(["aside", "at-once"]);
  });

  it("not where two sets come together", async () => {
    await Promise.all([setAlone(), setAlone()]);
    expect(disk.manners).to.deep.equal(["aside"]);
  });

  it("not after one that was slow, and again after one that was quick", async () => {
    disk.onWrite = () => {
      clock.pass(QUICK_MS_MAX + 0.01);
    };
    await setAlone();
    await setAlone();
    disk.onWrite = () => {
      clock.pass(QUICK_MS_MAX);
    };
    await setAlone();
    await setAlone();
    expect(disk.manners).to.deep.equal(["at-once", "aside", "aside", "at-once"]);
  });

  it("not where it says only what was durable, for which nobody waits", async () => {
    await setAlone();
    await settle();
    await clock.advance(100);
    expect(disk.manners).to.deep.equal(["at-once", "aside"]);
  });
});
