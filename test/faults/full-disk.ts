/** A server whose disk fills and is freed, round after round, and what must hold on the way. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus,
} from "../../generated/grpc/health/v1/health.js";
import { isKvError } from "../../src/base/index.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { RawClient } from "../scenarios/raw-client.js";
import { PATIENT } from "../support/calls.js";
import { mixSeeds, Random } from "../support/random.js";
import { kvRejectionOf } from "../support/rejection.js";
import { ServerProcess, type HowItEnded } from "../support/server-process.js";
import { Caller, readAll, recordedCall } from "./caller.js";
import { Recorder } from "./recorder.js";
import { ROUND_MS_MAX } from "./scale.js";
import type { SmallDisk } from "./small-disk.js";

const SEGMENT_BYTES = 1024 * 1024;

/** Every value is read from the disk; jobs are so slow that the disk fills while they are under way. */
const SETTINGS = [
  "--shutdown-grace=0",
  "--cache-bytes=0",
  "--watch-retention=0s",
  "--checkpoint-period=1s",
  "--compaction-period=1s",
  "--compaction-bytes-per-second=1MiB",
  "--limits-transaction-bytes=128KiB",
  "--limits-value-bytes=64KiB",
  `--segment-bytes=${String(SEGMENT_BYTES)}`,
];

const CALLER_COUNT = 8;
const VALUE_BYTES = 32_768;

/** What a round writes before the disk fills: some segments, of which every other value is removed at once. */
const LOAD_COUNT = 64;
const AT_ONCE = 8;

/** Removed while the disk is full. */
const RELEASE_COUNT = 5;

/** A server tries again at least every sixteen seconds, and then there is room. */
const RESUME_MS_MAX = 30_000;
export const CYCLE_MS_MAX = RESUME_MS_MAX + 2 * ROUND_MS_MAX;

const SERVICE = "keyvaluedb.v1.KeyValueService";
const { SERVING } = HealthCheckResponse_ServingStatus;

interface Session {
  readonly server: ServerProcess;
  readonly store: RemoteStore;
}

