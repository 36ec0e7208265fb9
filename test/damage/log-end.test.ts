/** Where the log of a store that was not closed was cut or zeroed at its end: what lies before is there, all of it. */

import { expect } from "chai";

import { bytes, PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { openOnDisk } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { NOTHING_LOST } from "../support/power-cut.js";

describe("the end of a log that was not closed", () => {
  /** Bytes before the end at each of which the log is cut: several batches. */
  const CUT_BYTES = 700;

  it("may be cut or zeroed at any byte: the store opens with what lies before", async () => {
    const disk = new CrashDisk();
    const clock = new ManualClock();
    const store = await openOnDisk(disk, clock);
    const values: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      values.push(`value ${String(index)}`);
      await store.set(setOf("key", `value ${String(index)}`), PATIENT);
    }
    const active = newestSegmentOf(disk);
    const content = disk.peek(active);
    const end = content.length - [...content].reverse().findIndex((byte) => byte !== 0);
    for (const how of ["cut", "zeroed"] as const) {
      let newest = -1;
      for (let at = Math.max(0, end - CUT_BYTES); at <= end; at += 1) {
        const copy = disk.crashAt(disk.stepCount, NOTHING_LOST);
        if (how === "cut") copy.resize(active, at);
        else copy.poke(active, Buffer.alloc(end - at), at);
        const reopened = await openOnDisk(copy, new ManualClock(clock.wallMs()));
        const { entry } = await reopened.get(bytes("key"), PATIENT);
        const index = values.indexOf(entry?.value.toString() ?? "");
        expect(index, `${how} at ${String(at)}: a longer log holds no less`).to.be.at.least(newest);
        expect((await reopened.status()).revision).to.equal(index + 1);
        newest = index;
        copy.stopAfterCalls(0);
      }
      expect(newest, `${how} at the end: all is there`).to.equal(values.length - 1);
    }
  }).timeout(30_000);
});

function newestSegmentOf(disk: CrashDisk): string {
  const path = disk
    .files()
    .filter((name) => name.endsWith(".seg"))
    .at(-1);
  if (path === undefined) throw new Error("there is no segment");
  return path;
}
