/**
 * Followers of changes on a real server: one that is cut off at random while the store is written to and compacted, and
 * a thousand at once; and what they cost whoever writes.
 */

import { spawn } from "node:child_process";
import { once, setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import type { ChangeBatch, ChangeKind, StartPosition } from "../../src/kv/index.js";
import { cleanEnvironment, exitOf, KVDB } from "../app/run-kvdb.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { changesOf } from "../support/follower.js";
import { Random } from "../support/random.js";
import { SCENARIO_MS_MAX, sized, tell } from "./scale.js";
import { Stage } from "./stage.js";

const CHANGE_COUNT = sized({ normal: 3000, full: 100_000 });
const WRITER_COUNT = 16;
const KEY_COUNT = 500;

/** Small segments, so that there is always something to compact, and all of it above the floor. */
const COMPACTING = [
  "--segment-bytes=1MiB",
  "--limits-value-bytes=64KiB",
  "--limits-transaction-bytes=128KiB",
  "--compaction-period=1s",
];

const FOLLOWER_COUNT = sized({ normal: 250, full: 1000 });
const FOLLOWERS_PER_CONNECTION = 250;

interface Change {
  readonly kind: ChangeKind;
  readonly key: string;
  readonly value: string;
}

describe("a follower that is cut off at random", function () {
  this.timeout(SCENARIO_MS_MAX);

  it("is told of each change once, in order, and misses none, while the store is compacted", async () => {
    await Stage.with(COMPACTING, async (stage) => {
      const writer = connect({ address: stage.address });
      const acknowledged = new Map<number, Change>();
      const writing = writeMany(writer, acknowledged);
      const told = new Told();
      const following = followInPieces(stage.address, told, CHANGE_COUNT);
      let isOver = false;
      const compacting = compactUntil(writer, () => isOver);
      await Promise.all([writing, following]);
      isOver = true;
      const compactionCount = await compacting;
      expect(compactionCount).to.be.greaterThan(0);
      expect(told.pieceCount, "pieces").to.be.greaterThan(8);
      tell(
        `${String(CHANGE_COUNT)} changes in ${String(told.pieceCount)} pieces, ` +
          `${String(compactionCount)} compactions meanwhile`,
      );
      check(told, acknowledged);
      await writer.close();
    });
  });
});

describe("kvdb watch", function () {
  this.timeout(SCENARIO_MS_MAX);

  it("goes on by itself when the server is killed and comes back: nothing twice, nothing missed", async () => {
    const listen = `--listen=127.0.0.1:${String(await freePort())}`;
    await Stage.with([listen], async (stage) => {
      const set = async (from: number, count: number): Promise<void> => {
        const store = connect({ address: stage.address });
        for (let at = from; at < from + count; at += 1) {
          await store.set(setOf(`key/${String(at)}`, String(at)), PATIENT);
        }
        await store.close();
      };
      await set(0, 10);
      const words = ["watch", "--json", "--current-state", "--address", stage.address];
      const child = spawn(process.execPath, [KVDB, ...words], {
        env: cleanEnvironment(),
        stdio: ["ignore", "pipe", "ignore"],
      });
      const keys: string[] = [];
      let onLine: () => void = () => undefined;
      createInterface({ input: child.stdout }).on("line", (line) => {
        const { events } = JSON.parse(line) as { events: readonly { key: string }[] };
        keys.push(...events.map(({ key }) => key));
        onLine();
      });
      const until = async (count: number): Promise<void> => {
        while (keys.length < count) await new Promise<void>((resolve) => (onLine = resolve));
      };
      try {
        await until(10);
        await set(10, 10);
        await until(20);
        await stage.end("SIGKILL");
        await stage.start();
        await set(20, 10);
        await until(30);
        expect(keys).to.have.members(Array.from({ length: 30 }, (_, at) => `key/${String(at)}`));
        child.kill("SIGINT");
        expect(await exitOf(child)).to.equal(0);
      } finally {
        child.kill("SIGKILL");
      }
    });
  });
});

describe("a thousand followers", function () {
  this.timeout(SCENARIO_MS_MAX);

  it("are all told, each of its own keys and of those of all", async () => {
    await Stage.with([], async (stage) => {
      const stores = Array.from({ length: FOLLOWER_COUNT / FOLLOWERS_PER_CONNECTION }, () =>
        connect({ address: stage.address }),
      );
      const writer = connect({ address: stage.address });
      const abort = new AbortController();
      setMaxListeners(0, abort.signal);
      const counts = Array.from({ length: FOLLOWER_COUNT }, () => 0);
      const begun: Promise<void>[] = [];
      const streams = counts.map((_, at) => {
        const store = stores[Math.floor(at / FOLLOWERS_PER_CONNECTION)] ?? writer;
        const prefixes = [`own/${String(at)}/`, "all/"];
        const ranges = prefixes.map((text) => ({ kind: "prefix", prefix: bytes(text) }) as const);
        let begin: () => void = () => undefined;
        begun.push(new Promise((resolve) => (begin = resolve)));
        return countEvents(store.watch(changesOf({ ranges }), abort.signal), {
          at,
          counts,
          onBegin: () => {
            begin();
          },
        });
      });
      await Promise.all(begun);
      expect((await writer.status()).followerCount).to.equal(FOLLOWER_COUNT);

      const startMs = performance.now();
      for (let round = 0; round < 5; round += 1) {
        await writer.set(setOf("all/a", String(round)), PATIENT);
      }
      await Promise.all(
        counts.map((_, at) => writer.set(setOf(`own/${String(at)}/a`, "1"), PATIENT)),
      );
      while (counts.some((count) => count < 6)) await new Promise(setImmediate);
      const tookMs = performance.now() - startMs;
      tell(`${String(6 * FOLLOWER_COUNT)} events told in ${tookMs.toFixed(0)} ms`);
      expect(new Set(counts)).to.deep.equal(new Set([6]));
      abort.abort();
      await Promise.all(streams);
      for (const store of [...stores, writer]) await store.close();
    });
  });

  it("cost a Set little, where it is not theirs", async () => {
    await Stage.with([], async (stage) => {
      const store = connect({ address: stage.address });
      const alone = await cpuOfSets(store, stage);
      const abort = new AbortController();
      setMaxListeners(0, abort.signal);
      const followers = Array.from({ length: FOLLOWER_COUNT }, async (_, at) => {
        const ranges = [{ kind: "prefix", prefix: bytes(`other/${String(at)}/`) } as const];
        const stream = store.watch(changesOf({ ranges }), abort.signal);
        await stream.next();
        return stream;
      });
      const streams = await Promise.all(followers);
      const followed = await cpuOfSets(store, stage);
      tell(
        `CPU of the server for a Set: ${alone.toFixed(1)} µs alone, ${followed.toFixed(1)} µs beside ` +
          `${String(FOLLOWER_COUNT)} followers of other keys`,
      );
      // Were each follower looked at for each Set, it would be several times as much.
      expect(followed).to.be.below(alone * 2 + 50);
      abort.abort();
      for (const stream of streams) await stream.return(undefined);
      const watched = new AbortController();
      const one = store.watch(changesOf(), watched.signal);
      const counts = [0];
      const counted = countEvents(one, { at: 0, counts, onBegin: () => undefined });
      const told = await cpuOfSets(store, stage);
      tell(`and ${told.toFixed(1)} µs with one follower of all keys, who is told of each`);
      watched.abort();
      await counted;
      await store.close();
    });
  });
});

/** One that is free now, for a server that is to come back where it was. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** What a follower that is cut off and goes on was told, over all pieces. */
class Told {
  readonly events: (Change & { readonly revision: number; readonly index: number })[] = [];
  resumeToken = "";
  pieceCount = 0;
  /** Of the last mark: everything up to there was told. */
  wholeUpTo = 0;

  take({ events, resumeToken, progress }: ChangeBatch): void {
    for (const { kind, revision: of, index, entry } of events) {
      const key = entry.key.toString();
      this.events.push({ kind, revision: of, index, key, value: entry.value.toString() });
    }
    this.resumeToken = resumeToken;
    this.wholeUpTo = progress?.revision ?? this.wholeUpTo;
  }
}

/** Follows for a while, breaks the connection, and goes on with the last token, until so many were told. */
async function followInPieces(address: string, told: Told, count: number): Promise<void> {
  const random = new Random(7);
  while (told.events.length < count) {
    const store = connect({ address });
    const start: StartPosition =
      told.resumeToken === ""
        ? { kind: "revision", revision: revision(1) }
        : { kind: "resume-token", token: told.resumeToken };
    let rest = 1 + random.below(sized({ normal: 4, full: 100 }));
    told.pieceCount++;
    for await (const batch of store.watch(changesOf({ start }), new AbortController().signal)) {
      told.take(batch);
      if (--rest === 0 || told.events.length >= count) break;
    }
    await store.close();
  }
}

/** Sets, touches and deletes by chance, and keys that expire, each noted under its revision. */
async function writeMany(store: RemoteStore, acknowledged: Map<number, Change>): Promise<void> {
  const random = new Random(3);
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < CHANGE_COUNT) {
      const number = next++;
      const key = `key/${String(random.below(KEY_COUNT))}`;
      const isShort = random.oneIn(10);
      if (random.oneIn(8)) {
        const { deleted, revision } = await store.delete({ key: bytes(key) }, PATIENT);
        if (deleted) acknowledged.set(revision, { kind: "delete", key, value: "" });
        continue;
      }
      const value = `${String(number)} ${"x".repeat(random.below(600))}`;
      const ttl = { kind: "ttl", ttlMs: 20 + random.below(500) } as const;
      const set = setOf(key, value, isShort ? { expiration: ttl } : {});
      const { revision } = await store.set(set, PATIENT);
      acknowledged.set(revision, { kind: "set", key, value });
    }
  };
  await Promise.all(Array.from({ length: WRITER_COUNT }, write));
  // Some changed nothing.
  for (let at = 0; acknowledged.size < CHANGE_COUNT; at += 1) {
    const { revision } = await store.set(setOf("last", String(at)), PATIENT);
    acknowledged.set(revision, { kind: "set", key: "last", value: String(at) });
  }
}

