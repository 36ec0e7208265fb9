/** The status of the engine, gathered from those who know. */

import type { CodecName, CommitQueue } from "../log/index.js";
import type { BackgroundWork } from "./background-work.js";
import type { KeyHistory } from "./key-history.js";
import type { KeydirQuota } from "./keydir-quota.js";
import type { Recovered } from "./recovery.js";
import type { StorageStatus } from "./storage-status.js";
import type { Troubles } from "./troubles.js";
import type { ValueCache } from "./value-cache.js";
import type { Views } from "./view.js";

export interface StatusSources extends Pick<Recovered, "manifest" | "segments" | "keydir"> {
  readonly compression: CodecName;
  readonly queue: CommitQueue;
  readonly history: KeyHistory;
  readonly cache: Pick<ValueCache, "bytes">;
  readonly background: Pick<BackgroundWork, "checkpoints" | "scrub">;
  readonly views: Views;
  readonly troubles: Troubles;
  readonly quota: KeydirQuota;
}

export function gatherStatus(sources: StatusSources): StorageStatus {
  const { manifest, segments, keydir, queue, background } = sources;
  const { storeId, historyId, keyOrder, feedFloor } = manifest.current;
  return {
    storeId: storeId.toString("hex"),
    historyId,
    keyOrder,
    compression: sources.compression,
    revision: queue.durableRevision,
    feedFloor,
    keyCount: keydir.size,
    ...sources.history.status(),
    transactionCount: queue.transactionCount,
    syncCount: queue.syncCount,
    syncLatency: queue.syncLatency,
    liveBytes: segments.liveBytes,
    diskBytes: segments.diskBytes,
    segmentCount: segments.list().length,
    keydirBytes: keydir.memoryBytes,
    cacheBytes: sources.cache.bytes,
    checkpoint: background.checkpoints.newest,
    scrub: background.scrub.status,
    oldestView: sources.views.oldest(),
    spaceProblem: sources.troubles.space,
    quotaProblem: sources.quota.problem,
  };
}
