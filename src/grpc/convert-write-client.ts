/** What a client sends to write, and gets for it: the store's words as requests, and replies as the store's words. */

import type {
  Condition as WireCondition,
  DeleteRangeRequest,
  DeleteRangeResponse,
  DeleteRequest,
  DeleteResponse,
  IncrementRequest,
  IncrementResponse,
  Operation as WireOperation,
  OperationResult as WireResult,
  SetRequest,
  SetResponse,
  TouchRequest,
  TouchResponse,
  TransactRequest,
  TransactResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import type { Duration } from "../../generated/google/protobuf/duration.js";
import type { Entry as WireEntry, Precondition } from "../../generated/keyvaluedb/v1/types.js";
import { invalidField, present, revision, TIME_MS_MAX, withinField } from "../base/index.js";
import type {
  Check,
  Condition,
  DeleteCommand,
  DeleteRangeCommand,
  DeleteRangeResult,
  DeleteResult,
  Entry,
  IncrementCommand,
  IncrementResult,
  Operation,
  OperationResult,
  RequestOption,
  SetCommand,
  SetResult,
  TouchCommand,
  TouchResult,
  TransactCommand,
  TransactResult,
} from "../kv/index.js";
import { fromEntry, fromGetResponse, toDeadlineMs, toText, toWireRange } from "./convert-client.js";
import { fromRpcStatus } from "./status-map.js";
import { toDuration, toTimestamp } from "./time.js";

export function toSetRequest(command: SetCommand): SetRequest {
  return {
    key: toText(command.key, "key"),
    value: command.value,
    expiration: toWireExpiration(command.expiration),
    contentType: command.contentType,
    ...toWireOptions(command),
  };
}

export function toDeleteRequest(command: DeleteCommand): DeleteRequest {
  return { key: toText(command.key, "key"), ...toWireOptions(command) };
}

export function toTouchRequest(command: TouchCommand): TouchRequest {
  return {
    key: toText(command.key, "key"),
    expiration: toWireTouchExpiration(command.expiration),
    ...toWireOptions(command),
  };
}

export function toIncrementRequest(command: IncrementCommand): IncrementRequest {
  if (BigInt.asIntN(64, command.delta) !== command.delta) {
    throw invalidField("delta", "must be a 64-bit integer");
  }
  return {
    key: toText(command.key, "key"),
    delta: String(command.delta),
    expiration: toWireExpiration(command.expiration),
    requestId: toRequestId(command),
  };
}

export function toTransactRequest(command: TransactCommand): TransactRequest {
  return {
    conditions: command.conditions.map((condition, index) =>
      withinField(`conditions[${String(index)}]`, () => toWireCondition(condition)),
    ),
    then: command.then.map(toWireOperationOf("then")),
    otherwise: command.otherwise.map(toWireOperationOf("otherwise")),
    requestId: toRequestId(command),
  };
}

export function toDeleteRangeRequest(command: DeleteRangeCommand): DeleteRangeRequest {
  const range = toWireRange(command.range);
  return { range, limit: command.limit, requestId: toRequestId(command) };
}

function toWireOperationOf(field: string): (operation: Operation, index: number) => WireOperation {
  return (operation, index) =>
    withinField(`${field}[${String(index)}].${operation.kind}`, () => toWireOperation(operation));
}

export function toWireOperation(operation: Operation): WireOperation {
  switch (operation.kind) {
    case "set":
      return { operation: { $case: "set", value: toSetRequest(operation) } };
    case "get":
      return {
        operation: { $case: "get", value: { key: toText(operation.key, "key"), revision: 0 } },
      };
    case "delete":
      return { operation: { $case: "delete", value: toDeleteRequest(operation) } };
    case "touch":
      return { operation: { $case: "touch", value: toTouchRequest(operation) } };
    case "increment":
      return { operation: { $case: "increment", value: toIncrementRequest(operation) } };
  }
}

function toWireCondition({ key, check }: Condition): WireCondition {
  return { key: toText(key, "key"), check: toWireCheck(check) };
}

function toWireOptions(command: Options): {
  readonly precondition: Precondition | undefined;
  readonly returnPrevious: boolean;
  readonly requestId: string;
} {
  const { precondition: check, returnPrevious = false } = command;
  const precondition = check === undefined ? undefined : { condition: toWireCheck(check) };
  return { precondition, returnPrevious, requestId: toRequestId(command) };
}

type Options = Pick<SetCommand, "precondition" | "returnPrevious" | "requestId">;

/** On the wire no id is an empty one. */
function toRequestId({ requestId }: RequestOption): string {
  if (requestId?.length === 0) throw invalidField("request_id", "must not be empty");
  return requestId?.toString() ?? "";
}

function toWireCheck(check: Check): NonNullable<WireCondition["check"]> {
  switch (check.kind) {
    case "exists":
      return { $case: "exists", value: check.exists };
    case "revision":
      return { $case: "revision", value: check.revision };
    case "value":
      return { $case: "value", value: check.value };
  }
}

function toWireExpiration(choice: SetCommand["expiration"]): SetRequest["expiration"] {
  switch (choice.kind) {
    case "none":
      return undefined;
    case "ttl":
      return { $case: "ttl", value: toWireTtl(choice.ttlMs) };
    case "at":
      return { $case: "expireTime", value: toTimestamp(choice.deadlineMs) };
    case "keep":
      return { $case: "keepExpiration", value: true };
  }
}

function toWireTouchExpiration(choice: TouchCommand["expiration"]): TouchRequest["expiration"] {
  switch (choice.kind) {
    case "none":
      return { $case: "persist", value: true };
    case "ttl":
      return { $case: "ttl", value: toWireTtl(choice.ttlMs) };
    case "at":
      return { $case: "expireTime", value: toTimestamp(choice.deadlineMs) };
  }
}

/** A caller may ask for what makes no sense; the server's answer to that is the one that counts. */
function toWireTtl(ttlMs: number): Duration {
  if (!Number.isFinite(ttlMs)) throw invalidField("ttl", "must be a number of milliseconds");
  if (ttlMs >= 0) return toDuration(Math.min(ttlMs, TIME_MS_MAX + 1));
  return { seconds: -1, nanos: 0 };
}

export function fromSetResponse(reply: SetResponse): SetResult {
  const deadlineMs = toDeadlineMs(reply.expireTime);
  return {
    revision: revision(reply.revision),
    deadlineMs,
    ...fromPrevious(reply),
    ...fromReplayed(reply),
  };
}

export function fromDeleteResponse(reply: DeleteResponse): DeleteResult {
  return {
    revision: revision(reply.revision),
    deleted: reply.deleted,
    ...fromPrevious(reply),
    ...fromReplayed(reply),
  };
}

export function fromTouchResponse(reply: TouchResponse): TouchResult {
  return {
    revision: revision(reply.revision),
    touched: reply.touched,
    deadlineMs: toDeadlineMs(reply.expireTime),
    ...fromPrevious(reply),
    ...fromReplayed(reply),
  };
}

export function fromIncrementResponse(reply: IncrementResponse): IncrementResult {
  return {
    revision: revision(reply.revision),
    value: BigInt(reply.value),
    deadlineMs: toDeadlineMs(reply.expireTime),
    ...fromReplayed(reply),
  };
}

export function fromDeleteRangeResponse(reply: DeleteRangeResponse): DeleteRangeResult {
  const { deletedCount, more } = reply;
  return { revision: revision(reply.revision), deletedCount, more, ...fromReplayed(reply) };
}

export function fromTransactResponse(reply: TransactResponse): TransactResult {
  return {
    revision: revision(reply.revision),
    succeeded: reply.succeeded,
    results: reply.results.map(fromOperationResult),
    ...fromReplayed(reply),
  };
}

/** Throws what an operation of a pipeline was answered with, if that is an error. */
export function fromOperationResult({ result }: WireResult): OperationResult {
  const known = present(result, "a result of a kind that this client knows");
  switch (known.$case) {
    case "error":
      throw fromRpcStatus(known.value);
    case "set":
      return { kind: "set", ...fromSetResponse(known.value) };
    case "get":
      return { kind: "get", ...fromGetResponse(known.value) };
    case "delete":
      return { kind: "delete", ...fromDeleteResponse(known.value) };
    case "touch":
      return { kind: "touch", ...fromTouchResponse(known.value) };
    case "increment":
      return { kind: "increment", ...fromIncrementResponse(known.value) };
  }
}

function fromPrevious({ previous }: { readonly previous: WireEntry | undefined }): {
  readonly previous?: Entry;
} {
  return previous === undefined ? {} : { previous: fromEntry(previous) };
}

function fromReplayed({ replayed }: { readonly replayed: boolean }): { readonly replayed?: true } {
  return replayed ? { replayed } : {};
}
