/** Many commits, one sync; bounds; and what the first error of the disk ends. */

import { expect } from "chai";

import { KvError, revision } from "../../src/base/index.js";
import { recordLength, type CommitQueue } from "../../src/log/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import { openLog, revisionsOnDisk, SEGMENT_BYTES, type LogBench } from "../support/log-bench.js";
import { recordOf } from "../support/log-records.js";
import { settle, until } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";

type Commit = ReturnType<CommitQueue["append"]>;

const SLOW = { pace: () => settle(3) };

/** Admits and appends the next revision, in one step. */
function commit({ queue }: LogBench, valueBytes = 10): Commit {
  const record = recordOf(queue.appliedRevision + 1, { value: Buffer.alloc(valueBytes, 1) });
  const room = queue.admit(recordLength(record), "write");
  if (room !== undefined) throw new Error("there is no room at once");
  return queue.append([record], "write");
}

/** As `commit`, waiting for a segment where need be. */
async function commitInTime(bench: LogBench, valueBytes: number): Promise<void> {
  const record = recordOf(bench.queue.appliedRevision + 1, { value: Buffer.alloc(valueBytes, 1) });
  for (;;) {
    const room = bench.queue.admit(recordLength(record), "write");
    if (room === undefined) break;
    await room;
  }
  await bench.queue.append([record], "write").durable;
}

