/**
 * Gets from memory. A Watch tells every change of the keys in question, so what is held is what the store has, but for what is on its way.
 *
 *   get ──► held, and the watch is fresh? ──► answered here
 *              no │                                    ▲ what changed is replaced or dropped
 *                 ▼                                    │
 *           the server ──► held from now on, if ◄── the watch
 *                          nothing newer was told meanwhile
 *
 * Why what is read may be held: a change of a key after it was read is told after the read was asked for, since the server reads
 * everything that was told before. So if the watch was there when the read was asked for, and is still the same, and what
 * it told of the key meanwhile is no newer than what was read, then whatever comes later will be told. When the watch breaks all is
 * dropped, and until it is there again every get goes to the server.
 */

import type {
  GetResponse,
  WatchResponse,
} from "../../../generated/keyvaluedb/v1/key_value_service.js";
import { EventKind, type Event } from "../../../generated/keyvaluedb/v1/types.js";
import { Asked } from "./asked.js";
import type { Codec } from "./codec.js";
import { toEntry, toMs } from "./convert.js";
import { toWatchRequest } from "./convert-watch.js";
import type { Core } from "./core.js";
import { invalidField, KeyValueError } from "./key-value-error.js";
import { METHODS } from "./methods.js";
import { NearClock } from "./near-clock.js";
import { NearEntries, type Held } from "./near-entries.js";
import { pause } from "./pause.js";
import { checkKey } from "./requests.js";
import { waitMsAfter } from "./retry-policy.js";
import type { Entry, GetOptions } from "./types.js";

export interface NearCacheOptions {
  /** Which keys are held; others are read from the server each time. Default: all. */
  readonly ranges?: readonly ({ readonly prefix: string } | "all")[];
  /** Most bytes that are held, keys and what an entry takes besides included. Default 64 MiB. */
  readonly bytesMax?: number;
  /**
   * How old what is answered from memory may be, in milliseconds, with the time that a message takes on top: a watch that has been
   * silent for longer is as good as none. 20 ms to a day; default 2,000.
   */
  readonly staleMsMax?: number;
}

export interface NearCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly entryCount: number;
  readonly bytes: number;
  /** Whether gets can be answered from memory now. */
  readonly isFresh: boolean;
  /** Why the last watch broke, or could not be had. Undefined: none has. */
  readonly error: KeyValueError | undefined;
}

const MIB = 1024 * 1024;
const BYTES_MAX_DEFAULT = 64 * MIB;
const STALE_MS_DEFAULT = 2000;
const STALE_MS_MIN = 20;
const STALE_MS_MAX = 24 * 60 * 60 * 1000;

/** A silent watch has a mark so often while what it told is fresh. */
const MARKS_WHILE_FRESH = 2;

/** A read that is under way. */
interface Reading {
  /** The newest change of the key that was told, or made here, since it was asked for. */
  changedAt: number;
}

export class NearCache<V> {
  readonly #core: Core;
  readonly #codec: Codec<V>;
  readonly #prefixes: readonly string[];
  readonly #staleMsMax: number;
  readonly #entries: NearEntries;
  readonly #readings = new Map<string, Set<Reading>>();
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;
  /** Of the watch that is there now. Undefined: there is none. */
  #clock: NearClock | undefined;
  #onReady: (() => void)[] = [];
  #error: KeyValueError | undefined;
  #hits = 0;
  #misses = 0;

  /** @internal Made by `KeyValueClient.nearCache`. */
  constructor(core: Core, codec: Codec<V>, options: NearCacheOptions) {
    const { ranges = ["all"], bytesMax = BYTES_MAX_DEFAULT } = options;
    const { staleMsMax = STALE_MS_DEFAULT } = options;
    this.#core = core;
    this.#codec = codec;
    this.#prefixes = ranges.map(prefixOf);
    if (!(bytesMax >= 0)) throw invalidField("bytesMax", "must be a number of bytes");
    if (!(staleMsMax >= STALE_MS_MIN && staleMsMax <= STALE_MS_MAX)) {
      const bounds = `${String(STALE_MS_MIN)} to ${String(STALE_MS_MAX)} ms`;
      throw invalidField("staleMsMax", `must be from ${bounds}`);
    }
    this.#staleMsMax = staleMsMax;
    this.#entries = new NearEntries(bytesMax);
    core.nearCaches.add(this);
    this.#ended = this.#watch();
  }

