/** What the store answers, as replies; those of writes are in convert-write-reply, that of Get in hot-replies, expirations in expiration-replies. Nothing here can fail: what is in the store passed the wire before. */

import {
  type Alarm as WireAlarm,
  AlarmKind,
  Compression,
  type GetStatusResponse,
  KeyOrder,
  type Latency as WireLatency,
} from "../../generated/keyvaluedb/v1/admin_service.js";
import type {
  CompactResponse,
  ListKeysResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import type { Snapshot } from "../../generated/keyvaluedb/v1/types.js";
import type { Latency } from "../base/index.js";
import type { Alarm, CompactionReport, KeyPage, SnapshotInfo, StoreStatus } from "../kv/index.js";
import type { MethodStatus } from "./method-counts.js";
import { toScrubStatus } from "./convert-verify.js";
import { toDuration, toExpireTime, toTimestamp } from "./time.js";

export function toListKeysResponse(page: KeyPage): ListKeysResponse {
  return {
    keys: page.keys.map((key) => key.toString("utf8")),
    nextPageToken: page.nextPageToken,
    totalSize: page.totalSize,
    revision: page.revision,
  };
}

export function toSnapshot(info: SnapshotInfo): Snapshot {
  return {
    snapshotId: info.snapshotId,
    revision: info.revision,
    keyCount: info.keyCount,
    sizeBytes: info.sizeBytes,
    sha256: info.sha256,
    createTime: toTimestamp(info.createTimeMs),
  };
}

export function toCompactResponse(report: CompactionReport): CompactResponse {
  const { durationMs, ...counts } = report;
  return { ...counts, duration: toDuration(durationMs) };
}

const ALARM_KINDS = {
  "no-space": AlarmKind.ALARM_KIND_NO_SPACE,
  "clock-ahead": AlarmKind.ALARM_KIND_CLOCK_AHEAD,
  corrupt: AlarmKind.ALARM_KIND_CORRUPT,
  "compaction-failed": AlarmKind.ALARM_KIND_COMPACTION_FAILED,
  quota: AlarmKind.ALARM_KIND_QUOTA,
} satisfies Record<Alarm["kind"], AlarmKind>;

const KEY_ORDERS = {
  bytes: KeyOrder.KEY_ORDER_BYTES,
  reverse: KeyOrder.KEY_ORDER_REVERSE,
  natural: KeyOrder.KEY_ORDER_NATURAL,
  "case-insensitive": KeyOrder.KEY_ORDER_CASE_INSENSITIVE,
} satisfies Record<StoreStatus["keyOrder"], KeyOrder>;

const COMPRESSIONS = {
  none: Compression.COMPRESSION_NONE,
  zstd: Compression.COMPRESSION_ZSTD,
  lz4: Compression.COMPRESSION_LZ4,
} satisfies Record<StoreStatus["compression"], Compression>;

/** What the server says of itself beside what its store says. */
export interface ServerStatus {
  /** Of the program. */
  readonly version: string;
  readonly methods: readonly MethodStatus[];
}

export function toGetStatusResponse(
  status: StoreStatus,
  { version, methods }: ServerStatus,
): GetStatusResponse {
  return {
    version,
    storeId: status.storeId,
    historyId: status.historyId,
    revision: status.revision,
    oldestRetainedRevision: status.oldestRetainedRevision,
    keyCount: status.keyCount,
    transactionCount: status.transactionCount,
    syncCount: status.syncCount,
    syncLatency: toLatency(status.syncLatency),
    liveBytes: status.liveBytes,
    diskBytes: status.diskBytes,
    segmentCount: status.segmentCount,
    keydirBytes: status.keydirBytes,
    cacheBytes: status.cacheBytes,
    oldestViewRevision: status.oldestViewRevision,
    oldestViewAge: toDuration(status.oldestViewAgeMs),
    nextExpireTime: toExpireTime(status.nextDeadlineMs),
    overdueCount: status.overdueCount,
    logicalTime: toTimestamp(status.logicalTimeMs),
    startTime: toTimestamp(status.startTimeMs),
    followerCount: status.followerCount,
    alarms: status.alarms.map(toAlarm),
    keyOrder: KEY_ORDERS[status.keyOrder],
    compression: COMPRESSIONS[status.compression],
    checkpointRevision: status.checkpointRevision,
    checkpointTime: toExpireTime(status.checkpointTimeMs),
    checkpointBytes: status.checkpointBytes,
    historyVersions: status.historyVersions,
    olderVersionCount: status.olderVersionCount,
    scrub: toScrubStatus(status.scrub),
    methods: methods.map(({ latency, ...counts }) => ({ ...counts, latency: toLatency(latency) })),
  };
}

function toLatency(latency: Latency | undefined): WireLatency | undefined {
  if (latency === undefined) return undefined;
  return {
    window: toDuration(latency.windowMs),
    count: latency.count,
    p50: toDuration(latency.p50Ms),
    p99: toDuration(latency.p99Ms),
    p999: toDuration(latency.p999Ms),
    max: toDuration(latency.maxMs),
  };
}

function toAlarm(alarm: Alarm): WireAlarm {
  return {
    kind: ALARM_KINDS[alarm.kind],
    message: alarm.message,
    startTime: toTimestamp(alarm.sinceMs),
  };
}
