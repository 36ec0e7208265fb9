/** ListKeys: order, ranges, pages, counts. */

import { expect } from "chai";

import type { KeyPage, KeyRange } from "../../src/kv/store.js";
import { bytes, listAllKeys, pageOf, PATIENT, setOf } from "../support/calls.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

const textsOf = (page: KeyPage): string[] => page.keys.map((key) => key.toString("utf8"));
const prefixOf = (text: string): KeyRange => ({ kind: "prefix", prefix: bytes(text) });
const globOf = (pattern: string): KeyRange => ({ kind: "glob", pattern });
const intervalOf = (start: string, end: string): KeyRange => ({
  kind: "interval",
  start: bytes(start),
  end: bytes(end),
});

export function describeListing(open: OpenStore): void {
  describe("listing", () => {
    const subject = useStore(open);

    async function setAll(keys: readonly string[]): Promise<void> {
      await Promise.all(keys.map((key) => subject.store.set(setOf(key, "1"), PATIENT)));
    }

    it("lists an empty store", async () => {
      const page = await subject.store.listKeys(pageOf(), PATIENT);
      const { revision } = await subject.store.status();
      expect(page).to.deep.equal({ keys: [], nextPageToken: "", totalSize: 0, revision });
    });

    it("orders keys, both ways", async () => {
      // UTF-16 would put the last before the two above it, and words would go by the alphabet.
      const keys = [
        "\u0001",
        " ",
        "A",
        "B",
        "a",
        "a/",
        "a/b",
        "aa",
        "z",
        "é",
        "日",
        "\uffee",
        "😀",
      ];
      await setAll([...keys].sort(() => -1));
      const inOrder = subject.inOrder(keys);
      expect(await listAllKeys(subject.store, { pageSize: 4 })).to.deep.equal(inOrder);
      expect(await listAllKeys(subject.store, { pageSize: 4, descending: true })).to.deep.equal(
        inOrder.reverse(),
      );
    });

    it("lists a prefix", async () => {
      await setAll(["a", "ab", "abc", "abd", "ac", "b", "ab\u{10ffff}", "a\u{10ffff}"]);
      const list = (text: string): Promise<string[]> =>
        listAllKeys(subject.store, { range: prefixOf(text) });
      expect(await list("ab")).to.deep.equal(subject.inOrder(["ab", "abc", "abd", "ab\u{10ffff}"]));
      expect(await list("abc")).to.deep.equal(["abc"]);
      expect(await list("x")).to.deep.equal([]);
      expect(await list("a\u{10ffff}")).to.deep.equal(["a\u{10ffff}"]);
      expect(await list("")).to.have.lengthOf(8);
    });

    it("lists an interval with its start, without its end", async () => {
      const keys = subject.inOrder(["a", "b", "ba", "c", "d"]);
      await setAll(keys);
      const list = (start: string, end: string): Promise<string[]> =>
        listAllKeys(subject.store, { range: intervalOf(start, end) });
      const [first = "", second = "", , fourth = "", last = ""] = keys;
      expect(await list(second, fourth)).to.deep.equal(keys.slice(1, 3));
      expect(await list(second, "")).to.deep.equal(keys.slice(1));
      expect(await list("", second)).to.deep.equal([first]);
      expect(await list("", "")).to.deep.equal(keys);
      const [low = "", high = ""] = subject.inOrder(["bb", "bc"]);
      expect(await list(low, high)).to.deep.equal([]);
      expect(await list("b", "b")).to.deep.equal([]);
      await expectInvalidField(list(fourth, second), "range.interval.end");
      expect(
        await listAllKeys(subject.store, {
          range: intervalOf(second, last),
          descending: true,
          pageSize: 2,
        }),
      ).to.deep.equal(keys.slice(1, 4).reverse());
    });

    it("lists what a glob matches", async () => {
      const keys = [
        "a",
        "a*",
        "a-",
        "a/b",
        "a/b/c",
        "ab",
        "abc",
        "a]",
        "bé",
        "b😀",
        "[x]",
        "\\",
        "^",
      ];
      await setAll(keys);
      const expected: Record<string, readonly string[]> = {
        "*": keys,
        "a*": ["a", "a*", "a-", "a/b", "a/b/c", "a]", "ab", "abc"],
        "a?": ["a*", "a-", "a]", "ab"],
        "b?": ["bé", "b😀"],
        "??": ["a*", "a-", "a]", "ab", "bé", "b😀"],
        "*/*": ["a/b", "a/b/c"],
        "a/*/c": ["a/b/c"],
        "*b*": ["a/b", "a/b/c", "ab", "abc", "bé", "b😀"],
        "a[*-]": ["a*", "a-"],
        "a[a-c]": ["ab"],
        "a[^a-c]": ["a*", "a-", "a]"],
        "b[é😀]": ["bé", "b😀"],
        "b[À-ÿ]": ["bé"],
        "a\\*": ["a*"],
        "\\[x\\]": ["[x]"],
        "a[\\]]": ["a]"],
        "\\\\": ["\\"],
        "[\\^]": ["^"],
        abc: ["abc"],
        nothing: [],
      };
      for (const [pattern, matched] of Object.entries(expected)) {
        const listed = await listAllKeys(subject.store, { range: globOf(pattern), pageSize: 3 });
        expect(listed, `the glob ${pattern}`).to.deep.equal(subject.inOrder(matched));
      }
    });

    it("refuses a malformed glob", async () => {
      await setAll(["a"]);
      for (const pattern of [
        "",
        "[",
        "a[",
        "[a",
        "[a-",
        "[]",
        "[^]",
        "[c-a]",
        "a\\",
        "[a\\",
        "[\\]",
      ]) {
        const call = subject.store.listKeys(pageOf({ range: globOf(pattern) }), PATIENT);
        await expectInvalidField(call, "range.glob");
      }
      const long = globOf("a".repeat(1025));
      await expectInvalidField(
        subject.store.listKeys(pageOf({ range: long }), PATIENT),
        "range.glob",
      );
    });

    it("answers a glob of many stars, which a match that tries every way would never end", async () => {
      await setAll(["a".repeat(60)]);
      const pattern = `${"*a".repeat(30)}*b`;
      expect(await listAllKeys(subject.store, { range: globOf(pattern) })).to.deep.equal([]);
    });

    it("gives pages of the size that was asked for, and no token with the last", async () => {
      const keys = subject.inOrder(
        Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, "0")}`),
      );
      await setAll(keys);
      const first = await subject.store.listKeys(pageOf({ pageSize: 12 }), PATIENT);
      expect(textsOf(first)).to.deep.equal(keys.slice(0, 12));
      const second = await subject.store.listKeys(
        pageOf({ pageSize: 12, pageToken: first.nextPageToken }),
        PATIENT,
      );
      expect(textsOf(second)).to.deep.equal(keys.slice(12, 24));
      const third = await subject.store.listKeys(
        pageOf({ pageSize: 1, pageToken: second.nextPageToken }),
        PATIENT,
      );
      expect(textsOf(third)).to.deep.equal(keys.slice(24));
      expect(third.nextPageToken).to.equal("");
      const whole = await subject.store.listKeys(pageOf({ pageSize: 25 }), PATIENT);
      expect(whole.nextPageToken, "exactly all of them").to.equal("");
      const byDefault = await subject.store.listKeys(pageOf(), PATIENT);
      expect(byDefault.keys).to.have.lengthOf(subject.current.limits.pageSizeDefault);
    });

    it("refuses a page size out of bounds", async () => {
      const { pageSizeMax } = subject.current.limits;
      for (const pageSize of [-1, pageSizeMax + 1]) {
        await expectInvalidField(
          subject.store.listKeys(pageOf({ pageSize }), PATIENT),
          "page_size",
        );
      }
      await subject.store.listKeys(pageOf({ pageSize: pageSizeMax }), PATIENT);
    });

    it("goes on behind the last key, whatever was changed meanwhile", async () => {
      const keys = subject.inOrder(
        Array.from({ length: 12 }, (_, index) => `k${String(index).padStart(2, "0")}`),
      );
      for (const descending of [false, true]) {
        await setAll(keys);
        const first = await subject.store.listKeys(pageOf({ pageSize: 4, descending }), PATIENT);
        const last = textsOf(first)[3] ?? "";
        await subject.store.delete({ key: bytes(last) }, PATIENT);
        await subject.store.set(setOf(`${last}+`, "new"), PATIENT);
        const rest = await listAllKeys(subject.store, {
          pageSize: 4,
          descending,
          pageToken: first.nextPageToken,
        });
        const more = await subject.store.listKeys(
          pageOf({ pageSize: 50, descending, pageToken: first.nextPageToken }),
          PATIENT,
        );
        const seen = [...textsOf(first), ...textsOf(more)].filter((key) => keys.includes(key));
        expect(seen).to.deep.equal(descending ? [...keys].reverse() : keys);
        expect(rest.length).to.be.greaterThan(0);
        await subject.store.delete({ key: bytes(`${last}+`) }, PATIENT);
      }
    });

    it("reports a revision at which the page is whole", async () => {
      const { revision } = await subject.store.set(setOf("a", "1"), PATIENT);
      const page = await subject.store.listKeys(pageOf(), PATIENT);
      expect(page.revision).to.equal(revision);
    });

    it("counts without returning keys", async () => {
      await setAll(["a", "ab", "b", "c"]);
      const { revision } = await subject.store.status();
      const count = (range: KeyRange): Promise<KeyPage> =>
        subject.store.listKeys(pageOf({ range, countOnly: true, pageSize: 1 }), PATIENT);
      const answer = { keys: [], nextPageToken: "", revision };
      expect(await count({ kind: "all" })).to.deep.equal({ ...answer, totalSize: 4 });
      expect((await count(prefixOf("a"))).totalSize).to.equal(2);
      const [start = "", end = ""] = subject.inOrder(["ab", "c"]);
      expect((await count(intervalOf(start, end))).totalSize).to.equal(2);
      expect((await count(globOf("?"))).totalSize).to.equal(3);
    });

    it("refuses a page token that it did not give out, or that is for another listing", async () => {
      await setAll(["a", "b", "c"]);
      const { nextPageToken } = await subject.store.listKeys(pageOf({ pageSize: 1 }), PATIENT);
      const middle = Math.floor(nextPageToken.length / 2);
      const other = nextPageToken.charAt(middle) === "A" ? "B" : "A";
      const forged = [
        "x",
        "not a token at all",
        nextPageToken.slice(0, -2),
        nextPageToken.slice(0, middle) + other + nextPageToken.slice(middle + 1),
        nextPageToken + nextPageToken,
        "A".repeat(10_000),
      ];
      for (const pageToken of forged) {
        await expectInvalidField(
          subject.store.listKeys(pageOf({ pageToken }), PATIENT),
          "page_token",
        );
      }
      const elsewhere = [
        pageOf({ pageToken: nextPageToken, descending: true }),
        pageOf({ pageToken: nextPageToken, range: prefixOf("a") }),
        pageOf({ pageToken: nextPageToken, range: globOf("*") }),
      ];
      for (const query of elsewhere) {
        await expectInvalidField(subject.store.listKeys(query, PATIENT), "page_token");
      }
    });

    it("refuses a page token of another history", async () => {
      const stranger = await subject.current.openStranger();
      for (const key of ["a", "b"]) await stranger.set(setOf(key, "1"), PATIENT);
      const page = await stranger.listKeys(pageOf({ pageSize: 1 }), PATIENT);
      await setAll(["a", "b"]);
      const call = subject.store.listKeys(pageOf({ pageToken: page.nextPageToken }), PATIENT);
      await kvRejectionOf(call, "HISTORY_CHANGED");
    });
  });
}
