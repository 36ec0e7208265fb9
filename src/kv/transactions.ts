/**
 * Writes that are judged before they are committed: by preconditions and conditions, by the values that keys
 * have, by the operations before them. Each is a short loop: look at everything that decides; expire what is due
 * and read what is on disk; make room; then judge and commit in one synchronous step. If something had to be
 * waited for, all of it is looked at again, so that what is committed was judged by the newest state.
 */

import { revision, type Limits, type Revision, type TimeMs } from "../base/index.js";
import {
  purposeOf,
  type Applied,
  type Change,
  type ReplyNote,
  type StorageEngine,
  type StoredValue,
} from "../storage/index.js";
import { checkTransaction, requestIdOf } from "./command-checks.js";
import type { Expirer } from "./expirer.js";
import type { Idempotency, Identity } from "./idempotency.js";
import type { KeydirEntry } from "./key-draft.js";
import type { LogicalClock } from "./logical-clock.js";
import { WantedValues, type NewestValues } from "./newest-values.js";
import { decodeReply, encodeReply } from "./reply-format.js";
import { requestDigest } from "./request-digest.js";
import type { CallContext } from "./store.js";
import {
  allHold,
  conditionNeeds,
  draftOf,
  needsOf,
  type Draft,
  type Need,
  type State,
  type Steps,
} from "./transaction-draft.js";
import { noteBytesOf, replyBytesOf, tooLarge, writtenBytesOf } from "./transaction-size.js";
import type {
  Check,
  Operation,
  OperationResult,
  TransactCommand,
  TransactResult,
  WriteOptions,
} from "./write-commands.js";

/** Values that are read together: as many as are read from disk at once. */
const READ_TOGETHER_MAX = 16;

const NOTHING: readonly never[] = [];

export interface TransactionsOptions {
  readonly engine: StorageEngine;
  readonly expirer: Expirer;
  readonly logical: LogicalClock;
  readonly newestValues: NewestValues;
  readonly idempotency: Idempotency;
  readonly limits: Limits;
}

type Branch = "then" | "otherwise";

/** A transaction, or a call that is one by itself. */
interface Work extends Omit<TransactCommand, "requestId"> {
  readonly requestId: TransactCommand["requestId"] | undefined;
  readonly isTransaction: boolean;
  /** Of a call that is one operation by itself. */
  readonly precondition: Check | undefined;
  /** How errors name an operation. */
  readonly pathOf: (branch: Branch) => Steps["pathOf"];
  /** Most bytes that it may write, and may read. One operation by itself has its own bounds. */
  readonly bytesMax: number;
}

/** What one call holds on to from round to round. */
interface Call {
  readonly work: Work;
  readonly context: CallContext;
  readonly identity: Identity | undefined;
  readonly values: WantedValues;
  /** Whether the values that are written were made ready, so that the commit is short. */
  isPrepared: boolean;
}

/** What a round came to: something has to be waited for, or it is decided. */
type Round =
  | { readonly kind: "wait"; readonly until: Promise<void> }
  | { readonly kind: "refused"; readonly error: unknown }
  | { readonly kind: "unchanged"; readonly result: TransactResult }
  | { readonly kind: "committed"; readonly applied: Applied; readonly result: TransactResult };

