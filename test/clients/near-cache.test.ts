/**
 * The near cache against the real server: others write while its connections break, and what it answers is never older than it
 * says, never older than what it answered before, and never older than what its own client wrote.
 */

import { expect } from "chai";

import type { Proxy } from "../../clients/conformance/src/proxy.js";
import {
  connect,
  text,
  type KeyValueClient,
  type NearCache,
} from "../../clients/typescript/src/index.js";
import { NearClock } from "../../clients/typescript/src/near-clock.js";
import { NearEntries } from "../../clients/typescript/src/near-entries.js";
import { eventually } from "./eventually.js";
import { Random } from "../support/random.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { failureOf } from "./failure-of.js";
import { proxyTo } from "./proxy-to.js";

const SEED = Number(process.env["SEED"] ?? 20261126);
const STALE_MS = 250;

/** What a busy machine may add to the way of a message. */
const SLACK_MS = 2000;

const KEYS = Array.from({ length: 24 }, (_, index) => `near/${String(index)}`);

describe("the near cache of the client for TypeScript", () => {
  let directory: string;
  let server: ServerProcess;
  let proxy: Proxy;
  let writer: KeyValueClient<string>;
  let client: KeyValueClient<string>;
  let cache: NearCache<string>;

  before(async function () {
    this.timeout(30_000);
    directory = await makeTemporaryDirectory();
    server = await ServerProcess.start(directory);
    writer = connect({ address: server.address }).withCodec(text());
  });

  beforeEach(async () => {
    proxy = await proxyTo(server.address);
    client = connect({ address: proxy.address, deadlineMs: 5000 }).withCodec(text());
    const ranges = [{ prefix: "near/" }];
    cache = client.nearCache({ ranges, bytesMax: 6000, staleMsMax: STALE_MS });
    await cache.ready();
  });

  afterEach(async () => {
    const closed = client.close();
    proxy.cut();
    await closed;
    await proxy.stop();
  });

  after(async () => {
    await writer.close();
    await server.dispose();
    await removeDirectory(directory);
  });

  const hitsOf = async (read: () => Promise<unknown>): Promise<number> => {
    const before = cache.stats.hits;
    await read();
    return cache.stats.hits - before;
  };

  it("answers from memory what it has read, what is not there too, until it is changed", async () => {
    await writer.set("near/a", "1");
    await cache.get("near/a");
    await cache.get("near/none");
    expect(await hitsOf(() => cache.get("near/a"))).to.equal(1);
    expect(await hitsOf(() => cache.get("near/none"))).to.equal(1);
    expect(await cache.get("near/none")).to.equal(undefined);
    await writer.set("near/a", "2");
    await writer.set("near/none", "here");
    await eventually("it is told", async () => (await cache.get("near/none")) !== undefined);
    expect(await cache.get("near/a")).to.deep.equal(await writer.get("near/a"));
    await writer.delete("near/a");
    await eventually("it is told", async () => (await cache.get("near/a")) === undefined);
  });

  it("has a key that one transaction has deleted and made anew", async () => {
    for (const [index, transacting] of [writer, client].entries()) {
      await writer.set("near/anew", "1");
      await cache.get("near/anew");
      const value = `made by ${String(index)}`;
      await transacting.transact({
        then: [
          { kind: "delete", key: "near/anew" },
          { kind: "set", key: "near/anew", value },
        ],
      });
      await eventually("it is told", async () => (await cache.get("near/anew"))?.value === value);
      // Nothing that comes after it in the watch makes it another.
      const { revision } = await writer.set("near/after", "");
      await eventually("the next is told", async () => {
        return ((await cache.get("near/after"))?.revision ?? 0) >= revision;
      });
      expect((await cache.get("near/anew"))?.value).to.equal(value);
    }
  });

  it("is ready no more once its client is closed, and nobody waits for that", async () => {
    await client.close();
    await cache.ready();
    await eventually("it is not fresh", () => !cache.stats.isFresh);
  });

  it("holds the keys of its ranges alone, and reads the past from the server", async () => {
    await writer.set("far/a", "1");
    await cache.get("far/a");
    expect(await hitsOf(() => cache.get("far/a"))).to.equal(0);
    const { revision } = await writer.set("near/a", "1");
    await cache.get("near/a");
    expect(await hitsOf(() => cache.get("near/a", { revision }))).to.equal(0);
    for (const range of [{ glob: "*" }, { start: "a" }]) {
      const wrong = () => client.nearCache({ ranges: [range as never] });
      expect(wrong).to.throw("ranges: of a near cache are prefixes");
    }
  });

  it("reads what its own client wrote, whichever call wrote it", async () => {
    for (let round = 0; round < 20; round += 1) {
      const value = String(round);
      await client.set("near/own", value);
      expect((await cache.get("near/own"))?.value).to.equal(value);
      await client.transact({ then: [{ kind: "set", key: "near/own", value: `t${value}` }] });
      expect((await cache.get("near/own"))?.value).to.equal(`t${value}`);
      await client.deleteRange({ prefix: "near/ow" });
      expect(await cache.get("near/own")).to.equal(undefined);
      await client.increment("near/own", round);
      expect((await client.get("near/own"))?.version).to.equal(1);
      await client.delete("near/own");
      expect(await cache.get("near/own")).to.equal(undefined);
    }
  });

  it("does not answer with a key whose deadline has passed", async () => {
    await writer.set("near/ttl", "v", { ttlMs: 120 });
    const endMs = performance.now() + 120;
    while (performance.now() < endMs - 20) await cache.get("near/ttl");
    await eventually("the deadline has passed", () => performance.now() > endMs + 20);
    expect(await cache.get("near/ttl")).to.equal(undefined);
  });

  it("answers nothing from memory when it is told nothing for too long, though the connection stands", async () => {
    await writer.set("near/mute", "1");
    await cache.get("near/mute");
    expect(await hitsOf(() => cache.get("near/mute"))).to.equal(1);
    proxy.loseReplies();
    await writer.set("near/mute", "2");
    await eventually("it is stale", () => !cache.stats.isFresh);
    expect(await failureOf(cache.get("near/mute", { deadlineMs: 50 }))).to.include({
      reason: "DEADLINE_EXCEEDED",
    });
    proxy.cut();
    expect((await cache.get("near/mute"))?.value).to.equal("2");
    await eventually("the watch is there again", () => cache.stats.isFresh);
  });

  it("keeps its promises while others write and connections break", async function () {
    this.timeout(60_000);
    const random = new Random(SEED);
    const story = new Story();
    const isOver = { yes: false };
    const write = async (who: KeyValueClient<string>, name: string): Promise<void> => {
      for (let count = 1; !isOver.yes; count += 1) {
        const key = random.pick(KEYS);
        if (random.oneIn(4)) await story.written(key, who.delete(key));
        else await story.written(key, who.set(key, `${name}${String(count)}`));
      }
    };
    const read = async (): Promise<void> => {
      while (!isOver.yes) {
        const key = random.pick(KEYS);
        await story.read(key, () => cache.get(key));
        if (random.oneIn(16)) await new Promise(setImmediate);
      }
    };
    const cut = async (): Promise<void> => {
      for (let round = 0; round < 8; round += 1) {
        if (round % 3 === 2) proxy.loseReplies();
        await new Promise((resolve) => setTimeout(resolve, 150 + random.below(200)));
        proxy.cut();
      }
      isOver.yes = true;
    };
    await Promise.all([write(writer, "w"), write(client, "c"), read(), read(), read(), cut()]);
    await eventually("the watch is there again", () => cache.stats.isFresh);
    // Nothing is on its way any more: what is held now and what the store has are the same, and stay so.
    const { revision } = await writer.set("near/end", "end");
    await eventually(
      "the end is told",
      async () => ((await cache.get("near/end"))?.revision ?? 0) >= revision,
    );
    for (let pass = 0; pass < 2; pass += 1) {
      for (const key of KEYS) expect(await cache.get(key)).to.deep.equal(await writer.get(key));
    }
    const { hits, bytes } = cache.stats;
    expect(hits, `hits, with seed ${String(SEED)}`).to.be.above(100);
    expect(bytes).to.be.at.most(6000);
  });
});

