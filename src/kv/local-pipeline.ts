/**
 * A pipeline on this machine. Operations are begun one after the other: a set is committed, a get has found its
 * entry, before the next one is looked at. Nothing is waited for in between if nothing must be, so that a call's
 * operations share one sync; how that went, and what is read from disk, is awaited once for all of them.
 *
 * Plain sets and gets, which most operations are, cost no promise of their own.
 */

import { KvError, NO_DEADLINE, NO_REVISION, revision, type Revision } from "../base/index.js";
import type { StorageEngine, StoredValue } from "../storage/index.js";
import { checkKey, checkOperation, checkPrecondition } from "./command-checks.js";
import { foresee } from "./foresee.js";
import type { LocalParts } from "./local-parts.js";
import { PipelineOutcomes } from "./pipeline-outcomes.js";
import type {
  FailedOperation,
  Pipeline,
  PipelineContext,
  PipelineOperation,
  PipelineOutcome,
} from "./pipeline.js";
import { attemptSet, isPlainSet, type PlainSet } from "./plain-set.js";
import type { CallContext } from "./store.js";
import { entryBytesIn, entryBytesMax, entryBytesOf } from "./transaction-size.js";
import type { Turns } from "./turns.js";
import type { OperationResult } from "./write-commands.js";

type Entry = NonNullable<ReturnType<StorageEngine["lookup"]>>;
type AloneOperation = Exclude<PipelineOperation, { readonly kind: "get" } | FailedOperation>;

/** About what an operation takes of a turn of the event loop; see `Turns`. */
const STEPS_PER_OPERATION = 4000;

const RETRY_AFTER_MS = 1;

/** Whether anyone still waits is asked once for many operations. */
const ASKED_ALREADY: CallContext = { throwIfAbandoned: () => undefined };

export interface LocalPipelineOptions {
  readonly parts: LocalParts;
  /** Shared by all pipelines of the store. */
  readonly turns: Turns;
  /** Throws when the store is about to close. */
  readonly throwIfDraining: () => void;
}

export class LocalPipeline implements Pipeline {
  readonly #options: LocalPipelineOptions;
  /** Of the newest call, while not all its operations are begun. Never rejects. */
  #beginning: Promise<void> | undefined;

  constructor(options: LocalPipelineOptions) {
    this.#options = options;
  }

  perform(
    operations: readonly PipelineOperation[],
    context: PipelineContext,
  ): Promise<readonly PipelineOutcome[]> {
    const run = new PipelineRun(this.#options, operations, context);
    const before = this.#beginning;
    const begun = before === undefined ? run.begin() : before.then(() => run.begin());
    if (begun === undefined) return run.outcomes();
    const beginning = begun.then(() => {
      if (this.#beginning === beginning) this.#beginning = undefined;
    });
    this.#beginning = beginning;
    return beginning.then(() => run.outcomes());
  }

  /** There is nothing to let go of. */
  close(): void {
    return undefined;
  }
}

/** The operations of one call. */
class PipelineRun {
  readonly #options: LocalPipelineOptions;
  readonly #operations: readonly PipelineOperation[];
  readonly #context: PipelineContext;
  readonly #outcomes: PipelineOutcomes;
  /** What entries may still take of the reply. */
  #bytesLeft: number;

  constructor(
    options: LocalPipelineOptions,
    operations: readonly PipelineOperation[],
    context: PipelineContext,
  ) {
    this.#options = options;
    this.#operations = operations;
    this.#context = context;
    this.#outcomes = new PipelineOutcomes(options.parts.engine);
    this.#bytesLeft = context.replyBytesMax ?? Infinity;
  }

  /** Begins the rest of the operations. Undefined: all are begun. A promise: they are when it resolves. */
  begin(): Promise<void> | undefined {
    try {
      this.#options.throwIfDraining();
      this.#context.throwIfAbandoned();
    } catch (error) {
      while (this.#outcomes.next < this.#operations.length)
        this.#outcomes.note({ kind: "error", error });
      return undefined;
    }
    const { engine } = this.#options.parts;
    let foreseenEnd = this.#outcomes.next;
    for (
      let operation = this.#operations[this.#outcomes.next];
      operation !== undefined;
      operation = this.#operations[this.#outcomes.next]
    ) {
      if (this.#outcomes.next >= foreseenEnd)
        foreseenEnd = foresee(engine, this.#operations, this.#outcomes.next);
      const wait = this.#options.turns.take(STEPS_PER_OPERATION) ?? this.#attempt(operation);
      if (wait !== undefined) return this.#beginAfter(wait);
    }
    return undefined;
  }

  /** What came of the operations, when it is durable. All of them were begun. */
  outcomes(): Promise<readonly PipelineOutcome[]> {
    return this.#outcomes.whenTold();
  }

  #beginAfter(wait: Promise<void>): Promise<void> {
    return wait.then(
      () => this.begin(),
      (error: unknown) => {
        this.#outcomes.note({ kind: "error", error });
        return this.begin();
      },
    );
  }

  /** A promise: when it resolves, what comes next can be tried. If it rejects, the next operation has failed. */
  #attempt(operation: PipelineOperation): Promise<void> | undefined {
    try {
      switch (operation.kind) {
        case "set":
          return isPlainSet(operation) ? this.#set(operation) : this.#alone(operation);
        case "get":
          return this.#get(operation);
        case "error":
          this.#outcomes.note(operation);
          return undefined;
        default:
          return this.#alone(operation);
      }
    } catch (error) {
      this.#outcomes.note({ kind: "error", error });
      return undefined;
    }
  }

  #set(operation: PlainSet & { readonly kind: "set" }): Promise<void> | undefined {
    const set = attemptSet(this.#options.parts, operation, ASKED_ALREADY);
    switch (set.kind) {
      case "wait":
        return set.until;
      case "made before":
        return this.#alone(operation);
      case "refused":
        this.#outcomes.refuse(set.error, set.revision);
        return undefined;
      case "committed":
        this.#outcomes.need(set.revision);
        this.#outcomes.note({ kind: "set", revision: set.revision, deadlineMs: set.deadlineMs });
        return undefined;
    }
  }

  #get({
    key,
    atRevision,
  }: Extract<PipelineOperation, { kind: "get" }>): Promise<void> | undefined {
    const { engine, limits } = this.#options.parts;
    if (atRevision !== undefined) return this.#getAt(key, atRevision);
    checkKey(key, limits);
    const applied = engine.appliedRevision;
    const cached = engine.cache.newest(key);
    if (cached !== undefined) {
      if (this.#isDue(cached)) return this.#expire(key);
      this.#take(entryBytesOf(key, cached));
      this.#outcomes.need(cached.revision);
      this.#outcomes.note({ kind: "get", entry: cached, revision: applied });
      return undefined;
    }
    const entry = engine.lookup(key);
    if (entry === undefined) {
      this.#outcomes.need(engine.unsyncedRemoval(key) ?? NO_REVISION);
      this.#outcomes.note({ kind: "get", entry: undefined, revision: applied });
      return undefined;
    }
    return this.#isDue(entry) ? this.#expire(key) : this.#getFromDisk(key, entry, applied);
  }

  /** Most keys have no deadline, and a look at the clock costs a tenth of a get. */
  #isDue(entry: Pick<Entry, "deadlineMs">): boolean {
    const { expirer, logical } = this.#options.parts;
    return entry.deadlineMs !== NO_DEADLINE && expirer.isDue(entry, logical.now());
  }

  #expire(key: Buffer): Promise<void> {
    return this.#options.parts.expirer.expire([key]);
  }

