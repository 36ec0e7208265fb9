/**
 * A run of a store by chance: sets, deletes, touches, expirations, compactions, snapshots, a restart; in bursts
 * that share syncs. Everything that was acknowledged is written down with the step of the disk at which
 * it was.
 */

import { isKvError, revision } from "../../src/base/index.js";
import type { ExpirationChoice, Store } from "../../src/kv/store.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import type { CrashDisk } from "../support/crash-disk.js";
import { watchOf } from "../support/follower.js";
import { settle, until, type ManualClock } from "../support/manual-clock.js";
import type { Random } from "../support/random.js";
import { History } from "./history.js";

const KEY_COUNT = 12;
const BURST_MAX = 6;

export interface WorkloadOptions {
  readonly bursts: number;
  /** Longest value in bytes; together with the size of a segment it decides how often the log rotates. */
  readonly valueBytesMax: number;
  /** How much of a value no codec makes smaller. Absent: nothing of it. */
  readonly noiseShare?: number;
}

/** What the workload runs on; `store` is another one after a restart. */
export interface Bench {
  readonly store: Store;
  readonly disk: CrashDisk;
  readonly clock: ManualClock;
  readonly random: Random;
  readonly restart: () => Promise<void>;
}

/** Between which times a step was. */
export interface TimeSpan {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** What was known at each step: the time, so that a recovery can begin at the time of the crash. */
export interface Run {
  readonly history: History;
  readonly timeAt: (step: number) => TimeSpan;
}

export async function runWorkload(bench: Bench, options: WorkloadOptions): Promise<Run> {
  const run = new Workload(bench, options);
  await run.run();
  return run;
}

class Workload implements Run {
  readonly history = new History();
  readonly #bench: Bench;
  readonly #options: WorkloadOptions;
  readonly #times: { readonly step: number; readonly timeMs: number }[] = [];
  #valueCount = 0;
  #following: Promise<void> = Promise.resolve();
  #stopFollowing: () => void = () => undefined;
  #followedTo = 0;
  /** Delivery is at least once: what was told before a restart may be told again. */
  readonly #told = new Set<string>();

  constructor(bench: Bench, options: WorkloadOptions) {
    this.#bench = bench;
    this.#options = options;
    this.#noteTime();
  }

  async run(): Promise<void> {
    const { random } = this.#bench;
    this.#follow();
    for (let burst = 0; burst < this.#options.bursts; burst += 1) {
      await this.#burst();
      if (random.oneIn(3)) await this.#passTime();
      if (random.oneIn(12)) await this.#restart();
    }
    await this.#caughtUp();
    this.#stopFollowing();
    await this.#following;
  }

  timeAt(step: number): TimeSpan {
    let earliestMs = 0;
    for (const { step: noted, timeMs } of this.#times) {
      if (noted > step) return { earliestMs, latestMs: timeMs };
      earliestMs = timeMs;
    }
    return { earliestMs, latestMs: earliestMs };
  }

  async #burst(): Promise<void> {
    const { random, store } = this.#bench;
    const calls: Promise<unknown>[] = [];
    const count = 1 + random.below(BURST_MAX);
    for (let call = 0; call < count; call += 1) calls.push(this.#change());
    if (random.oneIn(8)) calls.push(store.compact(PATIENT));
    if (random.oneIn(15)) calls.push(this.#snapshot());
    await Promise.all(calls);
  }

  #change(): Promise<void> {
    const chance = this.#bench.random.below(10);
    if (chance < 6) return this.#set();
    return chance < 8 ? this.#delete() : this.#touch();
  }

  async #set(): Promise<void> {
    const { store, disk, random } = this.#bench;
    const text = `${String(this.#valueCount++)}:`;
    const { valueBytesMax, noiseShare = 0 } = this.#options;
    const length = random.below(valueBytesMax);
    const noise = random.bytes(Math.floor((length * noiseShare) / 2)).toString("hex");
    const value = `${text}${noise}`.padEnd(text.length + length, "v");
    const expiration = random.oneIn(8) ? ({ kind: "keep" } as const) : this.#expiration();
    const command = setOf(this.#key(), value, { expiration });
    const result = await store.set(command, PATIENT);
    this.history.set(command, result, disk.stepCount);
  }

  async #delete(): Promise<void> {
    const { store, disk } = this.#bench;
    const key = bytes(this.#key());
    const result = await store.delete(key, PATIENT);
    if (result.deleted) this.history.delete(key, result.revision, disk.stepCount);
  }

  async #touch(): Promise<void> {
    const { store, disk } = this.#bench;
    const key = bytes(this.#key());
    const result = await store.touch({ key, expiration: this.#expiration() }, PATIENT);
    if (result.touched) this.history.touch(key, result, disk.stepCount);
  }

  async #snapshot(): Promise<void> {
    const { store, disk } = this.#bench;
    const snapshot = await store.snapshot(PATIENT);
    this.history.snapshots.push({ snapshot, givenAt: disk.stepCount });
  }

  #key(): string {
    return `key ${String(this.#bench.random.below(KEY_COUNT))}`;
  }

  #expiration(): Exclude<ExpirationChoice, { kind: "keep" }> {
    const { random } = this.#bench;
    if (random.oneIn(2)) return { kind: "none" };
    return { kind: "ttl", ttlMs: 1 + random.below(60) };
  }

  async #passTime(): Promise<void> {
    const { clock, random } = this.#bench;
    const durationMs = 1 + random.below(40);
    if (random.coin()) clock.pass(durationMs);
    this.#noteTime();
    await clock.advance(random.below(20));
    this.#noteTime();
    await settle(2);
  }

  #noteTime(): void {
    const { disk, clock } = this.#bench;
    this.#times.push({ step: disk.stepCount, timeMs: clock.wallMs() });
  }

  async #restart(): Promise<void> {
    await this.#caughtUp();
    this.#stopFollowing();
    await this.#following;
    await this.#bench.restart();
    this.#follow();
  }

  /** Learns of every expiration: without them the history would have holes. */
  #follow(): void {
    const abort = new AbortController();
    const start = { kind: "revision", revision: revision(this.#followedTo + 1) } as const;
    const batches = this.#bench.store.watchExpirations(
      watchOf({ start, progressIntervalMs: 1 }),
      abort.signal,
    );
    this.#stopFollowing = () => {
      abort.abort();
    };
    this.#following = this.#take(batches);
  }

  async #take(batches: ReturnType<Store["watchExpirations"]>): Promise<void> {
    try {
      for await (const batch of batches) {
        for (const event of batch.expirations) {
          const name = `${String(event.revision)}/${String(event.index)}`;
          if (this.#told.has(name)) continue;
          this.#told.add(name);
          this.history.expire(event, this.#bench.disk.stepCount);
        }
        const last = batch.progress?.revision ?? 0;
        this.#followedTo = Math.max(this.#followedTo, last);
      }
    } catch (error) {
      if (!isKvError(error, "DRAINING")) throw error;
    }
  }

  /** Waits until the follower was told of everything that has expired. */
  async #caughtUp(): Promise<void> {
    const { store, clock } = this.#bench;
    const { revision: newest } = await store.status();
    for (let round = 0; round < 1000 && this.#followedTo < newest; round += 1) {
      await clock.advance(2);
      await settle(2);
    }
    this.#noteTime();
    await until("the follower has been told everything", () => this.#followedTo >= newest);
  }
}
