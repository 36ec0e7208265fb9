/**
 * The store on this machine. Each call is a short loop: look the key up, expire it if it is due, make
 * room, and then check and commit in one synchronous step; if something had to be waited for, look again.
 * Set and Get, which are most of all calls, have loops of their own here.
 */

import { KvError, NO_REVISION, revision, type Revision } from "../base/index.js";
import type { StorageEngine, StoredValue } from "../storage/index.js";
import { checkKey, checkOperation, checkPrecondition } from "./command-checks.js";
import { followExpirations } from "./expiration-events.js";
import { storeStatus } from "./local-status.js";
import type { LocalParts } from "./local-parts.js";
import { LocalPipeline } from "./local-pipeline.js";
import type { Pipeline } from "./pipeline.js";
import { attemptSet, isPlainSet } from "./plain-set.js";
import { Turns } from "./turns.js";
import type {
  GetAtQuery,
  ListVersionsQuery,
  ScanBatch,
  ScanQuery,
  VersionPage,
} from "./read-queries.js";
import type {
  CallContext,
  CompactionReport,
  KeyPage,
  ListKeysQuery,
  SnapshotInfo,
  Store,
  StoreStatus,
  VerifyReport,
} from "./store.js";
import type {
  DeleteCommand,
  DeleteRangeCommand,
  DeleteRangeResult,
  DeleteResult,
  GetResult,
  IncrementCommand,
  IncrementResult,
  Operation,
  OperationResult,
  SetCommand,
  SetResult,
  TouchCommand,
  TouchResult,
  TransactCommand,
  TransactResult,
  WriteOptions,
} from "./write-commands.js";
import { followChanges } from "./watching.js";
import type {
  ChangeBatch,
  ExpirationBatch,
  WatchExpirationsQuery,
  WatchQuery,
} from "./watch-queries.js";

type Entry = NonNullable<ReturnType<StorageEngine["lookup"]>>;

/** What an operation answers by itself: it need not say which it was. */
type ResultOf<Kind> = Omit<Extract<OperationResult, { readonly kind: Kind }>, "kind">;

const ignoreCut = (): void => undefined;

export class LocalStore implements Store {
  readonly #parts: LocalParts;
  readonly #pipelineTurns = new Turns();
  #isDraining = false;
  #closing: Promise<void> | undefined;

  constructor(parts: LocalParts) {
    this.#parts = parts;
  }

