/**
 * Deletes the keys of a range at one revision. They are looked for a slice at a time, while others write; what
 * changes meanwhile is looked at again. Then, in one synchronous step, nothing has changed any more, nothing
 * is due, there is room, and all of them are committed:
 *
 *   search a slice ──► look at what changed ──► expire what is due ──► make room ──► commit
 *         ▲                                                                │
 *         └────────────────── something had to be waited for ◄─────────────┘
 *
 * So the answer is true of its own revision: without `more`, the range is empty there. The last step alone
 * takes time that grows with the keys (docs/decisions/delete-range.md).
 */

import { invalidField, KvError, type Limits } from "../base/index.js";
import type { Applied, ReplyNote, StorageEngine } from "../storage/index.js";
import { requestIdOf } from "./command-checks.js";
import type { Expirer } from "./expirer.js";
import { FoundKeys } from "./found-keys.js";
import type { Idempotency, Identity } from "./idempotency.js";
import { restOf, toStretch, type KeyStretch } from "./key-range.js";
import type { LogicalClock } from "./logical-clock.js";
import { decodeRangeReply, encodeRangeReply } from "./reply-format.js";
import { rangeDigest } from "./request-digest.js";
import type { CallContext } from "./store.js";
import { noteBytesOf } from "./transaction-size.js";
import { Turns } from "./turns.js";
import type { DeleteRangeCommand, DeleteRangeResult } from "./write-commands.js";

/** Each holds the keys that it has found, as many bytes as a transaction may have. */
const CALLS_MAX = 16;
const RETRY_AFTER_MS = 100;

/** What it takes to walk over one key and to keep it, beside what it takes to match it; see `Turns`. */
const STEPS_PER_KEY = 2000;

const DUE_KEYS_MAX = 256;

export interface RangeDeletesOptions {
  readonly engine: StorageEngine;
  readonly expirer: Expirer;
  readonly logical: LogicalClock;
  readonly idempotency: Idempotency;
  readonly limits: Limits;
}

/** One call under way. */
interface Search {
  readonly stretch: KeyStretch;
  readonly found: FoundKeys;
  readonly changed: ReturnType<StorageEngine["changes"]["watchKeys"]>;
  readonly context: CallContext;
  readonly identity: Identity | undefined;
  /** What of the stretch was not walked over yet. Undefined: nothing. */
  rest: KeyStretch | undefined;
  /** Keys that were met past their deadline. */
  due: Buffer[];
}

/** What a round came to: something has to be waited for, or it is decided. */
type Round =
  | { readonly kind: "wait"; readonly until: Promise<void> }
  | { readonly kind: "unchanged"; readonly result: DeleteRangeResult }
  | { readonly kind: "committed"; readonly applied: Applied; readonly result: DeleteRangeResult };

export class RangeDeletes {
  readonly #options: RangeDeletesOptions;
  readonly #turns = new Turns();
  #callCount = 0;

  constructor(options: RangeDeletesOptions) {
    this.#options = options;
  }

  /** See `Store.deleteRange`. */
  async deleteRange(command: DeleteRangeCommand, context: CallContext): Promise<DeleteRangeResult> {
    const { engine, idempotency } = this.#options;
    const countMax = this.#countMax(command);
    const stretch = toStretch(command.range, engine.keyOrder);
    const requestId = requestIdOf(command);
    const run = (identity: Identity | undefined): Promise<DeleteRangeResult> =>
      this.#run({ stretch, countMax, context, identity });
    if (requestId === undefined) return run(undefined);
    const identity = { requestId, digest: rangeDigest(command) };
    return idempotency.once(identity, { write: () => run(identity), decode: decodeRangeReply });
  }

