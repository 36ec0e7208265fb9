/**
 * A disk that lies, once: a write, a sync, a rename or a removal that reports success and did nothing; a block read
 * or written in another's place. What can be found out is: at the next start, or when the key is read, as
 * damage. It is never a wrong value, and never the absence of a key that is there.
 */

import { expect } from "chai";

import { isKvError, KvError } from "../../src/base/index.js";
import type { Store } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import type { CallLie, Fault } from "../support/disk-faults.js";
import { openOnDisk } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";
import { mixSeeds, Random } from "../support/random.js";
import { kvRejectionOf } from "../support/rejection.js";
import { Promises } from "./promises.js";

const LIES: readonly CallLie[] = ["does-nothing", "another-block"];
const STOPS = ["in order", "killed"] as const;
type Stop = (typeof STOPS)[number];

/** `FAULTS=full`: each call lies in its turn. Otherwise so many of them, by chance. */
const IS_FULL = process.env["FAULTS"] === "full";
const CALLS_TRIED = 120;

/** How a lie ended. `harmless`: it concerned nothing that anyone needs. */
type Ending = "refused" | "reported" | "harmless";

interface Lived {
  readonly disk: CrashDisk;
  readonly promises: Promises;
  readonly nowMs: number;
}

/** A short life of a store: changes in bursts, compactions, snapshots; every answer is the truth. */
async function live(disk: CrashDisk, stop: Stop, seed: number): Promise<Lived> {
  const clock = new ManualClock();
  const promises = new Promises(new Random(seed), { keyCount: 8, valueBytesMax: 900 });
  const lived = (): Lived => ({ disk, promises, nowMs: clock.wallMs() });
  let store: Store;
  try {
    store = await openOnDisk(disk, clock);
  } catch (error) {
    expectFoundOut(error);
    return lived();
  }
  for (let burst = 0; burst < 25; burst += 1) {
    await Promise.all([1, 2, 3].map(() => promises.change(store)));
    if (burst % 3 === 0) await clock.advance(20);
    if (burst % 8 === 7) await store.compact(PATIENT).catch(expectFoundOut);
    if (burst % 10 === 9) await store.snapshot(PATIENT).catch(expectFoundOut);
    if (burst % 6 === 5) await promises.readAll(store);
  }
  // The last batch is marked as durable behind it: what nothing marks nobody can miss.
  await clock.advance(50);
  if (stop === "in order") await store.close().catch(expectFoundOut);
  clock.dropTimers();
  return lived();
}

/** The store's own error, or that a file is not where it was put. Anything else is a fault of ours. */
function expectFoundOut(error: unknown): void {
  if (error instanceof KvError) return;
  expect(error).to.have.property("code", "ENOENT");
}

/** What the next start makes of it. */
async function endingOf({ disk, promises, nowMs }: Lived, fault?: Fault): Promise<Ending> {
  const left = disk.crash(NOTHING_LOST);
  const takeBack = fault === undefined ? undefined : left.addFault(fault);
  let store: Store;
  try {
    store = await openOnDisk(left, new ManualClock(nowMs));
  } catch (error) {
    if (!isKvError(error, "CORRUPT") && !isKvError(error, "STORE_TOO_NEW")) throw error;
    return "refused";
  }
  takeBack?.();
  const reported = await promises.countReported(store);
  left.stopAfterCalls(0);
  return reported > 0 ? "reported" : "harmless";
}

async function tally(
  where: string,
  count: number,
  run: (at: number) => Promise<Ending>,
): Promise<Record<Ending, number>> {
  const endings = { refused: 0, reported: 0, harmless: 0 };
  for (let at = 0; at < count; at += 1) {
    try {
      endings[await run(at)] += 1;
    } catch (error) {
      throw new Error(`${where}, trial ${String(at)}: ${String(error)}`, { cause: error });
    }
  }
  return endings;
}

describe("a disk that lies", () => {
  for (const stop of STOPS) {
    for (const lie of LIES) {
      it(`once, ${lie}, in a life that ends ${stop}: it is found out or does no harm`, async () => {
        const trial = new CrashDisk();
        await live(trial, stop, 1);
        const { callCount } = trial;
        const trials = IS_FULL ? callCount : CALLS_TRIED;
        const endings = await tally(`${lie}, ${stop}`, trials, async (at) => {
          const random = new Random(mixSeeds(LIES.indexOf(lie), STOPS.indexOf(stop), at));
          const disk = new CrashDisk();
          const afterCalls = IS_FULL ? at : random.below(callCount / 2);
          disk.addFault({ lie, lasts: "once", afterCalls });
          return endingOf(await live(disk, stop, at));
        });
        expect(endings.refused + endings.reported, "lies that were found out").to.be.greaterThan(5);
      }).timeout(IS_FULL ? 600_000 : 60_000);
    }

    it(`when it is read at the start after a life that ends ${stop}`, async () => {
      const lived = await live(new CrashDisk(), stop, 7);
      const trial = lived.disk.crash(NOTHING_LOST);
      await openOnDisk(trial, new ManualClock(lived.nowMs));
      const endings = await tally(`a read, ${stop}`, trial.callCount, (at) =>
        endingOf(lived, { lie: "another-block", verbs: ["read"], lasts: "once", afterCalls: at }),
      );
      expect(endings.refused, "starts that were refused").to.be.greaterThan(0);
      expect(endings.harmless, "starts after which all was there").to.be.greaterThan(0);
    }).timeout(30_000);
  }
});

