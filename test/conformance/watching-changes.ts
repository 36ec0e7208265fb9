/** Watch: everything that happened to keys, in order, from where the follower was, and from the current state on. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import type { ChangeEvent, KeyRange, StartPosition, WatchQuery } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { ChangeFollower, changesOf, Follower, watchOf } from "../support/follower.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

const wordsOf = (events: readonly ChangeEvent[]): string[] =>
  events.map(({ kind, entry }) =>
    `${kind} ${entry.key.toString()} ${entry.value.toString()}`.trim(),
  );

type Started = Awaited<ReturnType<typeof ChangeFollower.start>>;

/** So many events from the beginning of the stream on: the first batch may bring some. */
async function eventsOf({ follower, first }: Started, count: number): Promise<ChangeEvent[]> {
  const events = [...first.events];
  if (events.length < count) events.push(...(await follower.collect(count - events.length)));
  return events;
}

const FROM_START: StartPosition = { kind: "revision", revision: revision(1) };
const TTL = { kind: "ttl", ttlMs: 1000 } as const;

export function describeWatchingChanges(open: OpenStore): void {
  describe("watching changes", () => {
    const subject = useStore(open);

    const set = (key: string, value = `of ${key}`) => subject.store.set(setOf(key, value), PATIENT);
    const setFor = (key: string, value = `of ${key}`) =>
      subject.store.set(setOf(key, value, { expiration: TTL }), PATIENT);
    const touch = (key: string) =>
      subject.store.touch({ key: bytes(key), expiration: { kind: "none" } }, PATIENT);
    const remove = (key: string) => subject.store.delete({ key: bytes(key) }, PATIENT);
    const start = (more: Partial<WatchQuery> = {}) =>
      ChangeFollower.start(subject.store, subject.clock, more);

    async function since(more: Partial<WatchQuery>, count: number): Promise<ChangeEvent[]> {
      const started = await start(more);
      const events = await eventsOf(started, count);
      await started.follower.stop();
      return events;
    }

    it("tells sets, touches, deletes and expirations apart, each with what it left", async () => {
      const { follower, first } = await start();
      expect([first.events, first.synced]).to.deep.equal([[], false]);
      const made = await setFor("a", "1");
      const touched = await touch("a");
      const again = await subject.store.set(
        setOf("a", "2", { contentType: "text/plain" }),
        PATIENT,
      );
      const removed = await remove("a");
      const due = await setFor("b", "3");
      const events = await follower.collect(6);
      expect(wordsOf(events)).to.deep.equal([
        "set a 1",
        "touch a 1",
        "set a 2",
        "delete a",
        "set b 3",
        "expire b",
      ]);
      const common = { createRevision: made.revision, deadlineMs: 0 };
      const { revision: of, deadlineMs } = made;
      expect(events[0]?.entry).to.deep.include({ ...common, revision: of, deadlineMs, version: 1 });
      expect(events[1]?.entry).to.deep.include({
        ...common,
        revision: touched.revision,
        version: 1,
      });
      expect(events[2]?.entry).to.deep.include({
        ...common,
        revision: again.revision,
        version: 2,
        contentType: "text/plain",
      });
      expect(events[3]?.entry).to.deep.include({ revision: removed.revision, version: 0 });
      expect(events[5]?.entry.deadlineMs).to.equal(due.deadlineMs);
      for (const { entry, commitTimeMs, previous, ...event } of events) {
        expect(entry.revision).to.equal(event.revision);
        expect(commitTimeMs).to.be.greaterThan(0);
        expect(previous).to.equal(undefined);
        expect(event).to.deep.include({ index: 0, previousOmitted: false, valueOmitted: false });
      }
      await follower.stop();
    });

    it("tells nothing of calls that changed nothing", async () => {
      const { follower } = await start();
      await remove("absent");
      await touch("absent");
      await set("a");
      expect(wordsOf(await follower.collect(1))).to.deep.equal(["set a of a"]);
      await follower.stop();
    });

    it("tells what each change replaced or ended, if asked", async () => {
      const { follower } = await start({ includePrevious: true });
      await setFor("a", "1");
      await touch("a");
      await setFor("a", "2");
      await remove("a");
      await setFor("a", "3");
      const events = await follower.collect(6);
      const before = events.map(({ previous }) => previous?.value.toString());
      expect(before).to.deep.equal([undefined, "1", "1", "2", undefined, "3"]);
      for (const [at, { previous, previousOmitted }] of events.entries()) {
        expect(previousOmitted).to.equal(false);
        if (previous === undefined) continue;
        const { value, ...entry } = events[at - 1]?.entry ?? { value: undefined };
        expect(previous, `of event ${String(at)}`).to.deep.include(entry);
        expect(value).to.deep.equal(previous.value);
      }
      await follower.stop();
    });

    it("tells only the kinds that were asked for", async () => {
      await setFor("a");
      await touch("a");
      await remove("a");
      await setFor("b");
      const told = async (kinds: WatchQuery["kinds"], count: number): Promise<string[]> =>
        (await since({ start: FROM_START, kinds }, count)).map(({ kind }) => kind);
      expect(await told(["expire"], 1)).to.deep.equal(["expire"]);
      expect(await told(["touch", "delete"], 2)).to.deep.equal(["touch", "delete"]);
      expect(await told([], 5)).to.deep.equal(["set", "touch", "delete", "set", "expire"]);
    });

    it("tells of any number of ranges, each change once", async () => {
      for (const key of ["a/1", "a/2", "b", "c/x", "d"]) await set(key);
      const prefix = (text: string): KeyRange => ({ kind: "prefix", prefix: bytes(text) });
      const ranges = [
        prefix("a/"),
        prefix("a/1"),
        { kind: "glob", pattern: "*x" } as const,
        { kind: "glob", pattern: "a*" } as const,
      ];
      const started = await start({ ranges, start: FROM_START });
      const told = await eventsOf(started, 3);
      await set("b");
      await set("a/3");
      told.push(...(await started.follower.collect(1)));
      expect(told.map(({ entry }) => entry.key.toString())).to.deep.equal([
        "a/1",
        "a/2",
        "c/x",
        "a/3",
      ]);
      await started.follower.stop();
    });

    it("goes on behind a token: nothing twice, nothing left out", async () => {
      const all: string[] = [];
      for (let at = 0; at < 60; at += 1) {
        await set(`k${String(at % 7)}`, String(at));
        all.push(`set k${String(at % 7)} ${String(at)}`);
      }
      const told: string[] = [];
      let from: StartPosition = FROM_START;
      while (told.length < all.length) {
        const started = await start({ start: from });
        told.push(...wordsOf(await eventsOf(started, 1)));
        from = { kind: "resume-token", token: started.follower.resumeToken };
        await started.follower.stop();
      }
      expect(told).to.deep.equal(all);
    });

    it("says how far it is when it is silent, and never further than what was told", async () => {
      const { follower } = await start({ progressIntervalMs: 50 });
      let newest = 0;
      for (let at = 0; at < 5; at += 1) {
        const { revision: of } = await set("a", String(at));
        newest = of;
      }
      let toldUpTo = 0;
      for (;;) {
        const batch = await follower.nextInTime();
        toldUpTo = batch?.events.at(-1)?.revision ?? toldUpTo;
        if (batch?.progress === undefined) continue;
        expect(batch.progress.revision).to.equal(toldUpTo);
        if (toldUpTo === newest) break;
      }
      await follower.stop();
    });

    it("counts among the followers, beside those of expirations", async () => {
      const { follower } = await start();
      const other = await Follower.start(subject.store, subject.clock);
      expect((await subject.store.status()).followerCount).to.equal(2);
      await setFor("a");
      expect(wordsOf(await follower.collect(2))).to.deep.equal(["set a of a", "expire a"]);
      const [expiration] = await other.follower.collect(1);
      expect(expiration?.value?.toString()).to.equal("of a");
      await follower.stop();
      await other.follower.stop();
    });

    it("refuses what makes no sense, naming the field", async () => {
      const { watchRangesMax } = subject.current.limits;
      const all: KeyRange = { kind: "all" };
      const refused: readonly (readonly [Partial<WatchQuery>, string])[] = [
        [{ ranges: Array.from({ length: watchRangesMax + 1 }, () => all) }, "ranges"],
        [{ ranges: [all, { kind: "glob", pattern: "[" }] }, "ranges[1].glob"],
        [{ start: { kind: "revision", revision: revision(-1) } }, "start.revision"],
        [{ start: { kind: "resume-token", token: "forged" } }, "start.resume_token"],
      ];
      for (const [more, field] of refused) {
        const follower = new ChangeFollower(subject.store, subject.clock, changesOf(more));
        await expectInvalidField(follower.next(), field);
      }
      const [first = "", last = ""] = subject.inOrder(["b", "c"]);
      const backwards = { kind: "interval", start: bytes(last), end: bytes(first) } as const;
      const ranges = { ranges: [all, all, backwards] };
      const follower = new ChangeFollower(subject.store, subject.clock, changesOf(ranges));
      await expectInvalidField(follower.next(), "ranges[2].interval.end");
    });

    it("refuses a token of another history, and one that is too old", async () => {
      const stranger = await subject.current.openStranger();
      const strange = await ChangeFollower.start(stranger, subject.clock);
      await strange.follower.stop();
      const token = strange.first.resumeToken;
      const wrong = changesOf({ start: { kind: "resume-token", token } });
      const misled = new ChangeFollower(subject.store, subject.clock, wrong);
      await kvRejectionOf(misled.next(), "HISTORY_CHANGED");
      for (const key of ["a", "b", "c"]) await setFor(key);
      await since({ start: FROM_START }, 6);
      await subject.current.forgetExpirations();
      const { oldestRetainedRevision } = await subject.store.status();
      const early = changesOf({ start: FROM_START });
      const late = new ChangeFollower(subject.store, subject.clock, early);
      const error = await kvRejectionOf(late.next(), "REVISION_COMPACTED");
      expect(error.metadata.oldest_revision).to.equal(oldestRetainedRevision);
    });
  });

  describe("watching from the current state on", () => {
    const subject = useStore(open);

    const set = (key: string, value = `of ${key}`) => subject.store.set(setOf(key, value), PATIENT);
    const start = (more: Partial<WatchQuery> = {}) =>
      ChangeFollower.start(subject.store, subject.clock, {
        start: { kind: "current-state" },
        ...more,
      });

    it("tells every entry once, in order, and then what comes after, without a seam", async () => {
      const names = subject.inOrder(["a", "b", "c", "d", "e"]);
      for (const name of names) await set(name, "old");
      await subject.store.delete({ key: bytes("e") }, PATIENT);
      const { revision: before } = await set("c", "new");
      const { follower, first } = await start();
      expect([first.events, first.synced, first.progress]).to.deep.equal([[], false, undefined]);
      const { events, revision: at } = await follower.state();
      expect(at).to.equal(before);
      expect(wordsOf(events)).to.deep.equal(
        names
          .filter((name) => name !== "e")
          .map((name) => `set ${name} ${name === "c" ? "new" : "old"}`),
      );
      for (const { revision: of, entry } of events) {
        const { entry: there } = await subject.store.get(entry.key, PATIENT);
        expect(entry).to.deep.equal(there);
        expect(of).to.equal(there?.revision);
      }
      await set("f");
      await subject.store.delete({ key: bytes("a") }, PATIENT);
      expect(wordsOf(await follower.collect(2))).to.deep.equal(["set f of f", "delete a"]);
      await follower.stop();
    });

    it("tells only its ranges, a key that is in two of them once", async () => {
      for (const key of ["a/1", "a/2", "b/1", "c"]) await set(key);
      const prefix = (text: string): KeyRange => ({ kind: "prefix", prefix: bytes(text) });
      const ranges = [prefix("b"), prefix("a"), { kind: "glob", pattern: "*1" } as const];
      const { follower } = await start({ ranges });
      const { events } = await follower.state();
      const keys = events.map(({ entry }) => entry.key.toString());
      expect(keys).to.have.members(["b/1", "a/1", "a/2"]);
      await set("c");
      await set("b/2");
      expect(wordsOf(await follower.collect(1))).to.deep.equal(["set b/2 of b/2"]);
      await follower.stop();
    });

    it("says at once that an empty store is told", async () => {
      const { follower } = await start();
      expect((await follower.state()).events).to.deep.equal([]);
      await set("a");
      expect(wordsOf(await follower.collect(1))).to.deep.equal(["set a of a"]);
      await follower.stop();
    });

    it("leaves out what is due", async () => {
      await subject.store.set(setOf("a", "1", { expiration: TTL }), PATIENT);
      await set("b");
      subject.clock.pass(5000);
      const { follower } = await start();
      const { events } = await follower.state();
      expect(wordsOf(events)).to.deep.equal(["set b of b"]);
      await follower.stop();
    });

    it("begins anew from a token of before the state was told, and goes on from one after", async () => {
      await set("a");
      const cut = await start();
      const early: StartPosition = { kind: "resume-token", token: cut.first.resumeToken };
      await cut.follower.stop();
      await set("b");
      const again = await start({ start: early });
      const names = subject.inOrder(["a", "b"]);
      expect(wordsOf((await again.follower.state()).events)).to.deep.equal(
        names.map((name) => `set ${name} of ${name}`),
      );
      const { resumeToken } = again.follower;
      await again.follower.stop();
      await set("c");
      const later = await start({ start: { kind: "resume-token", token: resumeToken } });
      expect(wordsOf(await eventsOf(later, 1))).to.deep.equal(["set c of c"]);
      await later.follower.stop();
    });

    it("is not for followers of expirations", async () => {
      const state = watchOf({ start: { kind: "current-state" } });
      const wrong = new Follower(subject.store, subject.clock, state);
      await expectInvalidField(wrong.next(), "start.current_state");
      const { follower, first } = await start();
      await follower.stop();
      const token = watchOf({ start: { kind: "resume-token", token: first.resumeToken } });
      const misled = new Follower(subject.store, subject.clock, token);
      await expectInvalidField(misled.next(), "start.resume_token");
    });
  });
}
