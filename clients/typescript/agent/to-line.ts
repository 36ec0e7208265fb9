/** What a client answers, as the lines of the protocol say it. */

import { KeyValueError, type Entry, type OperationResult } from "../src/index.js";
import type { EventKind, ExpirationCause, ExpiredKey, Progress, WatchEvent } from "../src/index.js";

/** An object that becomes a line, or a part of one. */
export type Line = Readonly<Record<string, unknown>>;

type Value = Uint8Array;

export function toBase64(value: Value | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString("base64");
}

export function toEntry(entry: Entry<Value> | undefined): Line | null {
  if (entry === undefined) return null;
  const { key, value, revision, createRevision, version, contentType } = entry;
  return {
    ...{ key, revision, version },
    value: toBase64(value),
    create_revision: createRevision,
    expire_time_ms: entry.expireTime?.getTime(),
    update_time_ms: entry.updateTime?.getTime(),
    content_type: contentType,
  };
}

/** Of a write: what all of them answer, and what one of them alone does. */
export function toWritten(result: {
  readonly revision: number;
  readonly replayed: boolean;
  readonly expireTime?: Date | undefined;
  readonly previous?: Entry<Value> | undefined;
  readonly deleted?: boolean;
  readonly touched?: boolean;
  readonly value?: bigint;
}): Line {
  const { revision, replayed, deleted, touched, value } = result;
  return {
    ...{ revision, replayed, deleted, touched },
    value: value?.toString(),
    expire_time_ms: result.expireTime?.getTime(),
    previous: toEntry(result.previous),
  };
}

export function toOperationResult(result: OperationResult<Value>): Line {
  if (result.kind === "get") return { get: { entry: toEntry(result.entry) } };
  const { kind, ...rest } = result;
  return { [kind]: toWritten(rest) };
}

const KINDS = {
  set: "SET",
  delete: "DELETE",
  expire: "EXPIRE",
  touch: "TOUCH",
} as const satisfies Record<EventKind, string>;

export function toEvent(event: WatchEvent<Value>): Line {
  const { kind, revision, index, key, entry, expireTime } = event;
  // Of a key that is gone, the schema has its key, its revision and the deadline that passed.
  const gone = { key, revision, expire_time_ms: expireTime?.getTime() };
  return {
    ...{ kind: KINDS[kind], revision, index },
    entry: entry === undefined ? gone : toEntry(entry),
    previous: toEntry(event.previous),
    previous_omitted: event.previousOmitted,
    value_omitted: event.valueOmitted,
    commit_time_ms: event.commitTime?.getTime(),
  };
}

const CAUSES = {
  deadline: "DEADLINE",
  "deadline-while-down": "DEADLINE_WHILE_DOWN",
  unknown: "UNSPECIFIED",
} as const satisfies Record<ExpirationCause, string>;

export function toExpiration(expired: ExpiredKey<Value>): Line {
  const { revision, index, key, value, valueSize, cause, contentType, valueOmitted } = expired;
  return {
    ...{ revision, index, key },
    value: toBase64(value),
    value_size: valueSize,
    expire_time_ms: expired.expireTime?.getTime(),
    commit_time_ms: expired.commitTime?.getTime(),
    cause: CAUSES[cause],
    content_type: contentType,
    value_omitted: valueOmitted,
  };
}

export function toProgress(progress: Progress | undefined): Line | undefined {
  return progress && { revision: progress.revision, time_ms: progress.time?.getTime() };
}

/** `error` of a line, or `fault` where it is no error of the client's. */
export function toFailure(error: unknown): Line {
  if (!(error instanceof KeyValueError)) {
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const { reason, codeName, message, metadata, retryAfterMs } = error;
  return { error: { reason, code: codeName, message, metadata, retry_after_ms: retryAfterMs } };
}
