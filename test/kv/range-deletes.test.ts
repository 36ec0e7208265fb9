/**
 * A range is deleted at one moment, though it is searched over many turns: replayed in the order of revisions, each
 * call has deleted what was there of its range, or as many as it may, and has told truly whether there was more.
 */

import { expect } from "chai";

import { DEFAULT_LIMITS, GIB, MIB } from "../../src/base/index.js";
import { openLocalStore, type DeleteRangeResult, type Store } from "../../src/kv/index.js";
import { bytes, listAllKeys, PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { ChangeFollower } from "../support/follower.js";
import { tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { Random } from "../support/random.js";
import { kvRejectionOf } from "../support/rejection.js";

/** More than are searched in one turn. */
const KEY_COUNT = 3000;
const ROUNDS = 30;
const WRITES_BESIDE = 40;
const SOON_MS = 1000;

const ALL = { kind: "all" } as const;

interface Bench {
  readonly store: Store;
  readonly clock: ManualClock;
}

async function openBench(limits: Partial<typeof DEFAULT_LIMITS> = {}): Promise<Bench> {
  const clock = new ManualClock();
  const options = tinyStoreOptions({ fileSystem: new CrashDisk(), directory: "/data", clock });
  const store = await openLocalStore({
    ...options,
    limits: { ...DEFAULT_LIMITS, ...limits },
    storage: {
      ...options.storage,
      segmentBytes: 8 * MIB,
      commitQueueBytes: 16 * MIB,
      commitQueueTransactions: 65_536,
    },
    watch: { ...options.watch, bufferBytes: GIB },
  });
  return { store, clock };
}

function keyOf(number: number): string {
  return `key/${String(number).padStart(5, "0")}`;
}

async function fill(store: Store, count: number, ttlMs = 0): Promise<void> {
  const expiration = ttlMs === 0 ? { kind: "none" as const } : { kind: "ttl" as const, ttlMs };
  await Promise.all(
    Array.from({ length: count }, (_, number) =>
      store.set(setOf(keyOf(number), "1", { expiration }), PATIENT),
    ),
  );
}

/** What a call was asked and answered. */
interface Called {
  readonly limit: number;
  readonly digit: string;
  readonly result: DeleteRangeResult;
}

/** Writes beside one another: sets, deletes, and ranges of the keys that end with a digit. */
async function writeTogether(store: Store, random: Random): Promise<Called | undefined> {
  const writes: Promise<unknown>[] = [];
  for (let count = 0; count < WRITES_BESIDE; count += 1) {
    const key = keyOf(random.below(KEY_COUNT));
    const expiration = random.oneIn(4)
      ? { kind: "ttl" as const, ttlMs: 1 + random.below(SOON_MS) }
      : { kind: "none" as const };
    writes.push(
      random.oneIn(3)
        ? store.delete({ key: bytes(key) }, PATIENT)
        : store.set(setOf(key, "2", { expiration }), PATIENT),
    );
  }
  const digit = String(random.below(10));
  const limit = random.pick([0, 3, 20]);
  const range = { kind: "glob", pattern: `key/*${digit}` } as const;
  const deleting = store.deleteRange({ range, limit }, PATIENT);
  // Some come while the range is being searched.
  for (let turn = 0; turn < 6; turn += 1) {
    await new Promise(setImmediate);
    const key = keyOf(10 * random.below(KEY_COUNT / 10) + Number(digit));
    writes.push(
      random.coin()
        ? store.delete({ key: bytes(key) }, PATIENT)
        : store.set(setOf(key, "3"), PATIENT),
    );
  }
  const result = await deleting;
  await Promise.all(writes);
  return result.deletedCount === 0 ? undefined : { limit, digit, result };
}

describe("deleting a range of the local store", () => {
  it("is done at one moment, whatever others write meanwhile", async function () {
    this.timeout(60_000);
    const { store, clock } = await openBench();
    const { follower } = await ChangeFollower.start(store, clock);
    const random = new Random(20_260);
    const calls = new Map<number, Called>();
    await fill(store, KEY_COUNT);
    for (let round = 0; round < ROUNDS; round += 1) {
      const called = await writeTogether(store, random);
      if (called !== undefined) calls.set(called.result.revision, called);
      clock.pass(random.below(200));
    }
    // From here on nothing falls due, and what is due is ended by this.
    clock.pass(2 * SOON_MS);
    await listAllKeys(store);
    const { revision: last } = await store.set(setOf("end", ""), PATIENT);
    const there = new Set<string>();
    let deletedAt = { revision: 0, count: 0 };
    const judgeCall = (): void => {
      const call = calls.get(deletedAt.revision);
      if (call === undefined) return;
      const { limit, digit, result } = call;
      const left = [...there].filter((key) => key.startsWith("key/") && key.endsWith(digit)).length;
      expect(deletedAt.count).to.equal(result.deletedCount);
      expect(result.more, `more at ${String(result.revision)}`).to.equal(left > 0);
      if (limit === 0) expect(left).to.equal(0);
      else expect(result.deletedCount).to.be.at.most(limit);
      calls.delete(deletedAt.revision);
    };
    for (let isOver = false; !isOver;) {
      const batch = await follower.nextInTime();
      for (const { kind, entry, revision, index } of batch?.events ?? []) {
        if (revision !== deletedAt.revision) {
          judgeCall();
          deletedAt = { revision, count: 0 };
        }
        expect(index).to.equal(deletedAt.count);
        const key = entry.key.toString();
        const isEnd = kind === "delete" || kind === "expire";
        if (isEnd) expect(there.delete(key), key).to.equal(true);
        else there.add(key);
        if (calls.has(revision)) expect(kind, `${key} at ${String(revision)}`).to.equal("delete");
        deletedAt.count += 1;
        isOver = revision === last;
      }
    }
    expect(calls.size, "calls whose events never came").to.equal(0);
    expect((await listAllKeys(store)).sort()).to.deep.equal([...there].sort());
    await follower.stop();
    await store.close();
  });

  it("stops where its keys would be too large for one transaction, and says that there is more", async () => {
    const { store } = await openBench({ transactionBytesMax: 64 * 1024 });
    const long = "x".repeat(2000);
    const keys = Array.from({ length: 100 }, (_, number) => `${keyOf(number)}${long}`);
    await Promise.all(keys.map((key) => store.set(setOf(key, ""), PATIENT)));
    const counts: number[] = [];
    for (let more = true; more;) {
      const result = await store.deleteRange({ range: ALL, limit: 0 }, PATIENT);
      counts.push(result.deletedCount);
      more = result.more;
    }
    const most = Math.floor((64 * 1024) / (128 + 2009));
    expect(counts).to.deep.equal([most, most, most, 100 - 3 * most]);
    expect(await listAllKeys(store)).to.deep.equal([]);
    await store.close();
  });

  it("expires all that is due of a large range, though it deletes one key", async () => {
    const { store, clock } = await openBench();
    await fill(store, 1200, SOON_MS);
    await store.set(setOf("last", ""), PATIENT);
    await store.set(setOf("later", ""), PATIENT);
    clock.pass(2 * SOON_MS);
    const result = await store.deleteRange({ range: ALL, limit: 1 }, PATIENT);
    expect(result).to.include({ deletedCount: 1, more: true });
    expect((await store.status()).keyCount).to.equal(1);
    await store.close();
  });

  it("refuses more calls at once than it has memory for, and serves them later", async () => {
    const { store } = await openBench();
    await fill(store, KEY_COUNT);
    const none = { range: { kind: "glob", pattern: "*x" }, limit: 0 } as const;
    const calls = Array.from({ length: 40 }, () => store.deleteRange(none, PATIENT));
    const outcomes = await Promise.allSettled(calls);
    const refused = calls.filter((_, index) => outcomes[index]?.status === "rejected");
    expect(refused).to.have.lengthOf(24);
    for (const call of refused) {
      const error = await kvRejectionOf(call, "OVERLOADED");
      expect(error.retryAfterMs).to.be.greaterThan(0);
    }
    expect((await store.deleteRange(none, PATIENT)).deletedCount).to.equal(0);
    await store.close();
  });
});
