/**
 * A process that is killed leaves in the page cache what it had not synced. The next one reads it there, and
 * must not build on it: when the power goes after that, it may be gone.
 */

import { expect } from "chai";

import { CrashDisk } from "../support/crash-disk.js";
import { commit, openEngine, read, setChange } from "../support/engine.js";
import { ManualClock } from "../support/manual-clock.js";
import type { Loss } from "../support/power-cut.js";

const EVERYTHING_LOST: Loss = { way: { bytes: "drop", names: "drop" }, seed: 1 };

describe("what a killed process had not synced", () => {
  it("may be lost once the next one serves: a commit, the mark behind it, a footer", async () => {
    const disk = new CrashDisk();
    const manualClock = new ManualClock();
    const bench = await openEngine({ disk, manualClock });
    await commit(bench, setChange("a", "before"));
    const firstStep = disk.stepCount;
    await commit(bench, setChange("b", "on its way"));
    const committedAt = disk.stepCount;
    await manualClock.advance(20);
    await bench.engine.close();
    const recovered = new Set<string | undefined>();
    for (let step = firstStep; step <= disk.stepCount; step += 1) {
      const killed = disk.killAt(step);
      const second = await openEngine({ disk: killed, manualClock: new ManualClock() });
      const served = await read(second, "b");
      recovered.add(served);
      const cut = killed.crashAt(killed.stepCount, EVERYTHING_LOST);
      const third = await openEngine({ disk: cut, manualClock: new ManualClock() });
      const where = `killed after step ${String(step)}`;
      expect(await read(third, "a"), where).to.equal("before");
      expect(await read(third, "b"), `${where}: what was served`).to.equal(served);
      if (step >= committedAt) expect(served, where).to.equal("on its way");
      killed.stopAfterCalls(0);
      cut.stopAfterCalls(0);
    }
    expect(recovered.size, "some had it, some had not").to.equal(2);
  });
});
