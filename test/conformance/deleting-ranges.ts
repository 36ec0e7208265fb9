/** DeleteRange: the keys of a range, or the first so many, all at once and no others. */

import { expect } from "chai";

import type { DeleteRangeCommand, DeleteRangeResult, KeyRange } from "../../src/kv/index.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { ChangeFollower } from "../support/follower.js";
import { expectInvalidField, rejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

const KEYS = ["a", "a/1", "a/2", "a/3", "b", "b/1", "c"];
const TTL = { kind: "ttl", ttlMs: 1000 } as const;

const ALL: KeyRange = { kind: "all" };
const prefixOf = (text: string): KeyRange => ({ kind: "prefix", prefix: bytes(text) });

export function describeDeletingRanges(open: OpenStore): void {
  describe("deleting a range", () => {
    const subject = useStore(open);

    const remove = (
      range: KeyRange,
      more: Partial<DeleteRangeCommand> = {},
    ): Promise<DeleteRangeResult> =>
      subject.store.deleteRange({ range, limit: 0, ...more }, PATIENT);

    async function fill(keys: readonly string[] = KEYS): Promise<void> {
      for (const key of subject.inOrder(keys)) {
        await subject.store.set(setOf(key, `of ${key}`), PATIENT);
      }
    }

    async function revisionNow(): Promise<number> {
      return (await subject.store.status()).revision;
    }

    const RANGES: readonly (readonly [string, KeyRange, readonly string[]])[] = [
      ["a prefix", prefixOf("a/"), ["a/1", "a/2", "a/3"]],
      ["a glob", { kind: "glob", pattern: "*/[12]" }, ["a/1", "a/2", "b/1"]],
      ["a glob with a prefix", { kind: "glob", pattern: "a*[13]" }, ["a/1", "a/3"]],
      ["everything", ALL, KEYS],
    ];
    for (const [name, range, meant] of RANGES) {
      it(`deletes the keys of ${name} at one revision, and no others`, async () => {
        await fill();
        const before = await revisionNow();
        expect(await remove(range)).to.deep.equal({
          revision: before + 1,
          deletedCount: meant.length,
          more: false,
        });
        expect(await revisionNow()).to.equal(before + 1);
        const left = subject.inOrder(KEYS.filter((key) => !meant.includes(key)));
        expect(await listAllKeys(subject.store)).to.deep.equal(left);
        for (const key of KEYS) {
          const value = meant.includes(key) ? undefined : `of ${key}`;
          expect(await valueOf(subject.store, key), key).to.equal(value);
        }
      });
    }

    it("deletes an interval, its start included and its end not, in the store's order", async () => {
      await fill();
      const ordered = subject.inOrder(KEYS);
      const [, start = "", , , end = ""] = ordered;
      const range = { kind: "interval", start: bytes(start), end: bytes(end) } as const;
      expect((await remove(range)).deletedCount).to.equal(3);
      expect(await listAllKeys(subject.store)).to.deep.equal([ordered[0], ...ordered.slice(4)]);
      const open = { kind: "interval", start: bytes(end), end: bytes("") } as const;
      expect((await remove(open)).deletedCount).to.equal(3);
      expect(await listAllKeys(subject.store)).to.deep.equal(ordered.slice(0, 1));
    });

    it("deletes the first so many, and says whether there are more", async () => {
      await fill();
      const ordered = subject.inOrder(KEYS);
      const first = await remove(ALL, { limit: 3 });
      expect(first).to.include({ deletedCount: 3, more: true });
      expect(await listAllKeys(subject.store)).to.deep.equal(ordered.slice(3));
      expect(await remove(ALL, { limit: 4 })).to.include({ deletedCount: 4, more: false });
      expect(await listAllKeys(subject.store)).to.deep.equal([]);
    });

    it("deletes as many as the store allows where no limit is named, and refuses a higher one", async () => {
      const { deleteRangeMax } = subject.current.limits;
      const keys = Array.from({ length: deleteRangeMax + 3 }, (_, at) => `key ${String(at)}`);
      await fill(keys);
      expect(await remove(ALL)).to.include({ deletedCount: deleteRangeMax, more: true });
      expect(await remove(ALL, { limit: deleteRangeMax })).to.include({
        deletedCount: 3,
        more: false,
      });
      await expectInvalidField(remove(ALL, { limit: deleteRangeMax + 1 }), "limit");
      await expectInvalidField(remove(ALL, { limit: -1 }), "limit");
    });

    it("uses no revision where there is nothing to delete", async () => {
      await fill();
      const before = await revisionNow();
      for (const range of [prefixOf("x"), { kind: "glob", pattern: "?/" } as const]) {
        const nothing = { revision: before, deletedCount: 0, more: false };
        expect(await remove(range)).to.deep.equal(nothing);
      }
      expect(await revisionNow()).to.equal(before);
    });

    it("refuses a range that is none", async () => {
      await expectInvalidField(remove({ kind: "glob", pattern: "[" }), "range.glob");
      const [first = "", last = ""] = subject.inOrder(["b", "c"]);
      const backwards = { kind: "interval", start: bytes(last), end: bytes(first) } as const;
      await expectInvalidField(remove(backwards), "range.interval.end");
    });

    it("expires what is due, and deletes the rest", async () => {
      const { follower } = await ChangeFollower.start(subject.store, subject.clock);
      await fill(["a/1", "a/3"]);
      for (const key of ["a/2", "a/4"]) {
        await subject.store.set(setOf(key, "due", { expiration: TTL }), PATIENT);
      }
      subject.clock.pass(5000);
      expect(await remove(prefixOf("a/"), { limit: 2 })).to.include({
        deletedCount: 2,
        more: false,
      });
      const events = (await follower.collect(8)).slice(4);
      const kinds = new Map(events.map(({ kind, entry }) => [entry.key.toString(), kind]));
      expect(Object.fromEntries(kinds)).to.deep.equal({
        "a/1": "delete",
        "a/2": "expire",
        "a/3": "delete",
        "a/4": "expire",
      });
      await follower.stop();
    });

    it("is told to followers key by key, in order, with what was there before", async () => {
      await fill();
      const { follower } = await ChangeFollower.start(subject.store, subject.clock, {
        includePrevious: true,
      });
      const { revision: at } = await remove(prefixOf("a"));
      const events = await follower.collect(4);
      const told = events.map(({ kind, revision, index, entry, previous }) => {
        const name = `${kind} ${entry.key.toString()}`;
        return [name, revision, index, previous?.value.toString()];
      });
      const expected = subject
        .inOrder(["a", "a/1", "a/2", "a/3"])
        .map((key, index) => [`delete ${key}`, at, index, `of ${key}`]);
      expect(told).to.deep.equal(expected);
      await follower.stop();
    });

    it("deletes all that came before it, while others write", async () => {
      await fill();
      const keys = Array.from({ length: 8 }, (_, at) => `c/${String(at)}`);
      const sets = keys.map((key) => subject.store.set(setOf(key, "new"), PATIENT));
      const { deletedCount, revision: at, more } = await remove(ALL, {});
      const made = await Promise.all(sets);
      expect(deletedCount).to.equal(
        Math.min(
          subject.current.limits.deleteRangeMax,
          KEYS.length + made.filter(({ revision }) => revision < at).length,
        ),
      );
      const left = new Set(await listAllKeys(subject.store));
      for (const [index, key] of keys.entries()) {
        const isLater = (made[index]?.revision ?? 0) > at;
        if (isLater || !more) expect(left.has(key), key).to.equal(isLater);
      }
    });

    it("deletes nothing for a caller who is gone", async () => {
      await fill();
      const gone = new Error("gone");
      const context = {
        throwIfAbandoned: () => {
          throw gone;
        },
      };
      const call = async (): Promise<unknown> =>
        subject.store.deleteRange({ range: ALL, limit: 0 }, context);
      expect(await rejectionOf(call())).to.equal(gone);
      expect(await listAllKeys(subject.store)).to.have.lengthOf(KEYS.length);
    });

    it("is kept over a restart, and what it deleted can be made anew", async () => {
      await fill();
      const { revision: at } = await remove(prefixOf("a"));
      await subject.current.restart(0);
      expect(await listAllKeys(subject.store)).to.deep.equal(subject.inOrder(["b", "b/1", "c"]));
      expect(await revisionNow()).to.equal(at);
      await subject.store.set(setOf("a/1", "again"), PATIENT);
      const { entry } = await subject.store.get(bytes("a/1"), PATIENT);
      expect(entry).to.deep.include({ version: 1, createRevision: at + 1 });
    });
  });
}
