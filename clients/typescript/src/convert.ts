/** What the schema says, as this client says it: times, entries, and what single operations answer. */

import type { Duration } from "../../../generated/google/protobuf/duration.js";
import type { Timestamp } from "../../../generated/google/protobuf/timestamp.js";
import type * as wire from "../../../generated/keyvaluedb/v1/key_value_service.js";
import type { Entry as WireEntry } from "../../../generated/keyvaluedb/v1/types.js";
import { decodeValue, type Codec } from "./codec.js";
import { invalidField } from "./key-value-error.js";
import type {
  DeleteResult,
  Entry,
  IncrementResult,
  KeyRange,
  OperationResult,
  SetResult,
  TouchResult,
} from "./types.js";

const MS_PER_SECOND = 1000;
const NANOS_PER_MS = 1_000_000;

/** The longest that the schema can say, some 290,000 years. */
const MS_MAX = Number.MAX_SAFE_INTEGER;

export function toDuration(ms: number, field: string): Duration {
  const whole = Math.ceil(ms);
  if (!(Math.abs(whole) <= MS_MAX)) throw invalidField(field, "must be a number of milliseconds");
  const seconds = Math.trunc(whole / MS_PER_SECOND);
  return { seconds, nanos: (whole - seconds * MS_PER_SECOND) * NANOS_PER_MS };
}

export function toTimestamp(time: Date, field: string): Timestamp {
  const ms = time.getTime();
  if (Number.isNaN(ms)) throw invalidField(field, "must be a valid date");
  const seconds = Math.floor(ms / MS_PER_SECOND);
  return { seconds, nanos: (ms - seconds * MS_PER_SECOND) * NANOS_PER_MS };
}

export function toDate(time: Timestamp | undefined): Date | undefined {
  if (time === undefined) return undefined;
  return new Date(time.seconds * MS_PER_SECOND + Math.ceil(time.nanos / NANOS_PER_MS));
}

export function toMs({ seconds, nanos }: Duration): number {
  return seconds * MS_PER_SECOND + nanos / NANOS_PER_MS;
}

type WireRange = NonNullable<wire.ScanRequest["range"]>;

/** Checked with care: one that a program made of nothing must not be everything. */
export function toRange(range: KeyRange): WireRange | undefined {
  if (range === "all") return undefined;
  const { prefix, glob, start, end } = range as Readonly<Record<string, unknown>>;
  if (typeof prefix === "string") return { range: { $case: "prefix", value: prefix } };
  if (typeof glob === "string") return { range: { $case: "glob", value: glob } };
  const isInterval = [start, end].every((key) => key === undefined || typeof key === "string");
  if (prefix === undefined && glob === undefined && isInterval && (start ?? end) !== undefined) {
    const value = { start: (start ?? "") as string, end: (end ?? "") as string };
    return { range: { $case: "interval", value } };
  }
  throw invalidField("range", 'must have a prefix, a glob, a start or an end, or be "all"');
}

export function toEntry<V>(entry: WireEntry, codec: Codec<V>): Entry<V> {
  return toEntryWith(entry, decodeValue(codec, entry.value, entry.contentType));
}

/** The same of an entry whose value is known already, or is not there. */
export function toEntryWith<V>(entry: WireEntry, value: V): Entry<V> {
  const { key, revision, createRevision, version, expireTime, updateTime, contentType } = entry;
  return {
    key,
    value,
    revision,
    createRevision,
    version,
    expireTime: toDate(expireTime),
    updateTime: toDate(updateTime),
    contentType,
  };
}

function toPrevious<V>(entry: WireEntry | undefined, codec: Codec<V>): Entry<V> | undefined {
  return entry === undefined ? undefined : toEntry(entry, codec);
}

export function toSetResult<V>(response: wire.SetResponse, codec: Codec<V>): SetResult<V> {
  const { revision, expireTime, previous, replayed } = response;
  return {
    revision,
    expireTime: toDate(expireTime),
    previous: toPrevious(previous, codec),
    replayed,
  };
}

export function toGetResult<V>({ entry }: wire.GetResponse, codec: Codec<V>): Entry<V> | undefined {
  return entry === undefined ? undefined : toEntry(entry, codec);
}

export function toDeleteResult<V>(response: wire.DeleteResponse, codec: Codec<V>): DeleteResult<V> {
  const { revision, deleted, previous, replayed } = response;
  return { revision, deleted, previous: toPrevious(previous, codec), replayed };
}

export function toTouchResult<V>(response: wire.TouchResponse, codec: Codec<V>): TouchResult<V> {
  const { revision, touched, expireTime, previous, replayed } = response;
  return {
    ...{ revision, touched },
    expireTime: toDate(expireTime),
    previous: toPrevious(previous, codec),
    replayed,
  };
}

export function toIncrementResult(response: wire.IncrementResponse): IncrementResult {
  const { revision, value, expireTime, replayed } = response;
  return { revision, value: BigInt(value), expireTime: toDate(expireTime), replayed };
}

/** Of a step of a transaction. */
export function toOperationResult<V>(
  { result }: wire.OperationResult,
  codec: Codec<V>,
): OperationResult<V> {
  switch (result?.$case) {
    case "set":
      return { kind: "set", ...toSetResult(result.value, codec) };
    case "get":
      return { kind: "get", entry: toGetResult(result.value, codec) };
    case "delete":
      return { kind: "delete", ...toDeleteResult(result.value, codec) };
    case "touch":
      return { kind: "touch", ...toTouchResult(result.value, codec) };
    case "increment":
      return { kind: "increment", ...toIncrementResult(result.value) };
    case "error":
    case undefined:
      throw new Error("the server answered a step of a transaction with what is no answer to it");
  }
}