describe("a write that did nothing", () => {
  interface Told {
    readonly disk: CrashDisk;
    readonly clock: ManualClock;
    readonly store: Store;
  }

  const OLD = "old ".repeat(200);

  /** A store with eight keys that are set again and again, and some that are set once. */
  async function filled(): Promise<Told> {
    const disk = new CrashDisk();
    const clock = new ManualClock();
    const store = await openOnDisk(disk, clock);
    for (let at = 0; at < 48; at += 1) {
      await store.set(setOf(`key ${String(at % 8)}`, `${String(at)} ${OLD}`), PATIENT);
      if (at % 6 === 0)
        await store.set(setOf(`once ${String(at)}`, `once ${String(at)}.`), PATIENT);
    }
    return { disk, clock, store };
  }

  function lieOnce(disk: CrashDisk, path: RegExp): void {
    disk.addFault({ lie: "does-nothing", verbs: ["write"], path, lasts: "once" });
  }

  function restarted({ disk, clock }: Told): Promise<Store> {
    return openOnDisk(disk.crash(NOTHING_LOST), new ManualClock(clock.wallMs()));
  }

  it("is missed in the middle of the log: the next start refuses", async () => {
    const told = await filled();
    lieOnce(told.disk, /segments/);
    await told.store.set(setOf("key 1", "lost"), PATIENT);
    await told.store.set(setOf("key 2", "behind it"), PATIENT);
    const error = await kvRejectionOf(restarted(told), "CORRUPT");
    expect(error.metadata.segment).to.match(/^segments/);
  });

  it("is missed at the end of the log once the mark behind it is written", async () => {
    const told = await filled();
    lieOnce(told.disk, /segments/);
    await told.store.set(setOf("key 1", "lost"), PATIENT);
    await told.clock.advance(20);
    await kvRejectionOf(restarted(told), "CORRUPT");
  });

  it("is missed after a stop in order, by what seals the segment", async () => {
    const told = await filled();
    lieOnce(told.disk, /segments/);
    await told.store.set(setOf("key 1", "lost"), PATIENT);
    await told.store.close();
    const opened = await restarted(told).catch((error: unknown) => error as KvError);
    if (opened instanceof KvError) expect(opened.code).to.equal("CORRUPT");
    else await kvRejectionOf(opened.get(bytes("key 1"), PATIENT), "CORRUPT");
  });

  it("is not missed at the very end of the log: a start finds what was there before", async () => {
    const told = await filled();
    const { revision: before } = await told.store.status();
    lieOnce(told.disk, /segments/);
    await told.store.set(setOf("key 1", "lost"), PATIENT);
    const store = await restarted(told);
    expect((await store.status()).revision).to.equal(before);
    expect(await valueOf(store, "key 1")).to.equal(`41 ${OLD}`);
  });

  it("is missed in the manifest: the next start refuses", async () => {
    const told = await filled();
    lieOnce(told.disk, /MANIFEST/);
    await told.store.close();
    const error = await kvRejectionOf(restarted(told), "CORRUPT");
    expect(error.metadata.segment).to.equal("MANIFEST");
  });

  it("is missed in what compaction wrote: writing ends, and a start refuses; what was copied is there", async () => {
    const told = await filled();
    lieOnce(told.disk, /\.seg\.tmp$/);
    await kvRejectionOf(told.store.compact(PATIENT), "CORRUPT");
    await kvRejectionOf(told.store.set(setOf("key 1", "refused"), PATIENT), "STORAGE_FAILED");
    await kvRejectionOf(restarted(told), "CORRUPT");
    const { disk } = told;
    const contents = disk.files().map((path) => disk.peek(path).toString("latin1"));
    for (let at = 0; at < 48; at += 6) {
      const value = `once ${String(at)}.`;
      expect(contents.some((content) => content.includes(value))).to.equal(true);
    }
  });

  it("does no harm in a checkpoint: the start passes it over", async () => {
    const told = await filled();
    lieOnce(told.disk, /checkpoint/);
    await told.clock.advance(300);
    await told.store.close();
    const store = await restarted(told);
    for (let key = 0; key < 8; key += 1) {
      expect(await valueOf(store, `key ${String(key)}`)).to.equal(`${String(40 + key)} ${OLD}`);
    }
  });
});