describe("the commit queue", () => {
  it("syncs once for all that arrive together", async () => {
    const bench = await openLog();
    await Promise.all(Array.from({ length: 20 }, () => commit(bench, 1).durable));
    expect(bench.queue.syncCount).to.equal(1);
    expect(bench.queue.transactionCount).to.equal(20);
    expect(bench.queue.durableRevision).to.equal(20);
    expect(bench.told).to.deep.equal([20]);
    await bench.queue.close();
  });

  it("tells how long syncs took, with the change of segments", async () => {
    let spend: () => void = () => undefined;
    const disk = new CrashDisk({
      pace: () => {
        spend();
        return Promise.resolve();
      },
    });
    const bench = await openLog({ disk });
    // So long each step of the disk takes.
    spend = () => {
      bench.clock.pass(4);
    };
    expect(bench.queue.syncLatency).to.equal(undefined);
    await commit(bench).durable;
    expect(bench.queue.syncLatency).to.include({ count: 1, maxMs: 4 });
    await commitInTime(bench, SEGMENT_BYTES / 2);
    await commitInTime(bench, SEGMENT_BYTES / 2);
    expect(bench.queue.syncLatency).to.include({ count: 3 });
    expect(bench.queue.syncLatency?.maxMs).to.be.above(8);
    await bench.queue.close();
  });

  it("gathers in a second batch what arrives while the first is being written", async () => {
    const bench = await openLog({ disk: new CrashDisk(SLOW) });
    const first = commit(bench);
    await settle(2);
    const others = [commit(bench), commit(bench), commit(bench)];
    expect(bench.queue.appliedRevision).to.equal(4);
    expect(bench.queue.durableRevision).to.equal(0);
    await first.durable;
    expect(bench.queue.durableRevision).to.equal(1);
    await Promise.all(others.map(({ durable }) => durable));
    expect(bench.queue.syncCount).to.equal(2);
    expect(bench.told).to.deep.equal([1, 4]);
    await bench.queue.close();
  });

  it("tells when those who wait for the disk have been served, and that nobody waits", async () => {
    const bench = await openLog({ disk: new CrashDisk(SLOW) });
    expect(bench.queue.backlog).to.equal(undefined);
    const first = commit(bench);
    await settle(2);
    const second = commit(bench);
    await bench.queue.backlog;
    expect(bench.queue.durableRevision).to.equal(2);
    await Promise.all([first.durable, second.durable]);
    await until("the queue is idle", () => bench.queue.backlog === undefined);
    // Room that was made and never used is not somebody who waits.
    expect(bench.queue.admit(100, "write")).to.equal(undefined);
    expect(bench.queue.backlog).to.equal(undefined);
    await bench.queue.close();
  });

  it("says at once where each record will lie, and it lies there", async () => {
    const bench = await openLog();
    const { placements, durable } = commit(bench);
    await durable;
    const [placement] = placements;
    const file = bench.disk.peek("/segments/000000000001.seg");
    const end = (placement?.offset ?? 0) + (placement?.length ?? 0);
    expect(file.subarray(end - 10, end)).to.deep.equal(Buffer.alloc(10, 1));
    await bench.queue.close();
  });

  it("waits for a revision that is not durable, and not for one that is", async () => {
    const bench = await openLog({ disk: new CrashDisk(SLOW) });
    commit(bench);
    await settle(2);
    commit(bench);
    const both = [bench.queue.whenDurable(revision(1)), bench.queue.whenDurable(revision(2))];
    expect(both).not.to.include(undefined);
    await both[0];
    expect([1, 2].map((at) => bench.queue.whenDurable(revision(at)) === undefined)).to.deep.equal([
      true,
      false,
    ]);
    await both[1];
    expect(bench.queue.whenDurable(revision(2))).to.equal(undefined);
    await bench.queue.close();
  });

  it("writes down what was durable when the log falls idle, once", async () => {
    const bench = await openLog();
    await commit(bench).durable;
    await settle();
    await bench.clock.advance(9);
    expect(bench.queue.syncCount).to.equal(1);
    await bench.clock.advance(1);
    await settle();
    expect(bench.queue.syncCount).to.equal(2);
    expect(bench.told).to.deep.equal([1]);
    await bench.clock.advance(1000);
    await settle();
    expect(bench.queue.syncCount).to.equal(2);
    await bench.queue.close();
  });

  it("goes on in the next segment when one is full", async () => {
    const bench = await openLog();
    for (let count = 0; count < 12; count += 1) await commitInTime(bench, 900);
    const { segments } = bench.manifest.current;
    expect(segments.map(({ state }) => state)).to.deep.equal([
      ...Array.from({ length: segments.length - 1 }, () => "closed"),
      "active",
    ]);
    expect(segments.length).to.be.greaterThan(3);
    expect(await revisionsOnDisk(bench)).to.deep.equal(
      Array.from({ length: 12 }, (_, at) => at + 1),
    );
    await bench.queue.close();
    const closed = bench.manifest.current;
    expect(closed.segments.every(({ state, isSealed }) => state === "closed" && isSealed)).to.equal(
      true,
    );
    expect(closed.durableRevision).to.equal(12);
  });

  it("waits for the segment that is being filled, and leaves the reserve for a full disk", async () => {
    const bench = await openLog();
    const quarter = { value: Buffer.alloc(SEGMENT_BYTES / 4, 1) };
    for (let at = 1; at <= 3; at += 1) {
      await bench.queue.append([recordOf(at, quarter)], "write").durable;
    }
    bench.spares.take("ready", SEGMENT_BYTES);
    const room = bench.queue.admit(SEGMENT_BYTES / 3, "release");
    expect(room, "let in at once").not.to.equal(undefined);
    await room;
    expect(bench.queue.admit(SEGMENT_BYTES / 3, "release")).to.equal(undefined);
    await bench.queue.append([recordOf(4, quarter)], "release").durable;
    expect(bench.log.active.id).to.equal(2);
    expect(bench.log.active.isReserve).to.equal(false);
    expect(bench.spares.has("removal-reserve")).to.equal(true);
    await bench.queue.close();
  });

  it("rotates on request, though only where there is something to seal", async () => {
    const bench = await openLog();
    await bench.queue.rotate();
    expect(bench.manifest.current.segments).to.have.lengthOf(1);
    await commit(bench).durable;
    await bench.queue.rotate();
    expect(bench.manifest.current.segments.map(({ state }) => state)).to.deep.equal([
      "closed",
      "active",
    ]);
    await commit(bench).durable;
    expect(await revisionsOnDisk(bench)).to.deep.equal([1, 2]);
    await bench.queue.close();
  });

  it("takes no more once it is closed, and writes what it had", async () => {
    const bench = await openLog();
    const { durable } = commit(bench);
    const closing = bench.queue.close();
    expect(() => commit(bench))
      .to.throw(KvError)
      .with.property("code", "DRAINING");
    await Promise.all([durable, closing]);
    expect(await revisionsOnDisk(bench)).to.deep.equal([1]);
  });
});

