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
import type { LogicalClock } from "./logical-clock.js";

/** Keys in one sweep: few, so that calls get their turn between two. */
const SWEEP_KEYS_MAX = 256;
/** Bytes in one sweep's transaction; less where no transaction may be that large. */
const SWEEP_BYTES_MAX = 1024 * 1024;
/** Each record has a head of its own, which the engine's allowance for one transaction does not cover. */
const RECORD_OVERHEAD_BYTES = 128;

/** Values that are read together: as many as are read from disk at once. */
const READ_TOGETHER_MAX = 16;
/** The longest sleep: the logical clock may have been corrected meanwhile. */
const SLEEP_MS_MAX = 1000;
const RETRY_DELAY_MS = 100;

/** What of an entry decides whether it is due. */
type Deadlined = NonNullable<ReturnType<StorageEngine["lookup"]>>;

interface Ending {
  /** Of the entry that the change ends. */
  readonly revision: Revision;
  readonly change: Extract<Change, { kind: "expire" }>;
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

  isDue(entry: Deadlined, nowMs: TimeMs): boolean {
    return entry.deadlineMs !== NO_DEADLINE && entry.deadlineMs <= nowMs;
  }

  /**
   * Appends expire records for those of the keys that are due. When it resolves none of them is found any
   * more; that this is durable is for the caller to wait for.
   */
  async expire(keys: readonly Buffer[]): Promise<void> {
    for (let rest = keys; rest.length > 0;) {
      const { endings, count } = await this.#prepare(rest);
      await this.#commit(endings);
      rest = rest.slice(count);
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
      await this.#sweepDue();
    } catch (error) {
      delayMs = RETRY_DELAY_MS;
      if (!isKvError(error)) this.#options.logger.error({ err: error }, "the sweeper failed");
      if (isKvError(error, "STORAGE_FAILED") || isKvError(error, "DRAINING"))
        this.#isStopped = true;
    }
    this.#sweeping = undefined;
    this.#schedule(delayMs);
  }

  async #sweepDue(): Promise<void> {
    const { engine, logical } = this.#options;
    while (!this.#isStopped) {
      const keys = engine.deadlines.due(logical.now(), SWEEP_KEYS_MAX);
      if (keys.length === 0) return;
      await this.expire(keys);
      // One transaction at a time: the sweeper shares the disk with everyone else.
      await engine.whenDurable(engine.appliedRevision);
    }
  }

  async #commit(endings: readonly Ending[]): Promise<void> {
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
    const changes = endings
      .filter(({ revision, change }) => engine.lookup(change.key)?.revision === revision)
      .map(({ change }) => change);
    if (changes.length > 0) engine.commit(changes, logical.now());
  }

  /** What the expire records of the first so many keys will carry: as many as fit into one transaction. */
  async #prepare(
    keys: readonly Buffer[],
  ): Promise<{ readonly endings: Ending[]; readonly count: number }> {
    const { limits } = this.#options;
    const countMax = Math.min(SWEEP_KEYS_MAX, limits.transactionOperationsMax);
    // A segment holds the largest transaction that the limits allow, and no larger one.
    let bytesLeft = Math.min(SWEEP_BYTES_MAX, limits.transactionBytesMax);
    const endings: Ending[] = [];
    let count = 0;
    while (count < keys.length) {
      // A few at a time: how large a compressed value is, only reading it tells.
      const together = keys.slice(count, count + READ_TOGETHER_MAX);
      for (const ending of await Promise.all(together.map((key) => this.#endingOf(key)))) {
        if (ending !== undefined) {
          bytesLeft -= sizeOf(ending.change);
          const isFull = bytesLeft < 0 || endings.length === countMax;
          if (isFull && endings.length > 0) return { endings, count };
          endings.push(ending);
        }
        count++;
      }
    }
    return { endings, count };
  }

  /** Undefined where the key is not due. */
  async #endingOf(key: Buffer): Promise<Ending | undefined> {
    const { engine, logical, expiredValueBytesMax, downFromMs, downToMs } = this.#options;
    const entry = engine.lookup(key);
    if (entry === undefined || !this.isDue(entry, logical.now())) return undefined;
    const stored = await this.#valueOf(key, entry);
    const isTold = stored !== undefined && stored.value.length <= expiredValueBytesMax;
    const valueSize = stored?.value.length ?? (await engine.sizeOfDamaged(entry)) ?? 0;
    return {
      revision: entry.revision,
      change: {
        kind: "expire",
        key,
        value: isTold ? stored.value : undefined,
        valueSize,
        contentType: stored?.contentType ?? "",
        isWhileDown: entry.deadlineMs > downFromMs && entry.deadlineMs <= downToMs,
      },
    };
  }

  /** Undefined where the record is damaged: the key ends all the same, without its value. */
  async #valueOf(key: Buffer, entry: Deadlined): Promise<StoredValue | undefined> {
    const { engine } = this.#options;
    const cached = engine.cached(key, entry);
    if (cached !== undefined) return cached;
    try {
      await engine.whenDurable(entry.revision);
      // Meanwhile compaction may have moved the record, or someone else ended the key.
      const current = engine.lookup(key);
      return current?.revision === entry.revision ? await engine.read(key, current) : undefined;
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
