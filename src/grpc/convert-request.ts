/**
 * Requests as the store takes them; those that write are in convert-write-request. Everything that can be judged without the store is judged here: lengths,
 * signs, choices that mean nothing. What is wrong is INVALID_FIELD with the path of the field.
 */

import type {
  GetRequest,
  ListKeysRequest,
  ListVersionsRequest,
  ScanRequest,
  WatchExpirationsRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import type {
  KeyRange as WireKeyRange,
  StartPosition as WireStartPosition,
} from "../../generated/keyvaluedb/v1/types.js";
import {
  FILTER_BYTES_MAX,
  GLOB_BYTES_MAX,
  invalidField,
  type KvError,
  revision,
  TOKEN_BYTES_MAX,
  unreachable,
  type Limits,
} from "../base/index.js";
import type {
  GetAtQuery,
  KeyRange,
  ListKeysQuery,
  ListVersionsQuery,
  ScanQuery,
  StartPosition,
  WatchExpirationsQuery,
} from "../kv/index.js";
import { durationToMs } from "./time.js";

const DAY_MS = 86_400_000;

/** More often than this, progress marks would be most of what a server does. */
const PROGRESS_INTERVAL_MS_MIN = 10;

/** What file systems take, and more than the server's own names need. */
const SNAPSHOT_ID_BYTES_MAX = 255;

export function toKey(text: string, limits: Limits): Buffer {
  const key = Buffer.from(text, "utf8");
  if (key.length === 0) throw invalidField("key", "must not be empty");
  checkLength("key", key.length, limits.keyBytesMax);
  return key;
}

export function toGetAtQuery(request: GetRequest, limits: Limits): GetAtQuery {
  if (request.revision < 0) throw invalidField("revision", "must not be negative");
  return { key: toKey(request.key, limits), atRevision: revision(request.revision) };
}

export function toListVersionsQuery(
  request: ListVersionsRequest,
  limits: Limits,
  bytesMax: number,
): ListVersionsQuery {
  return { key: toKey(request.key, limits), ...toPage(request, limits), bytesMax };
}

/** What pages of all kinds have in common. */
interface Page {
  readonly pageSize: number;
  readonly pageToken: string;
}

function toPage({ pageSize, pageToken }: Page, limits: Limits): Page {
  if (pageSize < 0) throw invalidField("page_size", "must not be negative");
  if (pageSize > limits.pageSizeMax) {
    throw invalidField(
      "page_size",
      `must be at most ${String(limits.pageSizeMax)}, and is ${String(pageSize)}`,
    );
  }
  checkText("page_token", pageToken, TOKEN_BYTES_MAX);
  return { pageSize, pageToken };
}

export function toListKeysQuery(request: ListKeysRequest, limits: Limits): ListKeysQuery {
  return {
    range: toKeyRange(request.range, limits),
    ...toPage(request, limits),
    descending: request.descending,
    countOnly: request.countOnly,
  };
}

export function toScanQuery(request: ScanRequest, limits: Limits): ScanQuery {
  const { range, ...query } = request;
  if (query.limit < 0) throw invalidField("limit", "must not be negative");
  checkText("filter", query.filter, FILTER_BYTES_MAX);
  return { range: toKeyRange(range, limits), ...query };
}

export function toWatchExpirationsQuery(
  request: WatchExpirationsRequest,
  limits: Limits,
): WatchExpirationsQuery {
  const interval = request.progressInterval;
  return {
    range: toKeyRange(request.range, limits),
    start: toStartPosition(request.start),
    includeValue: request.includeValue,
    progressIntervalMs: interval === undefined ? 0 : toProgressIntervalMs(interval),
  };
}

export function toProgressIntervalMs(
  interval: NonNullable<WatchExpirationsRequest["progressInterval"]>,
): number {
  const intervalMs = durationToMs(interval, "progress_interval");
  if (intervalMs === 0) return 0;
  if (intervalMs < PROGRESS_INTERVAL_MS_MIN || intervalMs > DAY_MS) {
    throw invalidField(
      "progress_interval",
      `must be from ${String(PROGRESS_INTERVAL_MS_MIN)} ms to a day, or 0 for the default`,
    );
  }
  return intervalMs;
}

/** `field`: where the range stands in the request. */
export function toKeyRange(
  wire: WireKeyRange | undefined,
  limits: Limits,
  field = "range",
): KeyRange {
  const range = wire?.range;
  switch (range?.$case) {
    case undefined:
      return { kind: "all" };
    case "prefix":
      checkText(`${field}.prefix`, range.value, limits.keyBytesMax);
      return { kind: "prefix", prefix: Buffer.from(range.value, "utf8") };
    case "interval": {
      // The first key after the longest one is a byte longer.
      const bytesMax = limits.keyBytesMax + 1;
      checkText(`${field}.interval.start`, range.value.start, bytesMax);
      checkText(`${field}.interval.end`, range.value.end, bytesMax);
      return {
        kind: "interval",
        start: Buffer.from(range.value.start, "utf8"),
        end: Buffer.from(range.value.end, "utf8"),
      };
    }
    case "glob":
      checkText(`${field}.glob`, range.value, GLOB_BYTES_MAX);
      return { kind: "glob", pattern: range.value };
    default:
      return unreachable(range);
  }
}

export function toStartPosition(wire: WireStartPosition | undefined): StartPosition {
  const position = wire?.position;
  switch (position?.$case) {
    case undefined:
      return { kind: "now" };
    case "now":
      if (!position.value) throw notTrue("start.now");
      return { kind: "now" };
    case "revision":
      if (position.value < 1) throw invalidField("start.revision", "must be 1 or more");
      return { kind: "revision", revision: revision(position.value) };
    case "resumeToken":
      if (position.value === "") throw invalidField("start.resume_token", "must not be empty");
      checkText("start.resume_token", position.value, TOKEN_BYTES_MAX);
      return { kind: "resume-token", token: position.value };
    case "currentState":
      if (!position.value) throw notTrue("start.current_state");
      return { kind: "current-state" };
    default:
      return unreachable(position);
  }
}

/** The name of a snapshot, which must not be able to name any other file. */
export function toSnapshotId(snapshotId: string): string {
  if (snapshotId === "") throw invalidField("snapshot_id", "must not be empty");
  checkText("snapshot_id", snapshotId, SNAPSHOT_ID_BYTES_MAX);
  const isName = !/[/\\\0]/.test(snapshotId) && snapshotId !== "." && snapshotId !== "..";
  if (!isName) throw invalidField("snapshot_id", "must be a name as ListSnapshots gives it");
  return snapshotId;
}

export function notTrue(field: string): KvError {
  return invalidField(field, "must be true, or not be there");
}

export function checkText(field: string, text: string, bytesMax: number): void {
  checkLength(field, Buffer.byteLength(text, "utf8"), bytesMax);
}

export function checkLength(field: string, bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw invalidField(field, `must be at most ${String(bytesMax)} bytes, and has ${String(bytes)}`);
}