export class Transactions {
  readonly #options: TransactionsOptions;
  readonly #entryOf = (key: Buffer): KeydirEntry | undefined => this.#options.engine.lookup(key);

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** See `Store.transact`. */
  transact(command: TransactCommand, context: CallContext): Promise<TransactResult> {
    const { limits } = this.#options;
    checkTransaction(command, limits);
    return this.#once(
      {
        ...command,
        requestId: command.requestId,
        isTransaction: true,
        precondition: undefined,
        pathOf: (branch) => (operation, index) => `${branch}[${String(index)}].${operation.kind}`,
        bytesMax: limits.transactionBytesMax,
      },
      context,
    );
  }

  /** One operation, whose bounds were checked, by itself. */
  async alone<Kind extends Operation["kind"]>(
    operation: Extract<Operation, { readonly kind: Kind }>,
    { precondition, requestId }: WriteOptions,
    context: CallContext,
  ): Promise<Extract<OperationResult, { readonly kind: Kind }>> {
    const { results, replayed } = await this.#once(
      {
        // Written out, as all that each call makes: a spread takes a microsecond or two.
        requestId,
        isTransaction: false,
        conditions: NOTHING,
        then: [operation],
        otherwise: NOTHING,
        precondition,
        pathOf: () => () => undefined,
        bytesMax: Infinity,
      },
      context,
    );
    const known = results[0] as Extract<OperationResult, { readonly kind: Kind }>;
    return replayed === true ? { ...known, replayed } : known;
  }

  async #once(work: Work, context: CallContext): Promise<TransactResult> {
    const requestId = requestIdOf(work);
    if (requestId === undefined) return this.#run(work, context, undefined);
    const identity = { requestId, digest: requestDigest(work) };
    return this.#options.idempotency.once(identity, {
      write: () => this.#run(work, context, identity),
      decode: decodeReply,
    });
  }

  async #run(
    work: Work,
    context: CallContext,
    identity: Identity | undefined,
  ): Promise<TransactResult> {
    const { engine, newestValues } = this.#options;
    using values = new WantedValues(newestValues);
    const call: Call = { work, context, identity, values, isPrepared: false };
    for (;;) {
      const applied = engine.appliedRevision;
      const round = this.#round(call);
      switch (round.kind) {
        case "wait":
          await round.until;
          continue;
        case "refused":
          context.onDecided?.([]);
          // What it was refused for must be there to stay.
          await engine.whenDurable(applied);
          throw round.error;
        case "unchanged":
          context.onDecided?.(round.result.results);
          // A call that changes nothing answers for everything that was applied before it.
          await engine.whenDurable(applied);
          return round.result;
        case "committed":
          context.onDecided?.(round.result.results);
          await round.applied.durable;
          return round.result;
      }
    }
  }

  /** One synchronous step. */
  #round(call: Call): Round {
    const { engine, logical } = this.#options;
    const { work, values } = call;
    const nowMs = logical.now();
    const state: State = {
      entryOf: this.#entryOf,
      valueOf: (key, entry) => this.#valueOf(key, entry, values),
    };
    const asked = this.#unready(conditionNeeds(work.conditions), call, nowMs);
    if (asked !== undefined) return { kind: "wait", until: asked };
    const succeeded = allHold(work.conditions, state);
    const branch = succeeded ? "then" : "otherwise";
    const operations = work[branch];
    const { precondition } = work;
    const steps: Steps = { succeeded, operations, precondition, pathOf: work.pathOf(branch) };
    const needed = this.#unready(needsOf(steps), call, nowMs);
    if (needed !== undefined) return { kind: "wait", until: needed };
    let draft: Draft;
    try {
      draft = draftOf(steps, state, { revision: revision(engine.appliedRevision + 1), nowMs });
    } catch (error) {
      return { kind: "refused", error };
    }
    this.#throwIfLarge(branch, draft, call);
    if (draft.changes.length > 0) return this.#commit(draft, call, nowMs);
    // What it saw of itself has no revision of its own.
    const moment = { revision: engine.appliedRevision, nowMs };
    const { results } = draftOf(steps, state, moment);
    return { kind: "unchanged", result: { revision: moment.revision, succeeded, results } };
  }

  /** What must be waited for until these are known; undefined: nothing. */
  #unready(needs: readonly Need[], call: Call, nowMs: TimeMs): Promise<void> | undefined {
    const { engine, expirer } = this.#options;
    const due: Buffer[] = [];
    const unread: Unread[] = [];
    for (const { key, isValueNeeded } of needs) {
      const entry = engine.lookup(key);
      if (entry === undefined) continue;
      if (expirer.isDue(entry, nowMs)) due.push(key);
      else if (isValueNeeded) {
        const stored = this.#valueOf(key, entry, call.values);
        if (stored === undefined) unread.push({ key, entry });
        else call.values.want(key).note(stored);
      }
    }
    if (due.length > 0) return expirer.expire(due);
    if (unread.length > 0) return this.#read(unread, call);
    throwIfReadTooMuch(call);
    return undefined;
  }

  #valueOf(key: Buffer, entry: KeydirEntry, values: WantedValues): StoredValue | undefined {
    return values.at(key, entry.revision) ?? this.#options.engine.cached(key, entry);
  }

  /** Reads values; where a key is set meanwhile, the new value is left where the next round finds it. */
  async #read(unread: readonly Unread[], call: Call): Promise<void> {
    const { engine } = this.#options;
    const wanted = unread.map(({ key, entry }) => ({ key, entry, value: call.values.want(key) }));
    for (let at = 0; at < wanted.length; at += READ_TOGETHER_MAX) {
      const together = wanted.slice(at, at + READ_TOGETHER_MAX).map(async (each) => {
        await engine.whenDurable(each.entry.revision);
        // Meanwhile compaction may have moved the record, or another have come: the next round sees to that.
        if (!engine.canReach(each.entry)) return;
        each.value.note(await engine.read(each.key, each.entry));
      });
      await Promise.all(together);
      throwIfReadTooMuch(call);
    }
  }

  #throwIfLarge(branch: Branch, { changes, results }: Draft, { work, context }: Call): void {
    const { bytesMax } = work;
    if (writtenBytesOf(changes) > bytesMax) throw tooLarge(branch, "writes", bytesMax);
    const replyBytesMax = Math.min(bytesMax, context.replyBytesMax ?? Infinity);
    if (work.bytesMax < Infinity && replyBytesOf(results) > replyBytesMax) {
      throw tooLarge(branch, "answers", replyBytesMax);
    }
  }

  #commit(draft: Draft, call: Call, nowMs: TimeMs): Round {
    const { engine, expirer } = this.#options;
    const { succeeded, changes, newKeys, results } = draft;
    const note = noteOf(call.identity, draft);
    const bytes = writtenBytesOf(changes) + noteBytesOf(note);
    const room = this.#prepare(changes, call) ?? engine.admit(bytes, purposeOf(changes));
    if (room !== undefined) return { kind: "wait", until: room };
    for (const key of newKeys) engine.admitKey(key);
    call.context.throwIfAbandoned();
    const applied = engine.commit(changes, nowMs, note);
    for (const change of changes) {
      if (change.kind !== "set" && change.kind !== "touch") continue;
      this.#noteNewest(change, applied.revision, nowMs);
      expirer.wake(change.deadlineMs);
    }
    const result = { revision: applied.revision, succeeded, results };
    return { kind: "committed", applied, result };
  }

  /** Makes values ready to be committed. A promise: ask again when it resolves. */
  #prepare(changes: readonly Change[], call: Call): Promise<void> | undefined {
    const { engine } = this.#options;
    const values = changes.flatMap((change) =>
      change.kind === "delete" ? [] : (change.value ?? []),
    );
    if (values.length > 1 && !call.isPrepared) {
      call.isPrepared = true;
      return engine.prepareAll(values);
    }
    for (const value of values) {
      const preparing = engine.prepare(value);
      if (preparing !== undefined) return preparing;
    }
    return undefined;
  }

  #noteNewest({ key, value, contentType }: Put, at: Revision, nowMs: TimeMs): void {
    const stored = { revision: at, value, contentType, updateTimeMs: nowMs };
    this.#options.newestValues.note(key, stored);
  }
}

function noteOf(identity: Identity | undefined, draft: Draft): ReplyNote | undefined {
  return identity === undefined ? undefined : { ...identity, reply: encodeReply(draft) };
}

interface Unread {
  readonly key: Buffer;
  readonly entry: KeydirEntry;
}

type Put = Extract<Change, { readonly kind: "set" | "touch" }>;

function throwIfReadTooMuch({ work, values }: Call): void {
  if (values.bytes <= work.bytesMax) return;
  throw tooLarge("then", "the conditions or the operations look at", work.bytesMax);
}
