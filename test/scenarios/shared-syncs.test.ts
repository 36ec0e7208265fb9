/** Many writers at once share syncs: the status counts both Sets and syncs, and there are far fewer syncs. */

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { runKvdb } from "../app/run-kvdb.js";
import { PATIENT, setOf } from "../support/calls.js";
import { SCENARIO_MS_MAX, sized, tell } from "./scale.js";
import { Stage } from "./stage.js";

const WRITER_COUNT = 64;
const SETS_EACH = sized({ normal: 50, full: 1000 });
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
      const before = await statusOf(address);
      const startMs = performance.now();
      const writers = Array.from({ length: WRITER_COUNT }, (_, writer) => write(address, writer));
      await Promise.all(writers);
      const durationMs = performance.now() - startMs;
      const after = await statusOf(address);
      const syncs = after.sync_count - before.sync_count;
      expect(after.transaction_count - before.transaction_count).to.equal(SET_COUNT);
      expect(after.key_count).to.equal(SET_COUNT);
      expect(syncs)
        .to.be.above(0)
        .and.below(SET_COUNT / 4);
      const rate = Math.round((SET_COUNT / durationMs) * 1000);
      tell(`${String(SET_COUNT)} Sets, ${String(syncs)} syncs, ${String(rate)} Sets a second`);
      const words = await runKvdb(["status", "--address", address]);
      const counts = `${String(after.transaction_count)} in ${String(after.sync_count)} syncs`;
      expect(words.stdout).to.match(new RegExp(`^transactions +${counts} since the start$`, "m"));
    });
  });
});

/** Each over a connection of its own, one Set after the other. */
async function write(address: string, writer: number): Promise<void> {
  const store = connect({ address });
  for (let count = 0; count < SETS_EACH; count += 1) {
    await store.set(setOf(`${String(writer)}/${String(count)}`, "v".repeat(256)), PATIENT);
  }
  await store.close();
}

async function statusOf(address: string): Promise<Status> {
  const { stdout } = await runKvdb(["status", "--json", "--address", address]);
  return JSON.parse(stdout) as Status;
}
