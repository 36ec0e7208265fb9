/**
 * What a stream from the current state begins with: the entries of its ranges, as they are at one revision. What
 * comes after that revision follows, so nothing is missing in between and nothing is told twice.
 */

import { KvError, type Clock } from "../base/index.js";
import type { StorageEngine, View } from "../storage/index.js";
import { bytesOfChange, setEventOf } from "./change-events.js";
import type { Expirer } from "./expirer.js";
import type { KeyStretch } from "./key-range.js";
import type { LogicalClock } from "./logical-clock.js";
import type { Prelude } from "./telling.js";
import { Turns } from "./turns.js";
import type { ChangeEvent } from "./watch-queries.js";

/** Entries that are read together, and told together up to so many bytes. */
const READ_TOGETHER_MAX = 16;
const PART_BYTES_MAX = 256 * 1024;

/** Keys past their deadline that are ended together. */
const DUE_KEYS_MAX = 256;

/** What it takes to walk over one key, beside what it takes to match it; see `Turns`. */
const STEPS_PER_KEY = 1000;

type StoredEntry = NonNullable<ReturnType<StorageEngine["lookup"]>>;
type Found = readonly [key: Buffer, entry: StoredEntry];

export interface CurrentStateOptions {
  readonly engine: StorageEngine;
  readonly expirer: Expirer;
  readonly logical: LogicalClock;
  readonly clock: Clock;
  /** A state that takes longer to be told holds up too much memory and disk. */
  readonly viewAgeMsMax: number;
}

export class CurrentState {
  readonly #options: CurrentStateOptions;
  readonly #turns = new Turns();

  constructor(options: CurrentStateOptions) {
    this.#options = options;
  }

  /** The state of this moment, once it is durable. Its parts are to be asked for, once. */
  async open(stretches: readonly KeyStretch[]): Promise<Prelude<ChangeEvent>> {
    const { engine } = this.#options;
    const view = engine.pin();
    try {
      await engine.whenDurable(view.revision);
    } catch (error) {
      view.release();
      throw error;
    }
    return { revision: view.revision, parts: (token) => this.#parts(view, stretches, token) };
  }

  async *#parts(
    view: View,
    stretches: readonly KeyStretch[],
    token: string,
  ): AsyncGenerator<readonly ChangeEvent[], void, undefined> {
    const { clock, viewAgeMsMax } = this.#options;
    try {
      let part: ChangeEvent[] = [];
      let bytes = 0;
      for await (const found of this.#groups(view, stretches)) {
        const events = await this.#read(found);
        part.push(...events);
        bytes += events.reduce((sum, event) => sum + bytesOfChange(event), 0);
        if (clock.monotonicMs() - view.pinnedAtMs >= viewAgeMsMax) throw tookTooLong(token);
        if (bytes < PART_BYTES_MAX) continue;
        yield part;
        part = [];
        bytes = 0;
      }
      if (part.length > 0) yield part;
    } finally {
      view.release();
    }
  }

  /** The entries that are meant, a few at a time, each once; what is due among them is ended instead. */
  async *#groups(
    view: View,
    stretches: readonly KeyStretch[],
  ): AsyncGenerator<readonly Found[], void, undefined> {
    const { engine, expirer, logical } = this.#options;
    const nowMs = logical.now();
    let due: Buffer[] = [];
    let group: Found[] = [];
    for (const [at, stretch] of stretches.entries()) {
      const { start, end } = stretch;
      for (const [key, entry] of view.walk({ start, end, isDescending: false })) {
        const steps = STEPS_PER_KEY * (1 + at) + (stretch.matchStepsMax?.(key) ?? 0);
        for (let turn = this.#turns.take(steps); turn; turn = this.#turns.take(steps)) await turn;
        const isFirst = !stretches.slice(0, at).some((before) => before.matches(key));
        if (!isFirst || (!stretch.isExact && !stretch.matches(key))) continue;
        if (expirer.isDue(entry, nowMs)) {
          due.push(key);
          if (due.length < DUE_KEYS_MAX) continue;
          await expirer.expire(due);
          due = [];
          continue;
        }
        group.push([key, entry]);
        if (group.length < READ_TOGETHER_MAX) continue;
        yield group;
        group = [];
      }
    }
    yield group;
    await expirer.expire(due);
    // What was left out because it is due must stay so: its expire record is among what was applied.
    await engine.whenDurable(engine.appliedRevision);
  }

  #read(found: readonly Found[]): Promise<ChangeEvent[]> {
    const { engine } = this.#options;
    return Promise.all(
      found.map(async ([key, entry]) => {
        const stored = await engine.readPast(key, entry);
        if (stored === undefined) throw new Error("bug: a view keeps the segments of its entries");
        const { revision, createRevision, version, deadlineMs, index } = entry;
        const known = { key, revision, createRevision, version, deadlineMs };
        const { value, contentType, updateTimeMs } = stored;
        return setEventOf({ ...known, value, contentType, updateTimeMs }, index);
      }),
    );
  }
}

function tookTooLong(token: string): KvError {
  return new KvError(
    "SLOW_FOLLOWER",
    "views.age: it took longer than that to be told the entries that there are: begin anew, faster, or with " +
      "smaller ranges",
    { metadata: { resume_token: token }, retryAfterMs: 1000 },
  );
}