  #countMax({ limit }: DeleteRangeCommand): number {
    const { deleteRangeMax } = this.#options.limits;
    if (limit < 0) throw invalidField("limit", "must not be negative");
    if (limit <= deleteRangeMax) return limit === 0 ? deleteRangeMax : limit;
    const most = `${String(deleteRangeMax)} (limits.delete_range)`;
    throw invalidField("limit", `is ${String(limit)}, must be at most ${most}`);
  }

  async #run({
    countMax,
    ...call
  }: Pick<Search, "stretch" | "context" | "identity"> & {
    readonly countMax: number;
  }): Promise<DeleteRangeResult> {
    const { engine, limits } = this.#options;
    if (this.#callCount >= CALLS_MAX) throw overloaded("there are many of them under way");
    const found = new FoundKeys({ countMax, bytesMax: limits.transactionBytesMax });
    using changed = engine.changes.watchKeys();
    this.#callCount++;
    try {
      return await this.#finish({ ...call, found, changed, rest: call.stretch, due: [] });
    } finally {
      this.#callCount--;
    }
  }

  async #finish(search: Search): Promise<DeleteRangeResult> {
    const { engine } = this.#options;
    for (;;) {
      const applied = engine.appliedRevision;
      const round = this.#round(search);
      switch (round.kind) {
        case "wait":
          await round.until;
          search.context.throwIfAbandoned();
          break;
        case "unchanged":
          // That nothing is there is an answer that rests on everything that was applied before it.
          await engine.whenDurable(applied);
          return round.result;
        case "committed":
          await round.applied.durable;
          return round.result;
      }
    }
  }

  /** One synchronous step. */
  #round(search: Search): Round {
    const { engine, logical, expirer } = this.#options;
    const { found } = search;
    const turn = this.#lookAgain(search) ?? this.#search(search);
    if (turn !== undefined) return { kind: "wait", until: turn };
    const nowMs = logical.now();
    // What has fallen due since it was found is expired as well.
    const due = [...search.due, ...found.dueAt(nowMs, DUE_KEYS_MAX)];
    search.due = [];
    if (due.length > 0) return { kind: "wait", until: expirer.expire(due) };
    const { keys, bytes, more } = found.chosen();
    if (keys.length === 0) {
      const revision = engine.appliedRevision;
      return { kind: "unchanged", result: { revision, deletedCount: 0, more } };
    }
    const note = noteOf(search.identity, { deletedCount: keys.length, more });
    const room = engine.admit(bytes + noteBytesOf(note), "release");
    if (room !== undefined) return { kind: "wait", until: room };
    search.context.throwIfAbandoned();
    const changes = keys.map((key) => ({ kind: "delete", key }) as const);
    const applied = engine.commit(changes, nowMs, note);
    const result = { revision: applied.revision, deletedCount: keys.length, more };
    return { kind: "committed", applied, result };
  }

  /** Looks at what has changed since the last time. A promise: some of it is left for another turn. */
  #lookAgain({ changed, stretch, found }: Search): Promise<void> | undefined {
    const { engine } = this.#options;
    if (changed.hasLost) throw overloaded("others write faster than the range can be searched");
    for (let key = changed.take(); key !== undefined; key = changed.take()) {
      const turn = this.#turns.take(STEPS_PER_KEY + (stretch.matchStepsMax?.(key) ?? 0));
      if (turn !== undefined) {
        changed.add(key);
        return turn;
      }
      if (stretch.matches(key)) found.note(key, engine.lookup(key));
    }
    return undefined;
  }

  /** Searches on until enough is found, or all, or enough that is due. A promise: the rest is for another turn. */
  #search(search: Search): Promise<void> | undefined {
    const { engine, expirer, logical } = this.#options;
    const { stretch, found } = search;
    if (found.isStale) {
      found.beginAnew();
      search.rest = stretch;
    }
    if (search.rest === undefined || found.isEnough()) return undefined;
    const { keyOrder: order } = engine;
    const { start, end } = search.rest;
    const nowMs = logical.now();
    using view = engine.pin();
    for (const [key, entry] of view.walk({ start, end, isDescending: false })) {
      const matchSteps = stretch.isExact ? 0 : (stretch.matchStepsMax?.(key) ?? 0);
      const turn = this.#turns.take(STEPS_PER_KEY + matchSteps);
      if (turn !== undefined) {
        search.rest = { ...stretch, start: order.nameOf(key) };
        return turn;
      }
      if (!stretch.isExact && !stretch.matches(key)) continue;
      if (expirer.isDue(entry, nowMs)) search.due.push(key);
      else found.note(key, entry);
      if (!found.isEnough() && search.due.length < DUE_KEYS_MAX) continue;
      search.rest = restOf(stretch, key, { order, isDescending: false });
      return undefined;
    }
    search.rest = undefined;
    return undefined;
  }
}

function noteOf(
  identity: Identity | undefined,
  reply: Pick<DeleteRangeResult, "deletedCount" | "more">,
): ReplyNote | undefined {
  return identity === undefined ? undefined : { ...identity, reply: encodeRangeReply(reply) };
}

function overloaded(why: string): KvError {
  return new KvError("OVERLOADED", `the range cannot be deleted now: ${why}`, {
    retryAfterMs: RETRY_AFTER_MS,
  });
}
