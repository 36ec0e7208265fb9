/** Builds a new data directory from a snapshot. */

import type { Revision } from "../base/index.js";
import { makeStore, type NewStorePlace } from "./new-store.js";
import { readSnapshotFile } from "./snapshot-file.js";

export interface RestoreOptions extends NewStorePlace {
  readonly snapshotPath: string;
}

export interface RestoreResult {
  readonly keyCount: number;
  readonly revision: Revision;
  readonly historyId: string;
}

/** Throws STORE_EXISTS, STORE_LOCKED, CORRUPT, STORE_TOO_NEW or what the disk says. */
export async function restoreSnapshot(options: RestoreOptions): Promise<RestoreResult> {
  const { fileSystem, snapshotPath } = options;
  const { result, historyId } = await makeStore(options, async (store) => {
    const { header, footer } = await readSnapshotFile(
      fileSystem,
      snapshotPath,
      (record, { revision }) => store.add(record, revision),
    );
    const { mayBeCompressed, keyOrder, revision } = header;
    const { keyCount, logicalTimeMs } = footer;
    return {
      facts: { mayBeCompressed, keyOrder, revision, logicalTimeMs },
      result: { keyCount, revision },
    };
  });
  return { ...result, historyId };
}
