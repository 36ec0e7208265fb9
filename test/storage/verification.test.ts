/** Verification of an open store: what is found, whom it waits for, and how it ends. */

import { expect } from "chai";

import type { VerifyReport } from "../../src/storage/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import {
  commit,
  deleteChange,
  openEngine,
  setChange,
  type EngineBench,
} from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { settle, until } from "../support/manual-clock.js";
import { Random } from "../support/random.js";
import { kvRejectionOf } from "../support/rejection.js";

const { signal: forever } = new AbortController();

/** A store with several segments, a compacted one, a checkpoint and a snapshot. */
async function openFilled(): Promise<EngineBench> {
  const bench = await openEngine({ disk: new CrashDisk(), checkpointPeriodMs: 0 });
  for (let index = 0; index < 90; index += 1) {
    await commit(bench, setChange(`key ${String(index % 40)}`, `v ${String(index)} `.repeat(40)));
    if (index % 9 === 0) await commit(bench, deleteChange(`key ${String(index % 40)}`));
  }
  await bench.engine.compact(0);
  for (let index = 0; index < 20; index += 1) {
    await commit(bench, setChange(`key ${String(index)}`, "after"));
  }
  await bench.engine.createSnapshot();
  await bench.engine.createCheckpoint();
  return bench;
}

async function verify({ engine }: EngineBench): Promise<readonly VerifyReport[]> {
  const reports: VerifyReport[] = [];
  for await (const report of engine.verification.run(forever)) reports.push(report);
  return reports;
}

describe("the verification of an open store", () => {
  let bench: EngineBench;

  beforeEach(async () => {
    bench = await openFilled();
  });
  afterEach(async () => {
    await bench.engine.close();
  });

  it("finds nothing where nothing is damaged", async () => {
    const last = (await verify(bench)).at(-1);
    expect(last).to.include({ isDone: true, findingCount: 0 });
    expect(last?.totalFiles).to.be.at.least(5);
  });

  it("finds a bit that is flipped in any file, past the cache, and names the file", async () => {
    const { disk, engine } = bench;
    const random = new Random(5);
    for (const path of disk.files()) {
      if (path.endsWith("LOCK") || path.endsWith(".tmp")) continue;
      const content = disk.peek(path);
      const length = dataEnd(content);
      for (let flip = 0; flip < 25; flip += 1) {
        const offset = random.below(length);
        const byte = content[offset] ?? 0;
        disk.poke(path, Buffer.from([byte ^ (1 << random.below(8))]), offset);
        const findings = (await verify(bench)).flatMap((report) => report.findings);
        const files = findings.map(({ file }) => `${DATA_DIRECTORY}/${file}`);
        expect(files, `byte ${String(offset)}`).to.deep.equal([path]);
        disk.poke(path, Buffer.from([byte]), offset);
      }
    }
    expect(engine.damages.length).to.be.greaterThan(3);
  }).timeout(30_000);

  it("finds that a segment is gone, or is another", async () => {
    const [first = "", second = ""] = bench.disk.files().filter((path) => path.endsWith(".seg"));
    const content = bench.disk.peek(first);
    bench.disk.resize(first, content.length - 1);
    bench.disk.poke(second, content, 0);
    const files = (await verify(bench)).flatMap(({ findings }) => findings.map(({ file }) => file));
    expect(files.map((file) => `${DATA_DIRECTORY}/${file}`)).to.include.members([second]);
  });

  it("goes on at its own pace, whoever reads it: one message has all that came meanwhile", async () => {
    const run = bench.engine.verification.run(forever);
    expect((await run.next()).value).to.include({ doneFiles: 0, isDone: false });
    const other = bench.engine.verification.run(forever);
    await kvRejectionOf(other.next(), "OVERLOADED");
    // Nobody asks, and yet it comes to its end: then another may begin.
    let isFree = false;
    const poll = async (): Promise<void> => {
      await bench.engine.verification
        .run(forever)
        .next()
        .then(
          () => (isFree = true),
          () => undefined,
        );
    };
    await until("another can begin", () => {
      if (!isFree) void poll();
      return isFree;
    });
    expect((await run.next()).value).to.include({ isDone: true });
  });

  it("ends with DRAINING when the store closes", async () => {
    const run = bench.engine.verification.run(forever);
    await run.next();
    await bench.engine.verification.stop();
    const ended = run.next().then(
      ({ value }) => (value as VerifyReport).isDone,
      () => true,
    );
    expect(await ended).to.equal(true);
    await kvRejectionOf(drain(bench), "DRAINING");
  });
  it("calls nothing damaged because it was ended in the middle of it", async () => {
    for (let turns = 0; turns < 120; turns += 1) {
      const abort = new AbortController();
      const run = bench.engine.verification.run(abort.signal);
      await run.next();
      await settle(turns);
      abort.abort();
      await run.return(undefined);
      expect(bench.engine.damages, `after ${String(turns)} turns`).to.deep.equal([]);
    }
  });
});

async function drain(bench: EngineBench): Promise<void> {
  await verify(bench);
}

/** Where a file ends, but for the zeros that are prepared behind the last batch of the active segment. */
function dataEnd(content: Buffer): number {
  let end = content.length;
  while (content[end - 1] === 0) end -= 1;
  return end;
}
