/** Every entry of a range as it was at one revision, in key order, as a scan gives them. */

import type { Entry, KeyRange, ScanBatch, Store } from "../../kv/index.js";
import { retryOverload } from "./retry-overload.js";

export interface ExporterOptions {
  readonly store: Store;
  readonly range: KeyRange;
  readonly retryMsMax: number;
  readonly signal: AbortSignal;
}

export class Exporter {
  readonly #options: ExporterOptions;
  /** The one that is exported. 0: the scan has not begun. */
  revision = 0;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  /** Throws when the signal aborts: what came before is not all. */
  async *entries(): AsyncGenerator<Entry, void, undefined> {
    const { first, rest } = await retryOverload(() => this.#begin(), this.#options);
    yield* first;
    for await (const { entries } of rest) yield* entries;
    this.#options.signal.throwIfAborted();
  }

  /** The scan, once the server has let it in. */
  async #begin(): Promise<{
    readonly first: readonly Entry[];
    readonly rest: AsyncGenerator<ScanBatch, void, undefined>;
  }> {
    const { store, range, signal } = this.#options;
    const query = { range, includeValues: true, filter: "", descending: false, limit: 0 };
    const rest = store.scan(query, signal);
    const { value: first } = await rest.next();
    this.revision = first?.revision ?? 0;
    return { first: first?.entries ?? [], rest };
  }
}
