/**
 * Lists keys in pages. The pages of one listing are all of its first page's revision, as long as the
 * view of that revision is held; after its age limit, or a restart, a page is of a newer revision, and
 * says so. A key past its deadline is in none of them.
 */

import {
  invalidField,
  KvError,
  type Clock,
  type Limits,
  type Revision,
  type Timer,
} from "../base/index.js";
import type { StorageEngine, View } from "../storage/index.js";
import type { Expirer } from "./expirer.js";
import { describeRange, restOf, toStretch, type KeyStretch } from "./key-range.js";
import type { LogicalClock } from "./logical-clock.js";
import type { CallContext, KeyPage, ListKeysQuery } from "./store.js";
import { pageScope, type Tokens } from "./tokens.js";
import { Turns } from "./turns.js";

/** Views held for listings that may go on; the least recently used goes first. */
const HELD_VIEWS_MAX = 16;

/** What it takes to walk over one key, beside what it takes to match it. */
const STEPS_PER_KEY = 1000;

const DUE_KEYS_MAX = 256;

export interface ListingsOptions {
  readonly engine: StorageEngine;
  readonly expirer: Expirer;
  readonly clock: Clock;
  readonly logical: LogicalClock;
  readonly tokens: Tokens;
  readonly limits: Limits;
  readonly viewAgeMsMax: number;
}

interface Held {
  readonly view: View;
  readonly timer: Timer;
  /** Listings that have a next page in this view. */
  listingCount: number;
}

/** What of a listing one page covers. */
interface Section {
  readonly stretch: KeyStretch;
  readonly isDescending: boolean;
  /** Most keys of it. */
  readonly limit: number;
}

interface Walked {
  readonly keys: Buffer[];
  readonly count: number;
  readonly isComplete: boolean;
  /** The key at which the walk was ended because its view came of age. */
  readonly endedAt?: Buffer | undefined;
}

export class Listings {
  readonly #options: ListingsOptions;
  /** Least recently used first. */
  readonly #held = new Map<Revision, Held>();
  readonly #turns = new Turns();

  constructor(options: ListingsOptions) {
    this.#options = options;
  }

  /** A page. Between turns of a long walk it asks whether someone still waits for it. */
  async list(query: ListKeysQuery, context: CallContext): Promise<KeyPage> {
    const { engine, tokens } = this.#options;
    const pageSize = this.#pageSize(query.pageSize);
    const { keyOrder: order } = engine;
    const stretch = toStretch(query.range, order);
    const scope = pageScope(`${describeRange(query.range)} ${query.descending ? "down" : "up"}`);
    const from =
      query.pageToken === ""
        ? undefined
        : tokens.readPageToken(query.pageToken, "page_token", scope);
    const held = from === undefined ? undefined : this.#takeHeld(from.revision);
    const view = held?.hold() ?? engine.pin();
    try {
      const isDescending = query.descending;
      const section: Section = {
        stretch: from === undefined ? stretch : restOf(stretch, from.key, { order, isDescending }),
        isDescending,
        limit: query.countOnly ? Infinity : pageSize,
      };
      // What is due is known of this moment only, so an older view is walked.
      const walked =
        held === undefined && this.#isCountExact(section)
          ? { keys: [], count: view.count(section.stretch), isComplete: true }
          : await this.#walk(view, section, context);
      await engine.whenDurable(view.revision);
      // What was left out because it is due must stay so: its expire record is among what was applied.
      await engine.whenDurable(engine.appliedRevision);
      const last = walked.endedAt ?? walked.keys.at(-1);
      const { revision } = view;
      if (query.countOnly) {
        if (!walked.isComplete) throw countedTooLong();
        return { keys: [], nextPageToken: "", totalSize: walked.count, revision };
      }
      if (walked.isComplete || last === undefined) {
        if (held !== undefined) this.#endListing(revision);
        return { keys: walked.keys, nextPageToken: "", totalSize: 0, revision };
      }
      if (walked.endedAt !== undefined) this.#letGo(revision);
      else if (held === undefined) this.#hold(view);
      const nextPageToken = tokens.pageToken({ revision, scope, key: last });
      return { keys: walked.keys, nextPageToken, totalSize: 0, revision };
    } finally {
      view.release();
    }
  }

