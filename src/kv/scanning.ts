/**
 * Scans: every entry of a range as it was at one revision, from a pinned view, at the pace of whoever takes
 * them. Nothing is read ahead of the batch that was asked for.
 *
 * - An entry past its deadline is not told. What is left out for that has been expired, durably, before the
 *   batch that leaves it out is told; a key that got more time since the view was pinned is left alone.
 * - A record that is damaged ends the scan, after everything before it was told.
 * - What is read does not go through the value cache: a scan would empty it of what others use.
 */

import { invalidField, isKvError, KvError, type Clock, type Revision } from "../base/index.js";
import type { StorageEngine, StoredValue } from "../storage/index.js";
import { toEntry, withoutRecord } from "./entries.js";
import type { Expirer } from "./expirer.js";
import type { Filter } from "./filter.js";
import { toStretch, type KeyStretch } from "./key-range.js";
import type { LogicalClock } from "./logical-clock.js";
import type { ScanBatch, ScanQuery } from "./read-queries.js";
import { ScanView } from "./scan-view.js";
import type { Entry } from "./entry.js";
import { Turns } from "./turns.js";

/** A batch is told when it has so many entries, or so many bytes of keys and values. */
const BATCH_ENTRIES = 256;
const BATCH_BYTES = 256 * 1024;

/** Values that are read together: as many as are read from disk at once. */
const READ_TOGETHER_MAX = 16;

/** What it takes to walk over one key, to read one record, and to tell one byte of it; see `Turns`. */
const STEPS_PER_KEY = 2000;
const STEPS_PER_READ = 5000;
const STEPS_PER_BYTE = 2;

const DUE_KEYS_MAX = 256;

const RETRY_AFTER_MS = 1000;

type KeydirEntry = NonNullable<ReturnType<StorageEngine["lookup"]>>;

export interface ScansOptions {
  readonly engine: StorageEngine;
  readonly expirer: Expirer;
  readonly clock: Clock;
  readonly logical: LogicalClock;
  readonly viewAgeMsMax: number;
  readonly scansMax: number;
}

/** Who takes a scan: gone when the signal aborts, and to be told when it is ended while it does not ask. */
export interface ScanReader {
  readonly signal: AbortSignal;
  readonly onCut: () => void;
}

/** One scan under way. */
interface Scan {
  readonly query: ScanQuery;
  readonly stretch: KeyStretch;
  readonly filter: Filter | undefined;
  readonly open: ScanView;
  /** Keys that were met past their deadline and may have no expire record yet. */
  due: Buffer[];
  /** Something was left out since the last batch because it is due. */
  hasLeftOut: boolean;
}

type Met = readonly [Buffer, KeydirEntry];

export class Scans {
  readonly #options: ScansOptions;
  readonly #turns = new Turns();
  readonly #open = new Set<ScanView>();

  constructor(options: ScansOptions) {
    this.#options = options;
  }

