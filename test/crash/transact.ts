/**
 * A transaction of several changes, asked of the engine below the store as the calls of the store ask it:
 * look everything up, wait for what is missing and look again, then check and commit in one step.
 */

import { NO_DEADLINE, timeMs, type Revision, type TimeMs } from "../../src/base/index.js";
import type { LocalParts } from "../../src/kv/local-parts.js";
import type { Change, StoredValue } from "../../src/storage/index.js";
import { TINY_LIMITS } from "../support/local-store.js";

/** What a transaction is to do to a key, if the key is there for it. */
export type Wish =
  | { readonly kind: "set"; readonly key: Buffer; readonly value: Buffer; readonly ttlMs: number }
  | { readonly kind: "touch"; readonly key: Buffer; readonly ttlMs: number }
  | { readonly kind: "delete"; readonly key: Buffer };

export interface Transacted {
  readonly revision: Revision;
  readonly changes: readonly Change[];
}

/** What the head of a record takes, generously. */
const RECORD_BYTES = 128;

/** A value that was looked for, and of which revision it is. */
interface Known {
  readonly revision: Revision;
  readonly stored: StoredValue;
}

/** Commits what can be done of the wishes, at most one a key, whole and durably. Undefined: nothing could be. */
export async function transact(
  parts: LocalParts,
  wishes: readonly Wish[],
): Promise<Transacted | undefined> {
  return new Transaction(parts, wishes).commit();
}

class Transaction {
  readonly #parts: LocalParts;
  readonly #wishes: readonly Wish[];
  readonly #known = new Map<Wish, Known>();
  readonly #prepared = new Set<Buffer>();

  constructor(parts: LocalParts, wishes: readonly Wish[]) {
    this.#parts = parts;
    this.#wishes = wishes;
  }

  async commit(): Promise<Transacted | undefined> {
    const { engine, logical, expirer } = this.#parts;
    for (;;) {
      const nowMs = logical.now();
      const waiting = this.#missing(nowMs);
      if (waiting !== undefined) {
        await waiting;
        continue;
      }
      const changes = withinBounds(this.#changes(nowMs));
      if (changes.length === 0) return undefined;
      const room =
        this.#prepare(changes) ??
        engine.admit(
          changes.reduce((sum, change) => sum + sizeOf(change), 0),
          "write",
        );
      if (room !== undefined) {
        await room;
        continue;
      }
      const { revision, durable } = engine.commit(changes, nowMs);
      for (const change of changes) if ("deadlineMs" in change) expirer.wake(change.deadlineMs);
      await durable;
      return { revision, changes };
    }
  }

  /** What has to come to pass before the wishes can be judged; undefined: nothing. */
  #missing(nowMs: TimeMs): Promise<void> | undefined {
    const { engine, expirer } = this.#parts;
    for (const wish of this.#wishes) {
      const entry = engine.lookup(wish.key);
      if (entry === undefined) continue;
      if (expirer.isDue(entry, nowMs)) return expirer.expire([wish.key]);
      if (wish.kind !== "touch" || this.#known.get(wish)?.revision === entry.revision) continue;
      return this.#learn(wish);
    }
    return undefined;
  }

  async #learn(wish: Wish): Promise<void> {
    const { engine } = this.#parts;
    const entry = engine.lookup(wish.key);
    if (entry === undefined) return;
    await engine.whenDurable(entry.revision);
    if (!engine.canReach(entry)) return;
    const stored = await engine.read(wish.key, entry);
    this.#known.set(wish, { revision: entry.revision, stored });
  }

  #changes(nowMs: TimeMs): Change[] {
    const { engine } = this.#parts;
    return this.#wishes.flatMap((wish): Change[] => {
      const { kind, key } = wish;
      if (kind === "set") {
        const deadlineMs = deadlineOf(wish.ttlMs, nowMs);
        const set = { setCount: 1, isAnew: false };
        return [{ kind, key, value: wish.value, contentType: "", deadlineMs, ...set }];
      }
      if (engine.lookup(key) === undefined) return [];
      if (kind === "delete") return [{ kind, key }];
      const known = this.#known.get(wish);
      if (known === undefined) return [];
      const { value, contentType } = known.stored;
      return [{ kind, key, value, contentType, deadlineMs: deadlineOf(wish.ttlMs, nowMs) }];
    });
  }

  #prepare(changes: readonly Change[]): Promise<void> | undefined {
    const values = changes.flatMap((change) =>
      "value" in change && change.value !== undefined && !this.#prepared.has(change.value)
        ? [change.value]
        : [],
    );
    if (values.length === 0) return undefined;
    for (const value of values) this.#prepared.add(value);
    return this.#parts.engine.prepareAll(values);
  }
}

/** As many of the changes as a transaction may be large. */
function withinBounds(changes: readonly Change[]): Change[] {
  let bytes = 0;
  return changes.filter((change) => {
    bytes += sizeOf(change);
    return bytes <= TINY_LIMITS.transactionBytesMax;
  });
}

function sizeOf(change: Change): number {
  return RECORD_BYTES + change.key.length + ("value" in change ? (change.value?.length ?? 0) : 0);
}

function deadlineOf(ttlMs: number, nowMs: TimeMs): TimeMs {
  return ttlMs === 0 ? NO_DEADLINE : timeMs(nowMs + ttlMs);
}
