/** Whole scans, for tests. */

import { revision, type Revision } from "../../src/base/index.js";
import type { ScanBatch, ScanQuery } from "../../src/kv/read-queries.js";
import type { Entry, Store } from "../../src/kv/index.js";
import { ALL_KEYS } from "./calls.js";

/** Of all keys with their values, unless `more` says otherwise. */
export function scanOf(more: Partial<ScanQuery> = {}): ScanQuery {
  return {
    range: ALL_KEYS,
    includeValues: true,
    filter: "",
    descending: false,
    limit: 0,
    ...more,
  };
}

export interface Scanned {
  readonly batches: readonly ScanBatch[];
  readonly entries: readonly Entry[];
  readonly revision: Revision;
}

/** Takes a scan to its end. */
export async function scanAll(store: Store, more: Partial<ScanQuery> = {}): Promise<Scanned> {
  const batches: ScanBatch[] = [];
  for await (const batch of store.scan(scanOf(more), new AbortController().signal)) {
    batches.push(batch);
  }
  return {
    batches,
    entries: batches.flatMap(({ entries }) => entries),
    revision: batches[0]?.revision ?? revision(0),
  };
}

export async function scannedKeys(store: Store, more: Partial<ScanQuery> = {}): Promise<string[]> {
  return (await scanAll(store, more)).entries.map(({ key }) => key.toString("utf8"));
}