  #getFromDisk(key: Buffer, entry: Entry, applied: Revision): Promise<void> | undefined {
    const { engine } = this.#options.parts;
    const read = (): void => {
      // As long as a record is on disk it can stand for its value, which is never shorter uncompressed.
      this.#take(entry.length);
      // Begun in this step, in which the record can be reached: compaction takes nothing away from under it.
      void this.#outcomes.await(engine.read(key, entry), (stored) => {
        this.#giveBack(entry.length);
        this.#take(entryBytesOf(key, stored));
        return found(key, { entry, stored, applied });
      });
    };
    const durable = engine.whenDurable(entry.revision);
    if (durable === undefined) {
      read();
      return undefined;
    }
    return durable.then(() => {
      if (engine.canReach(entry)) read();
    });
  }

  /** What is kept of the past may be less after the next operation, so that one waits. */
  #getAt(key: Buffer, atRevision: Revision): Promise<void> {
    const { versions } = this.#options.parts;
    return versions.getAt({ key, atRevision }, this.#context).then((result) => {
      if (result.entry !== undefined) this.#take(entryBytesOf(key, result.entry));
      this.#outcomes.note({ kind: "get", ...result });
    });
  }

  /** A write that is judged by what it finds. The next operation waits until that is done, not until it is durable. */
  #alone(operation: AloneOperation): Promise<void> | undefined {
    const { transactions, limits } = this.#options.parts;
    checkOperation(operation, limits);
    checkPrecondition(operation, limits);
    // Once it is done it must be answered, so there has to be room for the longest answer before.
    const reserved =
      "returnPrevious" in operation && operation.returnPrevious ? entryBytesMax(limits) : 0;
    this.#take(reserved);
    const decision = { isMade: false, tell: (): void => undefined };
    const settled = transactions.alone(operation, operation, {
      throwIfAbandoned: this.#context.throwIfAbandoned,
      onDecided: (results) => {
        this.#giveBack(reserved - entryBytesIn(results));
        decision.isMade = true;
        decision.tell();
      },
    });
    const awaited = this.#outcomes.await(settled, (result) => result);
    if (decision.isMade) return undefined;
    const decided = new Promise<void>((resolve) => {
      decision.tell = resolve;
    });
    return Promise.race([decided, awaited]);
  }

  /** Throws OVERLOADED where the reply has no room for so much. */
  #take(bytes: number): void {
    if (bytes > this.#bytesLeft) {
      throw new KvError("OVERLOADED", "the reply to this request is full: ask again in another", {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    this.#giveBack(-bytes);
  }

  #giveBack(bytes: number): void {
    this.#bytesLeft += bytes;
    if (bytes !== 0) this.#context.onEntryBytes?.(-bytes);
  }
}

interface Found {
  readonly entry: Entry;
  readonly stored: StoredValue;
  readonly applied: Revision;
}

function found(key: Buffer, { entry, stored, applied }: Found): OperationResult {
  const { createRevision, version, deadlineMs } = entry;
  const { value, contentType, updateTimeMs } = stored;
  const at = { revision: entry.revision, createRevision, version, deadlineMs };
  return {
    kind: "get",
    entry: { key, value, ...at, updateTimeMs, contentType },
    revision: revision(applied),
  };
}
