/** Many writers at once share syncs: the status counts both Sets and syncs, and there are far fewer syncs. */

import { expect } from "chai";

import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { runKvdb } from "../app/run-kvdb.js";
import { PATIENT, setOf } from "../support/calls.js";
import { SCENARIO_MS_MAX, sized, tell } from "./scale.js";
import { Stage } from "./stage.js";

const WRITER_COUNT = 64;
const SETS_EACH = sized({ normal: 50, full: 1000 });
/** What is far fewer. A short run has little time to warm up. */
const SETS_PER_SYNC_MIN = sized({ normal: 2, full: 8 });
const SET_COUNT = WRITER_COUNT * SETS_EACH;

interface Status {
  readonly transaction_count: number;
  readonly sync_count: number;
  readonly key_count: number;
}

describe("64 parallel writers", function () {
  this.timeout(SCENARIO_MS_MAX);

  it(`of ${String(SETS_EACH)} Sets each cost far fewer syncs than Sets`, async () => {
    await Stage.with([], async ({ address }) => {
      const stores = Array.from({ length: WRITER_COUNT }, () => connect({ address }));
      // Connections that are made one by one would begin with Sets that are alone.
      await Promise.all(stores.map((store) => store.status()));
      const before = await statusOf(address);
      const startMs = performance.now();
      await Promise.all(stores.map(write));
      const durationMs = performance.now() - startMs;
      await Promise.all(stores.map((store) => store.close()));
      const after = await statusOf(address);
      const syncs = after.sync_count - before.sync_count;
      expect(after.transaction_count - before.transaction_count).to.equal(SET_COUNT);
      expect(after.key_count).to.equal(SET_COUNT);
      expect(syncs)
        .to.be.above(0)
        .and.below(SET_COUNT / SETS_PER_SYNC_MIN);
      const rate = Math.round((SET_COUNT / durationMs) * 1000);
      tell(`${String(SET_COUNT)} Sets, ${String(syncs)} syncs, ${String(rate)} Sets a second`);
      const words = await runKvdb(["status", "--address", address]);
      const counts = `${String(after.transaction_count)} in ${String(after.sync_count)} syncs`;
      expect(words.stdout).to.match(new RegExp(`^transactions +${counts} since the start$`, "m"));
    });
  });
});

/** One Set after the other. */
async function write(store: RemoteStore, writer: number): Promise<void> {
  for (let count = 0; count < SETS_EACH; count += 1) {
    await store.set(setOf(`${String(writer)}/${String(count)}`, "v".repeat(256)), PATIENT);
  }
}

async function statusOf(address: string): Promise<Status> {
  const { stdout } = await runKvdb(["status", "--json", "--address", address]);
  return JSON.parse(stdout) as Status;
}
