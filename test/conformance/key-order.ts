/** The order of keys: listings, intervals, prefixes, pages and counts go by it, and it outlives a restart. */

import { expect } from "chai";

import { revision, type KeyOrderName } from "../../src/base/index.js";
import type { KeyRange } from "../../src/kv/store.js";
import { bytes, listAllKeys, pageOf, PATIENT, setOf } from "../support/calls.js";
import { expirationsSince } from "../support/follower.js";
import { expectInvalidField } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

/** The same keys in each order, written down rather than sorted. */
const LISTED: Readonly<Record<KeyOrderName, readonly string[]>> = {
  bytes: ["A10", "A9", "a/x", "a01", "a1", "a10", "a10b", "a1b", "a2", "ab", "b", "É", "é"],
  reverse: ["é", "É", "b", "ab", "a2", "a1b", "a10b", "a10", "a1", "a01", "a/x", "A9", "A10"],
  natural: ["A9", "A10", "a/x", "a01", "a1", "a1b", "a2", "a10", "a10b", "ab", "b", "É", "é"],
  "case-insensitive": [
    "a/x",
    "a01",
    "a1",
    "A10",
    "a10",
    "a10b",
    "a1b",
    "a2",
    "A9",
    "ab",
    "b",
    "É",
    "é",
  ],
};

/** From a2 to before b, in each order. */
const FROM_A2_TO_B: Readonly<Record<KeyOrderName, readonly string[] | "refused">> = {
  bytes: ["a2", "ab"],
  reverse: "refused",
  natural: ["a2", "a10", "a10b", "ab"],
  "case-insensitive": ["a2", "A9", "ab"],
};

const PREFIXES = ["", "a", "A", "a1", "a0", "a10", "1", "x", "É", "ab"];

export function describeKeyOrder(open: OpenStore): void {
  describe("the order of keys", () => {
    const subject = useStore(open);
    const prefixOf = (prefix: string): KeyRange => ({ kind: "prefix", prefix: bytes(prefix) });
    const listed = (): readonly string[] => LISTED[subject.current.keyOrder];
    const withPrefix = (prefix: string): string[] =>
      listed().filter((key) => key.startsWith(prefix));

    async function fill(expiration: "none" | "all at once" = "none"): Promise<void> {
      const more =
        expiration === "none" ? {} : ({ expiration: { kind: "ttl", ttlMs: 100 } } as const);
      await Promise.all(
        LISTED.bytes.map((key) => subject.store.set(setOf(key, "1", more), PATIENT)),
      );
    }

    async function count(range: KeyRange): Promise<number> {
      const query = pageOf({ range, countOnly: true });
      return (await subject.store.listKeys(query, PATIENT)).totalSize;
    }

    it("is told by the status", async () => {
      expect((await subject.store.status()).keyOrder).to.equal(subject.current.keyOrder);
    });

    it("is that of listings, both ways, in pages of any size, also after a restart", async () => {
      await fill();
      for (const restarts of [0, 1]) {
        if (restarts > 0) await subject.current.restart(0);
        for (const pageSize of [1, 3, 50]) {
          expect(await listAllKeys(subject.store, { pageSize })).to.deep.equal(listed());
          const down = await listAllKeys(subject.store, { pageSize, descending: true });
          expect(down.reverse()).to.deep.equal(listed());
        }
      }
    });

    it("does not change what a prefix is", async () => {
      await fill();
      for (const prefix of PREFIXES) {
        const range = prefixOf(prefix);
        const expected = withPrefix(prefix);
        for (const pageSize of [1, 2, 50]) {
          expect(await listAllKeys(subject.store, { range, pageSize })).to.deep.equal(expected);
          const down = await listAllKeys(subject.store, { range, pageSize, descending: true });
          expect(down.reverse()).to.deep.equal(expected);
        }
        expect(await count(range), `keys with ${prefix}`).to.equal(expected.length);
      }
    });

    it("is that of intervals", async () => {
      await fill();
      const list = (start: string, end: string): Promise<string[]> =>
        listAllKeys(subject.store, {
          range: { kind: "interval", start: bytes(start), end: bytes(end) },
          pageSize: 2,
        });
      const expected = FROM_A2_TO_B[subject.current.keyOrder];
      if (expected === "refused") await expectInvalidField(list("a2", "b"), "range.interval.end");
      else expect(await list("a2", "b")).to.deep.equal(expected);
      for (const [at, key] of listed().entries()) {
        expect(await list(key, "")).to.deep.equal(listed().slice(at));
        expect(await list("", key)).to.deep.equal(listed().slice(0, at));
        const start = bytes(key);
        const end = bytes(listed().at(-1) ?? "");
        const between = listed().length - 1 - at;
        expect(await count({ kind: "interval", start, end })).to.equal(between);
      }
    });

    it("is that of what a glob matches", async () => {
      await fill();
      for (const [pattern, meant] of [
        ["a1*", /^a1/],
        ["?1*", /^.1/],
        ["a*", /^a/],
        ["*b", /b$/],
      ] as const) {
        const range = { kind: "glob", pattern } as const;
        const expected = listed().filter((key) => meant.test(key));
        expect(await listAllKeys(subject.store, { range, pageSize: 2 })).to.deep.equal(expected);
        expect(await count(range)).to.equal(expected.length);
      }
    });

    it("holds for a page token across a restart, whatever came between", async () => {
      await fill();
      for (const descending of [false, true]) {
        for (const prefix of ["", "a1", "a"]) {
          const range = prefixOf(prefix);
          const first = await subject.store.listKeys(
            pageOf({ range, pageSize: 2, descending }),
            PATIENT,
          );
          const told = first.keys.map(String);
          await subject.current.restart(0);
          const rest = await listAllKeys(subject.store, {
            range,
            descending,
            pageToken: first.nextPageToken,
          });
          const keys = [...told, ...rest];
          expect(descending ? keys.reverse() : keys).to.deep.equal(withPrefix(prefix));
        }
      }
    });

    it("is that of the interval of a follower, and its prefix is one", async () => {
      await fill("all at once");
      const [, second = "", , fourth = ""] = listed();
      const interval = { kind: "interval", start: bytes(second), end: bytes(fourth) } as const;
      for (const [range, meant] of [
        [interval, listed().slice(1, 3)],
        [prefixOf("a1"), withPrefix("a1")],
        [prefixOf("A"), withPrefix("A")],
      ] as const) {
        const events = await expirationsSince(subject.store, subject.clock, {
          range,
          start: { kind: "revision", revision: revision(1) },
          count: meant.length,
        });
        expect(events.map(({ key }) => key.toString())).to.have.members(meant);
      }
    });
  });
}
