/** The bounded search for a crash that the store does not survive; `make crash` searches further. */

import { expect } from "chai";

import { CrashDisk, type Lie } from "../support/crash-disk.js";
import { runOf } from "./runs.js";
import { CrashSearch } from "./search.js";

/** The runs that CI searches: together they have each codec, each order of keys, one version and more. */
const SEEDS = [1, 2, 3, 4];
const STATES_PER_SEED = 3500;

/** Of all runs together. */
const STATES_MIN = 20_000;

describe("a crash after any step of the disk", () => {
  let states = 0;

  after(() => {
    expect(states, "crashes tried").to.be.at.least(STATES_MIN);
  });

  for (const seed of SEEDS) {
    it(`is survived, whatever it loses: run ${String(seed)}`, async () => {
      const search = new CrashSearch({ ...runOf(seed), statesMax: STATES_PER_SEED });
      const report = await search.run();
      states += report.states + report.statesAgain;
      expect(report.revisions, "commits in the run").to.be.greaterThan(100);
    }).timeout(600_000);
  }
});

describe("the search for crashes", () => {
  for (const lie of ["durable-write", "sync", "sync-directory"] satisfies Lie[]) {
    it(`finds a store whose ${lie} makes nothing durable`, async () => {
      const search = new CrashSearch({
        ...runOf(1),
        bursts: 30,
        statesMax: 1000,
        againOneIn: 1000,
        disk: () => new CrashDisk({ lies: [lie] }),
      });
      const found = await search.run().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(String(found)).to.contain("make crash CASE=1/");
    }).timeout(120_000);
  }
});