describe("the bounds of the commit queue", () => {
  it("refuse one transaction too many, with a time to try again", async () => {
    const bench = await openLog({ queueTransactionsMax: 3 });
    const commits = [commit(bench), commit(bench), commit(bench)];
    const error = overloaded(() => commit(bench));
    expect(error.message).to.include("commit.queue_transactions");
    expect(error.retryAfterMs).to.be.greaterThan(0);
    await Promise.all(commits.map(({ durable }) => durable));
    await commit(bench).durable;
    await bench.queue.close();
  });

  it("refuse bytes too many, but never the only transaction", async () => {
    const bench = await openLog({ queueBytesMax: 200 });
    const large = commit(bench, 1000);
    const error = overloaded(() => commit(bench, 1));
    expect(error.message).to.include("commit.queue_bytes");
    await large.durable;
    await commit(bench, 1).durable;
    await bench.queue.close();
  });
});

function overloaded(run: () => unknown): KvError {
  try {
    run();
  } catch (error) {
    if (error instanceof KvError && error.code === "OVERLOADED") return error;
    throw error;
  }
  throw new Error("it was let in");
}

describe("a full disk", () => {
  async function fill(bench: LogBench): Promise<void> {
    bench.disk.capacityBytes = bench.disk.usedBytes;
    await kvRejectionOf(
      (async () => {
        for (let count = 0; count < 20; count += 1) await commitInTime(bench, 900);
      })(),
      "NO_SPACE",
    );
  }

  it("refuses writes before anything is applied, and lets in what gives space back", async () => {
    const bench = await openLog();
    await fill(bench);
    const applied = bench.queue.appliedRevision;
    const room = bench.queue.admit(SEGMENT_BYTES / 4, "write");
    if (room === undefined) throw new Error("it was let in");
    await kvRejectionOf(room, "NO_SPACE");
    expect(bench.queue.appliedRevision).to.equal(applied);
    expect(bench.queue.admit(1000, "release")).to.equal(undefined);
    await bench.queue.append([recordOf(applied + 1)], "release").durable;
    expect(bench.failures).to.deep.equal([]);
    await bench.queue.close();
    expect(await revisionsOnDisk(bench)).to.have.lengthOf(applied + 1);
  });

  it("lets writes in again by itself when there is room", async () => {
    const bench = await openLog();
    await fill(bench);
    bench.disk.capacityBytes = Number.POSITIVE_INFINITY;
    await bench.clock.advance(16_000);
    await until("a spare is there", () => bench.spares.has("ready"));
    await commitInTime(bench, 900);
    await bench.queue.close();
  });
});

describe("the first error of the disk", () => {
  for (const [what, fault] of [
    ["a write of the log", { verbs: ["write"], path: /spare-start/ }],
    ["a sync of the manifest in a rotation", { verbs: ["sync"], path: /MANIFEST/ }],
    ["a sync of a directory in a rotation", { verbs: ["sync-directory"] }],
  ] as const) {
    it(`ends the queue: ${what}`, async () => {
      const bench = await openLog({ disk: new CrashDisk(SLOW) });
      bench.disk.addFault({ ...fault, code: "EIO", lasts: "once" });
      const results: Promise<unknown>[] = [];
      for (let count = 0; count < 7; count += 1) results.push(commit(bench, 900).durable);
      const settled = await Promise.allSettled(results);
      const failed = settled.filter(({ status }) => status === "rejected");
      expect(failed.length, "the pending ones").to.be.greaterThan(1);
      for (const result of failed) {
        expect(result).to.have.nested.property("reason.code", "STORAGE_FAILED");
      }
      // What failed is the end of the log, not a part of its middle.
      expect(settled.map(({ status }) => status)).to.deep.equal(
        [...settled.map(({ status }) => status)].sort(),
      );
      expect(bench.failures.map(({ code }) => code)).to.deep.equal(["STORAGE_FAILED"]);
      await settle(40);
      const { length } = bench.disk.trace;
      expect(() => commit(bench))
        .to.throw(KvError)
        .with.property("code", "STORAGE_FAILED");
      const last = bench.queue.whenDurable(revision(7));
      if (last === undefined) throw new Error("it is durable");
      await kvRejectionOf(last, "STORAGE_FAILED");
      await bench.queue.rotate();
      await bench.queue.close();
      await bench.clock.advance(1000);
      await settle();
      expect(bench.disk.trace.slice(length), "written after the error").to.deep.equal([]);
      expect(bench.queue.durableRevision).to.equal(settled.length - failed.length);
    });
  }
});