/** What was written and read of each key, and whether that can be. */
class Story {
  /** By key: the newest revision that was acknowledged, and when, oldest first. */
  readonly #written = new Map<string, { readonly revision: number; readonly atMs: number }[]>();
  readonly #read = new Map<string, number>();

  async written(key: string, write: Promise<{ readonly revision: number }>): Promise<void> {
    const { revision } = await write;
    const all = this.#written.get(key) ?? [];
    all.push({ revision, atMs: performance.now() });
    this.#written.set(key, all);
  }

  async read(
    key: string,
    get: () => Promise<{ readonly revision: number } | undefined>,
  ): Promise<void> {
    const askedMs = performance.now();
    const seenBefore = this.#read.get(key) ?? 0;
    const entry = await get();
    // Absent: which revision that was at is not told, so only what is there can be judged.
    if (entry === undefined) return;
    expect(entry.revision, `${key} as it was before, seed ${String(SEED)}`).to.be.at.least(
      seenBefore,
    );
    this.#read.set(key, Math.max(this.#read.get(key) ?? 0, entry.revision));
    const old = askedMs - STALE_MS - SLACK_MS;
    const known = (this.#written.get(key) ?? []).filter(({ atMs }) => atMs <= old);
    const newest = Math.max(0, ...known.map(({ revision }) => revision));
    expect(entry.revision, `${key} too old, seed ${String(SEED)}`).to.be.at.least(newest);
  }
}

describe("what a near cache holds", () => {
  const entryOf = (key: string, bytes: number) => ({
    ...{ key, value: Buffer.alloc(bytes), revision: 1, createRevision: 1, version: 1 },
    ...{ expireTime: undefined, updateTime: undefined, contentType: "" },
  });

  it("is no more than so many bytes, and loses the least used first", () => {
    const entries = new NearEntries(3000);
    for (const key of ["a", "b", "c"])
      entries.put(key, { entry: entryOf(key, 600), revision: 1, index: 0 });
    entries.use("a");
    entries.put("d", { entry: entryOf("d", 600), revision: 1, index: 0 });
    expect(["a", "b", "c", "d"].map((key) => entries.look(key) !== undefined)).to.deep.equal([
      ...[true, false, true, true],
    ]);
    expect(entries.bytes).to.be.within(2400, 3000);
    entries.put("e", { entry: entryOf("e", 4000), revision: 1, index: 0 });
    expect(entries.look("e")).to.equal(undefined);
    expect(entries.count).to.equal(3);
    entries.put("a", { entry: entryOf("a", 10), revision: 2, index: 0 });
    for (const key of ["a", "c", "d"]) entries.drop(key);
    expect(entries).to.include({ bytes: 0, count: 0 });
  });

  it("is as old as the last message was when it was made, whatever the clocks show", () => {
    const clock = new NearClock();
    expect(clock.ageMs(0)).to.equal(Infinity);
    clock.tell(1_000_000, 50);
    expect(clock.ageMs(60)).to.equal(10);
    clock.tell(1_000_100, 140);
    expect(clock.ageMs(140)).to.equal(0);
    // It lay unread for a second.
    clock.tell(1_000_200, 1240);
    expect(clock.ageMs(1240)).to.equal(1000);
    expect(clock.serverTimeMs(1240)).to.equal(1_001_200);
    // It came at once, from a server that was behind with what it tells.
    clock.tell(1_000_900, 2240);
    expect(clock.ageMs(2240)).to.equal(1300);
  });
});
