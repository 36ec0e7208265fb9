/**
 * A small disk that is really full, and then is not: reads go on, writes are refused and resume by themselves, jobs in
 * the background fail and leave nothing, a server that is killed starts again, and nothing that was acknowledged is
 * lost. Clients share their keys, and their history is checked.
 */

import { readdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { isKvError } from "../../src/base/index.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { mixSeeds, Random } from "../support/random.js";
import { ServerProcess } from "../support/server-process.js";
import { skipBecause } from "../support/skip-because.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { Caller, isGone, readAll } from "./caller.js";
import { Recorder } from "./recorder.js";
import { ROUND_MS_MAX, sized, tell, tellProgress } from "./scale.js";
import { mountTmpfs, tmpfsProblem, unmount } from "./tools.js";

const CYCLE_COUNT = sized("CYCLES", { normal: 1, full: 100 });
const SEED = sized("SEED", { normal: 1, full: Date.now() % 2 ** 31 });
const CALLER_COUNT = 8;
const DISK_MIB = 24;

const SETTINGS = [
  "--shutdown-grace=0",
  "--watch-retention=0s",
  "--checkpoint-period=1s",
  "--compaction-period=1s",
  "--limits-transaction-bytes=128KiB",
  "--limits-value-bytes=64KiB",
  "--segment-bytes=1MiB",
];

/** A retry is at most sixteen seconds away, and then there is room. */
const RESUME_MS_MAX = 30_000;

describe("a disk that is really full", function () {
  this.timeout((RESUME_MS_MAX + ROUND_MS_MAX) * CYCLE_COUNT);

  before(function () {
    const problem = tmpfsProblem();
    if (problem !== undefined) skipBecause(this, `no small disk can be mounted: ${problem}`);
  });

  it(`refuses writes and resumes them, ${String(CYCLE_COUNT)} times, and nothing is lost`, async () => {
    await withTemporaryDirectory(async (mount) => {
      mountTmpfs(mount, DISK_MIB);
      try {
        await fillAndFree(mount);
      } finally {
        unmount(mount);
      }
    });
  });
});

interface World {
  readonly mount: string;
  readonly data: string;
  readonly recorder: Recorder;
  readonly callers: readonly Caller[];
  readonly random: Random;
  resumeMsMax: number;
  restartsWhileFull: number;
}

async function fillAndFree(mount: string): Promise<void> {
  const startMs = performance.now();
  const recorder = new Recorder();
  const callers = Array.from(
    { length: CALLER_COUNT },
    (_, index) =>
      new Caller(`caller-${String(index)}`, recorder, new Random(mixSeeds(SEED, index))),
  );
  const data = join(mount, "data");
  const random = new Random(SEED);
  const world = { mount, data, recorder, callers, random, resumeMsMax: 0, restartsWhileFull: 0 };
  const figures = (): string => {
    const seconds = Math.round((performance.now() - startMs) / 1000);
    const { resumeMsMax, restartsWhileFull } = world;
    return JSON.stringify({ ...recorder.figures, restartsWhileFull, resumeMsMax, seconds });
  };
  let server = await ServerProcess.start(data, SETTINGS);
  try {
    for (let cycle = 1; cycle <= CYCLE_COUNT; cycle += 1) {
      await fill(world, server);
      if (cycle % 3 === 0) server = await restartWhileFull(world, server);
      await free(world, server);
      tellProgress(cycle, CYCLE_COUNT, figures);
    }
    expect(await server.end("SIGTERM"), server.output).to.deep.equal({ code: 0, signal: null });
    recorder.endLife();
    server = await ServerProcess.start(data, SETTINGS);
    await lookAt(server.address, recorder);
  } catch (error) {
    const words = `with SEED=${String(SEED)}, after ${figures()}: ${String(error)}\n${server.output}`;
    throw new Error(words, { cause: error });
  } finally {
    await server.dispose();
  }
  recorder.endLife();
  // In a single round, compaction may give back what the writes then need.
  if (CYCLE_COUNT > 1) expect(recorder.figures.refusedCount).to.be.greaterThan(0);
  tell(figures());
}

/** Everybody writes and maintains while the disk fills, until writes are refused; reads go on then. */
async function fill(world: World, server: ServerProcess): Promise<void> {
  const { mount, recorder, random } = world;
  const { address } = server;
  const enough = new AbortController();
  const calling = world.callers.map((caller) => caller.callUntilGone(address, enough.signal));
  const maintaining = maintain(address, enough.signal);
  const store = connect({ address });
  try {
    // What compaction gives back is taken as well, or the store would live on it for ever.
    for (let part = 0; part === 0 || (await tryToWrite(store)); part += 1) {
      if (!(await hasRoom(mount))) continue;
      await takeRoom(join(mount, `filler-${String(part)}`), 1 + random.below(4 * 2 ** 20));
    }
    enough.abort();
    await Promise.all([...calling, maintaining]);
    await readAll(recorder, store);
  } finally {
    enough.abort();
    await store.close();
  }
}

/** A full disk is no reason not to start, nor is a kill before it. */
async function restartWhileFull(world: World, server: ServerProcess): Promise<ServerProcess> {
  await server.dispose();
  world.recorder.endLife();
  world.restartsWhileFull += 1;
  const next = await ServerProcess.start(world.data, SETTINGS);
  await lookAt(next.address, world.recorder);
  return next;
}

/** Room comes back, and nobody tells the server. */
async function free(world: World, server: ServerProcess): Promise<void> {
  for (const name of await readdir(world.mount)) {
    if (name.startsWith("filler-")) await rm(join(world.mount, name));
  }
  const store = connect({ address: server.address });
  const startMs = performance.now();
  try {
    for (;;) {
      const written = await tryToWrite(store);
      if (written) break;
      expect(performance.now() - startMs, "writes resume").to.be.below(RESUME_MS_MAX);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    world.resumeMsMax = Math.max(world.resumeMsMax, Math.round(performance.now() - startMs));
    await readAll(world.recorder, store);
  } finally {
    await store.close();
  }
}

/** Overwrites one key with what fills a segment soon, so that what is refused is seen soon. */
async function tryToWrite(store: RemoteStore): Promise<boolean> {
  try {
    await store.set(setOf("filling", "f".repeat(32_768)), PATIENT);
    return true;
  } catch (error) {
    if (isKvError(error, "NO_SPACE")) return false;
    throw error;
  }
}

async function lookAt(address: string, recorder: Recorder): Promise<void> {
  const store = connect({ address });
  try {
    await readAll(recorder, store);
    await store.get(bytes("filling"), PATIENT);
  } finally {
    await store.close();
  }
}

/** Jobs meet the full disk too: it is theirs to fail, and to leave nothing. */
async function maintain(address: string, signal: AbortSignal): Promise<void> {
  const store = connect({ address });
  try {
    while (!signal.aborted) {
      await mayLackRoom(store.compact(PATIENT));
      await mayLackRoom(store.snapshot(PATIENT));
      for (const { snapshotId } of await store.listSnapshots())
        await store.deleteSnapshot(snapshotId);
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    await store.close();
  }
}

async function mayLackRoom(job: Promise<unknown>): Promise<void> {
  try {
    await job;
  } catch (error) {
    if (!isKvError(error, "NO_SPACE")) throw error;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function hasRoom(mount: string): Promise<boolean> {
  return (await statfs(mount)).bavail > 0;
}

/** Takes so much, or what there is. */
async function takeRoom(path: string, sizeBytes: number): Promise<void> {
  try {
    await writeFile(path, Buffer.alloc(sizeBytes));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}
