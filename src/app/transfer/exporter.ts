/**
 * Lists the keys of a range page by page and reads each one, a bounded number at a time, in key order.
 * It is not one point in time: what changes meanwhile may be seen or not, and keys that go are counted.
 */

import type { CallContext, Entry, KeyRange, Store } from "../../kv/index.js";
import { retryOverload } from "./retry-overload.js";

export interface ExporterOptions {
  readonly store: Store;
  readonly context: CallContext;
  readonly range: KeyRange;
  /** Most Gets under way or waiting for those before them. */
  readonly inFlightMax: number;
  readonly retryMsMax: number;
  readonly signal: AbortSignal;
}

export class Exporter {
  readonly #options: ExporterOptions;
  /** Keys that were listed and were gone when they were read. */
  vanished = 0;
  /** The revisions that the first and the last answer stood for. */
  firstRevision = 0;
  lastRevision = 0;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  async *entries(): AsyncGenerator<Entry, void, undefined> {
    const waiting: Promise<Entry | undefined>[] = [];
    try {
      for await (const key of this.#keys()) {
        waiting.push(this.#read(key));
        if (waiting.length >= this.#options.inFlightMax) yield* this.#head(waiting);
      }
      while (waiting.length > 0) yield* this.#head(waiting);
    } finally {
      // An export that ends early has no use for the answers still to come, nor for their errors.
      await Promise.allSettled(waiting);
    }
  }

  async *#head(waiting: Promise<Entry | undefined>[]): AsyncGenerator<Entry, void, undefined> {
    const entry = await waiting.shift();
    if (entry === undefined) this.vanished += 1;
    else yield entry;
  }

  async *#keys(): AsyncGenerator<Buffer, void, undefined> {
    const { store, context, range, signal } = this.#options;
    const query = { range, pageSize: 0, descending: false, countOnly: false };
    let pageToken = "";
    do {
      signal.throwIfAborted();
      const token = pageToken;
      const page = await retryOverload(
        () => store.listKeys({ ...query, pageToken: token }, context),
        this.#options,
      );
      this.#see(page.revision);
      yield* page.keys;
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }

  #read(key: Buffer): Promise<Entry | undefined> {
    const { store, context } = this.#options;
    const answer = retryOverload(() => store.get(key, context), this.#options).then((result) => {
      this.#see(result.revision);
      return result.entry;
    });
    // It is awaited in its turn; a failure before that must not count as nobody's.
    answer.catch(() => undefined);
    return answer;
  }

  #see(revision: number): void {
    if (this.firstRevision === 0) this.firstRevision = revision;
    this.lastRevision = Math.max(this.lastRevision, revision);
  }
}
