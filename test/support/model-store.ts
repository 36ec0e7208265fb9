/**
 * What the store must mean, on a plain Map: so simple that it is obviously right, so slow that nobody
 * would serve with it. Every real store is compared with this one.
 *
 * Time is the clock's wall time, except that it never goes back. What is due is expired, all of it in
 * one transaction, before any call is answered.
 */

import { createHash } from "node:crypto";

import {
  CONTENT_TYPE_BYTES_MAX,
  DEFAULT_LIMITS,
  invalidField,
  KIB,
  KvError,
  MIB,
  NO_DEADLINE,
  NO_REVISION,
  revision,
  TIME_MS_MAX,
  timeMs,
  withinField,
  type Clock,
  type KeyOrderName,
  type Limits,
  type Revision,
  type TimeMs,
  type Timer,
} from "../../src/base/index.js";
import { compileFilter } from "../../src/kv/filter.js";
import type {
  CallContext,
  Check,
  CompactionReport,
  DeleteCommand,
  DeleteRangeCommand,
  DeleteRangeResult,
  DeleteResult,
  Entry,
  ExpirationChoice,
  GetResult,
  IncrementCommand,
  IncrementResult,
  KeyPage,
  ListKeysQuery,
  Operation,
  OperationResult,
  Pipeline,
  PipelineOperation,
  PipelineOutcome,
  SetCommand,
  SetResult,
  SnapshotInfo,
  Store,
  StoreStatus,
  TouchCommand,
  TouchResult,
  TransactCommand,
  TransactResult,
  VerifyReport,
  ChangeBatch,
  ExpirationBatch,
  ExpirationCause,
  WatchExpirationsQuery,
  GetAtQuery,
  ListVersionsQuery,
  ScanBatch,
  ScanQuery,
  VersionPage,
  WatchQuery,
  WriteOptions,
} from "../../src/kv/index.js";
import { changesBetween, endOf } from "./model-changes.js";
import { ModelFeed } from "./model-feed.js";
import { ModelHistory } from "./model-history.js";
import { nameComparatorOf } from "./model-order.js";
import { nameOf, rangeMatcher, rangeName } from "./model-range.js";
import { ModelMemory } from "./model-memory.js";
import { readPageToken, writeToken } from "./model-tokens.js";
import { checkPrecondition, transactOn, type Entries, type ModelOutcome } from "./model-writes.js";

const NEVER_SCRUBBED: StoreStatus["scrub"] = {
  startTimeMs: timeMs(0),
  doneBytes: 0,
  totalBytes: 0,
  findingCount: 0,
  lastStartTimeMs: timeMs(0),
  lastEndTimeMs: timeMs(0),
  lastBytes: 0,
  lastFindingCount: 0,
};

export interface ModelStoreOptions {
  readonly clock: Clock;
  readonly limits?: Limits;
  readonly historyId?: string;
  /** Default: bytes. */
  readonly keyOrder?: KeyOrderName;
  /** Most bytes of keys and values that may wait for a follower. */
  readonly followerBytesMax?: number;
  /** A larger value is not told with its expiration. */
  readonly expiredValueBytesMax?: number;
  /** How many versions of each key are kept. Default: 1. */
  readonly historyVersions?: number;
  /** Where the model takes its time from, if not from the clock: the store that it is compared with. */
  readonly logicalTimeMs?: () => TimeMs;
}

export class ModelStore implements Store {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #expiredValueBytesMax: number;
  readonly #logicalTimeMs: (() => TimeMs) | undefined;
  readonly #historyId: string;
  readonly #keyOrder: KeyOrderName;
  /** By key, one character a byte. */
  #entries: Entries = new Map();
  readonly #history: ModelHistory;
  readonly #feed: ModelFeed;
  readonly #startTimeMs: TimeMs;
  readonly #memory = new ModelMemory(() => this.#revision);
  #snapshots: readonly SnapshotInfo[] = [];
  #revision = NO_REVISION;
  #timeMs = timeMs(0);
  #transactionCount = 0;
  #draining = false;
  #timer: Timer | undefined;

