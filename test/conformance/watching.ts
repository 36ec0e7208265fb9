/** WatchExpirations: what expired, in order, from where the follower was. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import type { ExpirationEvent, StartPosition } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { expirationsSince, Follower, watchOf } from "../support/follower.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

const keysOf = (events: readonly ExpirationEvent[]): string[] =>
  events.map((event) => event.key.toString("utf8"));

export function describeWatching(open: OpenStore): void {
  describe("watching expirations", () => {
    const subject = useStore(open);

    const setFor = (key: string, ttlMs: number, value = `of ${key}`) =>
      subject.store.set(
        setOf(key, value, { expiration: { kind: "ttl", ttlMs }, contentType: "text/plain" }),
        PATIENT,
      );

    const fromStart = async (count: number): Promise<ExpirationEvent[]> =>
      expirationsSince(subject.store, subject.clock, {
        start: { kind: "revision", revision: revision(1) },
        count,
      });

    it("says at once from where it follows", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      const { follower, first } = await Follower.start(subject.store, subject.clock);
      expect(first.expirations).to.deep.equal([]);
      expect(first.resumeToken).not.to.equal("");
      await follower.stop();
    });

    it("tells of an expiration, with the value though the key is gone", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      const set = await setFor("a", 1000, "the value");
      const [event] = await follower.collect(1);
      const { revision: newest } = await subject.store.get(bytes("a"), PATIENT);
      expect(event).to.deep.include({
        revision: newest,
        index: 0,
        key: bytes("a"),
        value: bytes("the value"),
        valueSize: 9,
        valueOmitted: false,
        contentType: "text/plain",
        deadlineMs: set.deadlineMs,
        cause: "deadline",
      });
      expect(event?.commitTimeMs).to.be.at.least(set.deadlineMs);
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
      await follower.stop();
    });

    it("leaves the value out unless it was asked for", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock, {
        includeValue: false,
      });
      await setFor("a", 1000, "the value");
      const [event] = await follower.collect(1);
      expect(event).to.deep.include({ value: undefined, valueSize: 9 });
      await follower.stop();
    });

    it("tells each once, in the order of revision and index, soonest deadline first", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      const ttls = [900, 100, 500, 100, 700, 300, 100, 800];
      for (const [index, ttlMs] of ttls.entries()) await setFor(`k${String(index)}`, ttlMs);
      const events = await follower.collect(ttls.length);
      expect(keysOf(events)).to.have.members(ttls.map((_, index) => `k${String(index)}`));
      for (const [index, event] of events.entries()) {
        const before = events[index - 1];
        if (before === undefined) continue;
        const isLater =
          event.revision > before.revision ||
          (event.revision === before.revision && event.index > before.index);
        expect(isLater, "(revision, index) grows").to.equal(true);
        expect(event.deadlineMs).to.be.at.least(before.deadlineMs);
      }
      await follower.stop();
    });

    it("tells nothing of deletes, overwrites, touches, or keys that never expire", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      for (const key of ["deleted", "cleared", "later", "persisted"]) await setFor(key, 1000);
      await subject.store.delete({ key: bytes("deleted") }, PATIENT);
      await subject.store.set(setOf("cleared", "1"), PATIENT);
      const later = { kind: "ttl", ttlMs: 3000 } as const;
      await subject.store.touch({ key: bytes("later"), expiration: later }, PATIENT);
      const never = { kind: "none" } as const;
      await subject.store.touch({ key: bytes("persisted"), expiration: never }, PATIENT);
      await setFor("due", 2000);
      expect(keysOf(await follower.collect(2))).to.deep.equal(["due", "later"]);
      await follower.stop();
    });

    it("tells of a key as often as it expires", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      await setFor("a", 100, "first");
      const [first] = await follower.collect(1);
      await setFor("a", 100, "second");
      const [second] = await follower.collect(1);
      expect(first?.value?.toString()).to.equal("first");
      expect(second?.value?.toString()).to.equal("second");
      await follower.stop();
    });

    it("tells the value and the deadline that a touch gave the key", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      await subject.store.set(setOf("a", "kept"), PATIENT);
      const touched = await subject.store.touch(
        { key: bytes("a"), expiration: { kind: "ttl", ttlMs: 500 } },
        PATIENT,
      );
      const [event] = await follower.collect(1);
      expect(event?.value?.toString()).to.equal("kept");
      expect(event?.deadlineMs).to.equal(touched.deadlineMs);
      await follower.stop();
    });

    it("tells only of its range", async () => {
      const [start = "", end = ""] = subject.inOrder(["b", "c"]);
      const ranges = [
        { range: { kind: "prefix", prefix: bytes("b") }, keys: ["b", "bc"] },
        {
          range: { kind: "interval", start: bytes(start), end: bytes(end) },
          keys: start === "b" ? ["b", "bc"] : ["bc", "c"],
        },
        { range: { kind: "glob", pattern: "?" }, keys: ["a", "b", "c"] },
      ] as const;
      for (const [index, key] of ["a", "b", "bc", "c"].entries()) await setFor(key, 100 + index);
      await fromStart(4);
      for (const { range, keys } of ranges) {
        const events = await expirationsSince(subject.store, subject.clock, {
          range,
          start: { kind: "revision", revision: revision(1) },
          count: keys.length,
        });
        expect(keysOf(events)).to.deep.equal(keys);
      }
    });

    it("starts at a revision, with it", async () => {
      for (const [index, key] of ["a", "b", "c"].entries()) await setFor(key, 100 * (index + 1));
      const all = await fromStart(3);
      expect(keysOf(all)).to.deep.equal(["a", "b", "c"]);
      const from = all[1]?.revision ?? revision(0);
      const since = await expirationsSince(subject.store, subject.clock, {
        start: { kind: "revision", revision: from },
        count: 2,
      });
      expect(keysOf(since)).to.deep.equal(["b", "c"]);
    });

    it("goes on behind a token: nothing twice, nothing left out", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      await setFor("a", 100);
      await follower.collect(1);
      await follower.stop();
      await setFor("b", 100);
      await setFor("c", 200);
      subject.clock.pass(1000);
      const events = await expirationsSince(subject.store, subject.clock, {
        start: { kind: "resume-token", token: follower.resumeToken },
        count: 2,
      });
      expect(keysOf(events)).to.deep.equal(["b", "c"]);
    });

    it("goes on behind a token that no event came with", async () => {
      const { follower, first } = await Follower.start(subject.store, subject.clock);
      await follower.stop();
      await setFor("a", 100);
      subject.clock.pass(1000);
      const events = await expirationsSince(subject.store, subject.clock, {
        start: { kind: "resume-token", token: first.resumeToken },
        count: 1,
      });
      expect(keysOf(events)).to.deep.equal(["a"]);
    });

    it("tells a follower from now nothing of what was before", async () => {
      await setFor("before", 100);
      await fromStart(1);
      const { follower } = await Follower.start(subject.store, subject.clock);
      await setFor("after", 100);
      expect(keysOf(await follower.collect(1))).to.deep.equal(["after"]);
      await follower.stop();
    });

    it("tells every follower the same", async () => {
      const followers = await Promise.all(
        [1, 2, 3].map(async () => (await Follower.start(subject.store, subject.clock)).follower),
      );
      for (let index = 0; index < 20; index += 1) await setFor(`k${String(index)}`, 100 + index);
      const told: string[][] = [];
      for (const follower of followers) told.push(keysOf(await follower.collect(20)));
      expect(told[1]).to.deep.equal(told[0]);
      expect(told[2]).to.deep.equal(told[0]);
      expect((await subject.store.status()).followerCount).to.equal(3);
      for (const follower of followers) await follower.stop();
    });

    it("says how far it is when it is silent", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock, {
        progressIntervalMs: 50,
      });
      const set = await subject.store.set(setOf("a", "1"), PATIENT);
      let progress = (await follower.nextInTime())?.progress;
      while (progress !== undefined && progress.revision < set.revision) {
        progress = (await follower.nextInTime())?.progress;
      }
      expect(progress?.revision).to.equal(set.revision);
      expect(progress?.timeMs).to.be.greaterThan(0);
      await follower.stop();
    });

    it("says how far it is also while only other keys expire", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock, {
        range: { kind: "prefix", prefix: bytes("mine") },
        progressIntervalMs: 50,
      });
      for (let index = 0; index < 30; index += 1)
        await setFor(`other ${String(index)}`, 10 * index + 1);
      const batch = await follower.nextInTime();
      expect(batch?.expirations).to.deep.equal([]);
      expect(batch?.progress).not.to.equal(undefined);
      await follower.stop();
    });

    it("ends when the follower goes", async () => {
      const abort = new AbortController();
      const stream = subject.store.watchExpirations(watchOf(), abort.signal);
      await stream.next();
      const next = stream.next();
      abort.abort();
      // The wire may say that the call was cancelled; either way the stream is over.
      const done = await next.then(
        (result) => result.done,
        () => true,
      );
      expect(done).to.equal(true);
    });

    it("refuses a start that is none", async () => {
      const refused: readonly (readonly [StartPosition, string])[] = [
        [{ kind: "resume-token", token: "forged" }, "start.resume_token"],
        [{ kind: "resume-token", token: "A".repeat(10_000) }, "start.resume_token"],
        [{ kind: "revision", revision: revision(-1) }, "start.revision"],
      ];
      for (const [start, field] of refused) {
        const follower = new Follower(subject.store, subject.clock, watchOf({ start }));
        await expectInvalidField(follower.next(), field);
      }
      const range = { kind: "glob", pattern: "[" } as const;
      const follower = new Follower(subject.store, subject.clock, watchOf({ range }));
      await expectInvalidField(follower.next(), "range.glob");
    });

    it("refuses a page token for a resume token, and the other way round", async () => {
      for (const key of ["a", "b"]) await subject.store.set(setOf(key, "1"), PATIENT);
      const { follower, first } = await Follower.start(subject.store, subject.clock);
      await follower.stop();
      const query = { range: { kind: "all" }, descending: false, countOnly: false } as const;
      const page = await subject.store.listKeys({ ...query, pageSize: 1, pageToken: "" }, PATIENT);
      const start = { kind: "resume-token", token: page.nextPageToken } as const;
      const wrong = new Follower(subject.store, subject.clock, watchOf({ start }));
      await expectInvalidField(wrong.next(), "start.resume_token");
      await expectInvalidField(
        subject.store.listKeys({ ...query, pageSize: 1, pageToken: first.resumeToken }, PATIENT),
        "page_token",
      );
    });

    it("refuses a token of another history", async () => {
      const stranger = await subject.current.openStranger();
      const { follower, first } = await Follower.start(stranger, subject.clock);
      await follower.stop();
      const start = { kind: "resume-token", token: first.resumeToken } as const;
      const wrong = new Follower(subject.store, subject.clock, watchOf({ start }));
      await kvRejectionOf(wrong.next(), "HISTORY_CHANGED");
    });

    it("says so when it is too late, and names the oldest revision that is not", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      await setFor("a", 100);
      await follower.collect(1);
      await follower.stop();
      const early = follower.resumeToken;
      await setFor("b", 100);
      await fromStart(2);
      await subject.current.forgetExpirations();
      const { oldestRetainedRevision } = await subject.store.status();
      const starts: readonly StartPosition[] = [
        { kind: "revision", revision: revision(1) },
        { kind: "resume-token", token: early },
      ];
      for (const start of starts) {
        const late = new Follower(subject.store, subject.clock, watchOf({ start }));
        const error = await kvRejectionOf(late.next(), "REVISION_COMPACTED");
        expect(error.metadata.oldest_revision).to.equal(oldestRetainedRevision);
      }
      const start = { kind: "revision", revision: oldestRetainedRevision } as const;
      const inTime = await Follower.start(subject.store, subject.clock, { start });
      await inTime.follower.stop();
    });

    it("waits for a revision that is yet to come, and tells nothing before it", async () => {
      const { revision: newest } = await subject.store.status();
      const start = { kind: "revision", revision: revision(newest + 3) } as const;
      const { follower, first } = await Follower.start(subject.store, subject.clock, { start });
      expect(first.progress?.revision ?? 0).to.be.at.most(newest);
      const again = { kind: "resume-token", token: first.resumeToken } as const;
      const resumed = await Follower.start(subject.store, subject.clock, { start: again });
      await resumed.follower.stop();
      await setFor("too early", 100);
      await fromStart(1);
      await setFor("in time", 100);
      expect(keysOf(await follower.collect(1))).to.deep.equal(["in time"]);
      await follower.stop();
    });

    it("omits a value that is too large to tell, and says so", async () => {
      const { expiredValueBytesMax } = subject.current.watchLimits;
      const { follower } = await Follower.start(subject.store, subject.clock);
      await setFor("told", 100, "v".repeat(expiredValueBytesMax));
      await setFor("omitted", 200, "v".repeat(expiredValueBytesMax + 1));
      const [told, omitted] = await follower.collect(2);
      expect(told?.value).to.have.lengthOf(expiredValueBytesMax);
      expect(told?.valueOmitted).to.equal(false);
      expect(omitted).to.deep.include({
        key: bytes("omitted"),
        value: undefined,
        valueOmitted: true,
        valueSize: expiredValueBytesMax + 1,
      });
      await follower.stop();
    });

    it("cuts off nothing of a follower that is not slow", async () => {
      const { follower } = await Follower.start(subject.store, subject.clock);
      const told: ExpirationEvent[] = [];
      for (let round = 0; round < 5; round += 1) {
        for (let index = 0; index < 40; index += 1) {
          await setFor(`r${String(round)} ${String(index)}`, 100, "v".repeat(1000));
        }
        told.push(...(await follower.collect(40)));
      }
      expect(new Set(keysOf(told)).size).to.equal(200);
      await follower.stop();
    });
  });
}
