/** What a store keeps while it is down: everything, but for what fell due. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import { bytes, listAllKeys, pageOf, PATIENT, setOf, valueOf } from "../support/calls.js";
import { expirationsSince, Follower } from "../support/follower.js";
import { kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

export function describeRestart(open: OpenStore): void {
  describe("restarting", () => {
    const subject = useStore(open);
    const ttl = (ttlMs: number) => ({ expiration: { kind: "ttl", ttlMs } }) as const;

    it("keeps every entry as it was, and goes on with the next revision", async () => {
      await subject.store.set(setOf("a", "1", { contentType: "text/plain" }), PATIENT);
      await subject.store.set(setOf("a", "2", { contentType: "text/html" }), PATIENT);
      await subject.store.set(setOf("b", "", ttl(3_600_000)), PATIENT);
      await subject.store.touch({ key: bytes("a"), ...ttl(7_200_000) }, PATIENT);
      await subject.store.set(setOf("gone", "1"), PATIENT);
      const { revision: newest } = await subject.store.delete({ key: bytes("gone") }, PATIENT);
      const before = await Promise.all(
        ["a", "b", "gone"].map((key) => subject.store.get(bytes(key), PATIENT)),
      );
      const { historyId, storeId } = await subject.store.status();
      for (let round = 0; round < 3; round += 1) {
        await subject.current.restart(1000);
        const after = await Promise.all(
          ["a", "b", "gone"].map((key) => subject.store.get(bytes(key), PATIENT)),
        );
        expect(after).to.deep.equal(before);
        expect(await subject.store.status()).to.deep.include({ historyId, storeId });
      }
      const next = await subject.store.set(setOf("c", "1"), PATIENT);
      expect(next.revision).to.equal(newest + 1);
    });

    it("keeps an empty store empty", async () => {
      const { revision: before } = await subject.store.status();
      await subject.current.restart(0);
      expect(await listAllKeys(subject.store)).to.deep.equal([]);
      expect((await subject.store.status()).revision).to.equal(before);
    });

    it("expires what fell due while it was down, and says that it was", async () => {
      const set = await subject.store.set(setOf("due", "the value", ttl(1000)), PATIENT);
      await subject.store.set(setOf("later", "1", ttl(60_000)), PATIENT);
      await subject.current.restart(1000);
      expect(await listAllKeys(subject.store)).to.deep.equal(["later"]);
      const [event] = await expirationsSince(subject.store, subject.clock, {
        start: { kind: "revision", revision: revision(1) },
        count: 1,
      });
      expect(event).to.deep.include({
        key: bytes("due"),
        value: bytes("the value"),
        deadlineMs: set.deadlineMs,
        cause: "deadline-while-down",
      });
    });

    it("tells a follower that comes back what it has missed, across restarts", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      await subject.store.set(setOf("told", "1", ttl(100)), PATIENT);
      await follower.collect(1);
      await follower.stop();
      await subject.store.set(setOf("missed", "1", ttl(100)), PATIENT);
      await subject.clock.advance(200);
      expect(await valueOf(subject.store, "missed")).to.equal(undefined);
      await subject.store.set(setOf("down", "1", ttl(100)), PATIENT);
      await subject.current.restart(1000);
      await subject.store.set(setOf("after", "1", ttl(100)), PATIENT);
      const events = await expirationsSince(subject.store, subject.clock, {
        start: { kind: "resume-token", token: follower.resumeToken },
        count: 3,
      });
      expect(events.map((event) => event.key.toString())).to.deep.equal([
        "missed",
        "down",
        "after",
      ]);
    });

    it("goes on with a page token of before", async () => {
      for (const key of ["a", "b", "c", "d"]) await subject.store.set(setOf(key, "1"), PATIENT);
      const first = await subject.store.listKeys(pageOf({ pageSize: 2 }), PATIENT);
      await subject.current.restart(0);
      const rest = await listAllKeys(subject.store, { pageToken: first.nextPageToken });
      expect(rest).to.deep.equal(subject.inOrder(["a", "b", "c", "d"]).slice(2));
    });

    it("ends the streams of its followers with a token to go on from", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      const next = kvRejectionOf(follower.next(), "DRAINING");
      await subject.store.set(setOf("a", "1", ttl(100)), PATIENT);
      await subject.current.restart(1000);
      const error = await next;
      const events = await expirationsSince(subject.store, subject.clock, {
        start: { kind: "resume-token", token: error.metadata.resume_token ?? "" },
        count: 1,
      });
      expect(events[0]?.key.toString()).to.equal("a");
    });

    it("keeps its snapshots", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      const snapshot = await subject.store.snapshot(PATIENT);
      await subject.current.restart(0);
      expect(await subject.store.listSnapshots()).to.deep.equal([snapshot]);
    });
  });
}
