/**
 * SIGTERM while everybody writes: the server ends with 0, no write is lost that was acknowledged, nothing is in doubt,
 * and the next start finds a store that was closed in order.
 */

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { Writer } from "./writers.js";
import { runKvdb } from "../app/run-kvdb.js";
import { ALL_KEYS, bytes, listAllKeys, PATIENT, pageOf } from "../support/calls.js";
import { loadPackages, textOf } from "./packages.js";
import { SCENARIO_MS_MAX, sized, tell } from "./scale.js";
import { Stage } from "./stage.js";

const WRITER_COUNT = 32;
const ROUNDS = sized({ normal: 2, full: 10 });

/** What a start says that had to mend something. */
const MENDED = /cut a torn tail|set aside|damage|unclean/;

describe("SIGTERM under load", function () {
  this.timeout(SCENARIO_MS_MAX);

  it("ends with 0, keeps what was acknowledged, and starts clean", async () => {
    const writers = Array.from(
      { length: WRITER_COUNT },
      (_, index) => new Writer(`writer-${String(index)}`),
    );
    await Stage.with(["--shutdown-grace=200ms"], async (running) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        expect(running.output).to.not.match(MENDED);
        await checkAll(writers, running.address);
        const enough = acknowledgedBy(writers) + 1000;
        const writing = writers.map((writer) => writer.writeUntilGone(running.address));
        while (acknowledgedBy(writers) < enough) await new Promise(setImmediate);
        expect(await running.end("SIGTERM"), running.output).to.deep.equal({
          code: 0,
          signal: null,
        });
        expect(running.output)
          .to.match(/"stopping: /)
          .and.to.match(/"stopped"/);
        await Promise.all(writing);
        await running.start();
      }
      expect(running.output).to.not.match(MENDED);
      await checkAll(writers, running.address);
    });
    tell(`${String(acknowledgedBy(writers))} writes acknowledged over ${String(ROUNDS)} stops`);
  });

  it("leaves an import with exactly as many keys as it was told are there", async () => {
    const { lines } = loadPackages();
    await Stage.with([], async (running) => {
      const words = ["import", "-", "--json", "--address", running.address];
      const importing = runKvdb(words, { stdin: textOf(lines) });
      const store = connect({ address: running.address });
      while ((await store.status()).keyCount < lines.length / 4);
      await store.close();
      expect(await running.end("SIGTERM"), running.output).to.deep.equal({ code: 0, signal: null });
      const cut = await importing;
      expect(cut.code, cut.stderr).to.equal(3);
      const { imported } = JSON.parse(cut.stdout) as { imported: number };
      await running.start();
      expect(running.output).to.not.match(MENDED);
      const after = connect({ address: running.address });
      const count = pageOf({ range: ALL_KEYS, countOnly: true });
      expect((await after.listKeys(count, PATIENT)).totalSize).to.equal(imported);
      expect(
        await listAllKeys(after, { range: { kind: "prefix", prefix: bytes("deb/") } }),
      ).to.have.lengthOf(imported);
      await after.close();
      tell(`${String(imported)} of ${String(lines.length)} lines acknowledged`);
    });
  });
});

function acknowledgedBy(writers: readonly Writer[]): number {
  return writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
}

async function checkAll(writers: readonly Writer[], address: string): Promise<void> {
  const store = connect({ address });
  await Promise.all(writers.map((writer) => writer.check(store)));
  await store.close();
}
