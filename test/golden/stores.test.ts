/**
 * Stores as earlier formats wrote them: this program opens each, finds in it what was put there, and
 * goes on writing. `UPDATE_GOLDEN=1` writes the store of this format where there is none; one that is
 * there is never written again.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";

import { expect } from "chai";

import { revision, timeMs } from "../../src/base/index.js";
import { NodeFileSystem } from "../../src/disk/index.js";
import { openLocalStore, restoreSnapshot, type Store } from "../../src/kv/index.js";
import { readManifest } from "../../src/log/index.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { expirationsSince, watchOf } from "../support/follower.js";
import { DATA_DIRECTORY, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { GOLDEN_DIRECTORY, isUpdating } from "./golden-file.js";
import { TracedStore } from "./traced-store.js";

const STORE = `${GOLDEN_DIRECTORY}/stores/format-1`;
const TTL_MS = 30_000;
const START_MS = new ManualClock().wallMs();

/** What the store holds when it is opened, key by key. */
const CONTENTS: Readonly<Record<string, string>> = {
  empty: "",
  overwritten: "third",
  "set/after/delete": "again",
  "text/ä/日本/😀": "grüße",
  touched: "kept",
  "will/expire": "in a year",
};

const YEAR_MS = 31_536_000_000;

async function writeStore(): Promise<void> {
  const traced = new TracedStore({ retentionMs: TTL_MS / 2 });
  await traced.open();
  const { store, clock } = traced;
  for (const value of ["first", "second", "third"]) {
    await store.set(setOf("overwritten", value), PATIENT);
  }
  await store.set(setOf("deleted", "gone"), PATIENT);
  await store.delete(bytes("deleted"), PATIENT);
  await store.set(setOf("set/after/delete", "once"), PATIENT);
  await store.delete(bytes("set/after/delete"), PATIENT);
  await store.set(setOf("early", "told and forgotten", ttl(1000)), PATIENT);
  await clock.advance(2000);
  await clock.advance(TTL_MS);
  await store.compact(PATIENT);
  await store.set(setOf("empty", ""), PATIENT);
  await store.set(setOf("set/after/delete", "again"), PATIENT);
  await store.set(setOf("text/ä/日本/😀", "grüße", { contentType: "text/plain" }), PATIENT);
  await store.set(setOf("touched", "kept", ttl(TTL_MS)), PATIENT);
  await store.touch({ key: bytes("touched"), expiration: { kind: "none" } }, PATIENT);
  await store.set(setOf("will/expire", "in a year", ttl(YEAR_MS)), PATIENT);
  await store.set(setOf("expired", "told", ttl(1000)), PATIENT);
  await clock.advance(2000);
  await store.snapshot(PATIENT);
  await store.set(setOf("after/the/snapshot", "deleted below"), PATIENT);
  await store.delete(bytes("after/the/snapshot"), PATIENT);
  await store.close();
  for (const path of traced.disk.files().filter((each) => !each.endsWith("/LOCK"))) {
    const target = path.replace(DATA_DIRECTORY, STORE);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, traced.disk.peek(path));
  }
}

function ttl(ttlMs: number): {
  readonly expiration: { readonly kind: "ttl"; readonly ttlMs: number };
} {
  return { expiration: { kind: "ttl", ttlMs } };
}

/** Opens a directory a minute after the golden store was written. */
async function openCopy(
  directory: string,
): Promise<{ readonly store: Store; readonly clock: ManualClock }> {
  const clock = new ManualClock(START_MS + 2 * TTL_MS);
  const options = { fileSystem: new NodeFileSystem(), directory, clock };
  return { store: await openLocalStore(tinyStoreOptions(options)), clock };
}

async function withCopy(run: (directory: string) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    await cp(STORE, join(root, "store"), { recursive: true });
    await run(join(root, "store"));
  });
}

