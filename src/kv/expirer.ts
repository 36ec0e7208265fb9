/**
 * Ends what is due. Whoever meets a due key has it expired before going on; the sweeper does it for what
 * nobody meets, in small transactions, so that a million keys due at once stall no one.
 */

import {
  isKvError,
  NO_DEADLINE,
  type Clock,
  type Limits,
  type Logger,
  type Revision,
  type TimeMs,
  type Timer,
} from "../base/index.js";
import type { Change, StorageEngine, StoredValue } from "../storage/index.js";
import { FairShare } from "./fair-share.js";
import type { LogicalClock } from "./logical-clock.js";

/**
 * Keys in one sweep: few, so that calls get their turn between two, and as many as the second while calls keep the loop
 * busy. A key takes 20 µs or so.
 */
const SWEEP_KEYS = 64;
const SWEEP_KEYS_MAX = 256;

/** So many more are ended while those before are synced, and no more: the disk is everyone's. */
const UNSYNCED_KEYS = 256;

/** Bytes in one sweep's transaction; less where no transaction may be that large. */
const SWEEP_BYTES_MAX = 1024 * 1024;
/** Each record has a head of its own, which the engine's allowance for one transaction does not cover. */
const RECORD_OVERHEAD_BYTES = 128;

/** Values that are read together: as many as are read from disk at once. */
const READ_TOGETHER_MAX = 16;
/** The longest sleep: the logical clock may have been corrected meanwhile. */
const SLEEP_MS_MAX = 1000;
const RETRY_DELAY_MS = 100;

/**
 * While so many keys fall due by the time that the sweep before is durable, those of a few milliseconds are gathered: a
 * transaction costs much beside its keys. At 10,000 a second, with others at work on the machine, an expiration took 57 µs
 * without this and 33 with it (150,000 of them, with the profiler on).
 */
const MANY_KEYS = 8;
const GATHER_MS = 3;

/** What of an entry decides whether it is due. */
type Deadlined = NonNullable<ReturnType<StorageEngine["lookup"]>>;

interface Ending {
  /** Of the entry that the change ends. */
  readonly revision: Revision;
  readonly change: Extract<Change, { kind: "expire" }>;
}

/** Endings for one transaction. */
interface Prepared {
  readonly endings: readonly Ending[];
  /** Of so many keys. */
  readonly count: number;
  /** Applied when the first of these keys was looked up. */
  readonly madeAt: Revision;
}

export interface ExpirerOptions {
  readonly engine: StorageEngine;
  readonly clock: Clock;
  readonly logical: LogicalClock;
  readonly logger: Logger;
  readonly limits: Limits;
  /** A larger value is not told with its expiration. */
  readonly expiredValueBytesMax: number;
  /** What fell due between these two did so while no server was there. */
  readonly downFromMs: TimeMs;
  readonly downToMs: TimeMs;
}

export class Expirer {
  readonly #options: ExpirerOptions;
  #timer: Timer | undefined;
  #sweeping: Promise<void> | undefined;
  #isStopped = false;
  #wakeAtMs = Infinity;

  constructor(options: ExpirerOptions) {
    this.#options = options;
  }

  isDue(entry: Pick<Deadlined, "deadlineMs">, nowMs: TimeMs): boolean {
    return entry.deadlineMs !== NO_DEADLINE && entry.deadlineMs <= nowMs;
  }

  /**
   * Appends expire records for those of the keys that are due. When it resolves none of them is found any
   * more; that this is durable is for the caller to wait for.
   */
  async expire(keys: readonly Buffer[]): Promise<void> {
    for (let rest = keys; rest.length > 0;) {
      const prepared = await this.#prepare(rest);
      await this.#commit(prepared);
      rest = rest.slice(prepared.count);
    }
  }

  /** Sweeps from now on, whenever something falls due. */
  start(): void {
    this.#schedule();
  }