  async *scan(query: ScanQuery, reader: ScanReader): AsyncGenerator<ScanBatch, void, undefined> {
    const { engine, clock, viewAgeMsMax: ageMsMax, scansMax } = this.#options;
    if (query.limit < 0) throw invalidField("limit", "must not be negative");
    const stretch = toStretch(query.range, engine.keyOrder);
    const filter = await compile(query.filter);
    if (this.#open.size >= scansMax) {
      throw new KvError("OVERLOADED", `more than ${String(scansMax)} scans are under way`, {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    using open = new ScanView({ view: engine.pin(), clock, ageMsMax, ...reader });
    this.#open.add(open);
    try {
      const { revision } = open.view;
      await engine.whenDurable(revision);
      const scan: Scan = { query, stretch, filter, open, due: [], hasLeftOut: false };
      yield* told(open, { entries: [], revision });
      if (open.hasGone()) return;
      yield* this.#batches(scan, revision);
    } finally {
      this.#open.delete(open);
    }
  }

  /** Ends every scan with DRAINING. */
  drain(): void {
    const error = new KvError("DRAINING", "the store is about to close", {
      retryAfterMs: RETRY_AFTER_MS,
    });
    for (const open of this.#open) open.end(error);
  }

  async *#batches(scan: Scan, revision: Revision): AsyncGenerator<ScanBatch, void, undefined> {
    const { open, query } = scan;
    let left = query.limit === 0 ? Infinity : query.limit;
    let batch: Entry[] = [];
    let batchBytes = 0;
    for await (const group of this.#groups(scan)) {
      const { entries: read, failure } = await this.#read(scan, group);
      const entries = await this.#filtered(scan, read, left - batch.length);
      if (open.hasGone()) return;
      batch.push(...entries);
      batchBytes += entries.reduce((bytes, { key, value }) => bytes + key.length + value.length, 0);
      const isFull = batch.length >= Math.min(left, BATCH_ENTRIES) || batchBytes >= BATCH_BYTES;
      if (!isFull && failure === undefined) continue;
      const alive = await this.#settle(scan, batch);
      if (alive.length > 0) yield* told(open, { entries: alive, revision });
      if (open.hasGone()) return;
      left -= alive.length;
      if (left === 0) return;
      if (failure !== undefined) throw failure;
      batch = [];
      batchBytes = 0;
    }
    const alive = await this.#settle(scan, batch);
    if (alive.length > 0) yield* told(open, { entries: alive, revision });
  }

  /** What the range has that is not due, in groups that are read together. */
  async *#groups(scan: Scan): AsyncGenerator<Met[], void, undefined> {
    const { stretch, query, open } = scan;
    const { logical, expirer } = this.#options;
    const { start, end } = stretch;
    // Where every entry counts, none is read beyond the last.
    const isCounted = scan.filter === undefined && query.limit > 0;
    const groupMax = isCounted ? Math.min(query.limit, READ_TOGETHER_MAX) : READ_TOGETHER_MAX;
    let group: Met[] = [];
    for (const [key, entry] of open.view.walk({ start, end, isDescending: query.descending })) {
      const matchSteps = stretch.isExact ? 0 : (stretch.matchStepsMax?.(key) ?? 0);
      const turn = this.#turn(open, STEPS_PER_KEY + matchSteps);
      if (turn !== undefined) await turn;
      if (open.hasGone()) return;
      if (!stretch.isExact && !stretch.matches(key)) continue;
      if (expirer.isDue(entry, logical.now())) {
        await this.#leaveOut(scan, key);
        continue;
      }
      group.push([key, entry]);
      if (group.length < groupMax) continue;
      yield group;
      group = [];
    }
    if (group.length > 0) yield group;
  }

  /** The entries of a group, in order; up to the first that cannot be read. */
  async #read(
    { query, filter, open }: Scan,
    group: readonly Met[],
  ): Promise<{ readonly entries: Entry[]; readonly failure: Error | undefined }> {
    if (!query.includeValues && filter?.needsRecord !== true) {
      return {
        entries: group.map(([key, entry]) => toEntry(key, entry, undefined)),
        failure: undefined,
      };
    }
    const reads: Promise<StoredValue>[] = [];
    for (const [key, entry] of group) {
      const turn = this.#turn(open, STEPS_PER_READ + entry.length * STEPS_PER_BYTE);
      if (turn !== undefined) await turn;
      const read = this.#options.engine.read(key, entry, "pass-by");
      // It is looked at in its turn; a failure before that must not count as nobody's.
      read.catch(() => undefined);
      reads.push(read);
    }
    const entries: Entry[] = [];
    for (const [index, outcome] of (await Promise.allSettled(reads)).entries()) {
      const [key, entry] = group[index] ?? [];
      if (key === undefined || entry === undefined) break;
      if (outcome.status === "rejected") return { entries, failure: withKey(outcome.reason, key) };
      entries.push(toEntry(key, entry, outcome.value));
    }
    open.throwIfEnded();
    return { entries, failure: undefined };
  }

  /** The first so many of those that match, with what was asked for. */
  async #filtered(
    { query, filter, open }: Scan,
    entries: readonly Entry[],
    countMax: number,
  ): Promise<Entry[]> {
    const matching: Entry[] = [];
    for (const entry of entries) {
      if (matching.length >= countMax) break;
      if (filter !== undefined) {
        const turn = this.#turn(open, filter.stepsFor(entry));
        if (turn !== undefined) await turn;
        const { isMatch, steps } = filter.matches(entry);
        const rest = this.#turn(open, steps);
        if (rest !== undefined) await rest;
        if (!isMatch) continue;
      }
      matching.push(query.includeValues ? entry : withoutRecord(entry));
    }
    return matching;
  }

  /** Those of the entries that are not due, once what is left out is durably gone. */
  async #settle(scan: Scan, entries: readonly Entry[]): Promise<readonly Entry[]> {
    const { expirer, engine, logical } = this.#options;
    let alive = entries;
    for (;;) {
      const nowMs = logical.now();
      const due = alive.filter(({ deadlineMs }) => deadlineMs !== 0 && deadlineMs <= nowMs);
      if (due.length > 0) alive = alive.filter((entry) => !due.includes(entry));
      for (const { key } of due) await this.#leaveOut(scan, key);
      if (!scan.hasLeftOut) return alive;
      scan.hasLeftOut = false;
      await expirer.expire(scan.due);
      scan.due = [];
      await engine.whenDurable(engine.appliedRevision);
      scan.open.throwIfEnded();
    }
  }

  async #leaveOut(scan: Scan, key: Buffer): Promise<void> {
    scan.hasLeftOut = true;
    scan.due.push(key);
    if (scan.due.length < DUE_KEYS_MAX) return;
    const { due } = scan;
    scan.due = [];
    await this.#options.expirer.expire(due);
    scan.open.throwIfEnded();
  }

  /** Undefined: so many steps may follow now. A promise: when it resolves. */
  #turn(open: ScanView, steps: number): Promise<void> | undefined {
    const rest = this.#turns.take(steps);
    return rest === undefined ? undefined : this.#takeLater(open, steps, rest);
  }

  async #takeLater(open: ScanView, steps: number, firstTurn: Promise<void>): Promise<void> {
    let rest: Promise<void> | undefined = firstTurn;
    for (; rest !== undefined; rest = this.#turns.take(steps)) {
      await rest;
      open.throwIfEnded();
      if (open.hasGone()) return;
    }
  }
}

/** Yields a batch; while it is not taken, the view may go. */
function* told(open: ScanView, batch: ScanBatch): Generator<ScanBatch, void, undefined> {
  open.beginYield();
  yield batch;
  open.endYield();
  open.throwIfEnded();
}

/** The library is large, and loaded when the first filter comes. */
async function compile(filter: string): Promise<Filter | undefined> {
  if (filter === "") return undefined;
  const { compileFilter } = await import("./filter.js");
  return compileFilter(filter);
}

/** Damage names the key, from behind which another scan can go on. */
function withKey(error: unknown, key: Buffer): Error {
  if (!isKvError(error, "CORRUPT"))
    return error instanceof Error ? error : new Error(String(error));
  const metadata = { ...error.metadata, key: key.toString("utf8") };
  return new KvError("CORRUPT", error.message, { metadata, cause: error });
}
