/** Scan: every entry of a range at one revision, in order, and what ends one early. */

import { expect } from "chai";

import { timeMs } from "../../src/base/index.js";
import type { ScanBatch, ScanQuery } from "../../src/kv/read-queries.js";
import type { Entry, Store } from "../../src/kv/index.js";
import { ALL_KEYS, bytes, PATIENT, setOf } from "../support/calls.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { scanAll, scanOf, scannedKeys } from "../support/scans.js";
import { useStore, type OpenStore, type WayToFollower } from "./opened-store.js";

export function describeScanning(open: OpenStore, wayToFollower: WayToFollower): void {
  describe("scanning", () => {
    const subject = useStore(open);

    const set = (key: string, value: string, ttlMs?: number): Promise<unknown> => {
      const expiration = ttlMs === undefined ? ({ kind: "none" } as const) : ttlOf(ttlMs);
      return subject.store.set(setOf(key, value, { expiration, contentType: "text/x" }), PATIENT);
    };
    const keysOf = (more: Partial<ScanQuery> = {}): Promise<string[]> =>
      scannedKeys(subject.store, more);

    it("tells the revision at once, of an empty store too", async () => {
      const { batches } = await scanAll(subject.store);
      const { revision } = await subject.store.status();
      expect(batches).to.deep.equal([{ entries: [], revision }]);
    });

    it("gives every entry as Get does", async () => {
      await set("a", "1");
      await set("b", "");
      await set("b", "two");
      await set("c", "3", 60_000);
      await subject.store.touch({ key: bytes("a"), expiration: ttlOf(90_000) }, PATIENT);
      const { entries, revision } = await scanAll(subject.store);
      const wanted = await Promise.all(subject.inOrder(["a", "b", "c"]).map(entryOf));
      expect(entries).to.deep.equal(wanted);
      expect(revision).to.equal((await subject.store.status()).revision);
    });

    it("leaves values out, and what lies with them, unless they are asked for", async () => {
      await set("a", "1", 60_000);
      const { entries } = await scanAll(subject.store, { includeValues: false });
      const wanted = {
        ...(await entryOf("a")),
        value: bytes(""),
        updateTimeMs: timeMs(0),
        contentType: "",
      };
      expect(entries).to.deep.equal([wanted]);
    });

    it("goes through ranges of each kind, both ways, and ends at a limit", async () => {
      const keys = ["a", "a/1", "a/2", "a/3", "b", "b/1", "z"];
      for (const key of keys) await set(key, key);
      const inOrder = subject.inOrder(keys);
      expect(await keysOf()).to.deep.equal(inOrder);
      expect(await keysOf({ descending: true })).to.deep.equal([...inOrder].reverse());
      expect(await keysOf({ range: { kind: "prefix", prefix: bytes("a/") } })).to.deep.equal(
        subject.inOrder(["a/1", "a/2", "a/3"]),
      );
      expect(await keysOf({ range: { kind: "glob", pattern: "*/1" } })).to.deep.equal(
        subject.inOrder(["a/1", "b/1"]),
      );
      const [, second = "", , fourth = ""] = inOrder;
      const range = { kind: "interval", start: bytes(second), end: bytes(fourth) } as const;
      expect(await keysOf({ range })).to.deep.equal(inOrder.slice(1, 3));
      expect(await keysOf({ limit: 2 })).to.deep.equal(inOrder.slice(0, 2));
      expect(await keysOf({ limit: 2, descending: true })).to.deep.equal(
        inOrder.reverse().slice(0, 2),
      );
      expect(await keysOf({ limit: 100 })).to.have.lengthOf(keys.length);
    });

    it("gives what a filter matches, whether or not values are asked for", async () => {
      await set("a", '{"size": 1}');
      await set("b", '{"size": 200}');
      await set("c", "no json");
      await set("d", '{"size": 300}', 60_000);
      const large = "json.size > 100";
      expect(await keysOf({ filter: large })).to.deep.equal(subject.inOrder(["b", "d"]));
      const { entries } = await scanAll(subject.store, { filter: large, includeValues: false });
      expect(entries.map(({ value }) => value.length)).to.deep.equal([0, 0]);
      expect(await keysOf({ filter: large, limit: 1 })).to.deep.equal(
        subject.inOrder(["b", "d"]).slice(0, 1),
      );
      expect(await keysOf({ filter: "expire_time == null && size < 10" })).to.deep.equal(["c"]);
      expect(await keysOf({ filter: 'key == "c" || key == "a"' })).to.deep.equal(
        subject.inOrder(["a", "c"]),
      );
      await expectInvalidField(keysOf({ filter: "json.size >" }), "filter");
      await expectInvalidField(keysOf({ filter: "nothing" }), "filter");
    });

    it("passes over entries for which a filter cannot be evaluated, and goes on", async () => {
      await set("a", '{"n": 0, "list": [1], "text": "x"}');
      await set("b", '{"n": 2, "list": [1, 2], "text": "7"}');
      await set("c", '{"n": "text"}');
      await set("d", "no json");
      const FILTERS = [
        "10 / int(json.n) == 5",
        "json.list[1] == 2",
        "int(json.text) == 7",
        "json.n + 1.0 == 3.0",
        "int(json.n) * 9223372036854775807 > 0 || json.n == 2",
      ];
      for (const filter of FILTERS) {
        expect(await keysOf({ filter }), filter).to.deep.equal(["b"]);
      }
      expect(await keysOf({ filter: "!(json.n > 5)" })).to.deep.equal(subject.inOrder(["a", "b"]));
      expect(await keysOf({ filter: 'json.n > 1 || key == "d"' })).to.deep.equal(
        subject.inOrder(["b", "d"]),
      );
    });

    it("refuses a negative limit, and a range that makes no sense", async () => {
      await expectInvalidField(scanAll(subject.store, { limit: -1 }), "limit");
      const range = { kind: "glob", pattern: "[" } as const;
      await expectInvalidField(scanAll(subject.store, { range }), "range.glob");
    });

    it("is of one revision, whatever changes meanwhile", async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `key/${String(index + 10)}`);
      for (const key of keys) await set(key, `old ${key}`);
      const batches = startOf(subject.store);
      const first = await nextOf(batches);
      await set("key/15", "new");
      await set("key/99", "new");
      await subject.store.delete({ key: bytes("key/49") }, PATIENT);
      await subject.store.compact(PATIENT);
      const read: Entry[] = [];
      for await (const { entries, revision } of batches) {
        expect(revision).to.equal(first.revision);
        read.push(...entries);
      }
      expect(read.map(({ value }) => value.toString())).to.deep.equal(
        subject.inOrder(keys).map((key) => `old ${key}`),
      );
    });

    it("takes values that are larger than a message has room for one more of", async () => {
      const value = "v".repeat(subject.current.limits.valueBytesMax);
      const keys = Array.from({ length: 12 }, (_, index) => `large/${String(index + 10)}`);
      for (const key of keys) await set(key, value);
      const { entries } = await scanAll(subject.store);
      expect(entries.map((entry) => entry.value.length)).to.deep.equal(
        keys.map(() => value.length),
      );
    });

    it("tells nothing of what is past its deadline, and leaves it gone", async () => {
      await set("a", "1");
      await set("b", "2", 1000);
      await set("c", "3", 1000);
      await set("d", "4", 2000);
      subject.clock.pass(1000);
      expect(await keysOf()).to.deep.equal(subject.inOrder(["a", "d"]));
      subject.clock.stepWall(-3_600_000);
      await subject.current.restart(0);
      expect(await keysOf()).to.deep.equal(subject.inOrder(["a", "d"]));
    });

    it("ends where its reader does, and where it is told to", async () => {
      await set("a", "1");
      const abort = new AbortController();
      const batches = subject.store.scan(scanOf(), abort.signal);
      await nextOf(batches);
      abort.abort();
      expect((await batches.next()).done).to.equal(true);
      expect(await keysOf()).to.deep.equal(["a"]);
    });

    // Behind a wire, what is sent already is out of the store's hands.
    if (wayToFollower === "direct") {
      it("tells nothing of what falls due while it is under way", async () => {
        await set("a", "1");
        await set("b", "2", 1000);
        const batches = startOf(subject.store);
        await nextOf(batches);
        subject.clock.pass(1000);
        expect(await restOf(batches)).to.deep.equal(["a"]);
      });

      it("ends when the store is about to close", async () => {
        await set("a", "1");
        const batches = startOf(subject.store);
        await nextOf(batches);
        subject.store.drain();
        await kvRejectionOf(restOf(batches), "DRAINING");
      });
    }

    async function entryOf(key: string): Promise<Entry | undefined> {
      return (await subject.store.get(bytes(key), PATIENT)).entry;
    }
  });
}

const ttlOf = (ttlMs: number) => ({ kind: "ttl", ttlMs }) as const;

type Batches = AsyncGenerator<ScanBatch, void, undefined>;

function startOf(store: Store): Batches {
  return store.scan(scanOf({ range: ALL_KEYS }), new AbortController().signal);
}

async function nextOf(batches: Batches): Promise<ScanBatch> {
  const { value } = await batches.next();
  if (value === undefined) throw new Error("the scan has ended");
  return value;
}

async function restOf(batches: Batches): Promise<string[]> {
  const keys: string[] = [];
  for await (const { entries } of batches) {
    keys.push(...entries.map(({ key }) => key.toString("utf8")));
  }
  return keys;
}
