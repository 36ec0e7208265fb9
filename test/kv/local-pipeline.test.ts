/** Pipelines on this machine: what they share, what they wait for, and what becomes of them when the disk fails. */

import { expect } from "chai";

import { isKvError, SILENT_LOGGER, SYSTEM_CLOCK } from "../../src/base/index.js";
import {
  openLocalStore,
  type PipelineOperation,
  type PipelineOutcome,
  type Store,
} from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, openOnDisk } from "../support/local-store.js";
import { settle } from "../support/manual-clock.js";

const set = (key: string, value: string): PipelineOperation => ({
  kind: "set",
  ...setOf(key, value),
});
const get = (key: string): PipelineOperation => ({ kind: "get", key: bytes(key) });

function valueIn(outcome: PipelineOutcome | undefined): string | undefined {
  if (outcome?.kind === "error") throw outcome.error;
  return outcome?.kind === "get" ? outcome.entry?.value.toString() : outcome?.kind;
}

function reasons(outcomes: readonly PipelineOutcome[]): readonly string[] {
  return outcomes.map((outcome) => {
    if (outcome.kind !== "error") return outcome.kind;
    return isKvError(outcome.error) ? outcome.error.code : String(outcome.error);
  });
}

/** Default settings, on a disk in memory; without a cache every value is read from it. */
function openDefault(disk: CrashDisk, cacheBytes: number): Promise<Store> {
  return openLocalStore({
    fileSystem: disk,
    directory: DATA_DIRECTORY,
    clock: SYSTEM_CLOCK,
    logger: SILENT_LOGGER,
    storage: { segmentBytes: 8 * 1024 * 1024, cacheBytes },
  });
}

describe("a pipeline on this machine", () => {
  it("has its operations share syncs, with those of other pipelines too", async () => {
    const store = await openDefault(new CrashDisk(), 1024 * 1024);
    const before = await store.status();
    const calls = Array.from({ length: 8 }, (_, pipe) =>
      store.pipeline().perform(
        Array.from({ length: 40 }, (_each, index) => set(`${String(pipe)}/${String(index)}`, "v")),
        PATIENT,
      ),
    );
    await Promise.all(calls);
    const after = await store.status();
    expect(after.transactionCount - before.transactionCount).to.equal(320);
    expect(after.syncCount - before.syncCount).to.be.below(10);
    await store.close();
  });

  it("reads what is not in memory all at once, also what it has just written", async () => {
    const store = await openDefault(new CrashDisk(), 0);
    const keys = Array.from({ length: 50 }, (_, index) => `key/${String(index)}`);
    const pipeline = store.pipeline();
    const both = keys.flatMap((key) => [set(key, `value of ${key}`), get(key)]);
    const outcomes = await pipeline.perform(both, PATIENT);
    expect(outcomes.map(valueIn)).to.deep.equal(keys.flatMap((key) => ["set", `value of ${key}`]));
    const reading = pipeline.perform(keys.map(get), PATIENT);
    const writing = pipeline.perform(
      keys.map((key) => set(key, "newer")),
      PATIENT,
    );
    await store.compact(PATIENT);
    await writing;
    expect((await reading).map(valueIn)).to.deep.equal(keys.map((key) => `value of ${key}`));
    await store.close();
  });

  it("tells what it cannot know when the disk fails, and keeps what it does", async () => {
    const disk = new CrashDisk();
    const store = await openOnDisk(disk, SYSTEM_CLOCK);
    await store.set(setOf("old", "durable"), PATIENT);
    await settle(100);
    disk.addFault({ verbs: ["write"], path: /spare-start/, code: "EIO", lasts: "once" });
    const pipeline = store.pipeline();
    const [first, second] = await Promise.all([
      pipeline.perform(
        [get("old"), set("a", "1"), get("a"), { ...set("", "") }, get("old")],
        PATIENT,
      ),
      pipeline.perform([set("b", "1")], PATIENT),
    ]);
    expect(reasons(first)).to.deep.equal([
      "get",
      "STORAGE_FAILED",
      "STORAGE_FAILED",
      "INVALID_FIELD",
      "STORAGE_FAILED",
    ]);
    expect(reasons(second)).to.deep.equal(["STORAGE_FAILED"]);
    expect(reasons(await pipeline.perform([set("c", "1")], PATIENT))).to.deep.equal([
      "STORAGE_FAILED",
    ]);
    await store.close().catch(() => undefined);
  });

  it("does not tell why it refused a set, when what it was refused for may be undone", async () => {
    const disk = new CrashDisk();
    const store = await openOnDisk(disk, SYSTEM_CLOCK);
    await store.set(setOf("old", "durable"), PATIENT);
    await settle(100);
    const ifAbsent = { precondition: { kind: "exists", exists: false } } as const;
    const anew = (key: string): PipelineOperation => ({ ...set(key, "2"), ...ifAbsent });
    const operationsBefore = [anew("old"), set("new", "1"), anew("new")];
    const before = await store.pipeline().perform(operationsBefore, PATIENT);
    expect(reasons(before)).to.deep.equal(["KEY_EXISTS", "set", "KEY_EXISTS"]);
    disk.addFault({ verbs: ["write"], path: /spare-start/, code: "EIO", lasts: "once" });
    // Whose precondition holds, and whose time nobody can write.
    const precondition = { kind: "exists", exists: true } as const;
    const expiration = { kind: "ttl", ttlMs: Number.MAX_SAFE_INTEGER } as const;
    const endless = { kind: "set", ...setOf("newer", "2", { precondition, expiration }) } as const;
    const operations = [anew("old"), set("newer", "1"), anew("newer"), endless];
    expect(reasons(await store.pipeline().perform(operations, PATIENT))).to.deep.equal([
      "KEY_EXISTS",
      "STORAGE_FAILED",
      "STORAGE_FAILED",
      "STORAGE_FAILED",
    ]);
    await store.close().catch(() => undefined);
  });

  it("does nothing more for a caller that has gone", async () => {
    const store = await openOnDisk(new CrashDisk(), SYSTEM_CLOCK);
    const gone = {
      throwIfAbandoned: (): void => {
        throw new Error("gone");
      },
    };
    const outcomes = await store.pipeline().perform([set("a", "1"), get("a")], gone);
    expect(reasons(outcomes)).to.deep.equal(["Error: gone", "Error: gone"]);
    expect((await store.status()).revision).to.equal(0);
    await store.close();
  });

  it("counts the entries that wait to be answered, and refuses what there is no room for", async () => {
    for (const cacheBytes of [0, 1024 * 1024]) {
      const store = await openDefault(new CrashDisk(), cacheBytes);
      for (const key of ["a", "b"]) await store.set(setOf(key, "v".repeat(1000)), PATIENT);
      let heldBytes = 0;
      const context = {
        ...PATIENT,
        replyBytesMax: 2500,
        onEntryBytes: (more: number): void => {
          heldBytes += more;
        },
      };
      const operations = [get("a"), get("b"), get("a"), set("c", "1"), get("c")];
      const outcomes = await store.pipeline().perform(operations, context);
      expect(reasons(outcomes)).to.deep.equal(["get", "get", "OVERLOADED", "set", "get"]);
      expect(heldBytes).to.be.within(2000, 2500);
      await store.close();
    }
  });

  it("lets others have their turn between many operations", async () => {
    const store = await openDefault(new CrashDisk(), 1024 * 1024);
    await store.set(setOf("k", "v"), PATIENT);
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await store.pipeline().perform(
      Array.from({ length: 2000 }, () => get("k")),
      PATIENT,
    );
    isDone = true;
    expect(turns).to.be.above(5);
    await store.close();
  });
});