export class FullDiskRun {
  /** For the message of a failure. */
  doing = "it starts";
  readonly #disk: SmallDisk;
  readonly #recorder = new Recorder();
  readonly #callers: readonly Caller[];
  readonly #startMs = performance.now();
  readonly #counts = {
    rounds: 0,
    killed: 0,
    startsRefused: 0,
    compactionsThatFailed: 0,
    resumeMsMax: 0,
  };
  #session: Session | undefined;
  #isDisposed = false;
  /** There now, beside what the callers share. Each is written once. */
  #held: string[] = [];
  #keyCount = 0;

  constructor(disk: SmallDisk, seed: number) {
    this.#disk = disk;
    this.#callers = Array.from({ length: CALLER_COUNT }, (_, index) => {
      return new Caller(
        `caller-${String(index)}`,
        this.#recorder,
        new Random(mixSeeds(seed, index)),
      );
    });
  }

  get figures(): string {
    const seconds = Math.round((performance.now() - this.#startMs) / 1000);
    return JSON.stringify({ ...this.#counts, ...this.#recorder.figures, seconds });
  }

  get output(): string {
    return this.#session?.server.output ?? "";
  }

  async start(): Promise<void> {
    if (this.#isDisposed) throw new Error("the run is over");
    const server = await ServerProcess.start(this.#disk.data, SETTINGS);
    // A call that takes longer hangs.
    const store = connect({ address: server.address, timeoutMs: ROUND_MS_MAX });
    this.#session = { server, store };
  }

  /** One round, in which the server goes on, or is killed and started while there is no room. */
  async fillAndFree(server: "running" | "killed"): Promise<void> {
    await this.#load();
    await this.#untilReserved();
    await this.#fillUntilRefused();
    await this.#removeFromReserve();
    await this.#resume();
    await this.#fillDuringJobs();
    await this.#whileCalling(() => this.#fillUntilRefused());
    await this.#expectServing();
    if (server === "killed") await this.#killAndStart();
    await this.#resume();
    await this.#runJobs();
    this.#counts.rounds += 1;
  }

  /** After a stop in order no file is left that nobody needs, and the next start has all that there was. */
  async stopAndStart(): Promise<void> {
    this.doing = "it stops and starts";
    const ended = await this.#end("SIGTERM");
    expect(ended, this.output).to.deep.equal({ code: 0, signal: null });
    const names = await readdir(this.#disk.data, { recursive: true });
    expect(names.filter((name) => name.endsWith(".tmp"))).to.deep.equal([]);
    await this.start();
    await this.#readEverything();
    await this.#end("SIGKILL");
  }

  /** A round that hangs may go on for a while, but starts no server any more. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#session?.server.dispose();
    await this.#session?.store.close();
  }

  get #store(): RemoteStore {
    if (this.#session === undefined) throw new Error("no server was started");
    return this.#session.store;
  }

  get #address(): string {
    if (this.#session === undefined) throw new Error("no server was started");
    return this.#session.server.address;
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<HowItEnded | undefined> {
    await this.#session?.store.close();
    const ended = await this.#session?.server.end(signal);
    this.#recorder.endLife();
    return ended;
  }

  async #load(): Promise<void> {
    this.doing = "there is room, and it is loaded";
    for (let count = 0; count < LOAD_COUNT; count += AT_ONCE) {
      const written = await Promise.all(Array.from({ length: AT_ONCE }, () => this.#write()));
      expect(written, "writes with room on the disk").not.to.include(false);
    }
    await this.#remove(this.#held.filter((_, index) => index % 2 === 0));
  }

  /** What is held back for a full disk is there. Later in a round, somebody else may have it. */
  async #untilReserved(): Promise<void> {
    this.doing = "a reserve is filled";
    for (const kind of ["ready", "removal-reserve", "compaction-reserve"]) {
      while (!(await this.#sizesOf(new RegExp(`^spare-${kind}-`))).includes(SEGMENT_BYTES)) {
        await wait(10);
      }
    }
  }

  async #removeFromReserve(): Promise<void> {
    this.doing = "keys are removed though the disk is full";
    for (const key of this.#held.slice(0, RELEASE_COUNT)) {
      await this.#remove([key]);
      await this.#disk.fill();
    }
  }

  /** Of files among the segments with such a name. */
  async #sizesOf(name: RegExp): Promise<number[]> {
    const directory = join(this.#disk.data, "segments");
    const names = (await readdir(directory)).filter((each) => name.test(each));
    return Promise.all(names.map((each) => sizeOf(join(directory, each))));
  }

  /**
   * Both have begun to write when the last block goes, and what the one gives back the other does not get. A snapshot
   * cannot live with that; a compaction may.
   */
  async #fillDuringJobs(): Promise<void> {
    this.doing = "the disk fills during a snapshot and a compaction";
    let isOver = false;
    const goesOn = (): boolean => !isOver;
    const snapshot = kvRejectionOf(this.#store.snapshot(PATIENT), "NO_SPACE").finally(() => {
      isOver = true;
    });
    const compaction = this.#store.compact(PATIENT).catch((error: unknown) => {
      this.#counts.compactionsThatFailed += 1;
      if (!isKvError(error, "NO_SPACE")) throw error;
    });
    await Promise.race([snapshot, this.#untilJobsWrite()]);
    while (goesOn()) {
      await this.#disk.fill();
      await Promise.race([snapshot, wait(5)]);
    }
    await snapshot;
    // A compaction may wait for one last block, which is only here.
    await this.#disk.free();
    await compaction;
    expect(await readdir(join(this.#disk.data, "snapshots"))).to.deep.equal([]);
  }

  async #untilJobsWrite(): Promise<void> {
    for (;;) {
      const snapshots = await readdir(join(this.#disk.data, "snapshots"));
      // The next segment of the log has such a name for a moment as well, at its full size.
      const outputs = await this.#sizesOf(/^\d+\.seg\.tmp$/);
      if (snapshots.length > 0 && outputs.some((size) => size < SEGMENT_BYTES)) return;
      await wait(2);
    }
  }

  /** Writes what stays until a write is refused. Whatever is given back meanwhile is taken, so that comes soon. */
  async #fillUntilRefused(): Promise<void> {
    this.doing = "writes go on until the disk is full";
    do await this.#disk.fill();
    while (await this.#write());
  }

  async #whileCalling(work: () => Promise<void>): Promise<void> {
    const enough = new AbortController();
    const calling = Promise.all(
      this.#callers.map((caller) => caller.callUntilGone(this.#address, enough.signal)),
    );
    await Promise.race([work(), calling]);
    enough.abort();
    this.doing = "callers have their last answers";
    await calling;
  }

  /** Whoever asks of a server with a full disk whether it serves hears that it does, and that it has no room. */
  async #expectServing(): Promise<void> {
    const client = new RawClient(this.#address);
    try {
      const request = Buffer.from(HealthCheckRequest.encode({ service: SERVICE }).finish());
      let alarms: string[];
      do {
        await this.#fillUntilRefused();
        this.doing = "reads go on, and health is asked for";
        await this.#readEverything();
        const health = await client.call("/grpc.health.v1.Health/Check", request);
        if (health.kind === "refusal") expect.fail(health.refusal.message);
        expect(HealthCheckResponse.decode(health.bytes).status).to.equal(SERVING);
        alarms = (await this.#store.status()).alarms.map(({ kind }) => kind);
        // Compaction may have made room just now, for a moment.
      } while (!alarms.includes("no-space"));
      expect(["no-space", "compaction-failed"]).to.include.members(alarms);
    } finally {
      client.close();
    }
  }

  /** A full disk is no reason not to start, nor is a kill before it; without a block for the manifest, it says why not. */
  async #killAndStart(): Promise<void> {
    this.doing = "it is killed and starts on the full disk";
    await this.#end("SIGKILL");
    this.#counts.killed += 1;
    try {
      await this.start();
    } catch (error) {
      expect(String(error)).to.include("the disk is full");
      this.#counts.startsRefused += 1;
      await this.#disk.free();
      await this.start();
    }
    await this.#readEverything();
  }

  /** Room comes back, and nobody tells the server. */
  async #resume(): Promise<void> {
    this.doing = "writes resume";
    await this.#disk.free();
    const startMs = performance.now();
    while (!(await this.#write())) {
      expect(performance.now() - startMs, "writes resume").to.be.below(RESUME_MS_MAX);
      await wait(50);
    }
    const resumeMs = Math.round(performance.now() - startMs);
    this.#counts.resumeMsMax = Math.max(this.#counts.resumeMsMax, resumeMs);
  }

  /** What this round wrote goes, and what failed for want of room does not fail any more. */
  async #runJobs(): Promise<void> {
    this.doing = "all is removed, and jobs succeed";
    await this.#readEverything();
    await this.#remove(this.#held);
    await this.#store.compact(PATIENT);
    const { snapshotId } = await this.#store.snapshot(PATIENT);
    await this.#store.deleteSnapshot(snapshotId);
  }

  /** A shared key may be due, and its expiration need a byte of the log before anyone hears of it. */
  async #readEverything(): Promise<void> {
    await readAll(this.#recorder, this.#store).catch((error: unknown) => {
      if (!isKvError(error, "NO_SPACE")) throw error;
    });
    for (const key of this.#held) {
      const answer = await recordedCall(this.#recorder, this.#store, key, { kind: "get" });
      expect(answer, key).to.have.property("entry").that.is.not.equal(undefined);
    }
  }

  /** Writes a new key. False: it was refused. */
  async #write(): Promise<boolean> {
    const key = `held/${String(++this.#keyCount)}`;
    const value = `held-${String(this.#keyCount)}-${String(VALUE_BYTES)}`;
    const ask = { kind: "set", value, expiration: { kind: "none" } } as const;
    try {
      await recordedCall(this.#recorder, this.#store, key, ask);
      this.#held.push(key);
      return true;
    } catch (error) {
      if (isKvError(error, "NO_SPACE")) return false;
      throw error;
    }
  }

  /** Of keys that are there. It is never refused. */
  async #remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const answer = await recordedCall(this.#recorder, this.#store, key, { kind: "delete" });
      expect(answer.kind, key).to.equal("changed");
    }
    const removed = new Set(keys);
    this.#held = this.#held.filter((key) => !removed.has(key));
  }
}

/** Infinity: it is gone, or has another name by now. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => Number.POSITIVE_INFINITY,
  );
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
