/** The typed client against the real server: every call, what it takes and what it answers. */

import { getEventListeners } from "node:events";

import { expect } from "chai";

import {
  byContentType,
  bytes,
  connect,
  json,
  text,
  type KeyValueClient,
} from "../../clients/typescript/src/index.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { failureOf } from "./failure-of.js";

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("the client for TypeScript", () => {
  let directory: string;
  let server: ServerProcess;
  let client: KeyValueClient<Uint8Array>;
  let texts: KeyValueClient<string>;

  before(async function () {
    this.timeout(30_000);
    directory = await makeTemporaryDirectory();
    server = await ServerProcess.start(directory, ["--history-versions", "3"]);
  });

  beforeEach(() => {
    client = connect({ address: server.address });
    texts = client.withCodec(text());
  });

  afterEach(async () => {
    await client.close();
  });

  after(async () => {
    await server.dispose();
    await removeDirectory(directory);
  });

  it("sets, gets, touches and deletes", async () => {
    const set = await texts.set("one/a", "first");
    expect(set).to.deep.equal({
      ...{ revision: set.revision, expireTime: undefined, previous: undefined, replayed: false },
    });
    const again = await texts.set("one/a", "second", { ttlMs: 60_000.2, returnPrevious: true });
    expect(again.previous).to.deep.include({ key: "one/a", value: "first", version: 1 });
    const entry = await texts.get("one/a");
    expect(entry).to.deep.include({ value: "second", version: 2, revision: again.revision });
    expect(entry?.contentType).to.equal("text/plain; charset=utf-8");
    expect(entry?.expireTime).to.deep.equal(again.expireTime);
    expect(again.expireTime?.getTime()).to.equal((entry?.updateTime?.getTime() ?? 0) + 60_001);
    expect((await texts.get("one/a", { revision: set.revision }))?.value).to.equal("first");
    expect(await texts.touch("one/a", { persist: true })).to.include({ touched: true });
    expect((await texts.get("one/a"))?.expireTime).to.equal(undefined);
    const expireTime = new Date(Date.now() + 60_000);
    expect((await texts.touch("one/a", { expireTime })).expireTime).to.deep.equal(expireTime);
    const kept = await texts.set("one/a", "third", { keepExpiration: true });
    expect(kept.expireTime).to.deep.equal(expireTime);
    const deleted = await texts.delete("one/a", { returnPrevious: true });
    expect(deleted).to.deep.include({ deleted: true });
    expect(deleted.previous?.value).to.equal("third");
    expect(await texts.get("one/a")).to.equal(undefined);
    expect(await texts.delete("one/a")).to.deep.include({ deleted: false });
  });

  it("counts with integers of 64 bits", async () => {
    expect((await client.increment("count/a")).value).to.equal(1n);
    expect((await client.increment("count/a", 2n ** 62n)).value).to.equal(2n ** 62n + 1n);
    expect((await client.increment("count/a", -3)).value).to.equal(2n ** 62n - 2n);
    const over = await failureOf(client.increment("count/a", 2n ** 62n + 2n ** 61n));
    expect(over).to.include({ reason: "OVERFLOW", codeName: "OUT_OF_RANGE" });
    for (const delta of [0.5, 2 ** 53, 2n ** 63n]) {
      const wrong = await failureOf(client.increment("count/a", delta));
      expect(wrong).to.include({ reason: "INVALID_FIELD" });
      expect(wrong.metadata).to.deep.equal({ field: "delta" });
    }
  });

  it("asks for preconditions, and says which did not hold", async () => {
    const { revision } = await texts.set("if/a", "v", { precondition: { exists: false } });
    expect(await failureOf(texts.set("if/a", "w", { precondition: { exists: false } }))).to.include(
      { reason: "KEY_EXISTS", codeName: "ALREADY_EXISTS" },
    );
    const changed = await failureOf(texts.delete("if/a", { precondition: { revision: 0 } }));
    expect(changed).to.include({ reason: "PRECONDITION_FAILED" });
    expect(changed.metadata).to.include({ revision: String(revision) });
    await texts.set("if/a", "w", { precondition: { value: "v" } });
    expect((await texts.get("if/a"))?.value).to.equal("w");
  });

  it("answers a write that was made before as it was answered then", async () => {
    const first = await texts.set("again/a", "v", { requestId: "again" });
    expect(await texts.set("again/a", "v", { requestId: "again" })).to.deep.equal({
      ...first,
      replayed: true,
    });
    expect(await failureOf(texts.set("again/a", "w", { requestId: "again" }))).to.include({
      reason: "REQUEST_ID_REUSED",
    });
  });

  it("lists, counts, scans and deletes ranges", async () => {
    const keys = Array.from(
      { length: 12 },
      (_, index) => `range/${String(index).padStart(2, "0")}`,
    );
    await Promise.all(keys.map((key, index) => texts.set(key, String(index))));
    const range = { prefix: "range/" };
    expect(await all(client.listKeys(range, { pageSize: 5 }))).to.deep.equal(keys);
    expect(await all(client.listKeys(range, { descending: true }))).to.deep.equal(
      keys.toReversed(),
    );
    expect(await client.countKeys({ start: "range/03", end: "range/05" })).to.equal(2);
    expect(await all(client.listKeys({ glob: "range/*1" }))).to.deep.equal([
      "range/01",
      "range/11",
    ]);
    const filtered = await all(texts.scan(range, { filter: 'value.endsWith("1")' }));
    expect(filtered.map(({ value }) => value)).to.deep.equal(["1", "11"]);
    const bare = await all(texts.scan(range, { includeValues: false, limit: 2 }));
    expect(bare.map(({ key, value }) => [key, value])).to.deep.equal([
      ["range/00", undefined],
      ["range/01", undefined],
    ]);
    expect(await client.deleteRange(range, { limit: 10 })).to.include({
      deletedCount: 10,
      more: true,
    });
    expect(await client.deleteRange(range)).to.include({ deletedCount: 2, more: false });
    const empty = { prefix: undefined } as unknown as { prefix: string };
    expect(await failureOf(client.deleteRange(empty))).to.include({ reason: "INVALID_FIELD" });
  });

  it("reads the versions of a key, newest first", async () => {
    for (const value of ["1", "2", "3", "4"]) await texts.set("versions/a", value);
    const found = await all(texts.listVersions("versions/a", { pageSize: 2 }));
    expect(found.map(({ value, version }) => [value, version])).to.deep.equal([
      ["4", 4],
      ["3", 3],
      ["2", 2],
    ]);
  });

  it("stops reading where its reader does", async () => {
    await Promise.all(["a", "b", "c"].map((key) => texts.set(`stop/${key}`, key)));
    const found: string[] = [];
    for await (const { key } of texts.scan({ prefix: "stop/" })) {
      found.push(key);
      break;
    }
    expect(found).to.deep.equal(["stop/a"]);
  });

  it("transacts: conditions, then, otherwise", async () => {
    const request = {
      conditions: [{ key: "tx/a", exists: false }],
      then: [
        { kind: "set", key: "tx/a", value: "v" },
        { kind: "get", key: "tx/a" },
        { kind: "increment", key: "tx/n", delta: 5 },
        { kind: "touch", key: "tx/none", ttlMs: 5000 },
        { kind: "delete", key: "tx/none" },
      ],
      otherwise: [{ kind: "get", key: "tx/n" }],
    } as const;
    const first = await texts.transact(request);
    expect(first).to.include({ succeeded: true, replayed: false });
    expect(first.results.map(({ kind }) => kind)).to.deep.equal(
      request.then.map(({ kind }) => kind),
    );
    expect(first.results[1]).to.have.nested.property("entry.value", "v");
    expect(first.results[2]).to.deep.include({ value: 5n });
    const second = await client.transact({
      ...request,
      then: [],
      otherwise: [{ kind: "get", key: "tx/n" }],
    });
    expect(second).to.include({ succeeded: false });
    expect(second.results[0]).to.have.nested.property("entry.value").deep.equal(Buffer.from("5"));
  });

  it("makes many transactions on the same keys without losing one", async () => {
    const accounts = ["bank/a", "bank/b", "bank/c"];
    await Promise.all(accounts.map((key) => texts.set(key, "100")));
    const move = (index: number) =>
      texts.transaction(
        async (transaction) => {
          const from = accounts[index % 3] ?? "";
          const to = accounts[(index + 1) % 3] ?? "";
          const [left, right] = [await transaction.get(from), await transaction.get(to)];
          transaction.set(from, String(Number(left) - index));
          transaction.set(to, String(Number(right) + index));
          expect(await transaction.get(to)).to.equal(String(Number(right) + index));
        },
        { attemptsMax: 100 },
      );
    await Promise.all(Array.from({ length: 12 }, (_, index) => move(index)));
    const balances = await Promise.all(accounts.map((key) => texts.get(key)));
    // Account 0 gives 0+3+6+9 and takes 2+5+8+11, and so on round the circle.
    expect(balances.map((entry) => entry?.value)).to.deep.equal(["108", "96", "96"]);
  });

  it("follows changes and expirations, and begins with what there is", async () => {
    await texts.set("watch/old", "there");
    const watch = texts.watch({ ranges: [{ prefix: "watch/" }], start: "current-state" });
    const seen: string[] = [];
    const expired = client.watchExpirations({ range: { prefix: "watch/" } });
    await expired.next();
    for await (const { events, synced } of watch) {
      seen.push(...events.map(({ kind, key, entry }) => `${kind} ${key} ${entry?.value ?? "-"}`));
      if (synced) {
        await texts.set("watch/new", "here", { ttlMs: 30 });
        await texts.delete("watch/old");
      }
      if (seen.some((line) => line.startsWith("expire"))) break;
    }
    expect(seen).to.have.members([
      ...["set watch/old there", "set watch/new here", "delete watch/old -", "expire watch/new -"],
    ]);
    const { value } = await expired.next();
    expect(value?.expirations[0]).to.deep.include({ key: "watch/new", cause: "deadline" });
    await expired.return();
    const pending = watch.next();
    expect(await pending).to.deep.equal({ done: true, value: undefined });
  });

  it("ends a stream that waits, when it is told to", async () => {
    const aborting = new AbortController();
    const aborted = client.watch({ signal: aborting.signal });
    const returned = client.watch();
    const closed = client.watch();
    await Promise.all([aborted.next(), returned.next(), closed.next()]);
    const events = client.watch({ ranges: [{ prefix: "silent/" }] }).events();
    const event = events.next();
    await events.return();
    expect(await event).to.deep.equal({ done: true, value: undefined });
    const ends = [failureOf(aborted.next()), returned.next(), failureOf(closed.next())] as const;
    aborting.abort("enough");
    await returned.return();
    await client.close();
    const [cancelled, done, after] = await Promise.all(ends);
    expect(cancelled).to.include({ reason: "CANCELLED", cause: "enough" });
    expect(done).to.deep.equal({ done: true, value: undefined });
    expect(after).to.include({ reason: "CLOSED" });
    for (const call of [client.get("a"), client.status(), client.watch().next()]) {
      expect(await failureOf(call)).to.include({ reason: "CLOSED" });
    }
  });

  it("reads with the codec that was chosen, and refuses what that does not read", async () => {
    const sessions = client.withCodec(json<{ user: string }>());
    await sessions.set("codec/a", { user: "ann" });
    expect((await sessions.get("codec/a"))?.value).to.deep.equal({ user: "ann" });
    const wrong = await failureOf(texts.get("codec/a"));
    expect(wrong).to.include({ reason: "DECODE_FAILED" });
    expect(wrong.message).to.include("application/json").and.include("text");
    const either = client.withCodec(
      byContentType<unknown>(text() as never, json(), bytes() as never),
    );
    expect((await either.get("codec/a"))?.value).to.deep.equal({ user: "ann" });
    await client.set("codec/b", Buffer.from([0xff]));
    expect((await either.get("codec/b"))?.value).to.deep.equal(Buffer.from([0xff]));
    const cyclic: { user: string; self?: unknown } = { user: "ann" };
    cyclic.self = cyclic;
    expect(await failureOf(sessions.set("codec/a", cyclic))).to.include({
      reason: "ENCODE_FAILED",
    });
  });

  it("has large values one after the other where they do not fit into one reply", async () => {
    const value = Buffer.alloc(1024 * 1024 - 10, 7);
    const keys = Array.from({ length: 9 }, (_, index) => `large/${String(index)}`);
    await Promise.all(keys.map((key) => client.set(key, value)));
    const entries = await Promise.all(keys.map((key) => client.get(key)));
    expect(entries.map((entry) => entry?.key)).to.deep.equal(keys);
    expect(entries.every((entry) => value.equals(entry?.value ?? Buffer.alloc(0)))).to.equal(true);
    const small = client.set("large/small", Buffer.from("x"));
    const tooLong = await failureOf(client.set("large/long", Buffer.alloc(4 * 1024 * 1024)));
    expect(tooLong).to.include({ reason: "INVALID_FIELD" });
    expect(tooLong.metadata).to.deep.equal({ field: "value" });
    await small;
  });

  it("tells how the store is, and keeps snapshots", async () => {
    const { revision, version, keyOrder, compression, startTime } = await client.status();
    expect(revision).to.be.above(0);
    expect(version).to.match(/^\d+\.\d+\.\d+/);
    expect([keyOrder, compression]).to.deep.equal(["bytes", "none"]);
    expect(startTime).to.be.instanceOf(Date);
    const { methods, syncLatency } = await client.status();
    expect(syncLatency?.count).to.be.above(0);
    const [set] = methods.filter(({ method }) => method === "Pipeline");
    expect(set?.latency?.windowMs).to.be.within(1, 120_000);
    expect(set?.latency?.count).to.be.above(0);
    expect(set?.latency?.p50Ms).to.be.within(0.001, set?.latency?.maxMs ?? 0);
    const [watch] = methods.filter(({ method }) => method === "Watch");
    expect(watch).to.deep.include({ refusedCount: 0, latency: undefined });
    const snapshot = await client.snapshot();
    const listed = await client.listSnapshots();
    expect(listed.map(({ snapshotId }) => snapshotId)).to.include(snapshot.snapshotId);
    expect(await client.deleteSnapshot(snapshot.snapshotId)).to.equal(true);
    expect(await client.deleteSnapshot(snapshot.snapshotId)).to.equal(false);
    expect((await client.compact()).segmentsAfter).to.be.above(0);
  });

  it("takes one signal for any number of calls, without a warning", async () => {
    const warnings: unknown[] = [];
    const note = (warning: unknown): void => void warnings.push(warning);
    process.on("warning", note);
    const { signal } = new AbortController();
    const calls = Array.from({ length: 20 }, (_, index) => [
      texts.set(`signal/${String(index)}`, "v", { signal }),
      client.countKeys("all", { signal }),
      all(client.listKeys({ prefix: "signal/" }, { signal })),
    ]);
    await Promise.all(calls.flat());
    // Warnings come a turn later.
    await new Promise(setImmediate);
    process.off("warning", note);
    expect(warnings).to.deep.equal([]);
  });

  it("lets go of a signal when a call is refused", async () => {
    const { signal } = new AbortController();
    const full = connect({ address: server.address, operationsMax: 1 });
    const calls = Array.from({ length: 10 }, () => full.get("signal/x", { signal }));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === "rejected")).to.have.length(9);
    expect(getEventListeners(signal, "abort")).to.have.length(0);
    await full.close();
  });

  it("takes an empty request id for none, which a retry needs one in place of", async () => {
    const first = await client.increment("ids/empty", 1n, { requestId: "" });
    const second = await client.increment("ids/empty", 1n, { requestId: "" });
    expect([first.value, second.value]).to.deep.equal([1n, 2n]);
    expect(first.replayed || second.replayed).to.equal(false);
  });

  it("spreads keys over streams, and keeps those of one key in order", async () => {
    await using many = connect({ address: server.address, streams: 4 }).withCodec(text());
    const keys = Array.from({ length: 40 }, (_, index) => `streams/${String(index)}`);
    const asked = keys.flatMap((key) => [
      ...["1", "2", "3"].map((value) => many.set(key, value)),
      many.get(key).then((entry) => {
        expect(entry?.value).to.equal("3");
      }),
    ]);
    await Promise.all(asked);
  });
});
