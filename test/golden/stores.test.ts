/**
 * Stores as earlier formats wrote them: this program opens each, finds in it what was put there, and
 * goes on writing. `UPDATE_GOLDEN=1` writes the store of this format where there is none; one that is
 * there is never written again.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { expect } from "chai";

import { present, revision, timeMs } from "../../src/base/index.js";
import { NodeFileSystem } from "../../src/disk/index.js";
import {
  openLocalStore,
  restoreSnapshot,
  type RequestOption,
  type SetCommand,
  type Store,
} from "../../src/kv/index.js";
import { readManifest, SegmentScanner, segmentSeed } from "../../src/log/index.js";
import { stateOf } from "../crash/oracle.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { expirationsSince, watchOf } from "../support/follower.js";
import { DATA_DIRECTORY, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { GOLDEN_DIRECTORY, isUpdating } from "./golden-file.js";
import { TracedStore } from "./traced-store.js";

const TTL_MS = 30_000;
const START_MS = new ManualClock().wallMs();

interface Golden {
  readonly format: 1 | 2 | 3;
  readonly store: string;
  /** The first programs wrote none; some that followed were of a kind that later ones pass over. */
  readonly checkpoints: "none" | "passed over" | "used";
  /** From format 2 on a value says its text many times, so that it is compressed: first with zstd, later with LZ4. */
  readonly repeats: number;
  /** Under which the last delete is remembered. The first programs remembered no calls. */
  readonly requestId?: string;
}

/** From format 3 on a set may name its call. */
const CALLED_SET = { expiration: { kind: "keep" }, requestId: "a set" } as const;

const STORES = `${GOLDEN_DIRECTORY}/stores`;

const GOLDENS: readonly Golden[] = [
  { format: 1, store: `${STORES}/format-1`, repeats: 1, checkpoints: "none" },
  {
    format: 1,
    store: `${STORES}/format-1-with-checkpoints`,
    repeats: 1,
    checkpoints: "passed over",
  },
  { format: 2, store: `${STORES}/format-2`, repeats: 40, checkpoints: "passed over" },
  {
    format: 2,
    store: `${STORES}/format-2-with-checkpoints`,
    repeats: 40,
    checkpoints: "passed over",
  },
  {
    format: 2,
    store: `${STORES}/format-2-with-replies`,
    repeats: 40,
    checkpoints: "passed over",
    requestId: "remembered",
  },
  {
    format: 3,
    store: `${STORES}/format-3`,
    repeats: 40,
    checkpoints: "used",
    requestId: "remembered",
  },
];

/** What a store holds when it is opened, key by key: the text of its value. */
const CONTENTS: Readonly<Record<string, string>> = {
  empty: "",
  overwritten: "third",
  "set/after/delete": "again",
  "text/ä/日本/😀": "grüße",
  touched: "kept",
  "will/expire": "in a year",
};

const YEAR_MS = 31_536_000_000;

async function writeStore(golden: Golden): Promise<void> {
  const traced = new TracedStore({ retentionMs: TTL_MS / 2 });
  const { clock } = traced;
  const set = async (key: string, text: string, more?: Partial<SetCommand>): Promise<void> => {
    await traced.store.set(setOf(key, text.repeat(golden.repeats), more), PATIENT);
  };
  const remove = async (key: string, option: RequestOption = {}): Promise<void> => {
    await traced.store.delete({ key: bytes(key), ...option }, PATIENT);
  };
  const { requestId } = golden;
  await traced.open(golden.format === 1 ? "none" : "zstd");
  for (const text of ["first", "second", "third"]) await set("overwritten", text);
  await set("deleted", "gone");
  await remove("deleted");
  await set("set/after/delete", "once");
  await remove("set/after/delete");
  await set("early", "told and forgotten", ttl(1000));
  await clock.advance(2000);
  await clock.advance(TTL_MS);
  await traced.store.compact(PATIENT);
  if (golden.format > 1) {
    await traced.store.close();
    clock.dropTimers();
    await traced.open("lz4");
  }
  await set("empty", "", golden.format === 3 ? CALLED_SET : {});
  await set("set/after/delete", "again");
  await set("text/ä/日本/😀", "grüße", { contentType: "text/plain" });
  await set("touched", "kept", ttl(TTL_MS));
  await traced.store.touch({ key: bytes("touched"), expiration: { kind: "none" } }, PATIENT);
  await set("will/expire", "in a year", ttl(YEAR_MS));
  await set("expired", "told", ttl(1000));
  await clock.advance(2000);
  await traced.store.snapshot(PATIENT);
  await set("after/the/snapshot", "deleted below");
  await remove("after/the/snapshot", requestId === undefined ? {} : { requestId });
  await traced.store.close();
  for (const path of traced.disk.files().filter((each) => !each.endsWith("/LOCK"))) {
    const target = path.replace(DATA_DIRECTORY, golden.store);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, traced.disk.peek(path));
  }
}