async function compactUntil(store: RemoteStore, isOver: () => boolean): Promise<number> {
  for (let count = 0; ; count += 1) {
    if (isOver()) return count;
    await store.compact(PATIENT);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function check(told: Told, acknowledged: ReadonlyMap<number, Change>): void {
  let newest = 0;
  const byRevision = new Map<number, Change[]>();
  let last = { revision: 0, index: -1 };
  for (const { revision, index, ...change } of told.events) {
    const isNext =
      (revision === last.revision && index === last.index + 1) ||
      (revision === last.revision + 1 && index === 0);
    expect(isNext, `${String(revision)}.${String(index)} after ${String(last.revision)}`).to.equal(
      true,
    );
    last = { revision, index };
    byRevision.set(revision, [...(byRevision.get(revision) ?? []), change]);
    newest = revision;
  }
  for (const [revision, change] of acknowledged) {
    if (revision <= newest) expect(byRevision.get(revision)).to.deep.equal([change]);
  }
  const others = told.events.filter(({ revision }) => !acknowledged.has(revision));
  expect(others.every(({ kind }) => kind === "expire")).to.equal(true);
  expect(others.length, "expirations").to.be.greaterThan(0);
}

interface Counting {
  readonly at: number;
  readonly counts: number[];
  readonly onBegin: () => void;
}

async function countEvents(
  stream: AsyncIterable<ChangeBatch>,
  { at, counts, onBegin }: Counting,
): Promise<void> {
  for await (const { events } of stream) {
    onBegin();
    counts[at] = (counts[at] ?? 0) + events.length;
  }
}

/** Microseconds that the server works for one Set, over many of them. */
async function cpuOfSets(store: RemoteStore, stage: Stage): Promise<number> {
  const count = sized({ normal: 600, full: 20_000 });
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < count) {
      await store.set(setOf(`mine/${String(next++ % 1000)}`, "v".repeat(256)), PATIENT);
    }
  };
  const before = cpuMs(stage.serverPid);
  await Promise.all(Array.from({ length: WRITER_COUNT }, write));
  return ((cpuMs(stage.serverPid) - before) * 1000) / count;
}

/** What a process has worked, in milliseconds: the 14th and 15th number of its line, in hundredths of a second. */
function cpuMs(pid: number): number {
  const line = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  const numbers = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(numbers[11]) + Number(numbers[12]));
}
