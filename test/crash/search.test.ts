/** The bounded search for a crash that the store does not survive; `make crash` searches further. */

import { expect } from "chai";

import { CrashDisk, type Lie } from "../support/crash-disk.js";
import { settle } from "../support/manual-clock.js";
import { Random } from "../support/random.js";
import { openOnDisk, openOnDiskWith, restoreOnDisk } from "../support/local-store.js";
import { CrashSearch, namedCase, type SearchOptions } from "./search.js";

/** Calls on such a disk take turns of different lengths, so what goes on at once overlaps otherwise. */
function unevenDisk(seed: number): CrashDisk {
  const random = new Random(seed);
  return new CrashDisk({ pace: () => settle(random.below(3)) });
}

interface CrashRun extends SearchOptions {
  readonly compression?: "zstd" | "lz4";
  readonly historyVersions?: number;
}

/** Small and many, or large and few: runs that rotate often, share batches, overlap, compress, keep versions. */
const RUNS: readonly CrashRun[] = [
  { seed: 1, bursts: 100, valueBytesMax: 900 },
  { seed: 2, bursts: 200, valueBytesMax: 100 },
  { seed: 3, bursts: 60, valueBytesMax: 3500, noiseShare: 0.5, compression: "zstd" as const },
  {
    seed: 4,
    bursts: 100,
    valueBytesMax: 1500,
    noiseShare: 0.5,
    compression: "lz4" as const,
    disk: () => unevenDisk(4),
  },
  { seed: 5, bursts: 100, valueBytesMax: 2000, disk: () => unevenDisk(5), historyVersions: 3 },
].map((run) => ({ ...run, statesMax: 4500, againOneIn: 12, restore: restoreOnDisk }));

/** Of all runs together. */
const STATES_MIN = 20_000;

describe("a crash after any step of the disk", () => {
  const named = namedCase();
  let states = 0;

  after(() => {
    if (named === undefined) expect(states, "crashes tried").to.be.at.least(STATES_MIN);
  });

  for (const options of RUNS) {
    it(`is survived, whatever it loses: run ${String(options.seed)}`, async function () {
      const search = new CrashSearch(openOnDiskWith(options), options);
      if (named !== undefined) {
        if (named.seed !== options.seed) this.skip();
        await search.replay(named.cuts);
        return;
      }
      const report = await search.run();
      states += report.states + report.statesAgain;
      expect(report.revisions, "commits in the run").to.be.greaterThan(100);
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
        restore: restoreOnDisk,
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
