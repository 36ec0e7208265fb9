/** The bounded search for a crash that the store does not survive; `make crash` searches further. */

import { expect } from "chai";

import { CrashDisk, type Lie } from "../support/crash-disk.js";
import { openOnDisk } from "../support/local-store.js";
import { CrashSearch, namedCase, type SearchOptions } from "./search.js";

/** Small and many, or large and few: runs that rotate often and runs that share batches. */
const RUNS: readonly SearchOptions[] = [
  { seed: 1, bursts: 60, valueBytesMax: 900, statesMax: 2500, againOneIn: 20 },
  { seed: 2, bursts: 60, valueBytesMax: 100, statesMax: 2500, againOneIn: 20 },
  { seed: 3, bursts: 40, valueBytesMax: 3000, statesMax: 2500, againOneIn: 20 },
];

describe("a crash after any step of the disk", () => {
  const named = namedCase();

  for (const options of RUNS) {
    it(`is survived, whatever it loses: run ${String(options.seed)}`, async function () {
      const search = new CrashSearch(openOnDisk, options);
      if (named !== undefined) {
        if (named.seed !== options.seed) this.skip();
        await search.replay(named.cuts);
        return;
      }
      const report = await search.run();
      console.log(`      ${JSON.stringify(report)}`);
      expect(report.states).to.be.at.least(options.statesMax / 2);
      expect(report.statesAgain).to.be.greaterThan(100);
    }).timeout(120_000);
  }
});

describe("the search for crashes", () => {
  for (const lie of ["durable-write", "sync", "sync-directory"] satisfies Lie[]) {
    it(`finds a store whose ${lie} makes nothing durable`, async () => {
      const search = new CrashSearch(openOnDisk, {
        seed: 1,
        bursts: 30,
        valueBytesMax: 900,
        statesMax: 1000,
        againOneIn: 1000,
        disk: () => new CrashDisk({ lies: [lie] }),
      });
      const found = await search.run().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(String(found)).to.contain("KVDB_CRASH_CASE=1/");
    }).timeout(60_000);
  }
});