/** How the records of the store's log have their values. */
async function codecsIn({ store }: Golden): Promise<ReadonlySet<string>> {
  const fileSystem = new NodeFileSystem();
  const manifest = present(await readManifest(fileSystem, store), "a manifest");
  const codecs = new Set<string>();
  for (const { id, kind, endOffset } of manifest.segments) {
    const name = `${String(id).padStart(12, "0")}.seg`;
    const file = await fileSystem.open(join(store, "segments", name), "read");
    const seed = segmentSeed(manifest.storeId, id);
    const scanner = new SegmentScanner({ file, kind, seed, endOffset });
    for (let step = await scanner.next(); step.kind === "records"; step = await scanner.next()) {
      for (const { record } of step.records) codecs.add(record.codec);
    }
    await file.close();
  }
  return codecs;
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

async function withCopy(
  { store }: Golden,
  run: (directory: string) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    await cp(store, join(root, "store"), { recursive: true });
    await run(join(root, "store"));
  });
}

for (const golden of GOLDENS) {
  describe(`a store of format ${String(golden.format)}, checkpoints: ${golden.checkpoints}`, () => {
    before(async () => {
      if (isUpdating() && !existsSync(golden.store)) await writeStore(golden);
    });

    it("is what its manifest says: a compacted segment, a log, a snapshot, checkpoints", async () => {
      const manifest = await readManifest(new NodeFileSystem(), golden.store);
      const kinds = manifest?.segments.map((segment) => `${segment.state} ${segment.kind}`);
      expect(kinds).to.include("closed compacted").and.to.include("closed log");
      expect(readdirSync(`${golden.store}/snapshots`)).to.have.lengthOf(1);
      const checkpoints = `${golden.store}/checkpoints`;
      const count = existsSync(checkpoints) ? readdirSync(checkpoints).length : 0;
      expect(count > 0, "checkpoints").to.equal(golden.checkpoints !== "none");
      const first = readFileSync(`${golden.store}/MANIFEST`, "utf8").split(" ");
      expect(first.slice(0, 3)).to.deep.equal(["keyvaluedb", "manifest", String(golden.format)]);
    });

    it("has its values as its format allows", async () => {
      const codecs = golden.format === 1 ? ["none"] : ["none", "zstd", "lz4"];
      expect(await codecsIn(golden))
        .to.have.all.keys(codecs)
        .and.to.have.property("size", codecs.length);
    });

    it("rule 14: opens, with every key, value and deadline in place", () =>
      withCopy(golden, async (directory) => {
        const { store } = await openCopy(directory);
        expect(await listAllKeys(store)).to.have.members(Object.keys(CONTENTS));
        for (const [key, value] of Object.entries(CONTENTS)) {
          expect(await valueOf(store, key), key).to.equal(value.repeat(golden.repeats));
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

    it("starts from a checkpoint that it can use, and without any it holds the same", () =>
      withCopy(golden, async (directory) => {
        const { store } = await openCopy(directory);
        const { checkpointRevision, revision: newest } = await store.status();
        expect(checkpointRevision).to.equal(golden.checkpoints === "used" ? newest : 0);
        const withThem = await stateOf(store);
        await store.close();
        await rm(`${directory}/checkpoints`, { recursive: true });
        const again = await openCopy(directory);
        expect(await stateOf(again.store)).to.deep.equal(withThem);
        await again.store.close();
      }));

    it("tells the expirations that it retains, and refuses what it compacted", () =>
      withCopy(golden, async (directory) => {
        const { store, clock } = await openCopy(directory);
        const { oldestRetainedRevision } = await store.status();
        expect(oldestRetainedRevision).to.be.greaterThan(1);
        const start = { kind: "revision", revision: oldestRetainedRevision } as const;
        const [told] = await expirationsSince(store, clock, { start, count: 1 });
        expect(told?.key.toString()).to.equal("expired");
        expect(told?.value?.toString()).to.equal("told".repeat(golden.repeats));
        const early = watchOf({ start: { kind: "revision", revision: revision(1) } });
        const stream = store.watchExpirations(early, new AbortController().signal);
        await kvRejectionOf(stream.next(), "REVISION_COMPACTED");
        await store.close();
      }));

    it("can be written, stopped and opened again", () =>
      withCopy(golden, async (directory) => {
        const first = await openCopy(directory);
        const before = (await first.store.status()).revision;
        const { revision: after } = await first.store.set(setOf("new", "value"), PATIENT);
        expect(after).to.equal(revision(before + 1));
        await first.store.compact(PATIENT);
        await first.store.close();
        const second = await openCopy(directory);
        expect(await valueOf(second.store, "new")).to.equal("value");
        expect(await valueOf(second.store, "overwritten")).to.equal("third".repeat(golden.repeats));
        await second.store.close();
      }));

    if (golden.requestId !== undefined) {
      it("remembers a call, from its checkpoint and from its log", () =>
        withCopy(golden, async (directory) => {
          const command = { key: bytes("after/the/snapshot"), requestId: golden.requestId ?? "" };
          for (const isCheckpointThere of [true, false]) {
            if (!isCheckpointThere) await rm(`${directory}/checkpoints`, { recursive: true });
            const { store } = await openCopy(directory);
            const { revision: newest } = await store.status();
            expect(await store.delete(command, PATIENT)).to.deep.equal({
              revision: newest,
              deleted: true,
              replayed: true,
            });
            if (golden.format === 3) {
              const { replayed } = await store.set(setOf("empty", "", CALLED_SET), PATIENT);
              expect(replayed, "a set").to.equal(true);
            }
            await store.close();
          }
        }));
    }

    it("has a snapshot that can be restored", () =>
      withCopy(golden, async (directory) => {
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
        expect(await valueOf(store, "touched")).to.equal("kept".repeat(golden.repeats));
        await store.close();
      }));
  });
}