  constructor(options: ModelStoreOptions) {
    this.#clock = options.clock;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#expiredValueBytesMax = options.expiredValueBytesMax ?? 64 * KIB;
    this.#logicalTimeMs = options.logicalTimeMs;
    this.#historyId = options.historyId ?? "model-history";
    this.#keyOrder = options.keyOrder ?? "bytes";
    this.#history = new ModelHistory(options.historyVersions ?? 1);
    this.#startTimeMs = options.clock.wallMs();
    this.#feed = new ModelFeed({
      clock: options.clock,
      historyId: this.#historyId,
      waitingBytesMax: options.followerBytesMax ?? 4 * MIB,
      now: () => ({ revision: this.#revision, timeMs: this.#now() }),
      rangesMax: this.#limits.watchRangesMax,
      matcher: (range) => rangeMatcher(range, this.#keyOrder),
      entries: () => this.entries(),
    });
  }

  set(command: SetCommand, context: CallContext): Promise<SetResult> {
    return this.#alone({ kind: "set", ...command }, command, context);
  }

  get(key: Buffer, context: CallContext): Promise<GetResult> {
    return this.#answer(() => {
      this.#checkKey(key);
      context.throwIfAbandoned();
      return { entry: this.#entries.get(nameOf(key)), revision: this.#revision };
    });
  }

  delete(command: DeleteCommand, context: CallContext): Promise<DeleteResult> {
    return this.#alone({ kind: "delete", ...command }, command, context);
  }

  touch(command: TouchCommand, context: CallContext): Promise<TouchResult> {
    return this.#alone({ kind: "touch", ...command }, command, context);
  }

  increment(command: IncrementCommand, context: CallContext): Promise<IncrementResult> {
    return this.#alone({ kind: "increment", ...command }, command, context);
  }