  /** The call that there are most of, and mostly one that is judged by its key's entry alone, if by anything. */
  async set(command: SetCommand, context: CallContext): Promise<SetResult> {
    if (!isPlainSet(command)) return this.#alone({ kind: "set", ...command }, command, context);
    this.#throwIfDraining();
    for (;;) {
      const attempt = attemptSet(this.#parts, command, context);
      switch (attempt.kind) {
        case "wait":
          await attempt.until;
          continue;
        case "made before":
          return this.#alone({ kind: "set", ...command }, command, context);
        case "refused":
          // What it was refused for must be there to stay.
          await this.#parts.engine.whenDurable(attempt.revision);
          throw attempt.error;
        case "committed":
          await attempt.durable;
          return { revision: attempt.revision, deadlineMs: attempt.deadlineMs };
      }
    }
  }

  async get(key: Buffer, context: CallContext): Promise<GetResult> {
    this.#throwIfDraining();
    const { engine, logical, limits, expirer } = this.#parts;
    checkKey(key, limits);
    for (;;) {
      const applied = engine.appliedRevision;
      const newest = engine.cache.newest(key);
      if (newest !== undefined && !expirer.isDue(newest, logical.now())) {
        context.throwIfAbandoned();
        await engine.whenDurable(newest.revision);
        return { entry: newest, revision: this.#durableOf(applied) };
      }
      const entry = engine.lookup(key);
      if (entry === undefined) {
        await engine.whenDurable(engine.unsyncedRemoval(key) ?? NO_REVISION);
        return { entry: undefined, revision: this.#durableOf(applied) };
      }
      if (expirer.isDue(entry, logical.now())) {
        await expirer.expire([key]);
        continue;
      }
      context.throwIfAbandoned();
      const stored = await this.#readDurable(key, entry);
      if (stored === undefined) continue;
      const { value, contentType, updateTimeMs } = stored;
      const { createRevision, version, deadlineMs } = entry;
      return {
        entry: {
          key,
          value,
          revision: entry.revision,
          createRevision,
          version,
          deadlineMs,
          updateTimeMs,
          contentType,
        },
        revision: this.#durableOf(applied),
      };
    }
  }

  async delete(command: DeleteCommand, context: CallContext): Promise<DeleteResult> {
    return this.#alone({ kind: "delete", ...command }, command, context);
  }

  async touch(command: TouchCommand, context: CallContext): Promise<TouchResult> {
    return this.#alone({ kind: "touch", ...command }, command, context);
  }

  async increment(command: IncrementCommand, context: CallContext): Promise<IncrementResult> {
    return this.#alone({ kind: "increment", ...command }, command, context);
  }

  async transact(command: TransactCommand, context: CallContext): Promise<TransactResult> {
    this.#throwIfDraining();
    return this.#parts.transactions.transact(command, context);
  }

  async deleteRange(command: DeleteRangeCommand, context: CallContext): Promise<DeleteRangeResult> {
    this.#throwIfDraining();
    return this.#parts.rangeDeletes.deleteRange(command, context);
  }

  pipeline(): Pipeline {
    const throwIfDraining = (): void => {
      this.#throwIfDraining();
    };
    return new LocalPipeline({ parts: this.#parts, turns: this.#pipelineTurns, throwIfDraining });
  }

  async listKeys(query: ListKeysQuery, context: CallContext): Promise<KeyPage> {
    this.#throwIfDraining();
    context.throwIfAbandoned();
    return this.#parts.listings.list(query, context);
  }

  async snapshot(context: CallContext): Promise<SnapshotInfo> {
    this.#throwIfDraining();
    context.throwIfAbandoned();
    const snapshot = await this.#parts.engine.createSnapshot();
    this.#parts.logger.info(
      { snapshotId: snapshot.snapshotId, revision: snapshot.revision, keys: snapshot.keyCount },
      "wrote a snapshot",
    );
    return snapshot;
  }

  async listSnapshots(): Promise<readonly SnapshotInfo[]> {
    this.#throwIfDraining();
    return this.#parts.engine.snapshots.list();
  }

  async deleteSnapshot(snapshotId: string): Promise<boolean> {
    this.#throwIfDraining();
    return this.#parts.engine.snapshots.delete(snapshotId);
  }

  async compact(context: CallContext): Promise<CompactionReport> {
    this.#throwIfDraining();
    context.throwIfAbandoned();
    return this.#parts.housekeeping.compact(0);
  }

  async *watch(
    query: WatchQuery,
    signal: AbortSignal,
    onCut: () => void = ignoreCut,
  ): AsyncGenerator<ChangeBatch, void, undefined> {
    this.#throwIfDraining();
    yield* followChanges(this.#parts, query, { signal, onCut });
  }

  async *watchExpirations(
    query: WatchExpirationsQuery,
    signal: AbortSignal,
    onCut: () => void = ignoreCut,
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    this.#throwIfDraining();
    yield* followExpirations(this.#parts.feed, query, { signal, onCut });
  }

  async *verify(signal: AbortSignal): AsyncGenerator<VerifyReport, void, undefined> {
    this.#throwIfDraining();
    yield* this.#parts.engine.verification.run(signal);
  }

  async *scan(
    query: ScanQuery,
    signal: AbortSignal,
    onCut: () => void = ignoreCut,
  ): AsyncGenerator<ScanBatch, void, undefined> {
    this.#throwIfDraining();
    yield* this.#parts.scans.scan(query, { signal, onCut });
  }

  async getAt(query: GetAtQuery, context: CallContext): Promise<GetResult> {
    this.#throwIfDraining();
    return this.#parts.versions.getAt(query, context);
  }

  async listVersions(query: ListVersionsQuery, context: CallContext): Promise<VersionPage> {
    this.#throwIfDraining();
    return this.#parts.versions.list(query, context);
  }

  async status(): Promise<StoreStatus> {
    return Promise.resolve(storeStatus(this.#parts));
  }

  drain(): void {
    this.#isDraining = true;
    this.#parts.feed.drain();
    void this.#parts.engine.verification.stop();
    this.#parts.scans.drain();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { housekeeping, expirer, listings, engine } = this.#parts;
    this.drain();
    housekeeping.stop();
    await expirer.stop();
    listings.close();
    await engine.close();
  }

  /**
   * What an answer may say that it stands for, when it was looked up with this revision as the newest: what
   * came later may have changed it, and what is not durable may be undone.
   */
  #durableOf(applied: Revision): Revision {
    return revision(Math.min(applied, this.#parts.engine.durableRevision));
  }

  /**
   * The value of an entry that was just looked up. Once it is durable the key may have a newer one; that
   * takes nothing from this one. Undefined: its file is gone by then, and another has the key's entry.
   */
  async #readDurable(key: Buffer, entry: Entry): Promise<StoredValue | undefined> {
    const { engine } = this.#parts;
    await engine.whenDurable(entry.revision);
    return engine.canReach(entry) ? engine.read(key, entry) : undefined;
  }

  /** A write that is one operation, and may have a precondition. */
  async #alone<Kind extends Operation["kind"]>(
    operation: Extract<Operation, { readonly kind: Kind }>,
    options: WriteOptions,
    context: CallContext,
  ): Promise<ResultOf<Kind>> {
    this.#throwIfDraining();
    const { limits, transactions } = this.#parts;
    checkOperation(operation, limits);
    checkPrecondition(options, limits);
    return withoutKind(await transactions.alone(operation, options, context));
  }

  #throwIfDraining(): void {
    if (!this.#isDraining) return;
    throw new KvError("DRAINING", "the store is about to close", { retryAfterMs: 1000 });
  }
}

function withoutKind<T extends { readonly kind: unknown }>({
  kind: _,
  ...rest
}: T): Omit<T, "kind"> {
  return rest;
}
