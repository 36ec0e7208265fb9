/** Deadlines: kept exactly, never early, and never undone. */

import { expect } from "chai";

import { timeMs } from "../../src/base/index.js";
import { bytes, listAllKeys, pageOf, PATIENT, setOf, valueOf } from "../support/calls.js";
import { useStore, type OpenStore } from "./opened-store.js";

const HOUR_MS = 3_600_000;

export function describeExpiry(open: OpenStore): void {
  describe("expiring", () => {
    const subject = useStore(open);
    const ttl = (ttlMs: number) => ({ expiration: { kind: "ttl", ttlMs } }) as const;

    it("says the deadline with the reply, and with the entry", async () => {
      const { logicalTimeMs } = await subject.store.status();
      const set = await subject.store.set(setOf("a", "1", ttl(5000)), PATIENT);
      expect(set.deadlineMs).to.be.within(logicalTimeMs + 5000, logicalTimeMs + 5010);
      const { entry } = await subject.store.get(bytes("a"), PATIENT);
      expect(entry?.deadlineMs).to.equal(set.deadlineMs);
      const deadlineMs = timeMs(logicalTimeMs + 7000);
      const at = await subject.store.set(
        setOf("b", "1", { expiration: { kind: "at", deadlineMs } }),
        PATIENT,
      );
      expect(at.deadlineMs).to.equal(deadlineMs);
      expect((await subject.store.status()).nextDeadlineMs).to.equal(set.deadlineMs);
    });

    it("keeps a key until its deadline, and not a moment longer", async () => {
      await subject.store.set(setOf("a", "1", ttl(1000)), PATIENT);
      await subject.clock.advance(999);
      expect(await valueOf(subject.store, "a")).to.equal("1");
      await subject.clock.advance(1);
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
    });

    it("shows what is due to no call, though no timer has fired", async () => {
      for (const key of ["a", "b", "c", "d"]) {
        await subject.store.set(setOf(key, "1", ttl(1000)), PATIENT);
      }
      await subject.store.set(setOf("e", "stays"), PATIENT);
      subject.clock.pass(1000);
      expect(await listAllKeys(subject.store)).to.deep.equal(["e"]);
      const count = await subject.store.listKeys(pageOf({ countOnly: true }), PATIENT);
      expect(count.totalSize).to.equal(1);
      const touch = { key: bytes("a"), expiration: { kind: "none" } } as const;
      expect((await subject.store.touch(touch, PATIENT)).touched).to.equal(false);
      expect((await subject.store.delete({ key: bytes("b") }, PATIENT)).deleted).to.equal(false);
      expect(await valueOf(subject.store, "c")).to.equal(undefined);
      const set = await subject.store.set(setOf("d", "2"), PATIENT);
      const { entry } = await subject.store.get(bytes("d"), PATIENT);
      expect(entry).to.deep.include({ version: 1, createRevision: set.revision });
    });

    it("uses a revision for what expires", async () => {
      const { revision } = await subject.store.set(setOf("a", "1", ttl(1000)), PATIENT);
      await subject.clock.advance(1000);
      const got = await subject.store.get(bytes("a"), PATIENT);
      expect(got.revision).to.equal(revision + 1);
    });

    it("clears the expiration with a plain Set", async () => {
      await subject.store.set(setOf("a", "1", ttl(1000)), PATIENT);
      const set = await subject.store.set(setOf("a", "2"), PATIENT);
      expect(set.deadlineMs).to.equal(0);
      await subject.clock.advance(HOUR_MS);
      expect(await valueOf(subject.store, "a")).to.equal("2");
    });

    it("keeps the expiration when asked to, and a new key has none to keep", async () => {
      const first = await subject.store.set(setOf("a", "1", ttl(1000)), PATIENT);
      const keep = { expiration: { kind: "keep" } } as const;
      await subject.clock.advance(500);
      const kept = await subject.store.set(setOf("a", "2", keep), PATIENT);
      expect(kept.deadlineMs).to.equal(first.deadlineMs);
      expect((await subject.store.set(setOf("b", "1", keep), PATIENT)).deadlineMs).to.equal(0);
      await subject.clock.advance(500);
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
      const anew = await subject.store.set(setOf("a", "3", keep), PATIENT);
      expect(anew.deadlineMs, "an expired key has no expiration to keep").to.equal(0);
      expect(await valueOf(subject.store, "a")).to.equal("3");
    });

    it("follows the newest deadline only", async () => {
      await subject.store.set(setOf("later", "1", ttl(1000)), PATIENT);
      await subject.store.set(setOf("sooner", "1", ttl(HOUR_MS)), PATIENT);
      await subject.store.set(setOf("never", "1", ttl(1000)), PATIENT);
      const touch = async (key: string, ttlMs: number): Promise<void> => {
        const command = { key: bytes(key), ...ttl(ttlMs) };
        expect((await subject.store.touch(command, PATIENT)).touched).to.equal(true);
      };
      await touch("later", 2000);
      await touch("sooner", 1500);
      await subject.store.touch({ key: bytes("never"), expiration: { kind: "none" } }, PATIENT);
      await subject.clock.advance(1499);
      expect(await listAllKeys(subject.store)).to.deep.equal(
        subject.inOrder(["later", "never", "sooner"]),
      );
      await subject.clock.advance(1);
      expect(await listAllKeys(subject.store)).to.deep.equal(subject.inOrder(["later", "never"]));
      await subject.clock.advance(500);
      expect(await listAllKeys(subject.store)).to.deep.equal(["never"]);
    });

    it("never shows the older value that a key had without an expiration", async () => {
      await subject.store.set(setOf("a", "old"), PATIENT);
      await subject.store.set(setOf("a", "new", ttl(1000)), PATIENT);
      await subject.clock.advance(1000);
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
      await subject.current.restart(0);
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
    });

    it("revives nothing when the wall clock steps back, now or after a restart", async () => {
      await subject.store.set(setOf("a", "1", ttl(1000)), PATIENT);
      await subject.clock.advance(1000);
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
      subject.clock.stepWall(-HOUR_MS);
      await subject.clock.advance(1);
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
      await subject.current.restart(0);
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
      expect(await listAllKeys(subject.store)).to.deep.equal([]);
    });

    it("counts time on when the wall clock steps back", async () => {
      await subject.store.set(setOf("a", "1", ttl(1000)), PATIENT);
      const before = await subject.store.status();
      subject.clock.stepWall(-500);
      await subject.clock.advance(100);
      const after = await subject.store.status();
      expect(after.logicalTimeMs).to.be.at.least(before.logicalTimeMs);
      expect(await valueOf(subject.store, "a")).to.equal("1");
    });

    it("expires many keys that fall due together", async () => {
      for (let index = 0; index < 300; index += 1) {
        await subject.store.set(setOf(`key ${String(index)}`, "1", ttl(HOUR_MS)), PATIENT);
      }
      await subject.store.set(setOf("stays", "1"), PATIENT);
      await subject.clock.advance(2 * HOUR_MS);
      expect(await listAllKeys(subject.store)).to.deep.equal(["stays"]);
      const count = await subject.store.listKeys(pageOf({ countOnly: true }), PATIENT);
      expect(count.totalSize).to.equal(1);
    });
  });
}
