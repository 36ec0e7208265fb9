/**
 * A run of a store by chance: sets, deletes, touches, transactions of several keys, ranges deleted at once,
 * expirations, compactions, checkpoints, snapshots made and removed, scrubs, restarts; in bursts that share syncs. Some
 * calls have request ids. Everything that was acknowledged is written down with the step of the disk at which it was.
 */

import { isKvError, revision, type Revision } from "../../src/base/index.js";
import type {
  DeleteRangeCommand,
  ExpirationChoice,
  Operation,
  Store,
  TransactCommand,
} from "../../src/kv/index.js";
import type { LocalParts } from "../../src/kv/local-parts.js";
import { RecordType } from "../../src/storage/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import type { CrashDisk } from "../support/crash-disk.js";
import { watchOf } from "../support/follower.js";
import { settle, until, type ManualClock } from "../support/manual-clock.js";
import type { Random } from "../support/random.js";
import { Choices, type ChoicesOptions } from "./choices.js";
import { History } from "./history.js";
import { Piping } from "./piping.js";
import { transact, type Wish } from "./transact.js";

/**
 * Keys that together fill a segment, and of which one at a time is deleted: the segment stays when others are compacted,
 * and holds what a tombstone in one of those has ended.
 */
const CALM_KEYS: readonly string[] = Array.from("abcdefgh", (letter) => `calm ${letter}`);
/** Of noise, of which no codec makes much less. */
const CALM_NOISE_BYTES = 600;

/** The scrub looks once a second whether anything is due. */
const SCRUBBED_WITHIN_MS = 1100;
const TIME_STEP_MS = 50;

const BURST_MAX = 6;
const TRANSACTION_KEYS_MAX = 5;

export interface WorkloadOptions extends ChoicesOptions {
  readonly bursts: number;
}

/** What the workload runs on; `store` and what it consists of are others after a restart. */
export interface Bench {
  readonly store: Store;
  readonly parts: LocalParts;
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
  readonly #choices: Choices;
  readonly #piping: Piping;
  readonly #times: { readonly step: number; readonly timeMs: number }[] = [];
  #absentCalm: string | undefined;
  #following: Promise<void> = Promise.resolve();
  #stopFollowing: () => void = () => undefined;
  #followedTo = 0;
  /** Delivery is at least once: what was told before a restart may be told again. */
  readonly #told = new Set<string>();

  constructor(bench: Bench, options: WorkloadOptions) {
    this.#bench = bench;
    this.#options = options;
    this.#choices = new Choices(bench.random, options);
    this.#piping = new Piping({ bench, choices: this.#choices, history: this.history });
    this.#noteTime();
  }

