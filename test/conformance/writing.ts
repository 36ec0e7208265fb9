/** Set, Get, Delete and Touch of keys that do not expire meanwhile. */

import { expect } from "chai";

import { KvError, TIME_MS_MAX, timeMs } from "../../src/base/index.js";
import type { CallContext, Entry, GetResult } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

export function describeWriting(open: OpenStore): void {
  describe("writing and reading", () => {
    const subject = useStore(open);

    async function entryOf(key: string): Promise<Entry> {
      const { entry } = await subject.store.get(bytes(key), PATIENT);
      if (entry === undefined) throw new Error(`${key} is absent`);
      return entry;
    }

    const revisionNow = async (): Promise<number> =>
      (await subject.store.get(bytes("any"), PATIENT)).revision;

    it("returns what was set, with all that is known of it", async () => {
      const before = await subject.store.status();
      const set = await subject.store.set(setOf("a", "1", { contentType: "text/plain" }), PATIENT);
      expect(set).to.deep.equal({ revision: before.revision + 1, deadlineMs: 0 });
      const { entry, revision } = await subject.store.get(bytes("a"), PATIENT);
      expect(revision).to.be.at.least(set.revision);
      expect(entry?.updateTimeMs).to.be.within(before.logicalTimeMs, before.logicalTimeMs + 1000);
      expect(entry).to.deep.include({
        key: bytes("a"),
        value: bytes("1"),
        revision: set.revision,
        createRevision: set.revision,
        version: 1,
        deadlineMs: 0,
        contentType: "text/plain",
      });
    });

    it("counts versions with each Set and keeps the revision that made the key", async () => {
      const first = await subject.store.set(setOf("a", "1"), PATIENT);
      await subject.store.set(setOf("b", "other"), PATIENT);
      await subject.store.set(setOf("a", "2"), PATIENT);
      const third = await subject.store.set(setOf("a", "2"), PATIENT);
      expect(third.revision, "each Set is a change, even to the same value").to.equal(
        first.revision + 3,
      );
      expect(await entryOf("a")).to.deep.include({
        value: bytes("2"),
        revision: third.revision,
        createRevision: first.revision,
        version: 3,
      });
    });

    it("replaces the content type with each Set", async () => {
      await subject.store.set(setOf("a", "{}", { contentType: "application/json" }), PATIENT);
      await subject.store.set(setOf("a", "x"), PATIENT);
      expect((await entryOf("a")).contentType).to.equal("");
    });

    it("keeps an empty value, and any bytes", async () => {
      await subject.store.set(setOf("empty", ""), PATIENT);
      expect((await entryOf("empty")).value).to.have.lengthOf(0);
      const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      await subject.store.set(setOf("all", "", { value: all }), PATIENT);
      expect((await entryOf("all")).value.equals(all)).to.equal(true);
    });

    it("says that a key is absent without an error", async () => {
      const { revision } = await subject.store.set(setOf("a", "1"), PATIENT);
      const got = await subject.store.get(bytes("b"), PATIENT);
      expect(got.entry).to.equal(undefined);
      expect(got.revision).to.equal(revision);
      expect(await valueOf(subject.store, "A"), "keys are bytes, not words").to.equal(undefined);
    });

    it("takes keys of every script, told apart byte by byte", async () => {
      const keys = ["e", "é", "e\u0301", "\u0000", " ", "/", "日本", "\ufeffbom", "😀"];
      for (const key of keys) await subject.store.set(setOf(key, `of ${key}`), PATIENT);
      for (const key of keys) expect(await valueOf(subject.store, key)).to.equal(`of ${key}`);
      expect((await subject.store.status()).keyCount).to.equal(keys.length);
    });

    it("takes the longest key and value, and refuses longer", async () => {
      const { keyBytesMax, valueBytesMax } = subject.current.limits;
      const key = "k".repeat(keyBytesMax);
      const value = Buffer.alloc(valueBytesMax, "v");
      await subject.store.set(setOf(key, "", { value }), PATIENT);
      expect((await entryOf(key)).value.equals(value)).to.equal(true);
      const before = await revisionNow();
      const tooLong = [`${key}k`, "é".repeat(keyBytesMax / 2) + "k"];
      for (const longKey of tooLong) {
        await expectInvalidField(subject.store.set(setOf(longKey, "v"), PATIENT), "key");
        await expectInvalidField(subject.store.get(bytes(longKey), PATIENT), "key");
        await expectInvalidField(subject.store.delete({ key: bytes(longKey) }, PATIENT), "key");
        const touch = { key: bytes(longKey), expiration: { kind: "none" } } as const;
        await expectInvalidField(subject.store.touch(touch, PATIENT), "key");
      }
      const longValue = setOf("a", "", { value: Buffer.alloc(valueBytesMax + 1) });
      await expectInvalidField(subject.store.set(longValue, PATIENT), "value");
      expect(await revisionNow(), "what is refused changes nothing").to.equal(before);
    });

    it("refuses an empty key", async () => {
      const key = Buffer.alloc(0);
      await expectInvalidField(subject.store.set(setOf("", "v"), PATIENT), "key");
      await expectInvalidField(subject.store.get(key, PATIENT), "key");
      await expectInvalidField(subject.store.delete({ key }, PATIENT), "key");
      const touch = { key, expiration: { kind: "none" } } as const;
      await expectInvalidField(subject.store.touch(touch, PATIENT), "key");
    });

    it("refuses a content type that is too long", async () => {
      await subject.store.set(setOf("a", "1", { contentType: "t".repeat(255) }), PATIENT);
      expect((await entryOf("a")).contentType).to.have.lengthOf(255);
      const set = setOf("a", "1", { contentType: "t".repeat(256) });
      await expectInvalidField(subject.store.set(set, PATIENT), "content_type");
    });

    it("refuses an expiration that is no time to live, and changes nothing", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      const before = await revisionNow();
      const { logicalTimeMs } = await subject.store.status();
      const refused = [
        { field: "ttl", expiration: { kind: "ttl", ttlMs: 0 } },
        { field: "ttl", expiration: { kind: "ttl", ttlMs: -1 } },
        { field: "ttl", expiration: { kind: "ttl", ttlMs: TIME_MS_MAX } },
        { field: "expire_time", expiration: { kind: "at", deadlineMs: timeMs(logicalTimeMs - 1) } },
        { field: "expire_time", expiration: { kind: "at", deadlineMs: logicalTimeMs } },
      ] as const;
      for (const { field, expiration } of refused) {
        await expectInvalidField(
          subject.store.set(setOf("a", "2", { expiration }), PATIENT),
          field,
        );
        const touch = { key: bytes("a"), expiration };
        await expectInvalidField(subject.store.touch(touch, PATIENT), field);
      }
      expect(await revisionNow()).to.equal(before);
      expect(await valueOf(subject.store, "a")).to.equal("1");
    });

    it("deletes a key once", async () => {
      const set = await subject.store.set(setOf("a", "1"), PATIENT);
      expect(await subject.store.delete({ key: bytes("a") }, PATIENT)).to.deep.equal({
        revision: set.revision + 1,
        deleted: true,
      });
      expect(await valueOf(subject.store, "a")).to.equal(undefined);
      expect(await subject.store.delete({ key: bytes("a") }, PATIENT)).to.deep.equal({
        revision: set.revision + 1,
        deleted: false,
      });
    });

    it("makes a key anew that was deleted", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      await subject.store.set(setOf("a", "2"), PATIENT);
      await subject.store.delete({ key: bytes("a") }, PATIENT);
      const { revision } = await subject.store.set(setOf("a", "3"), PATIENT);
      expect(await entryOf("a")).to.deep.include({ version: 1, createRevision: revision });
    });

    it("touches a key: another revision, the same version and value", async () => {
      const set = await subject.store.set(setOf("a", "1", { contentType: "text/plain" }), PATIENT);
      const { logicalTimeMs } = await subject.store.status();
      const touched = await subject.store.touch(
        { key: bytes("a"), expiration: { kind: "ttl", ttlMs: 60_000 } },
        PATIENT,
      );
      expect(touched).to.deep.include({ revision: set.revision + 1, touched: true });
      expect(touched.deadlineMs).to.be.within(logicalTimeMs + 60_000, logicalTimeMs + 61_000);
      expect(await entryOf("a")).to.deep.include({
        value: bytes("1"),
        revision: touched.revision,
        createRevision: set.revision,
        version: 1,
        deadlineMs: touched.deadlineMs,
        contentType: "text/plain",
      });
      const persisted = await subject.store.touch(
        { key: bytes("a"), expiration: { kind: "none" } },
        PATIENT,
      );
      expect(persisted).to.deep.equal({
        revision: set.revision + 2,
        touched: true,
        deadlineMs: 0,
      });
      expect((await entryOf("a")).deadlineMs).to.equal(0);
    });

    it("does not touch what is absent", async () => {
      const { revision } = await subject.store.set(setOf("a", "1"), PATIENT);
      for (const expiration of [{ kind: "none" }, { kind: "ttl", ttlMs: 1000 }] as const) {
        const touched = await subject.store.touch({ key: bytes("b"), expiration }, PATIENT);
        expect(touched).to.deep.equal({ revision, touched: false, deadlineMs: 0 });
      }
    });

    it("gives each of many parallel writes a revision of its own, and loses none", async () => {
      const before = await revisionNow();
      const sets = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          subject.store.set(setOf(`key ${String(index % 20)}`, String(index)), PATIENT),
        ),
      );
      const revisions = sets.map((set) => set.revision).sort((a, b) => a - b);
      expect(revisions).to.deep.equal(revisions.map((_, index) => before + 1 + index));
      for (let index = 0; index < 20; index += 1) {
        const entry = await entryOf(`key ${String(index)}`);
        const writer = sets.findIndex((set) => set.revision === entry.revision);
        expect(entry.value.toString(), "the value of the newest revision").to.equal(String(writer));
        expect(entry.version).to.equal(10);
      }
    });

    it("lets every read see each write that was acknowledged before it began", async () => {
      let acknowledged = 0;
      const write = async (): Promise<void> => {
        for (let value = 1; value <= 100; value += 1) {
          await subject.store.set(setOf("a", String(value)), PATIENT);
          acknowledged = value;
        }
      };
      const read = async (): Promise<void> => {
        let newest = 0;
        while (acknowledged < 100) {
          const floor = Math.max(newest, acknowledged);
          newest = Number((await valueOf(subject.store, "a")) ?? 0);
          expect(newest).to.be.at.least(floor);
        }
      };
      await Promise.all([write(), read(), read()]);
    });

    it("answers at a revision at which the answer is true", async () => {
      const states = new Map<number, string | undefined>([[0, undefined]]);
      const answers: GetResult[] = [];
      const set = async (value: string): Promise<void> => {
        const { revision } = await subject.store.set(setOf("hot", value), PATIENT);
        states.set(revision, value);
      };
      const remove = async (): Promise<void> => {
        const { revision, deleted } = await subject.store.delete({ key: bytes("hot") }, PATIENT);
        if (deleted) states.set(revision, undefined);
      };
      const get = async (): Promise<void> => {
        answers.push(await subject.store.get(bytes("hot"), PATIENT));
      };
      for (let round = 0; round < 20; round += 1) {
        const value = String(round);
        await Promise.all([remove(), get(), set(`${value}a`), get(), set(`${value}b`), get()]);
        await Promise.all([get(), remove(), get(), get(), set(`${value}c`), get()]);
      }
      for (const { entry, revision } of answers) {
        const at = [...states.keys()].filter((each) => each <= revision);
        const text = entry?.value.toString();
        expect(text, `at ${String(revision)}`).to.equal(states.get(Math.max(...at)));
      }
    });

    it("does nothing for a caller that has gone", async () => {
      await subject.store.set(setOf("a", "1"), PATIENT);
      const before = await revisionNow();
      const gone: CallContext = {
        throwIfAbandoned: () => {
          throw new KvError("CANCELLED", "the caller has gone");
        },
      };
      await kvRejectionOf(subject.store.set(setOf("a", "2"), gone), "CANCELLED");
      await kvRejectionOf(subject.store.delete({ key: bytes("a") }, gone), "CANCELLED");
      const touch = { key: bytes("a"), expiration: { kind: "ttl", ttlMs: 1000 } } as const;
      await kvRejectionOf(subject.store.touch(touch, gone), "CANCELLED");
      expect(await valueOf(subject.store, "a")).to.equal("1");
      expect(await revisionNow()).to.equal(before);
    });
  });
}
