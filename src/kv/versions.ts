/**
 * The past of a key, as far as the versions that are kept prove it; what they do not prove is REVISION_COMPACTED,
 * never a guess. A version past its deadline is not told: to whoever asks, the key had no value then.
 */

import {
  invalidField,
  KvError,
  NO_REVISION,
  revision,
  type Limits,
  type Revision,
} from "../base/index.js";
import type { StorageEngine, StoredValue } from "../storage/index.js";
import { checkKey } from "./command-checks.js";
import { toEntry } from "./entries.js";
import type { Expirer } from "./expirer.js";
import type { LogicalClock } from "./logical-clock.js";
import type { GetAtQuery, ListVersionsQuery, VersionPage } from "./read-queries.js";
import type { Entry } from "./entry.js";
import type { CallContext } from "./store.js";
import type { GetResult } from "./write-commands.js";
import { pageScope, type Tokens } from "./tokens.js";

/** What an entry is in a message beside its key, value and content type, at most. */
const ENTRY_OVERHEAD_BYTES = 80;

/** The scope of a token names the key already. */
const NO_KEY = Buffer.alloc(0);

type Version = NonNullable<ReturnType<StorageEngine["lookup"]>>;

export interface VersionsOptions {
  readonly engine: StorageEngine;
  readonly expirer: Expirer;
  readonly logical: LogicalClock;
  readonly tokens: Tokens;
  readonly limits: Limits;
}

export class Versions {
  readonly #options: VersionsOptions;

  constructor(options: VersionsOptions) {
    this.#options = options;
  }

  async getAt({ key, atRevision }: GetAtQuery, context: CallContext): Promise<GetResult> {
    const { engine, limits } = this.#options;
    checkKey(key, limits);
    await this.#throwIfFuture(atRevision);
    await engine.whenDurable(atRevision);
    for (;;) {
      context.throwIfAbandoned();
      const state = engine.history.lookupAt(key, atRevision);
      if (state.kind === "unknown") throw this.#compacted(key, atRevision);
      if (state.kind === "absent") return { entry: undefined, revision: atRevision };
      const read = await this.#read(key, state.entry);
      if (read !== "moved") return { entry: read, revision: atRevision };
    }
  }

  async list(query: ListVersionsQuery, context: CallContext): Promise<VersionPage> {
    const { engine, limits, tokens } = this.#options;
    const { key, pageToken } = query;
    checkKey(key, limits);
    const countMax = this.#pageSize(query.pageSize);
    const scope = pageScope(`versions of ${key.toString("hex")}`);
    const before =
      pageToken === "" ? Infinity : tokens.readPageToken(pageToken, "page_token", scope).revision;
    await engine.whenDurable(engine.appliedRevision);
    const entries: Entry[] = [];
    let bytesLeft = query.bytesMax;
    let last: Revision = revision(Infinity);
    for (;;) {
      const next = engine.history
        .versionsOf(key)
        .find((version) => !version.isTombstone && version.revision < Math.min(before, last));
      if (next === undefined) return { entries, nextPageToken: "" };
      context.throwIfAbandoned();
      await engine.whenDurable(next.revision);
      const read = await this.#read(key, next);
      if (read === "moved") continue;
      if (read !== undefined) {
        bytesLeft -=
          ENTRY_OVERHEAD_BYTES + key.length + read.value.length + read.contentType.length;
        const isFull = entries.length === countMax || (bytesLeft < 0 && entries.length > 0);
        if (isFull) {
          return {
            entries,
            nextPageToken: tokens.pageToken({ revision: last, scope, key: NO_KEY }),
          };
        }
        entries.push(read);
      }
      last = next.revision;
    }
  }

  #pageSize(asked: number): number {
    const { pageSizeDefault, pageSizeMax } = this.#options.limits;
    if (asked < 0 || asked > pageSizeMax) {
      throw invalidField("page_size", `is ${String(asked)}, must be 0 to ${String(pageSizeMax)}`);
    }
    return asked === 0 ? pageSizeDefault : asked;
  }

  async #throwIfFuture(atRevision: Revision): Promise<void> {
    const { engine } = this.#options;
    if (atRevision < 1) throw invalidField("revision", "must be 1 or more");
    const newest = engine.appliedRevision;
    if (atRevision <= newest) return;
    await engine.whenDurable(newest);
    const problem = `is yet to come: the newest is ${String(newest)}`;
    throw invalidField("revision", `${String(atRevision)} ${problem}`);
  }

  /** The version with its value; undefined where it is past its deadline; "moved": it is to be looked up again. */
  async #read(key: Buffer, version: Version): Promise<Entry | undefined | "moved"> {
    const { engine, expirer, logical } = this.#options;
    let stored: StoredValue | undefined;
    if (!expirer.isDue(version, logical.now())) {
      // Its file may be gone: compaction has pointed the keydir at another.
      if (!engine.canReach(version)) return "moved";
      stored = await engine.read(key, version, "pass-by");
    }
    if (stored !== undefined && !expirer.isDue(version, logical.now())) {
      return toEntry(key, version, stored);
    }
    // If it is the newest, that it is gone is told only once it is durable.
    await expirer.expire([key]);
    await engine.whenDurable(engine.appliedRevision);
    return undefined;
  }

  #compacted(key: Buffer, atRevision: Revision): KvError {
    const oldest = this.#oldestProven(key, atRevision);
    return new KvError(
      "REVISION_COMPACTED",
      `what the key was at revision ${String(atRevision)} is not kept; it is known from revision ` +
        `${String(oldest)} on (history.versions says how much is kept)`,
      { metadata: { field: "revision", oldest_revision: oldest } },
    );
  }

  /** From which revision on the key's state is known: what is known begins somewhere, and has no gaps. */
  #oldestProven(key: Buffer, unknownAt: Revision): Revision {
    const { engine } = this.#options;
    let unknown: number = Math.max(unknownAt, NO_REVISION);
    let known: number = engine.appliedRevision;
    while (known - unknown > 1) {
      const middle = Math.floor((known + unknown) / 2);
      const { kind } = engine.history.lookupAt(key, revision(middle));
      if (kind === "unknown") unknown = middle;
      else known = middle;
    }
    return revision(known);
  }
}
