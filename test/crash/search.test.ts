/** The bounded search for a crash that the store does not survive; `make crash` searches further. */

import { availableParallelism } from "node:os";

import { expect } from "chai";

import { CrashDisk, type Lie } from "../support/crash-disk.js";
import { Campaign } from "./campaign.js";
import { runOf } from "./runs.js";
import { CrashSearch } from "./search.js";

/** The runs that CI searches: together they have each codec, each order of keys, one version and more. */
const RUNS = 4;
const STATES_PER_RUN = 3500;

/** Of all runs together. */
const STATES_MIN = 20_000;

describe("a crash after any step of the disk", () => {
  it(`is survived, whatever it loses: runs 1 to ${String(RUNS)}`, async () => {
    const campaign = new Campaign({
      states: Number.POSITIVE_INFINITY,
      durationMs: Number.POSITIVE_INFINITY,
      firstSeed: 1,
      runs: RUNS,
      workers: Math.min(RUNS, availableParallelism()),
      statesPerRun: STATES_PER_RUN,
    });
    const { failure, wholeRuns, states, statesAgain } = await campaign.run();
    expect(failure).to.equal(undefined);
    expect(wholeRuns, "runs that were searched").to.equal(RUNS);
    expect(states + statesAgain, "crashes tried").to.be.at.least(STATES_MIN);
  }).timeout(600_000);
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
