/** The past of keys: Get at a revision and ListVersions, within the versions that are kept. */

import { expect } from "chai";

import { revision, type Revision } from "../../src/base/index.js";
import type { Entry } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { useStore, type OpenStore } from "./opened-store.js";

/** What the stores of this part of the suite keep of each key. */
export const VERSIONS_KEPT = 4;

export function describeVersions(name: string, open: OpenStore): void {
  describe(`versions in a store: ${name}`, () => {
    const subject = useStore(open);

    const set = async (key: string, value: string, ttlMs?: number): Promise<Revision> => {
      const expiration =
        ttlMs === undefined ? ({ kind: "none" } as const) : ({ kind: "ttl", ttlMs } as const);
      return (await subject.store.set(setOf(key, value, { expiration }), PATIENT)).revision;
    };
    const at = async (key: string, atRevision: number): Promise<string | undefined> => {
      const query = { key: bytes(key), atRevision: revision(atRevision) };
      const result = await subject.store.getAt(query, PATIENT);
      expect(result.revision).to.equal(atRevision);
      return result.entry?.value.toString();
    };
    const page = (key: string, more: { pageSize?: number; pageToken?: string } = {}) =>
      subject.store.listVersions(
        { key: bytes(key), pageSize: 0, pageToken: "", bytesMax: 1e6, ...more },
        PATIENT,
      );
    const versions = async (key: string): Promise<string[]> => {
      const { entries, nextPageToken } = await page(key);
      expect(nextPageToken).to.equal("");
      return entries.map(({ value }) => value.toString());
    };

    it("gives a key as it was at each revision", async () => {
      await set("other", "-");
      await set("key", "one");
      await set("other", "-");
      await set("key", "two");
      expect([await at("key", 1), await at("key", 2), await at("key", 3)]).to.deep.equal([
        undefined,
        "one",
        "one",
      ]);
      expect(await at("key", 4)).to.equal("two");
      expect(await at("never", 3)).to.equal(undefined);
    });

    it("gives the entry with all that it was then", async () => {
      await set("key", "one");
      const before = await entryOf("key");
      await set("key", "two");
      const query = { key: bytes("key"), atRevision: revision(1) };
      expect((await subject.store.getAt(query, PATIENT)).entry).to.deep.equal(before);
    });

    it("knows when a key was gone", async () => {
      await set("key", "one");
      await subject.store.delete({ key: bytes("key") }, PATIENT);
      await set("key", "two");
      expect([await at("key", 1), await at("key", 2), await at("key", 3)]).to.deep.equal([
        "one",
        undefined,
        "two",
      ]);
      expect(await versions("key")).to.deep.equal(["two", "one"]);
    });

    it("says so where the versions that are kept do not tell", async () => {
      for (const value of ["a", "b", "c", "d", "e", "f"]) await set("key", value);
      const query = { key: bytes("key"), atRevision: revision(2) };
      const error = await kvRejectionOf(subject.store.getAt(query, PATIENT), "REVISION_COMPACTED");
      expect(error.metadata.oldest_revision).to.equal(6 - VERSIONS_KEPT + 1);
      expect(await at("key", 6 - VERSIONS_KEPT + 1)).to.equal("c");
      expect(await versions("key")).to.deep.equal(["f", "e", "d", "c"]);
    });

    it("refuses revisions that are none, and those yet to come", async () => {
      await set("key", "one");
      for (const wrong of [0, -1, 2, 1e12]) {
        const query = { key: bytes("key"), atRevision: revision(wrong) };
        await expectInvalidField(subject.store.getAt(query, PATIENT), "revision");
      }
      const query = { key: bytes(""), atRevision: revision(1) };
      await expectInvalidField(subject.store.getAt(query, PATIENT), "key");
      await expectInvalidField(page(""), "key");
    });

    it("tells no version past its deadline", async () => {
      await set("key", "short", 1000);
      await set("key", "long", 60_000);
      await set("key", "for ever");
      expect(await versions("key")).to.deep.equal(["for ever", "long", "short"]);
      subject.clock.pass(1000);
      expect(await versions("key")).to.deep.equal(["for ever", "long"]);
      expect(await at("key", 1)).to.equal(undefined);
      expect(await at("key", 2)).to.equal("long");
    });

    it("tells nothing of the newest version once that is due, and of its end as of a delete", async () => {
      await set("key", "one");
      await set("key", "two", 1000);
      subject.clock.pass(1000);
      expect(await versions("key")).to.deep.equal(["one"]);
      expect(await at("key", 1)).to.equal("one");
      expect(await at("key", 2)).to.equal(undefined);
    });

    it("lists pages, whose tokens work after a restart and for their key alone", async () => {
      for (const value of ["a", "b", "c"]) await set("key", value);
      const first = await page("key", { pageSize: 2 });
      expect(first.entries.map(({ value }) => value.toString())).to.deep.equal(["c", "b"]);
      await subject.current.restart(0);
      const pageToken = first.nextPageToken;
      const second = await page("key", { pageSize: 2, pageToken });
      expect(second.entries.map(({ value }) => value.toString())).to.deep.equal(["a"]);
      expect(second.nextPageToken).to.equal("");
      await expectInvalidField(page("other", { pageToken }), "page_token");
      await expectInvalidField(page("key", { pageToken: "nonsense" }), "page_token");
      await expectInvalidField(page("key", { pageSize: -1 }), "page_size");
      const tooMany = subject.current.limits.pageSizeMax + 1;
      await expectInvalidField(page("key", { pageSize: tooMany }), "page_size");
      expect(await versions("never")).to.deep.equal([]);
    });

    it("keeps what it kept, through a restart and compaction", async () => {
      for (const value of ["a", "b", "c", "d", "e"]) await set("key", value);
      await subject.store.compact(PATIENT);
      await subject.current.restart(0);
      expect(await versions("key")).to.deep.equal(["e", "d", "c", "b"]);
      expect(await at("key", 3)).to.equal("c");
    });

    async function entryOf(key: string): Promise<Entry | undefined> {
      return (await subject.store.get(bytes(key), PATIENT)).entry;
    }
  });
}