  transact(command: TransactCommand, context: CallContext): Promise<TransactResult> {
    return this.#answerWrite(() => {
      this.#checkTransaction(command);
      return this.#memory.once(command, ["transact", command], this.#now(), () =>
        this.#transact(command, context),
      );
    });
  }

  deleteRange(command: DeleteRangeCommand, context: CallContext): Promise<DeleteRangeResult> {
    return this.#answerWrite(() => {
      const { deleteRangeMax } = this.#limits;
      if (command.limit < 0 || command.limit > deleteRangeMax) {
        throw invalidField("limit", `must be 0 to ${String(deleteRangeMax)}`);
      }
      const matches = rangeMatcher(command.range, this.#keyOrder);
      return this.#memory.once(command, ["delete range", command], this.#now(), () => {
        const meant = this.#names().filter((name) => matches(Buffer.from(name, "latin1")));
        const countMax = command.limit === 0 ? deleteRangeMax : command.limit;
        const deleted = withinTransaction(meant.slice(0, countMax), this.#limits);
        context.throwIfAbandoned();
        if (deleted.length > 0) this.#commit();
        for (const name of deleted) this.#entries.delete(name);
        const more = deleted.length < meant.length;
        return { revision: this.#revision, deletedCount: deleted.length, more };
      });
    });
  }

  pipeline(): Pipeline {
    let before: Promise<unknown> = Promise.resolve();
    return {
      perform: (operations, context) => {
        const performed = before.then(() => this.#performAll(operations, context));
        before = performed;
        return performed;
      },
      close: () => undefined,
    };
  }

  /** A reply has room for anything here: how much is for tests of the wire. */
  async #performAll(
    operations: readonly PipelineOperation[],
    context: CallContext,
  ): Promise<readonly PipelineOutcome[]> {
    const outcomes: PipelineOutcome[] = [];
    for (const operation of operations) outcomes.push(await this.#perform(operation, context));
    return outcomes;
  }

  async #perform(operation: PipelineOperation, context: CallContext): Promise<PipelineOutcome> {
    try {
      switch (operation.kind) {
        case "error":
          return operation;
        case "get": {
          const { key, atRevision } = operation;
          const result =
            atRevision === undefined
              ? await this.get(key, context)
              : await this.getAt({ key, atRevision }, context);
          return { kind: "get", ...result };
        }
        case "set":
          return { kind: "set", ...(await this.set(operation, context)) };
        case "delete":
          return { kind: "delete", ...(await this.delete(operation, context)) };
        case "touch":
          return { kind: "touch", ...(await this.touch(operation, context)) };
        case "increment":
          return { kind: "increment", ...(await this.increment(operation, context)) };
      }
    } catch (error) {
      return { kind: "error", error };
    }
  }

  listKeys(query: ListKeysQuery, context: CallContext): Promise<KeyPage> {
    return this.#answer(() => {
      if (query.pageSize < 0 || query.pageSize > this.#limits.pageSizeMax) {
        throw invalidField("page_size", `must be 0 to ${String(this.#limits.pageSizeMax)}`);
      }
      const matches = rangeMatcher(query.range, this.#keyOrder);
      const scope = `${rangeName(query.range)} ${query.descending ? "down" : "up"}`;
      const after =
        query.pageToken === "" ? undefined : readPageToken(this.#historyId, query.pageToken, scope);
      context.throwIfAbandoned();
      const names = this.#names().filter((name) => matches(Buffer.from(name, "latin1")));
      const answer = { keys: [], nextPageToken: "", totalSize: 0, revision: this.#revision };
      if (query.countOnly) return { ...answer, totalSize: names.length };
      if (query.descending) names.reverse();
      const compare = nameComparatorOf(this.#keyOrder);
      const left = names.filter((name) => {
        if (after === undefined) return true;
        const order = compare(name, after);
        return query.descending ? order < 0 : order > 0;
      });
      const page = left.slice(
        0,
        query.pageSize === 0 ? this.#limits.pageSizeDefault : query.pageSize,
      );
      const last = page.at(-1);
      const more = last !== undefined && page.length < left.length;
      return {
        ...answer,
        keys: page.map((name) => Buffer.from(name, "latin1")),
        nextPageToken: more ? writeToken(this.#historyId, { scope, after: last }) : "",
      };
    });
  }

  snapshot(context: CallContext): Promise<SnapshotInfo> {
    return this.#answer(() => {
      context.throwIfAbandoned();
      const digest = createHash("sha256");
      let sizeBytes = 0;
      for (const name of this.#names()) {
        const value = this.#entries.get(name)?.value ?? Buffer.alloc(0);
        digest.update(name, "latin1").update(value);
        sizeBytes += name.length + value.length;
      }
      const info: SnapshotInfo = {
        snapshotId: `${String(this.#revision)}-${String(this.#snapshots.length + 1)}`,
        revision: this.#revision,
        keyCount: this.#entries.size,
        sizeBytes: sizeBytes + 32,
        sha256: digest.digest(),
        createTimeMs: this.#now(),
      };
      this.#snapshots = [...this.#snapshots, info];
      return info;
    });
  }

  listSnapshots(): Promise<readonly SnapshotInfo[]> {
    return this.#answer(() => this.#snapshots);
  }

  deleteSnapshot(snapshotId: string): Promise<boolean> {
    return this.#answer(() => {
      const kept = this.#snapshots.filter((snapshot) => snapshot.snapshotId !== snapshotId);
      const deleted = kept.length < this.#snapshots.length;
      this.#snapshots = kept;
      return deleted;
    });
  }

  compact(context: CallContext): Promise<CompactionReport> {
    return this.#answer(() => {
      context.throwIfAbandoned();
      const bytes = this.#liveBytes();
      return {
        bytesBefore: bytes,
        bytesAfter: bytes,
        segmentsBefore: 1,
        segmentsAfter: 1,
        droppedSets: 0,
        droppedTombstones: 0,
        droppedReplies: 0,
        damagedSegments: 0,
        durationMs: 0,
      };
    });
  }

  async *watch(
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch, void, undefined> {
    await this.#answer(() => undefined);
    yield* this.#feed.watch(query, signal);
  }

  async *watchExpirations(
    query: WatchExpirationsQuery,
    signal: AbortSignal,
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    // Throws what any call would throw, and expires what is due.
    await this.#answer(() => undefined);
    yield* this.#feed.watchExpirations(query, signal);
  }

  /** What is on no disk is always whole. */
  async *verify(signal: AbortSignal): AsyncGenerator<VerifyReport, void, undefined> {
    await this.#answer(() => undefined);
    const counts = { doneFiles: 0, totalFiles: 0, doneBytes: 0, totalBytes: 0 };
    if (!signal.aborted) yield { ...counts, findings: [], findingCount: 0, isDone: true };
  }

  async *scan(query: ScanQuery, signal: AbortSignal): AsyncGenerator<ScanBatch, void, undefined> {
    const { entries, at } = await this.#answer(() => {
      if (query.limit < 0) throw invalidField("limit", "must not be negative");
      const matches = rangeMatcher(query.range, this.#keyOrder);
      // What an expression means is the library's to say; that it is asked is the store's.
      const filter = query.filter === "" ? undefined : compileFilter(query.filter);
      const isMeant = (entry: Entry): boolean =>
        matches(entry.key) && filter?.matches(entry).isMatch !== false;
      return { entries: this.entries().filter(isMeant), at: this.#revision };
    });
    yield { entries: [], revision: at };
    const inOrder = query.descending ? [...entries].reverse() : entries;
    let left = query.limit === 0 ? Infinity : query.limit;
    for (const entry of inOrder) {
      if (signal.aborted || left === 0) return;
      if (this.#draining) throw new KvError("DRAINING", "the store is about to close");
      if (this.#isPast(entry)) continue;
      left -= 1;
      const told = query.includeValues
        ? entry
        : { ...entry, value: Buffer.alloc(0), updateTimeMs: timeMs(0), contentType: "" };
      yield { entries: [told], revision: at };
    }
  }

  getAt({ key, atRevision }: GetAtQuery, context: CallContext): Promise<GetResult> {
    return this.#answer(() => {
      this.#checkKey(key);
      context.throwIfAbandoned();
      if (atRevision < 1 || atRevision > this.#revision) {
        throw invalidField("revision", `must be 1 to ${String(this.#revision)}`);
      }
      const entry = this.#history.at(nameOf(key), atRevision, this.#revision);
      const isGone = entry !== undefined && this.#isPast(entry);
      return { entry: isGone ? undefined : entry, revision: atRevision };
    });
  }

  listVersions(query: ListVersionsQuery, context: CallContext): Promise<VersionPage> {
    return this.#answer(() => {
      this.#checkKey(query.key);
      if (query.pageSize < 0 || query.pageSize > this.#limits.pageSizeMax) {
        throw invalidField("page_size", `must be 0 to ${String(this.#limits.pageSizeMax)}`);
      }
      const scope = `versions of ${nameOf(query.key)}`;
      const after =
        query.pageToken === ""
          ? Infinity
          : Number(readPageToken(this.#historyId, query.pageToken, scope));
      context.throwIfAbandoned();
      const left = this.#history
        .versionsOf(nameOf(query.key))
        .filter((entry) => entry.revision < after && !this.#isPast(entry));
      const countMax = query.pageSize === 0 ? this.#limits.pageSizeDefault : query.pageSize;
      const entries = left.slice(0, countMax);
      const last = entries.at(-1);
      const isMore = last !== undefined && entries.length < left.length;
      const token = { scope, after: String(last?.revision) };
      return { entries, nextPageToken: isMore ? writeToken(this.#historyId, token) : "" };
    });
  }

  status(): Promise<StoreStatus> {
    return this.#answer(() => ({
      storeId: "model-store",
      historyId: this.#historyId,
      keyOrder: this.#keyOrder,
      compression: "none",
      revision: this.#revision,
      oldestRetainedRevision: this.#feed.floor,
      keyCount: this.#entries.size,
      transactionCount: this.#transactionCount,
      syncCount: this.#transactionCount,
      syncLatency: undefined,
      liveBytes: this.#liveBytes(),
      diskBytes: this.#liveBytes(),
      segmentCount: 1,
      keydirBytes: 0,
      cacheBytes: 0,
      historyVersions: this.#history.versionsMax,
      olderVersionCount: this.#history.olderCount,
      checkpointRevision: NO_REVISION,
      checkpointTimeMs: timeMs(0),
      checkpointBytes: 0,
      oldestViewRevision: NO_REVISION,
      oldestViewAgeMs: 0,
      nextDeadlineMs: this.#nextDeadlineMs(),
      overdueCount: 0,
      logicalTimeMs: this.#now(),
      startTimeMs: this.#startTimeMs,
      followerCount: this.#feed.followerCount,
      scrub: NEVER_SCRUBBED,
      alarms: [],
    }));
  }

  drain(): void {
    this.#draining = true;
    this.#feed.drain();
  }

  close(): Promise<void> {
    this.drain();
    this.#timer?.cancel();
    this.#timer = undefined;
    return Promise.resolve();
  }

  /** As a restart of the process: what fell due meanwhile is expired with its own cause. */
  reopen(): void {
    this.#draining = false;
    this.#feed.reopen();
    this.#transactionCount = 0;
    this.#expireDue("deadline-while-down");
  }

  /** Forgets expirations below the revision, as compaction past the retention does. */
  raiseFloor(floor: Revision): void {
    this.#feed.raiseFloor(floor);
  }

  /** Everything there is, in key order; expires nothing and asks for nothing. */
  entries(): readonly Entry[] {
    return this.#names().flatMap((name) => this.#entries.get(name) ?? []);
  }

  /** The answer of a call: expires what is due, then judges, then arms the timer of what is next. */
  #answer<T>(call: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (this.#draining) throw new KvError("DRAINING", "the store is about to close");
      this.#expireDue("deadline");
      resolve(call());
      this.#arm();
    });
  }

  /** The same of a call that may change entries: tells what it changed. */
  #answerWrite<T>(call: () => T): Promise<T> {
    return this.#answer(() => {
      const before = new Map(this.#entries);
      const answer = call();
      this.#publish(before);
      return answer;
    });
  }

  #publish(before: ReadonlyMap<string, Entry>): void {
    const at = { revision: this.#revision, timeMs: this.#now() };
    const changes = changesBetween(before, this.#entries, at);
    for (const { kind, entry } of changes) {
      const name = nameOf(entry.key);
      if (kind === "delete") this.#history.end(name, at.revision);
      else this.#history.put(name, entry);
    }
    if (changes.length > 0) this.#feed.publish(changes.map((change) => ({ change })));
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const nextMs = this.#nextDeadlineMs();
    if (nextMs === NO_DEADLINE) return;
    this.#timer = this.#clock.after(Math.max(1, nextMs - this.#now()), () => {
      this.#expireDue("deadline");
      this.#arm();
    });
  }

  #now(): TimeMs {
    if (this.#logicalTimeMs !== undefined) return this.#logicalTimeMs();
    this.#timeMs = timeMs(Math.max(this.#timeMs, this.#clock.wallMs()));
    return this.#timeMs;
  }

  #commit(): Revision {
    this.#revision = revision(this.#revision + 1);
    this.#transactionCount += 1;
    return this.#revision;
  }

  /** A transaction of one operation that has a precondition of its own. */
  #alone<Kind extends Operation["kind"]>(
    operation: Extract<Operation, { kind: Kind }>,
    { precondition, ...options }: WriteOptions,
    context: CallContext,
  ): Promise<Omit<Extract<OperationResult, { kind: Kind }>, "kind">> {
    return this.#answerWrite(() => {
      this.#checkOperation(operation);
      if (precondition !== undefined) {
        withinField("precondition", () => {
          this.#checkCheck(precondition);
        });
      }
      const { results, replayed } = this.#memory.once(options, [operation], this.#now(), () => {
        checkPrecondition(precondition, this.#entries.get(nameOf(operation.key)));
        const command = { conditions: [], then: [operation], otherwise: [] };
        return withoutPath(() => this.#transact(command, context));
      });
      const result = withoutKind(results[0] as Extract<OperationResult, { kind: Kind }>);
      return replayed === true ? { ...result, replayed } : result;
    });
  }

  #transact(command: TransactCommand, context: CallContext): TransactResult {
    const at = (of: Revision): ModelOutcome =>
      transactOn(this.#entries, command, {
        revision: of,
        nowMs: this.#now(),
        deadlineOf: (choice) => this.#deadline(choice),
      });
    const outcome = at(revision(this.#revision + 1));
    if (!outcome.isChanged) {
      const { succeeded, results } = at(this.#revision);
      return { revision: this.#revision, succeeded, results };
    }
    context.throwIfAbandoned();
    this.#commit();
    this.#entries = outcome.entries;
    return { revision: this.#revision, succeeded: outcome.succeeded, results: outcome.results };
  }

  #expireDue(cause: ExpirationCause): void {
    const nowMs = this.#now();
    const due = [...this.#entries.values()]
      .filter(({ deadlineMs }) => deadlineMs !== NO_DEADLINE && deadlineMs <= nowMs)
      .sort((a, b) => a.deadlineMs - b.deadlineMs || Buffer.compare(a.key, b.key));
    if (due.length === 0) return;
    const at = this.#commit();
    for (const entry of due) {
      this.#entries.delete(nameOf(entry.key));
      this.#history.end(nameOf(entry.key), at);
    }
    this.#feed.publish(
      due.map((entry, index) => ({
        change: { ...endOf("expire", entry, { revision: at, timeMs: nowMs }), index },
        expiration: {
          revision: at,
          index,
          key: entry.key,
          value: this.#isTold(entry) ? entry.value : undefined,
          valueSize: entry.value.length,
          valueOmitted: !this.#isTold(entry),
          contentType: entry.contentType,
          deadlineMs: entry.deadlineMs,
          commitTimeMs: nowMs,
          cause,
        },
      })),
    );
  }

  #isPast({ deadlineMs }: Entry): boolean {
    return deadlineMs !== NO_DEADLINE && deadlineMs <= this.#now();
  }

  #isTold({ value }: Entry): boolean {
    return value.length <= this.#expiredValueBytesMax;
  }

  #names(): string[] {
    return [...this.#entries.keys()].sort(nameComparatorOf(this.#keyOrder));
  }

  #nextDeadlineMs(): TimeMs {
    const deadlines = [...this.#entries.values()]
      .map(({ deadlineMs }) => deadlineMs)
      .filter((deadlineMs) => deadlineMs !== NO_DEADLINE);
    return deadlines.length === 0 ? NO_DEADLINE : timeMs(Math.min(...deadlines));
  }

  #liveBytes(): number {
    let bytes = 0;
    for (const entry of this.#entries.values()) bytes += entry.key.length + entry.value.length;
    return bytes;
  }

  #checkTransaction({ conditions, then, otherwise }: TransactCommand): void {
    const parts = { conditions, then, otherwise };
    for (const [field, { length }] of Object.entries(parts)) {
      if (length > this.#limits.transactionOperationsMax) throw invalidField(field, "too many");
    }
    for (const [index, { key, check }] of conditions.entries()) {
      withinField(`conditions[${String(index)}]`, () => {
        this.#checkKey(key);
        this.#checkCheck(check);
      });
    }
    for (const field of ["then", "otherwise"] as const) {
      for (const [index, operation] of parts[field].entries()) {
        withinField(`${field}[${String(index)}].${operation.kind}`, () => {
          this.#checkOperation(operation);
        });
      }
    }
  }

  #checkOperation(operation: Operation): void {
    this.#checkKey(operation.key);
    if (operation.kind === "increment" && BigInt.asIntN(64, operation.delta) !== operation.delta) {
      throw invalidField("delta", "must be a 64-bit integer");
    }
    if (operation.kind !== "set") return;
    if (operation.value.length > this.#limits.valueBytesMax) {
      throw invalidField("value", `longer than ${String(this.#limits.valueBytesMax)} bytes`);
    }
    if (Buffer.byteLength(operation.contentType) > CONTENT_TYPE_BYTES_MAX) {
      throw invalidField("content_type", `longer than ${String(CONTENT_TYPE_BYTES_MAX)} bytes`);
    }
  }

  #checkCheck(check: Check): void {
    if (check.kind === "revision" && check.revision < 0) throw invalidField("revision", "negative");
    if (check.kind === "value" && check.value.length > this.#limits.valueBytesMax) {
      throw invalidField("value", `longer than ${String(this.#limits.valueBytesMax)} bytes`);
    }
  }

  #checkKey(key: Buffer): void {
    if (key.length === 0) throw invalidField("key", "must not be empty");
    if (key.length > this.#limits.keyBytesMax) {
      throw invalidField("key", `longer than ${String(this.#limits.keyBytesMax)} bytes`);
    }
  }

  #deadline(choice: Exclude<ExpirationChoice, { kind: "keep" }>): TimeMs {
    if (choice.kind === "none") return NO_DEADLINE;
    const nowMs = this.#now();
    if (choice.kind === "ttl") {
      if (choice.ttlMs <= 0) throw invalidField("ttl", "must be more than zero");
      if (nowMs + choice.ttlMs > TIME_MS_MAX) throw invalidField("ttl", "past the year 9999");
      return timeMs(nowMs + choice.ttlMs);
    }
    if (choice.deadlineMs <= nowMs) throw invalidField("expire_time", "has passed");
    if (choice.deadlineMs > TIME_MS_MAX) throw invalidField("expire_time", "past the year 9999");
    return choice.deadlineMs;
  }
}

/** As many of the keys as one transaction deletes: each counts 128 bytes beside its own. */
function withinTransaction(
  names: readonly string[],
  { transactionBytesMax }: Limits,
): readonly string[] {
  let bytes = 0;
  return names.filter((name) => (bytes += 128 + name.length) <= transactionBytesMax);
}

function withoutKind<T extends { readonly kind: unknown }>({
  kind: _,
  ...rest
}: T): Omit<T, "kind"> {
  return rest;
}

/** An operation by itself is not in any list of a request. */
function withoutPath<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KvError) || error.metadata.field === undefined) throw error;
    const field = error.metadata.field.replace(/^then\[0\]\.[a-z]+\.?/, "");
    throw new KvError(error.code, error.message, { metadata: { ...error.metadata, field } });
  }
}