  get stats(): NearCacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      entryCount: this.#entries.count,
      bytes: this.#entries.bytes,
      isFresh: this.#isFresh(performance.now()),
      error: this.#error,
    };
  }

  /** Resolves when gets can be answered from memory: the watch is there. Also when the cache is closed. */
  async ready(): Promise<void> {
    const isOverOrThere =
      this.#clock !== undefined || isOver(this.#ending.signal, this.#core.connection.closing);
    if (isOverOrThere) return;
    await new Promise<void>((resolve) => this.#onReady.push(resolve));
  }

  /** The entry of a key, from memory if it is there and fresh; what is answered is the caller's own to change. */
  get(key: string, options: GetOptions = {}): Promise<Entry<V> | undefined> {
    if (options.revision === undefined) {
      const held = this.#find(key);
      if (held !== undefined) {
        this.#hits += 1;
        return this.#answer(held);
      }
    }
    this.#misses += 1;
    return this.#read(key, options);
  }

  /** Holds nothing any more, and ends the watch. Gets go to the server from now on. */
  async close(): Promise<void> {
    this.#core.nearCaches.delete(this);
    this.#ending.abort();
    await this.#ended;
  }

  /** @internal A write by this client was answered: what is older is not answered from here any more. */
  wrote(key: string, revision: number): void {
    for (const reading of this.#readings.get(key) ?? []) {
      reading.changedAt = Math.max(reading.changedAt, revision);
    }
    const held = this.#entries.look(key);
    if (held === undefined || held.revision > revision) return;
    // Of a key that was deleted and set at one revision, the set may still be on its way.
    if (held.revision < revision || held.entry === undefined) this.#entries.drop(key);
  }

  /** @internal A range was deleted by this client: so are all that are held. */
  wroteAll(revision: number): void {
    for (const key of this.#readings.keys()) this.wrote(key, revision);
    this.#entries.clear();
  }

  #isFresh(nowMs: number): boolean {
    return this.#clock !== undefined && this.#clock.ageMs(nowMs) <= this.#staleMsMax;
  }

  #find(key: string): Held | undefined {
    const nowMs = performance.now();
    if (this.#clock === undefined || !this.#isFresh(nowMs)) return undefined;
    const held = this.#entries.use(key);
    const deadline = held?.entry?.expireTime;
    if (deadline === undefined) return held;
    // Its end may not have been told yet.
    const isExpired = toMs(deadline) <= this.#clock.serverTimeMs(nowMs);
    return isExpired ? undefined : held;
  }

  /** A copy: the caller may change it. */
  #answer({ entry }: Held): Promise<Entry<V> | undefined> {
    if (entry === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      resolve(toEntry({ ...entry, value: Buffer.from(entry.value) }, this.#codec));
    });
  }

  async #read(key: string, options: GetOptions): Promise<Entry<V> | undefined> {
    const clock = this.#clock;
    const reading: Reading = { changedAt: 0 };
    const isHeld = options.revision === undefined && this.#holds(key);
    if (isHeld) this.#begin(key, reading);
    let response: GetResponse;
    try {
      response = await this.#ask(key, options);
    } finally {
      if (isHeld) this.#end(key, reading);
    }
    const { entry } = response;
    const held = { entry, revision: entry?.revision ?? response.revision, index: Infinity };
    const isWhole =
      clock !== undefined && clock === this.#clock && reading.changedAt <= held.revision;
    const before = this.#entries.look(key)?.revision ?? -1;
    if (isHeld && before <= held.revision) {
      if (isWhole) this.#entries.put(key, held);
      else this.#entries.drop(key);
    }
    return this.#answer(held);
  }

  #ask(key: string, options: GetOptions): Promise<GetResponse> {
    return new Promise((resolve, reject) => {
      checkKey(key);
      const { deadlineMs, ...terms } = this.#core.terms(options);
      const asked = new Asked(resolve, reject, performance.now() + deadlineMs, terms);
      const { revision = 0 } = options;
      this.#core.queueOf(key).add(asked, { $case: "get", value: { key, revision } });
    });
  }

  #holds(key: string): boolean {
    return this.#prefixes.some((prefix) => key.startsWith(prefix));
  }

  #begin(key: string, reading: Reading): void {
    const others = this.#readings.get(key);
    if (others === undefined) this.#readings.set(key, new Set([reading]));
    else others.add(reading);
  }

  #end(key: string, reading: Reading): void {
    const all = this.#readings.get(key);
    all?.delete(reading);
    if (all?.size === 0) this.#readings.delete(key);
  }

  /** One watch after the other, each from the moment it is there. */
  async #watch(): Promise<void> {
    const { connection } = this.#core;
    const { signal } = this.#ending;
    const ranges = this.#prefixes.map((prefix) => ({ prefix }));
    const progressIntervalMs = Math.ceil(this.#staleMsMax / MARKS_WHILE_FRESH);
    const request = toWatchRequest({ ranges, progressIntervalMs }, "now");
    const terms = { deadlineMs: Infinity, signal };
    for (let failureCount = 1; !isOver(signal, connection.closing); failureCount += 1) {
      let failure: KeyValueError | undefined;
      try {
        for await (const message of connection.stream(METHODS.watch, request, terms)) {
          failureCount = 0;
          this.#take(message);
          // Begun anew, it is told what is new; this happens after the program stood still, or the server's clock went back.
          if (!this.#isFresh(performance.now())) break;
        }
      } catch (error) {
        if (error instanceof KeyValueError) this.#error = failure = error;
      }
      this.#break();
      const waitMs = waitMsAfter(Math.max(failureCount, 1), failure ?? {});
      await pause(waitMs, signal, connection.closing);
    }
    for (const resolve of this.#onReady.splice(0)) resolve();
  }

  #take(message: WatchResponse): void {
    const nowMs = performance.now();
    this.#clock ??= new NearClock();
    for (const event of message.events) this.#change(event);
    // A message of events tells everything that was committed before the last of them.
    const time = message.progress?.time ?? message.events.at(-1)?.commitTime;
    if (time !== undefined) this.#clock.tell(toMs(time), nowMs);
    for (const resolve of this.#onReady.splice(0)) resolve();
  }

  #change({ revision, index, kind, entry, valueOmitted }: Event): void {
    const key = entry?.key;
    if (key === undefined) return;
    for (const reading of this.#readings.get(key) ?? []) {
      reading.changedAt = Math.max(reading.changedAt, revision);
    }
    const held = this.#entries.look(key);
    // One transaction may delete a key and make it anew.
    const isNews =
      held !== undefined &&
      (revision > held.revision || (revision === held.revision && index > held.index));
    if (!isNews) return;
    if (valueOmitted) this.#entries.drop(key);
    else this.#entries.put(key, { entry: ENDS.has(kind) ? undefined : entry, revision, index });
  }

  #break(): void {
    this.#clock = undefined;
    this.#entries.clear();
  }
}

/** Events after which a key is not there. */
const ENDS: ReadonlySet<EventKind> = new Set([
  EventKind.EVENT_KIND_DELETE,
  EventKind.EVENT_KIND_EXPIRE,
]);

/** What else a range may be rests on the order of the store's keys, which is not known here. */
function prefixOf(range: { readonly prefix: string } | "all"): string {
  if (range === "all") return "";
  if (typeof range.prefix === "string") return range.prefix;
  throw invalidField("ranges", 'of a near cache are prefixes, or "all"');
}

function isOver(...signals: readonly AbortSignal[]): boolean {
  return signals.some(({ aborted }) => aborted);
}
