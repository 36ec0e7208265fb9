/** Pages of one listing are of one revision as long as its view is held; views are held within bounds. */

import { expect } from "chai";

import { KvError, NO_REVISION, revision } from "../../src/base/index.js";
import type { KeyPage, KeyRange, ListKeysQuery } from "../../src/kv/store.js";
import { pageOf, PATIENT } from "../support/calls.js";
import { commit, deleteChange, setChange } from "../support/engine.js";
import { closeParts, openParts, type KvParts, type KvPartsOptions } from "../support/kv-parts.js";
import { settle } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";

const NAMES = ["a", "b", "c", "d", "e", "f"];

async function openWithKeys(options: KvPartsOptions = {}): Promise<KvParts> {
  const parts = await openParts(options);
  for (const name of NAMES) await commit(parts, setChange(name, "value"));
  return parts;
}

const texts = (page: KeyPage): string[] => page.keys.map((key) => key.toString());

function list({ listings }: KvParts, more: Partial<ListKeysQuery> = {}): Promise<KeyPage> {
  return listings.list(pageOf({ pageSize: 2, ...more }), PATIENT);
}

const oldestView = ({ engine }: KvParts): number =>
  engine.status().oldestView?.revision ?? NO_REVISION;

describe("the pages of a listing", () => {
  for (const descending of [false, true]) {
    it(`are of its first page's revision, ${descending ? "down" : "up"}`, async () => {
      const parts = await openWithKeys();
      const first = await list(parts, { descending });
      await commit(parts, setChange("aa", "new"), setChange("dd", "new"));
      await commit(parts, deleteChange("c"), deleteChange("e"));
      const second = await list(parts, { descending, pageToken: first.nextPageToken });
      const third = await list(parts, { descending, pageToken: second.nextPageToken });
      const expected = descending ? [...NAMES].reverse() : NAMES;
      expect([first, second, third].flatMap(texts)).to.deep.equal(expected);
      expect([first, second, third].map((page) => page.revision)).to.deep.equal([6, 6, 6]);
      expect(third.nextPageToken).to.equal("");
      expect(oldestView(parts)).to.equal(NO_REVISION);
      await closeParts(parts);
    });
  }

  it("are of a newer revision once the view is past its age, and say so", async () => {
    const parts = await openWithKeys({ viewAgeMsMax: 1000 });
    const first = await list(parts);
    await commit(parts, setChange("bb", "new"));
    expect(oldestView(parts)).to.equal(6);
    await parts.clock.advance(1000);
    expect(oldestView(parts)).to.equal(NO_REVISION);
    const second = await list(parts, { pageToken: first.nextPageToken });
    expect(texts(second)).to.deep.equal(["bb", "c"]);
    expect(second.revision).to.equal(7);
    const third = await list(parts, { pageToken: second.nextPageToken });
    expect(third.revision).to.equal(7);
    await closeParts(parts);
  });

  it("end where the view comes of age in the middle of one, and the next is of a newer revision", async () => {
    const parts = await openWithKeys({ viewAgeMsMax: 1000 });
    // A walk of more than one turn of the event loop, in which no key matches.
    for (let at = 0; at < 1200; at += 1) await commit(parts, setChange(`x${String(at)}`, "v"));
    await commit(parts, setChange("y", "v"));
    const range = { kind: "glob", pattern: "*y" } as const;
    const asked = list(parts, { range });
    parts.clock.pass(1000);
    const first = await asked;
    expect(first.keys).to.deep.equal([]);
    expect(first.nextPageToken).not.to.equal("");
    expect(oldestView(parts)).to.equal(NO_REVISION);
    await commit(parts, setChange("zy", "v"));
    const second = await list(parts, { range, pageToken: first.nextPageToken });
    expect(texts(second)).to.deep.equal(["y", "zy"]);
    expect(second.revision).to.equal(first.revision + 1);
    await closeParts(parts);
  });

  it("are not counted for longer than a view may be held", async () => {
    const parts = await openWithKeys({ viewAgeMsMax: 1000 });
    for (let at = 0; at < 1200; at += 1) await commit(parts, setChange(`x${String(at)}`, "v"));
    const range = { kind: "glob", pattern: "*y" } as const;
    const asked = list(parts, { range, countOnly: true });
    parts.clock.pass(1000);
    expect((await kvRejectionOf(asked, "DEADLINE_EXCEEDED")).message).to.contain("views.age");
    expect(oldestView(parts)).to.equal(NO_REVISION);
    await closeParts(parts);
  });

  it("hold one view for all listings of a revision, until the last of them ends", async () => {
    const parts = await openWithKeys();
    const [one, two] = [await list(parts, { pageSize: 4 }), await list(parts, { pageSize: 4 })];
    await commit(parts, setChange("z", "new"));
    await list(parts, { pageSize: 4, pageToken: one.nextPageToken });
    expect(oldestView(parts)).to.equal(6);
    const rest = await list(parts, { pageSize: 4, pageToken: two.nextPageToken });
    expect([rest.revision, ...texts(rest)]).to.deep.equal([6, "e", "f"]);
    expect(oldestView(parts)).to.equal(NO_REVISION);
    await closeParts(parts);
  });

  it("hold no more than sixteen views: the one that was used least lately goes first", async () => {
    const parts = await openWithKeys();
    const first = await list(parts);
    for (let count = 0; count < 15; count += 1) {
      await commit(parts, setChange("a", String(count)));
      await list(parts);
    }
    const again = await list(parts, { pageToken: first.nextPageToken });
    expect(again.revision).to.equal(6);
    expect(oldestView(parts)).to.equal(6);
    await commit(parts, setChange("a", "one more"));
    await list(parts);
    const last = await list(parts, { pageToken: again.nextPageToken });
    expect(last.revision, "it was used just before").to.equal(6);
    expect(oldestView(parts)).to.equal(8);
    parts.listings.close();
    expect(oldestView(parts)).to.equal(NO_REVISION);
    await closeParts(parts);
  });

  it("leave out what is due, and have it expired", async () => {
    const parts = await openWithKeys();
    await commit(parts, setChange("b", "due", parts.clock.wallMs() + 100));
    parts.clock.pass(100);
    expect(texts(await list(parts, { pageSize: 3 }))).to.deep.equal(["a", "c", "d"]);
    expect(parts.engine.lookup(Buffer.from("b"))).to.equal(undefined);
    expect(parts.engine.durableRevision).to.equal(8);
    await closeParts(parts);
  });

  it("keep what was given more time since the view was pinned", async () => {
    const parts = await openWithKeys();
    await commit(parts, setChange("e", "due soon", parts.clock.wallMs() + 100));
    const first = await list(parts, { pageSize: 3 });
    await commit(parts, setChange("e", "for ever"));
    parts.clock.pass(100);
    const rest = await list(parts, { pageSize: 9, pageToken: first.nextPageToken });
    expect(texts(rest)).to.deep.equal(["d", "e", "f"]);
    expect(parts.engine.lookup(Buffer.from("e"))?.version).to.equal(3);
    await closeParts(parts);
  });

  it("come when their revision is durable, and not before", async () => {
    const parts = await openWithKeys();
    let isThere = false;
    expect(parts.engine.admit(100, "write")).to.equal(undefined);
    const { durable } = parts.engine.commit([setChange("g", "value")], parts.clock.wallMs());
    const listed = list(parts, { pageSize: 9 }).then((page) => {
      isThere = true;
      return page;
    });
    await Promise.resolve();
    expect(isThere).to.equal(false);
    await durable;
    const page = await listed;
    expect(page.revision).to.equal(revision(7));
    expect(texts(page)).to.include("g");
    await closeParts(parts);
  });

  it("are made in turns, by the work it is, and not for a caller that has gone", async () => {
    const parts = await openParts();
    const names = Array.from({ length: 100 }, (_, at) => "a".repeat(60) + String(at));
    for (const name of names) await commit(parts, setChange(name, ""));
    const pattern = `*${"a".repeat(1000)}b`;
    const query = pageOf({ range: { kind: "glob", pattern }, countOnly: true });
    let askCount = 0;
    const throwIfAbandoned = (): void => {
      askCount += 1;
    };
    expect((await parts.listings.list(query, { throwIfAbandoned })).totalSize).to.equal(0);
    expect(askCount, "turns").to.be.within(3, 100);
    const gone = (): void => {
      throw new KvError("CANCELLED", "the caller has gone");
    };
    await kvRejectionOf(parts.listings.list(query, { throwIfAbandoned: gone }), "CANCELLED");
    expect(oldestView(parts)).to.equal(NO_REVISION);
    await closeParts(parts);
  });

  it("are counted without a walk, unless something is due or there is a glob to match", async () => {
    const parts = await openParts();
    for (let at = 0; at < 40; at += 1) {
      const names = Array.from({ length: 60 }, (_, index) => `${String(at)}/${String(index)}`);
      await commit(parts, ...names.map((name) => setChange(name, "")));
    }
    const deadlineMs = parts.clock.wallMs() + 1000;
    await commit(parts, setChange("due/a", "", deadlineMs), setChange("due/b", ""));
    let turnCount = 0;
    const context = {
      throwIfAbandoned: () => {
        turnCount += 1;
      },
    };
    const count = async (range: KeyRange): Promise<number> => {
      const page = await parts.listings.list(pageOf({ range, countOnly: true }), context);
      expect(page.keys).to.deep.equal([]);
      return page.totalSize;
    };
    const prefixOf = (text: string): KeyRange => ({ kind: "prefix", prefix: Buffer.from(text) });
    const interval: KeyRange = {
      kind: "interval",
      start: Buffer.from("1/"),
      end: Buffer.from("due/b"),
    };
    expect(await count({ kind: "all" })).to.equal(2402);
    expect(await count(prefixOf("7/"))).to.equal(60);
    expect(await count(prefixOf("due/"))).to.equal(2);
    expect(await count(prefixOf("none"))).to.equal(0);
    expect(await count(interval)).to.equal(39 * 60 + 1);
    expect(turnCount).to.equal(0);
    expect(await count({ kind: "glob", pattern: "*/7" })).to.equal(40);
    expect(turnCount).to.be.greaterThan(0);
    parts.clock.pass(1000);
    expect(await count({ kind: "all" })).to.equal(2401);
    expect(await count(prefixOf("due/"))).to.equal(1);
    await closeParts(parts);
  });

  it("are counted in the view of their token as of now", async () => {
    const parts = await openWithKeys();
    await commit(parts, setChange("e", "due soon", parts.clock.wallMs() + 100));
    const { nextPageToken } = await list(parts);
    parts.clock.pass(100);
    await parts.expirer.expire([Buffer.from("e")]);
    const { totalSize } = await list(parts, { pageToken: nextPageToken, countOnly: true });
    expect(totalSize, "of c, d and f").to.equal(3);
    await closeParts(parts);
  });

  it("are let go of with their timers", async () => {
    const parts = await openWithKeys();
    await settle();
    await parts.clock.advance(10);
    const before = parts.clock.timerCount;
    await list(parts);
    expect(parts.clock.timerCount).to.equal(before + 1);
    parts.listings.close();
    expect(parts.clock.timerCount).to.equal(before);
    await closeParts(parts);
  });
});
