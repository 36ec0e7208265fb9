/**
 * A small disk that is really full, and then is not. It fills while a compaction and a snapshot are under way and
 * clients write: jobs fail and leave nothing, writes are refused, reads and deletes go on, health stays SERVING. When
 * there is room again, writes resume by themselves. Now and then the server is killed while the disk is full, and
 * starts on it. All that was asked is checked as one history, so nothing that was acknowledged is lost.
 */

import { skipBecause } from "../support/skip-because.js";
import { CYCLE_MS_MAX, FullDiskRun } from "./full-disk.js";
import { sized, tell, tellProgress } from "./scale.js";
import { SmallDisk } from "./small-disk.js";
import { tmpfsProblem } from "./tools.js";

const CYCLE_COUNT = sized("CYCLES", { normal: 1, full: 100 });
const SEED = sized("SEED", { normal: 1, full: Date.now() % 2 ** 31 });
const DISK_MIB = 24;

describe("a disk that is really full", function () {
  this.timeout(CYCLE_MS_MAX * (CYCLE_COUNT + 1));

  before(function () {
    const problem = tmpfsProblem();
    if (problem !== undefined) skipBecause(this, `no small disk can be mounted: ${problem}`);
  });

  it(`refuses writes and resumes them, ${String(CYCLE_COUNT)} times, and nothing is lost`, async () => {
    await SmallDisk.with(DISK_MIB, async (disk) => {
      const run = new FullDiskRun(disk, SEED);
      try {
        await run.start();
        for (let cycle = 1; cycle <= CYCLE_COUNT; cycle += 1) {
          await within(CYCLE_MS_MAX, run.fillAndFree(cycle % 3 === 0 ? "killed" : "running"));
          tellProgress(cycle, CYCLE_COUNT, () => run.figures);
        }
        await run.stopAndStart();
      } catch (error) {
        const where = `SEED=${String(SEED)}, ${run.figures}, while ${run.doing}`;
        throw new Error(`${where}: ${String(error)}\n${run.output}`, { cause: error });
      } finally {
        await run.dispose();
      }
      tell(run.figures);
    });
  });
});

/** A round that takes longer hangs, and is to be told of while its server is there to say why. */
async function within(boundMs: number, round: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it took longer than ${String(boundMs)} ms`));
    }, boundMs);
  });
  try {
    await Promise.race([round, late]);
  } finally {
    clearTimeout(timer);
  }
}