  /** A key got a deadline; the sweeper may have to wake earlier. */
  wake(deadlineMs: TimeMs): void {
    if (deadlineMs === NO_DEADLINE || this.#sweeping !== undefined) return;
    if (deadlineMs < this.#wakeAtMs) this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  #schedule(delayMs?: number): void {
    if (this.#isStopped) return;
    const { clock, engine, logical } = this.#options;
    this.#timer?.cancel();
    const nowMs = logical.now();
    const nextMs = engine.deadlines.next();
    const dueInMs = nextMs === undefined ? SLEEP_MS_MAX : Math.max(0, nextMs - nowMs);
    const sleepMs = delayMs ?? Math.min(SLEEP_MS_MAX, dueInMs);
    this.#wakeAtMs = nowMs + sleepMs;
    this.#timer = clock.after(sleepMs, () => {
      this.#sweeping = this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    let delayMs: number | undefined;
    try {
      delayMs = await this.#sweepDue();
    } catch (error) {
      delayMs = RETRY_DELAY_MS;
      if (!isKvError(error)) this.#options.logger.error({ err: error }, "the sweeper failed");
      if (isKvError(error, "STORAGE_FAILED") || isKvError(error, "DRAINING"))
        this.#isStopped = true;
    }
    this.#sweeping = undefined;
    this.#schedule(delayMs);
  }

  /** Returns how long to wait at least, if more than until the next deadline. */
  async #sweepDue(): Promise<number | undefined> {
    const { engine, clock } = this.#options;
    const share = new FairShare({ clock, least: SWEEP_KEYS, most: SWEEP_KEYS_MAX });
    let last: Promise<void> | undefined;
    let total = 0;
    let unsynced = 0;
    for (let isMore = true; isMore;) {
      const countMax = share.pieces;
      const count = await share.spend(() => this.#sweepSome(countMax));
      total += count;
      unsynced += count;
      isMore = count === countMax && !this.#isStopped;
      if (unsynced >= UNSYNCED_KEYS || !isMore) {
        await last;
        unsynced = 0;
        last = engine.whenDurable(engine.appliedRevision);
        // Whether it failed is asked for a few turns later.
        last?.catch(() => undefined);
      }
      if (isMore) await share.rest();
    }
    await last;
    return total >= MANY_KEYS ? GATHER_MS : undefined;
  }

  /** Ends what is due, at most so many keys; returns how many there were. */
  async #sweepSome(countMax: number): Promise<number> {
    const { engine, logical } = this.#options;
    const keys = engine.deadlines.due(logical.now(), countMax);
    if (keys.length > 0) await this.expire(keys);
    return keys.length;
  }

  async #commit({ endings, madeAt }: Prepared): Promise<void> {
    const { engine, logical } = this.#options;
    if (endings.length === 0) return;
    const bytes = endings.reduce((sum, { change }) => sum + sizeOf(change), 0);
    await engine.prepareAll(endings.flatMap(({ change }) => change.value ?? []));
    let room = engine.admit(bytes, "release");
    while (room !== undefined) {
      await room;
      room = engine.admit(bytes, "release");
    }
    // While the values were read, a key may have been set again, or expired by someone else.
    const isAsSeen = engine.appliedRevision === madeAt;
    const changes = endings
      .filter(
        ({ revision, change }) => isAsSeen || engine.lookup(change.key)?.revision === revision,
      )
      .map(({ change }) => change);
    if (changes.length > 0) engine.commit(changes, logical.now());
  }

  /** What the expire records of the first so many keys will carry: as many as fit into one transaction. */
  async #prepare(keys: readonly Buffer[]): Promise<Prepared> {
    const { engine, limits, logical } = this.#options;
    const madeAt = engine.appliedRevision;
    const countMax = Math.min(SWEEP_KEYS_MAX, limits.transactionOperationsMax);
    // A segment holds the largest transaction that the limits allow, and no larger one.
    let bytesLeft = Math.min(SWEEP_BYTES_MAX, limits.transactionBytesMax);
    const endings: Ending[] = [];
    let count = 0;
    while (count < keys.length) {
      // A few at a time: how large a compressed value is, only reading it tells.
      const nowMs = logical.now();
      const together = keys.slice(count, count + READ_TOGETHER_MAX);
      const found = together.map((key) => this.#endingOf(key, nowMs));
      // First all, so that one that fails while another is awaited is not left alone.
      const unread = found.filter((each) => each instanceof Promise);
      if (unread.length > 0) await Promise.all(unread);
      for (const each of found) {
        const ending = each instanceof Promise ? await each : each;
        if (ending !== undefined) {
          bytesLeft -= sizeOf(ending.change);
          const isFull = bytesLeft < 0 || endings.length === countMax;
          if (isFull && endings.length > 0) return { endings, count, madeAt };
          endings.push(ending);
        }
        count++;
      }
    }
    return { endings, count, madeAt };
  }

  /** Undefined where the key is not due. A promise where its value is not in memory. */
  #endingOf(key: Buffer, nowMs: TimeMs): Ending | undefined | Promise<Ending> {
    const { engine } = this.#options;
    const entry = engine.lookup(key);
    if (entry === undefined || !this.isDue(entry, nowMs)) return undefined;
    const stored = engine.cached(key, entry, "pass-by");
    return stored === undefined ? this.#readEnding(key, entry) : this.#toEnding(key, entry, stored);
  }

  async #readEnding(key: Buffer, entry: Deadlined): Promise<Ending> {
    const stored = await this.#read(key, entry);
    if (stored !== undefined) return this.#toEnding(key, entry, stored);
    const size = await this.#options.engine.sizeOfDamaged(entry);
    return this.#toEnding(key, entry, undefined, size);
  }

  #toEnding(key: Buffer, entry: Deadlined, stored?: StoredValue, damagedSize = 0): Ending {
    const { expiredValueBytesMax, downFromMs, downToMs } = this.#options;
    const isTold = stored !== undefined && stored.value.length <= expiredValueBytesMax;
    return {
      revision: entry.revision,
      change: {
        kind: "expire",
        key,
        value: isTold ? stored.value : undefined,
        valueSize: stored?.value.length ?? damagedSize,
        contentType: stored?.contentType ?? "",
        isWhileDown: entry.deadlineMs > downFromMs && entry.deadlineMs <= downToMs,
        ended: entry,
      },
    };
  }

  /** Undefined where the record is damaged: the key ends all the same, without its value. */
  async #read(key: Buffer, entry: Deadlined): Promise<StoredValue | undefined> {
    const { engine } = this.#options;
    try {
      await engine.whenDurable(entry.revision);
      // Meanwhile compaction may have moved the record, or someone else ended the key.
      const current = engine.lookup(key);
      return current?.revision === entry.revision
        ? await engine.read(key, current, "pass-by")
        : undefined;
    } catch (error) {
      if (isKvError(error, "CORRUPT")) return undefined;
      throw error;
    }
  }
}

function sizeOf(change: Extract<Change, { kind: "expire" }>): number {
  const { key, contentType, value } = change;
  return RECORD_OVERHEAD_BYTES + key.length + contentType.length + (value?.length ?? 0);
}
