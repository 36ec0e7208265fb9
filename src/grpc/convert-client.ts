/** What a client sends and gets: the store's words as requests, and replies as the store's words. */

import type {
  GetStatusResponse,
  Latency as WireLatency,
} from "../../generated/keyvaluedb/v1/admin_service.js";
import type {
  CompactResponse,
  GetResponse,
  ListKeysRequest,
  ListKeysResponse,
  ListVersionsResponse,
  ScanRequest,
  ScanResponse,
  WatchExpirationsRequest,
  WatchExpirationsResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import type { Duration } from "../../generated/google/protobuf/duration.js";
import type { Timestamp } from "../../generated/google/protobuf/timestamp.js";
import {
  ExpirationCause as WireCause,
  type Entry as WireEntry,
  type Expiration,
  type KeyRange as WireKeyRange,
  type Snapshot,
  type StartPosition as WireStartPosition,
} from "../../generated/keyvaluedb/v1/types.js";
import {
  invalidField,
  NO_DEADLINE,
  revision,
  timeMs,
  type Latency,
  type TimeMs,
} from "../base/index.js";
import type {
  CompactionReport,
  Entry,
  ExpirationBatch,
  ExpirationEvent,
  GetResult,
  KeyPage,
  KeyRange,
  ListKeysQuery,
  ScanBatch,
  ScanQuery,
  SnapshotInfo,
  StartPosition,
  StoreStatus,
  VersionPage,
  WatchExpirationsQuery,
} from "../kv/index.js";
import { fromAlarmKind, fromCompression, fromKeyOrder } from "./convert-choices.js";
import { fromScrubStatus } from "./convert-verify.js";
import type { MethodStatus } from "./method-counts.js";
import { durationToMs, timestampToMs, toDuration, toMeasuredMs } from "./time.js";

const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A key as the wire spells it. Throws INVALID_FIELD for one that is not UTF-8, as a server would. */
export function toText(bytes: Buffer, field: string): string {
  try {
    return strictText.decode(bytes);
  } catch (cause) {
    throw invalidField(field, "must be valid UTF-8", cause);
  }
}

export function toListKeysRequest(query: ListKeysQuery): ListKeysRequest {
  return {
    range: toWireRange(query.range),
    pageSize: query.pageSize,
    pageToken: query.pageToken,
    descending: query.descending,
    countOnly: query.countOnly,
  };
}

export function toScanRequest({ range, ...query }: ScanQuery): ScanRequest {
  return { ...query, range: toWireRange(range) };
}

export function toWatchExpirationsRequest(query: WatchExpirationsQuery): WatchExpirationsRequest {
  return {
    range: toWireRange(query.range),
    start: { position: toWirePosition(query.start) },
    includeValue: query.includeValue,
    progressInterval:
      query.progressIntervalMs === 0 ? undefined : toDuration(query.progressIntervalMs),
  };
}

export function toWirePosition(start: StartPosition): WireStartPosition["position"] {
  switch (start.kind) {
    case "now":
      return { $case: "now", value: true };
    case "revision":
      return { $case: "revision", value: start.revision };
    case "resume-token":
      return { $case: "resumeToken", value: start.token };
    case "current-state":
      return { $case: "currentState", value: true };
  }
}

export function toWireRange(range: KeyRange): WireKeyRange | undefined {
  switch (range.kind) {
    case "all":
      return undefined;
    case "prefix":
      return { range: { $case: "prefix", value: toText(range.prefix, "range.prefix") } };
    case "interval": {
      const start = toText(range.start, "range.interval.start");
      const end = toText(range.end, "range.interval.end");
      return { range: { $case: "interval", value: { start, end } } };
    }
    case "glob":
      return { range: { $case: "glob", value: range.pattern } };
  }
}

export function fromGetResponse(reply: GetResponse): GetResult {
  return {
    entry: reply.entry === undefined ? undefined : fromEntry(reply.entry),
    revision: revision(reply.revision),
  };
}

export function fromEntry(entry: WireEntry): Entry {
  return {
    key: Buffer.from(entry.key, "utf8"),
    value: entry.value,
    revision: revision(entry.revision),
    createRevision: revision(entry.createRevision),
    version: entry.version,
    deadlineMs: toDeadlineMs(entry.expireTime),
    updateTimeMs: toTimeMs(entry.updateTime),
    contentType: entry.contentType,
  };
}

export function fromListKeysResponse(reply: ListKeysResponse): KeyPage {
  return {
    keys: reply.keys.map((key) => Buffer.from(key, "utf8")),
    nextPageToken: reply.nextPageToken,
    totalSize: reply.totalSize,
    revision: revision(reply.revision),
  };
}

export function fromScanResponse(reply: ScanResponse): ScanBatch {
  return { entries: reply.entries.map(fromEntry), revision: revision(reply.revision) };
}

export function fromListVersionsResponse(reply: ListVersionsResponse): VersionPage {
  return { entries: reply.entries.map(fromEntry), nextPageToken: reply.nextPageToken };
}

export function fromSnapshot(snapshot: Snapshot): SnapshotInfo {
  return {
    snapshotId: snapshot.snapshotId,
    revision: revision(snapshot.revision),
    keyCount: snapshot.keyCount,
    sizeBytes: snapshot.sizeBytes,
    sha256: snapshot.sha256,
    createTimeMs: toTimeMs(snapshot.createTime),
  };
}

export function fromCompactResponse(reply: CompactResponse): CompactionReport {
  const { duration, ...counts } = reply;
  return { ...counts, durationMs: toSpanMs(duration) };
}

export function fromWatchExpirationsResponse(
  reply: WatchExpirationsResponse,
  query: WatchExpirationsQuery,
): ExpirationBatch {
  const { progress } = reply;
  return {
    expirations: reply.expirations.map((event) => fromExpiration(event, query)),
    resumeToken: reply.resumeToken,
    progress:
      progress === undefined
        ? undefined
        : { revision: revision(progress.revision), timeMs: toTimeMs(progress.time) },
  };
}

function fromExpiration(event: Expiration, query: WatchExpirationsQuery): ExpirationEvent {
  return {
    revision: revision(event.revision),
    index: event.index,
    key: Buffer.from(event.key, "utf8"),
    value: query.includeValue && !event.valueOmitted ? event.value : undefined,
    valueSize: event.valueSize,
    valueOmitted: event.valueOmitted,
    contentType: event.contentType,
    deadlineMs: toTimeMs(event.expireTime),
    commitTimeMs: toTimeMs(event.commitTime),
    cause:
      event.cause === WireCause.EXPIRATION_CAUSE_DEADLINE_WHILE_DOWN
        ? "deadline-while-down"
        : "deadline",
  };
}

/** What GetStatus says, and which version of the program says it. */
export interface RemoteStatus extends StoreStatus {
  readonly serverVersion: string;
  readonly methods: readonly MethodStatus[];
}

export function fromGetStatusResponse(reply: GetStatusResponse): RemoteStatus {
  const {
    version,
    oldestViewAge,
    nextExpireTime,
    logicalTime,
    startTime,
    checkpointTime,
    scrub,
    syncLatency,
    methods,
    ...rest
  } = reply;
  return {
    ...rest,
    serverVersion: version,
    keyOrder: fromKeyOrder(reply.keyOrder),
    compression: fromCompression(reply.compression),
    revision: revision(reply.revision),
    oldestRetainedRevision: revision(reply.oldestRetainedRevision),
    oldestViewRevision: revision(reply.oldestViewRevision),
    oldestViewAgeMs: toSpanMs(oldestViewAge),
    nextDeadlineMs: toDeadlineMs(nextExpireTime),
    checkpointRevision: revision(reply.checkpointRevision),
    checkpointTimeMs: toDeadlineMs(checkpointTime),
    logicalTimeMs: toTimeMs(logicalTime),
    startTimeMs: toTimeMs(startTime),
    scrub: fromScrubStatus(scrub),
    syncLatency: fromLatency(syncLatency),
    methods: methods.map(({ latency, ...counts }) => ({
      ...counts,
      latency: fromLatency(latency),
    })),
    alarms: reply.alarms.map((alarm) => ({
      kind: fromAlarmKind(alarm.kind),
      message: alarm.message,
      sinceMs: toTimeMs(alarm.startTime),
    })),
  };
}

function fromLatency(latency: WireLatency | undefined): Latency | undefined {
  if (latency === undefined) return undefined;
  const { window, count, p50, p99, p999, max } = latency;
  return {
    windowMs: toMeasuredMs(window),
    count,
    p50Ms: toMeasuredMs(p50),
    p99Ms: toMeasuredMs(p99),
    p999Ms: toMeasuredMs(p999),
    maxMs: toMeasuredMs(max),
  };
}

export function toDeadlineMs(expireTime: Timestamp | undefined): TimeMs {
  return expireTime === undefined ? NO_DEADLINE : timestampToMs(expireTime, "expire_time");
}

export function toTimeMs(time: Timestamp | undefined): TimeMs {
  return time === undefined ? timeMs(0) : timestampToMs(time, "time");
}

function toSpanMs(duration: Duration | undefined): number {
  return duration === undefined ? 0 : durationToMs(duration, "duration");
}
