/** What the store answers to writes, as replies; those of Set and Get, when they come alone, are in hot-replies. */

import type {
  DeleteRangeResponse,
  DeleteResponse,
  GetResponse,
  IncrementResponse,
  OperationResult as WireResult,
  SetResponse,
  TouchResponse,
  TransactResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import type { Entry as WireEntry } from "../../generated/keyvaluedb/v1/types.js";
import type {
  DeleteRangeResult,
  DeleteResult,
  Entry,
  GetResult,
  IncrementResult,
  OperationResult,
  SetResult,
  TouchResult,
  TransactResult,
} from "../kv/index.js";
import { toExpireTime, toTimestamp } from "./time.js";

export function toDeleteResponse(result: DeleteResult): DeleteResponse {
  const { revision, deleted } = result;
  const previous = toEntry(result.previous);
  return { revision, deleted, previous, replayed: result.replayed === true };
}

export function toTouchResponse(result: TouchResult): TouchResponse {
  const { revision, touched, deadlineMs } = result;
  const previous = toEntry(result.previous);
  const replayed = result.replayed === true;
  return { revision, touched, expireTime: toExpireTime(deadlineMs), previous, replayed };
}

export function toIncrementResponse(result: IncrementResult): IncrementResponse {
  const { revision, value, deadlineMs } = result;
  const replayed = result.replayed === true;
  return { revision, value: String(value), expireTime: toExpireTime(deadlineMs), replayed };
}

export function toTransactResponse(result: TransactResult): TransactResponse {
  const { revision, succeeded, results } = result;
  const replayed = result.replayed === true;
  return { revision, succeeded, results: results.map(toOperationResult), replayed };
}

export function toDeleteRangeResponse(result: DeleteRangeResult): DeleteRangeResponse {
  const { revision, deletedCount, more } = result;
  return { revision, deletedCount, more, replayed: result.replayed === true };
}

/** Of a transaction, or of a pipeline where a call of that kind has no encoder of its own. */
export function toOperationResult(result: OperationResult): WireResult {
  switch (result.kind) {
    case "set":
      return { result: { $case: "set", value: toSetResponse(result) } };
    case "get":
      return { result: { $case: "get", value: toGetResponse(result) } };
    case "delete":
      return { result: { $case: "delete", value: toDeleteResponse(result) } };
    case "touch":
      return { result: { $case: "touch", value: toTouchResponse(result) } };
    case "increment":
      return { result: { $case: "increment", value: toIncrementResponse(result) } };
  }
}

function toSetResponse({ revision, deadlineMs, previous, replayed }: SetResult): SetResponse {
  const expireTime = toExpireTime(deadlineMs);
  return { revision, expireTime, previous: toEntry(previous), replayed: replayed === true };
}

function toGetResponse({ entry, revision }: GetResult): GetResponse {
  return { entry: toEntry(entry), revision };
}

function toEntry(entry: Entry | undefined): WireEntry | undefined {
  if (entry === undefined) return undefined;
  return {
    key: entry.key.toString("utf8"),
    value: entry.value,
    revision: entry.revision,
    createRevision: entry.createRevision,
    version: entry.version,
    expireTime: toExpireTime(entry.deadlineMs),
    updateTime: toTimestamp(entry.updateTimeMs),
    contentType: entry.contentType,
  };
}

/** About how long a reply is: what the values in it take. */
export function valueBytesOf({ results }: TransactResponse): number {
  return results.reduce((sum, { result }) => {
    if (result === undefined || result.$case === "increment" || result.$case === "error")
      return sum;
    const entry = result.$case === "get" ? result.value.entry : result.value.previous;
    return sum + (entry?.value.length ?? 0);
  }, 0);
}
