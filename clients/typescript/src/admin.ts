/** How the store is, and its snapshots: what the calls of whoever runs it answer. */

import {
  AlarmKind,
  Compression,
  KeyOrder,
  type GetStatusResponse,
  type Latency as WireLatency,
  type MethodStatus as WireMethodStatus,
  type ScrubStatus,
} from "../../../generated/keyvaluedb/v1/admin_service.js";
import type { CompactResponse } from "../../../generated/keyvaluedb/v1/key_value_service.js";
import type { Duration } from "../../../generated/google/protobuf/duration.js";
import type { Snapshot as WireSnapshot } from "../../../generated/keyvaluedb/v1/types.js";
import { toDate, toMs } from "./convert.js";

export interface SnapshotInfo {
  readonly snapshotId: string;
  /** The revision whose state it holds. */
  readonly revision: number;
  readonly keyCount: number;
  readonly sizeBytes: number;
  readonly sha256: Buffer;
  readonly createTime: Date | undefined;
}

export type Compaction = Readonly<Omit<CompactResponse, "duration">> & {
  readonly durationMs: number;
};

export interface Alarm {
  /** Such as `no-space` or `clock-ahead`. */
  readonly kind: string;
  readonly message: string;
  readonly startTime: Date | undefined;
}

/** How far everything on disk is verified in the background. Fields are those of the schema's ScrubStatus. */
export type Scrub = Readonly<Omit<ScrubStatus, "startTime" | "lastStartTime" | "lastEndTime">> & {
  readonly startTime: Date | undefined;
  readonly lastStartTime: Date | undefined;
  readonly lastEndTime: Date | undefined;
};

/** Fields without a comment here are those of the schema's GetStatusResponse. */
export type ServerStatus = Readonly<
  Omit<
    GetStatusResponse,
    | "oldestViewAge"
    | "nextExpireTime"
    | "logicalTime"
    | "startTime"
    | "checkpointTime"
    | "alarms"
    | "keyOrder"
    | "compression"
    | "scrub"
    | "methods"
    | "syncLatency"
  >
> & {
  readonly oldestViewAgeMs: number;
  readonly nextExpireTime: Date | undefined;
  readonly logicalTime: Date | undefined;
  readonly startTime: Date | undefined;
  readonly checkpointTime: Date | undefined;
  readonly alarms: readonly Alarm[];
  /** Such as `bytes` or `case-insensitive`. */
  readonly keyOrder: string;
  /** Such as `none` or `zstd`. */
  readonly compression: string;
  readonly scrub: Scrub | undefined;
  readonly methods: readonly MethodStatus[];
  /** Undefined: the log was not synced lately. */
  readonly syncLatency: Latency | undefined;
};

/** Fields without a comment are those of the schema's MethodStatus. */
export type MethodStatus = Readonly<Omit<WireMethodStatus, "latency">> & {
  /** Undefined: nothing of it ended lately, or it is a stream that lasts as long as its caller wants. */
  readonly latency: Latency | undefined;
};

/**
 * How long those took that ended in a window of one to two minutes, in milliseconds with fractions. A quantile is never too
 * short, and at most a sixteenth and a microsecond too long; past 71 minutes only the longest is known.
 */
export interface Latency {
  readonly windowMs: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export function toSnapshotInfo(snapshot: WireSnapshot): SnapshotInfo {
  return { ...snapshot, createTime: toDate(snapshot.createTime) };
}

export function toCompaction({ duration, ...rest }: CompactResponse): Compaction {
  return { ...rest, durationMs: spanMs(duration) };
}

export function toServerStatus(response: GetStatusResponse): ServerStatus {
  const { oldestViewAge, alarms, keyOrder, compression, scrub, methods, syncLatency, ...rest } =
    response;
  return {
    ...rest,
    oldestViewAgeMs: spanMs(oldestViewAge),
    nextExpireTime: toDate(rest.nextExpireTime),
    logicalTime: toDate(rest.logicalTime),
    startTime: toDate(rest.startTime),
    checkpointTime: toDate(rest.checkpointTime),
    alarms: alarms.map(({ kind, message, startTime }) => ({
      kind: nameOf(AlarmKind, "ALARM_KIND_", kind),
      message,
      startTime: toDate(startTime),
    })),
    keyOrder: nameOf(KeyOrder, "KEY_ORDER_", keyOrder),
    compression: nameOf(Compression, "COMPRESSION_", compression),
    scrub: scrub && {
      ...scrub,
      startTime: toDate(scrub.startTime),
      lastStartTime: toDate(scrub.lastStartTime),
      lastEndTime: toDate(scrub.lastEndTime),
    },
    methods: methods.map(({ latency, ...counts }) => ({ ...counts, latency: toLatency(latency) })),
    syncLatency: toLatency(syncLatency),
  };
}

function toLatency(latency: WireLatency | undefined): Latency | undefined {
  if (latency === undefined) return undefined;
  const { window, count, p50, p99, p999, max } = latency;
  return {
    windowMs: spanMs(window),
    count,
    p50Ms: spanMs(p50),
    p99Ms: spanMs(p99),
    p999Ms: spanMs(p999),
    maxMs: spanMs(max),
  };
}

function spanMs(duration: Duration | undefined): number {
  return duration === undefined ? 0 : toMs(duration);
}

/** `clock-ahead` of ALARM_KIND_CLOCK_AHEAD; of one that is not known, its number. */
function nameOf(names: Readonly<Record<string, number>>, prefix: string, value: number): string {
  const found = Object.keys(names).find((name) => names[name] === value);
  if (found === undefined) return String(value);
  return found.slice(prefix.length).toLowerCase().replaceAll("_", "-");
}