  async run(): Promise<void> {
    const { random } = this.#bench;
    this.#follow();
    for (const key of CALM_KEYS) await this.#setCalm(key);
    for (let burst = 0; burst < this.#options.bursts; burst += 1) {
      await this.#burst();
      if (random.oneIn(3)) await this.#passTime();
      if (random.oneIn(12)) await this.#restart();
    }
    await this.#caughtUp();
    this.#stopFollowing();
    await this.#following;
    this.history.checkLooks();
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
    const { random, store, parts } = this.#bench;
    const calls: Promise<unknown>[] = [];
    const count = 1 + random.below(BURST_MAX);
    for (let call = 0; call < count; call += 1) calls.push(this.#change());
    if (random.oneIn(3)) calls.push(this.#piping.send());
    if (random.oneIn(6)) calls.push(this.#changeCalm());
    if (random.oneIn(16)) calls.push(store.compact(PATIENT));
    if (random.oneIn(15)) calls.push(this.#snapshot());
    if (random.oneIn(20)) calls.push(this.#deleteSnapshot());
    if (random.oneIn(15)) calls.push(parts.engine.createCheckpoint());
    await Promise.all(calls);
  }

  #change(): Promise<void> {
    const chance = this.#bench.random.below(20);
    if (chance < 9) return this.#set();
    if (chance < 12) return this.#delete();
    if (chance < 15) return this.#touch();
    if (chance < 17) return this.#transact();
    return chance < 19 ? this.#transactOnce() : this.#deleteRange();
  }

  #set(): Promise<void> {
    const choices = this.#choices;
    const expiration = choices.expirationOrKeep();
    return this.#setTo(choices.key(), choices.value(), expiration);
  }

  async #setTo(key: string, value: string, expiration: ExpirationChoice): Promise<void> {
    const { store, disk } = this.#bench;
    const command = setOf(key, value, { expiration });
    const result = await store.set(command, PATIENT);
    this.history.set(command, result, disk.stepCount);
  }

  async #transact(): Promise<void> {
    const { parts, disk, random } = this.#bench;
    const keys = this.#choices.keys(TRANSACTION_KEYS_MAX);
    const bytesMax = this.#options.valueBytesMax / keys.size;
    const wishes = [...keys].map((name): Wish => {
      const key = bytes(name);
      const ttlMs = this.#choices.ttlMs();
      const chance = random.below(10);
      if (chance < 6)
        return { kind: "set", key, value: bytes(this.#choices.value(bytesMax)), ttlMs };
      return chance < 8 ? { kind: "delete", key } : { kind: "touch", key, ttlMs };
    });
    const done = await transact(parts, wishes);
    if (done !== undefined) this.history.transaction(done, disk.stepCount);
  }

  /** As a caller of the store does it, who may make the call again. */
  async #transactOnce(): Promise<void> {
    const { store, disk, random } = this.#bench;
    const keys = this.#choices.keys(TRANSACTION_KEYS_MAX);
    const bytesMax = this.#options.valueBytesMax / keys.size;
    // What is set and what is touched would together be more than a transaction may look at and write.
    const mayTouch = random.oneIn(3);
    const then = [...keys].map((name, index): Operation => {
      const key = bytes(name);
      const expiration = this.#choices.expiration();
      if (mayTouch && index === 0) return { kind: "touch", key, expiration };
      if (mayTouch || random.oneIn(3)) return { kind: "delete", key };
      return { kind: "set", ...setOf(name, this.#choices.value(bytesMax), { expiration }) };
    });
    const requestId = this.#choices.requestId();
    const command: TransactCommand = { conditions: [], then, otherwise: [], requestId };
    const result = await store.transact(command, PATIENT);
    const at = disk.stepCount;
    const isChanged = result.results.some((each) => {
      if ("deleted" in each) return each.deleted;
      return "touched" in each ? each.touched : true;
    });
    if (!isChanged) return;
    this.history.operations(command, result, at);
    this.history.repeatable.push({ kind: "transact", requestId, command, result, at });
  }

  async #deleteRange(): Promise<void> {
    const { store, disk, random } = this.#bench;
    const range = random.pick<DeleteRangeCommand["range"]>([
      { kind: "prefix", prefix: bytes("key 1") },
      { kind: "prefix", prefix: bytes("Key") },
      { kind: "glob", pattern: "*[2468]" },
    ]);
    const requestId = this.#choices.requestId();
    const command: DeleteRangeCommand = { range, limit: random.below(4), requestId };
    const result = await store.deleteRange(command, PATIENT);
    const at = disk.stepCount;
    if (result.deletedCount === 0) return;
    for (const key of await this.#deletedAt(result.revision)) {
      this.history.delete(key, result.revision, at);
    }
    this.history.repeatable.push({ kind: "delete range", requestId, command, result, at });
  }

  /** The answer does not tell which keys went; the log does, whose newest part no compaction touches. */
  async #deletedAt(at: Revision): Promise<Buffer[]> {
    const { records } = await this.#bench.parts.engine.logReader.read({ revision: at }, at);
    return records
      .filter(({ type, revision: of }) => type === RecordType.DELETE && of === at)
      .map(({ key }) => key);
  }

  /** Deletes one, which comes back much later. */
  async #changeCalm(): Promise<void> {
    const { random } = this.#bench;
    const absent = this.#absentCalm;
    if (absent === undefined) {
      this.#absentCalm = random.pick(CALM_KEYS);
      await this.#delete(this.#absentCalm);
    } else if (random.oneIn(3)) {
      this.#absentCalm = undefined;
      await this.#setCalm(absent);
    }
  }

  #setCalm(key: string): Promise<void> {
    const noise = this.#bench.random.bytes(CALM_NOISE_BYTES).toString("hex");
    return this.#setTo(key, this.#choices.value(1) + noise, { kind: "none" });
  }

  async #delete(name = this.#choices.key()): Promise<void> {
    const { store, disk } = this.#bench;
    const key = bytes(name);
    const result = await store.delete({ key }, PATIENT);
    if (result.deleted) this.history.delete(key, result.revision, disk.stepCount);
  }

  async #touch(): Promise<void> {
    const { store, disk } = this.#bench;
    const key = bytes(this.#choices.key());
    const result = await store.touch({ key, expiration: this.#choices.expiration() }, PATIENT);
    if (result.touched) this.history.touch(key, result, disk.stepCount);
  }

  async #snapshot(): Promise<void> {
    const { store, disk } = this.#bench;
    const snapshot = await store.snapshot(PATIENT);
    const never = Number.POSITIVE_INFINITY;
    const givenAt = disk.stepCount;
    this.history.snapshots.push({ snapshot, givenAt, deletingAt: never, deletedAt: never });
  }

  async #deleteSnapshot(): Promise<void> {
    const { store, disk, random } = this.#bench;
    const kept = this.history.snapshots.filter(({ deletingAt }) => !Number.isFinite(deletingAt));
    if (kept.length === 0) return;
    const given = random.pick(kept);
    given.deletingAt = disk.stepCount;
    await store.deleteSnapshot(given.snapshot.snapshotId);
    given.deletedAt = disk.stepCount;
  }

  async #passTime(): Promise<void> {
    const { clock, random } = this.#bench;
    if (random.oneIn(12)) await this.#passUntilScrubbed();
    const durationMs = 1 + random.below(40);
    if (random.coin()) clock.pass(durationMs);
    this.#noteTime();
    await clock.advance(random.below(20));
    this.#noteTime();
    await settle(2);
  }

  /** In steps, so that the time of each crash is known. */
  async #passUntilScrubbed(): Promise<void> {
    for (let passedMs = 0; passedMs < SCRUBBED_WITHIN_MS; passedMs += TIME_STEP_MS) {
      await this.#bench.clock.advance(TIME_STEP_MS);
      this.#noteTime();
    }
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
    let { revision: newest } = await store.status();
    for (let round = 0; round < 1000 && this.#followedTo < newest; round += 1) {
      await clock.advance(2);
      await settle(2);
      // As time passes, more expires.
      newest = (await store.status()).revision;
    }
    this.#noteTime();
    await until("the follower has been told everything", () => this.#followedTo >= newest);
  }
}
