/** Snapshot, Compact and the status: they tell of the store, and change nothing that a caller sees. */

import { expect } from "chai";

import { KvError } from "../../src/base/index.js";
import type { VerifyReport } from "../../src/kv/index.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

export function describeMaintenance(open: OpenStore): void {
  describe("maintenance", () => {
    const subject = useStore(open);

    async function fill(): Promise<void> {
      for (let round = 0; round < 5; round += 1) {
        for (let index = 0; index < 20; index += 1) {
          await subject.store.set(setOf(`k${String(index)}`, `value ${String(round)}`), PATIENT);
        }
      }
      for (let index = 0; index < 5; index += 1) {
        await subject.store.delete({ key: bytes(`k${String(index)}`) }, PATIENT);
      }
    }

    /** What a caller can learn of every key there is. */
    async function contents(): Promise<unknown[]> {
      const entries: unknown[] = [];
      for (const key of await listAllKeys(subject.store)) {
        entries.push((await subject.store.get(bytes(key), PATIENT)).entry);
      }
      return entries;
    }

    it("tells of itself", async () => {
      const before = await subject.store.status();
      expect(before.historyId).not.to.equal("");
      expect(before.storeId).not.to.equal("");
      await fill();
      const after = await subject.store.status();
      expect(after.revision).to.equal(before.revision + 105);
      expect(after.transactionCount).to.equal(before.transactionCount + 105);
      expect(after.syncCount).to.be.greaterThan(before.syncCount);
      expect(after.keyCount).to.equal(15);
      expect(after.liveBytes).to.be.greaterThan(0);
      expect(after.diskBytes).to.be.at.least(after.liveBytes);
      expect(after.nextDeadlineMs).to.equal(0);
      expect(after.alarms).to.deep.equal([]);
      expect(after.historyId).to.equal(before.historyId);
    });

    it("tells of a snapshot, lists it, and deletes it once", async () => {
      await fill();
      const ttl = { expiration: { kind: "ttl", ttlMs: 100 } } as const;
      await subject.store.set(setOf("due", "1", ttl), PATIENT);
      subject.clock.pass(100);
      const snapshot = await subject.store.snapshot(PATIENT);
      const { revision } = await subject.store.status();
      expect(snapshot.keyCount).to.equal(15);
      expect(snapshot.revision).to.be.within(1, revision);
      expect(snapshot.sha256).to.have.lengthOf(32);
      expect(snapshot.sizeBytes).to.be.greaterThan(0);
      expect(await subject.store.listSnapshots()).to.deep.equal([snapshot]);
      await subject.store.set(setOf("k7", "changed"), PATIENT);
      const second = await subject.store.snapshot(PATIENT);
      expect(second.snapshotId).not.to.equal(snapshot.snapshotId);
      expect(await subject.store.listSnapshots()).to.have.deep.members([snapshot, second]);
      expect(await subject.store.deleteSnapshot(snapshot.snapshotId)).to.equal(true);
      expect(await subject.store.deleteSnapshot(snapshot.snapshotId)).to.equal(false);
      expect(await subject.store.listSnapshots()).to.deep.equal([second]);
    });

    it("takes snapshots of an empty store, and two at once one after the other", async () => {
      const [first, second] = await Promise.all([
        subject.store.snapshot(PATIENT),
        subject.store.snapshot(PATIENT),
      ]);
      expect(first.keyCount).to.equal(0);
      expect(second.snapshotId).not.to.equal(first.snapshotId);
    });

    it("knows no snapshot by a name that is a path", async () => {
      const names = ["", ".", "..", "../MANIFEST", "/etc/passwd", "none", "a\0b", "x".repeat(5000)];
      for (const name of names) {
        // A name that no snapshot can have may be refused as well.
        const deleted = await subject.store.deleteSnapshot(name).catch((error: unknown) => {
          if (error instanceof KvError && error.code === "INVALID_FIELD") return false;
          throw error;
        });
        expect(deleted, JSON.stringify(name)).to.equal(false);
      }
      await subject.store.set(setOf("a", "1"), PATIENT);
    });

    it("compacts without a change that a caller could see", async () => {
      await fill();
      const ttl = { expiration: { kind: "ttl", ttlMs: 3_600_000 } } as const;
      await subject.store.set(setOf("k9", "with a deadline", ttl), PATIENT);
      const before = await contents();
      const { revision } = await subject.store.status();
      const report = await subject.store.compact(PATIENT);
      expect(report.bytesAfter).to.be.at.most(report.bytesBefore);
      expect(report.segmentsBefore).to.be.at.least(1);
      expect(report.damagedSegments).to.equal(0);
      expect(await contents()).to.deep.equal(before);
      expect((await subject.store.status()).revision).to.equal(revision);
      await subject.current.restart(0);
      expect(await contents(), "after a restart").to.deep.equal(before);
    });

    it("compacts while it is written and read", async () => {
      await fill();
      const compactions = (async () => {
        for (let round = 0; round < 5; round += 1) await subject.store.compact(PATIENT);
      })();
      for (let round = 0; round < 200; round += 1) {
        const key = `k${String(round % 20)}`;
        await subject.store.set(setOf(key, `during ${String(round)}`), PATIENT);
        expect(await valueOf(subject.store, key)).to.equal(`during ${String(round)}`);
      }
      await compactions;
      expect(await valueOf(subject.store, "k0")).to.equal("during 180");
    });

    it("revives nothing by compacting", async () => {
      const ttl = { expiration: { kind: "ttl", ttlMs: 100 } } as const;
      await subject.store.set(setOf("expired", "old"), PATIENT);
      await subject.store.set(setOf("expired", "new", ttl), PATIENT);
      await subject.store.set(setOf("deleted", "old"), PATIENT);
      await subject.store.delete({ key: bytes("deleted") }, PATIENT);
      await subject.clock.advance(100);
      for (let round = 0; round < 3; round += 1) {
        await subject.store.compact(PATIENT);
        expect(await listAllKeys(subject.store)).to.deep.equal([]);
        await subject.current.restart(10);
        expect(await listAllKeys(subject.store)).to.deep.equal([]);
        await subject.store.set(setOf("other", String(round)), PATIENT);
        await subject.store.delete({ key: bytes("other") }, PATIENT);
      }
    });

    it("verifies everything: first how far it is, at last that it is done, and nothing is wrong", async () => {
      await fill();
      await subject.store.snapshot(PATIENT);
      const { signal } = new AbortController();
      for (let round = 0; round < 2; round += 1) {
        let last: VerifyReport | undefined;
        for await (const report of subject.store.verify(signal)) {
          expect(last?.isDone, "nothing follows the end").not.to.equal(true);
          expect(report.findings).to.deep.equal([]);
          expect(report.doneFiles).to.be.within(last?.doneFiles ?? 0, report.totalFiles);
          last = report;
        }
        expect(last?.isDone).to.equal(true);
        expect(last?.findingCount).to.equal(0);
        expect(last?.doneFiles).to.equal(last?.totalFiles);
      }
    });

    it("verifies while it is written, compacted and read, and finds nothing wrong", async () => {
      await fill();
      const { signal } = new AbortController();
      const verified = (async () => {
        for (let round = 0; round < 10; round += 1) {
          for await (const { findings } of subject.store.verify(signal)) {
            expect(findings).to.deep.equal([]);
          }
        }
      })();
      for (let round = 0; round < 200; round += 1) {
        const key = `k${String(round % 20)}`;
        await subject.store.set(setOf(key, `during ${String(round)}`), PATIENT);
        if (round % 9 === 0) await subject.store.delete({ key: bytes(key) }, PATIENT);
        if (round % 40 === 0) await subject.store.compact(PATIENT);
      }
      await verified;
    });

    it("verifies for whoever goes away, and can verify again after that", async () => {
      await fill();
      const abort = new AbortController();
      for await (const report of subject.store.verify(abort.signal)) {
        expect(report.findingCount).to.equal(0);
        abort.abort();
      }
      for await (const report of subject.store.verify(abort.signal)) {
        expect(report.isDone, "nobody asks any more").to.equal("not reached");
      }
      subject.store.drain();
      const { signal } = new AbortController();
      await kvRejectionOf(subject.store.verify(signal).next(), "DRAINING");
    });

    it("refuses new calls once it drains, with a code that says so", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      subject.store.drain();
      await kvRejectionOf(subject.store.set(setOf("a", "2"), PATIENT), "DRAINING");
      await kvRejectionOf(subject.store.get(bytes("a"), PATIENT), "DRAINING");
      await subject.current.restart(0);
      expect(await valueOf(subject.store, "a")).to.equal("1");
    });

    it("answers what was under way when it closes", async () => {
      const sets = Array.from({ length: 50 }, (_, index) =>
        subject.store.set(setOf(`k${String(index)}`, "1"), PATIENT).then(
          () => `k${String(index)}`,
          () => undefined,
        ),
      );
      const acknowledged = Promise.all(sets);
      await subject.current.restart(0);
      const keys = await listAllKeys(subject.store);
      for (const key of await acknowledged) {
        if (key !== undefined) expect(keys).to.include(key);
      }
    });
  });
}