  close(): void {
    for (const revision of [...this.#held.keys()]) this.#letGo(revision);
  }

  #pageSize(asked: number): number {
    const { pageSizeDefault, pageSizeMax } = this.#options.limits;
    if (asked < 0 || asked > pageSizeMax) {
      throw invalidField("page_size", `is ${String(asked)}, must be 0 to ${String(pageSizeMax)}`);
    }
    return asked === 0 ? pageSizeDefault : asked;
  }

  /** Whether each key of the newest state counts: all are meant, and none of the store's is due. */
  #isCountExact({ stretch, limit }: Section): boolean {
    const { engine, logical } = this.#options;
    if (limit !== Infinity || !stretch.isExact) return false;
    return engine.deadlines.dueCount(logical.now()) === 0;
  }

  /** Up to `limit` keys of the section; what it meets that is due, it has expired. */
  async #walk(view: View, section: Section, context: CallContext): Promise<Walked> {
    const { logical, expirer, engine } = this.#options;
    const { stretch, isDescending, limit } = section;
    const nowMs = logical.now();
    const keys: Buffer[] = [];
    let due: Buffer[] = [];
    let count = 0;
    let isComplete = true;
    let endedAt: Buffer | undefined;
    for (const [key, entry] of view.walk({
      start: stretch.start,
      end: stretch.end,
      isDescending,
    })) {
      if (endedAt !== undefined) {
        isComplete = false;
        break;
      }
      const matchSteps = stretch.isExact ? 0 : (stretch.matchStepsMax?.(key) ?? 0);
      const steps = STEPS_PER_KEY + matchSteps;
      for (let rest = this.#turns.take(steps); rest; rest = this.#turns.take(steps)) {
        await rest;
        context.throwIfAbandoned();
        if (this.#isOfAge(view)) endedAt = key;
      }
      if (!stretch.isExact && !stretch.matches(key)) continue;
      if (expirer.isDue(entry, nowMs)) {
        // In an older view a key may look due that was given more time since.
        const current = engine.lookup(key);
        const isAlive = current !== undefined && !expirer.isDue(current, nowMs);
        if (!isAlive) due.push(key);
        if (due.length === DUE_KEYS_MAX) {
          await expirer.expire(due);
          due = [];
        }
        if (!isAlive) continue;
      }
      if (count === limit) {
        isComplete = false;
        break;
      }
      count++;
      if (limit !== Infinity) keys.push(key);
    }
    await expirer.expire(due);
    return { keys, count, isComplete, endedAt: isComplete ? undefined : endedAt };
  }

  /** A view that is held for longer keeps pages and files from being freed, whoever walks it. */
  #isOfAge(view: View): boolean {
    const { clock, viewAgeMsMax } = this.#options;
    return clock.monotonicMs() - view.pinnedAtMs >= viewAgeMsMax;
  }

  #takeHeld(revision: Revision): View | undefined {
    const held = this.#held.get(revision);
    if (held === undefined) return undefined;
    this.#held.delete(revision);
    this.#held.set(revision, held);
    return held.view;
  }

  #hold(view: View): void {
    const same = this.#held.get(view.revision);
    if (same !== undefined) {
      same.listingCount++;
      return;
    }
    const timer = this.#options.clock.after(this.#options.viewAgeMsMax, () => {
      this.#letGo(view.revision);
    });
    this.#held.set(view.revision, { view: view.hold(), timer, listingCount: 1 });
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= HELD_VIEWS_MAX) return;
      this.#letGo(oldest);
    }
  }

  #endListing(revision: Revision): void {
    const held = this.#held.get(revision);
    if (held === undefined) return;
    held.listingCount--;
    if (held.listingCount <= 0) this.#letGo(revision);
  }

  #letGo(revision: Revision): void {
    const held = this.#held.get(revision);
    if (held === undefined) return;
    this.#held.delete(revision);
    held.timer.cancel();
    held.view.release();
  }
}

function countedTooLong(): KvError {
  const message = "counting took longer than views.age allows: count less, or list in pages";
  return new KvError("DEADLINE_EXCEEDED", message);
}
