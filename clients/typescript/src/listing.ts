/** What comes in pages or as a stream, one after the other. */

import type { ListKeysResponse } from "../../../generated/keyvaluedb/v1/key_value_service.js";
import type { Codec } from "./codec.js";
import { toEntry, toEntryWith, toRange } from "./convert.js";
import type { Core } from "./core.js";
import { deadlineError } from "./key-value-error.js";
import { METHODS } from "./methods.js";
import { pause } from "./pause.js";
import { checkKey } from "./requests.js";
import { isRetried, waitMsAfter } from "./retry-policy.js";
import type { Entry, KeyRange, ListKeysOptions, ListOptions, ScanOptions } from "./types.js";

/** Node's timers know no longer ones. */
const TIMER_MS_MAX = 2 ** 31 - 1;

interface View<V> {
  readonly core: Core;
  readonly codec: Codec<V>;
}

export async function* listKeys(
  core: Core,
  range: KeyRange,
  options: ListKeysOptions,
): AsyncGenerator<string, void, undefined> {
  const { pageSize = 0, descending = false } = options;
  const request = { range: toRange(range), pageSize, descending, countOnly: false };
  let pageToken = "";
  do {
    const terms = core.terms(options);
    const page: ListKeysResponse = await core.connection.unary(
      METHODS.listKeys,
      { ...request, pageToken },
      terms,
    );
    yield* page.keys;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}

export async function* listVersions<V>(
  { core, codec }: View<V>,
  key: string,
  options: ListOptions,
): AsyncGenerator<Entry<V>, void, undefined> {
  checkKey(key);
  const { pageSize = 0 } = options;
  let pageToken = "";
  do {
    const request = { key, pageSize, pageToken };
    const page = await core.connection.unary(METHODS.listVersions, request, core.terms(options));
    for (const entry of page.entries) yield toEntry(entry, codec);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}

/** Until the first reply it is a call like others; then it has begun, and cannot be made again. */
export async function* scan<V>(
  { core, codec }: View<V>,
  range: KeyRange,
  options: ScanOptions,
): AsyncGenerator<Entry<V>, void, undefined> {
  const { includeValues = true, filter = "", descending = false, limit = 0, signal } = options;
  const request = { range: toRange(range), includeValues, filter, descending, limit };
  const { deadlineMs, retries } = core.terms(options);
  const expiresMs = performance.now() + deadlineMs;
  const { connection } = core;
  for (let failureCount = 1; ; failureCount += 1) {
    let hasBegun = false;
    const start = new StartTimer(expiresMs, signal);
    try {
      const remainingMs = Math.max(1, expiresMs - performance.now());
      const ownMs = options.deadlineMs === undefined ? Infinity : remainingMs;
      const terms = { deadlineMs: ownMs, signal: start.signal };
      for await (const { entries } of connection.stream(METHODS.scan, request, terms)) {
        hasBegun = true;
        start.stop();
        for (const entry of entries) {
          // Keys alone were asked for: there is no value to decode.
          yield includeValues ? toEntry(entry, codec) : toEntryWith(entry, undefined as V);
        }
      }
      return;
    } catch (error) {
      if (start.isOver) throw deadlineError();
      if (hasBegun || !retries || !isRetried(error)) throw error;
      const waitMs = waitMsAfter(failureCount, error);
      if (performance.now() + waitMs >= expiresMs) throw error;
      await pause(waitMs, signal, connection.closing);
    } finally {
      start.stop();
    }
  }
}

/** Aborts its signal if what should begin has not until then; the caller's signal does, too, whenever. */
class StartTimer {
  readonly signal: AbortSignal;
  readonly #late = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(untilMs: number, signal: AbortSignal | undefined) {
    const late = this.#late.signal;
    this.signal = signal === undefined ? late : AbortSignal.any([signal, late]);
    if (untilMs === Infinity) return;
    const waitMs = Math.min(untilMs - performance.now(), TIMER_MS_MAX);
    this.#timer = setTimeout(() => {
      this.#late.abort();
    }, waitMs);
  }

  get isOver(): boolean {
    return this.#late.signal.aborted;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