describe("a store of format 1", () => {
  before(async () => {
    if (isUpdating() && !existsSync(STORE)) await writeStore();
  });

  it("is what its manifest says: a compacted segment, a log, a snapshot", async () => {
    const manifest = await readManifest(new NodeFileSystem(), STORE);
    const kinds = manifest?.segments.map((segment) => `${segment.state} ${segment.kind}`);
    expect(kinds).to.include("closed compacted").and.to.include("closed log");
    expect(readdirSync(`${STORE}/snapshots`)).to.have.lengthOf(1);
    const first = readFileSync(`${STORE}/MANIFEST`, "utf8").split(" ");
    expect(first.slice(0, 3)).to.deep.equal(["keyvaluedb", "manifest", "1"]);
  });

  it("opens, with every key, value and deadline in place", () =>
    withCopy(async (directory) => {
      const { store } = await openCopy(directory);
      expect(await listAllKeys(store)).to.have.members(Object.keys(CONTENTS));
      for (const [key, value] of Object.entries(CONTENTS)) {
        expect(await valueOf(store, key), key).to.equal(value);
      }
      const { entry } = await store.get(bytes("text/ä/日本/😀"), PATIENT);
      expect(entry?.contentType).to.equal("text/plain");
      const touched = (await store.get(bytes("touched"), PATIENT)).entry;
      expect([touched?.version, touched?.deadlineMs]).to.deep.equal([1, 0]);
      const remade = (await store.get(bytes("set/after/delete"), PATIENT)).entry;
      expect(remade?.version).to.equal(1);
      expect(remade?.createRevision).to.equal(remade?.revision);
      const expiring = (await store.get(bytes("will/expire"), PATIENT)).entry;
      expect(expiring?.deadlineMs).to.equal(timeMs(START_MS + 2000 + TTL_MS + YEAR_MS));
      const overwritten = (await store.get(bytes("overwritten"), PATIENT)).entry;
      expect([overwritten?.createRevision, overwritten?.version]).to.deep.equal([1, 3]);
      await store.close();
    }));

  it("tells the expirations that it retains, and refuses what it compacted", () =>
    withCopy(async (directory) => {
      const { store, clock } = await openCopy(directory);
      const { oldestRetainedRevision } = await store.status();
      expect(oldestRetainedRevision).to.be.greaterThan(1);
      const start = { kind: "revision", revision: oldestRetainedRevision } as const;
      const [told] = await expirationsSince(store, clock, { start, count: 1 });
      expect(told?.key.toString()).to.equal("expired");
      expect(told?.value?.toString()).to.equal("told");
      const early = watchOf({ start: { kind: "revision", revision: revision(1) } });
      const stream = store.watchExpirations(early, new AbortController().signal);
      await kvRejectionOf(stream.next(), "REVISION_COMPACTED");
      await store.close();
    }));

  it("can be written, stopped and opened again", () =>
    withCopy(async (directory) => {
      const first = await openCopy(directory);
      const before = (await first.store.status()).revision;
      const { revision: after } = await first.store.set(setOf("new", "value"), PATIENT);
      expect(after).to.equal(revision(before + 1));
      await first.store.compact(PATIENT);
      await first.store.close();
      const second = await openCopy(directory);
      expect(await valueOf(second.store, "new")).to.equal("value");
      expect(await valueOf(second.store, "overwritten")).to.equal("third");
      await second.store.close();
    }));

  it("has a snapshot that can be restored", () =>
    withCopy(async (directory) => {
      const [name = ""] = readdirSync(`${directory}/snapshots`);
      const restored = join(dirname(directory), "restored");
      const { keyCount } = await restoreSnapshot({
        fileSystem: new NodeFileSystem(),
        clock: new ManualClock(),
        snapshotPath: `${directory}/snapshots/${name}`,
        directory: restored,
      });
      expect(keyCount).to.equal(Object.keys(CONTENTS).length);
      const { store } = await openCopy(restored);
      expect(await listAllKeys(store)).to.have.members(Object.keys(CONTENTS));
      expect(await valueOf(store, "touched")).to.equal("kept");
      await store.close();
    }));
});
