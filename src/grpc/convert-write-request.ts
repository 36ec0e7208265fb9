/**
 * Requests to write as the store takes them, alone and as the operations of a transaction. What is wrong is
 * INVALID_FIELD with the path of the field, from the root of the request on.
 */

import type {
  Condition as WireCondition,
  DeleteRangeRequest,
  DeleteRequest,
  IncrementRequest,
  Operation as WireOperation,
  SetRequest,
  TouchRequest,
  TransactRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import type { Precondition } from "../../generated/keyvaluedb/v1/types.js";
import {
  CONTENT_TYPE_BYTES_MAX,
  invalidField,
  REQUEST_ID_BYTES_MAX,
  revision,
  unreachable,
  withinField,
  type Limits,
} from "../base/index.js";
import type {
  Check,
  Condition,
  DeleteCommand,
  DeleteRangeCommand,
  ExpirationChoice,
  IncrementCommand,
  Operation,
  RequestOption,
  SetCommand,
  TouchCommand,
  TransactCommand,
} from "../kv/index.js";
import { checkLength, checkText, notTrue, toKey, toKeyRange } from "./convert-request.js";
import { expireTimeToMs, ttlToMs } from "./time.js";

export const NO_EXPIRATION: ExpirationChoice = { kind: "none" };
const KEEP_EXPIRATION: ExpirationChoice = { kind: "keep" };

export function toSetCommand(request: SetRequest, limits: Limits): SetCommand {
  const key = toKey(request.key, limits);
  checkLength("value", request.value.length, limits.valueBytesMax);
  if (request.contentType !== "") {
    checkText("content_type", request.contentType, CONTENT_TYPE_BYTES_MAX);
  }
  const command: SetCommand = {
    key,
    value: request.value,
    expiration: toSetExpiration(request.expiration),
    contentType: request.contentType,
  };
  // Most sets ask for nothing more, and are not copied.
  return isPlain(request) ? command : { ...command, ...toOptions(request) };
}

export function toDeleteCommand(request: DeleteRequest, limits: Limits): DeleteCommand {
  return { key: toKey(request.key, limits), ...toOptions(request) };
}

export function toTouchCommand(request: TouchRequest, limits: Limits): TouchCommand {
  return {
    key: toKey(request.key, limits),
    expiration: toTouchExpiration(request.expiration),
    ...toOptions(request),
  };
}

export function toIncrementCommand(request: IncrementRequest, limits: Limits): IncrementCommand {
  return {
    key: toKey(request.key, limits),
    delta: BigInt(request.delta),
    expiration: toSetExpiration(request.expiration),
    ...toRequestId(request),
  };
}

export function toTransactCommand(request: TransactRequest, limits: Limits): TransactCommand {
  return {
    conditions: toEach("conditions", request.conditions, limits, toCondition),
    then: toEach("then", request.then, limits, toOperation),
    otherwise: toEach("otherwise", request.otherwise, limits, toOperation),
    ...toRequestId(request),
  };
}

export function toDeleteRangeCommand(
  request: DeleteRangeRequest,
  limits: Limits,
): DeleteRangeCommand {
  const range = toKeyRange(request.range, limits);
  return { range, limit: request.limit, ...toRequestId(request) };
}

/** Members past the limit are not even looked at. */
function toEach<Wire, T>(
  field: string,
  members: readonly Wire[],
  limits: Limits,
  convert: (member: Wire, limits: Limits) => T,
): readonly T[] {
  const most = limits.transactionOperationsMax;
  if (members.length > most) {
    const count = String(members.length);
    const limit = `${String(most)} (limits.transaction_operations)`;
    throw invalidField(field, `has ${count} members, more than ${limit}`);
  }
  return members.map((member, index) =>
    withinField(`${field}[${String(index)}]`, () => convert(member, limits)),
  );
}

function toCondition(wire: WireCondition, limits: Limits): Condition {
  const key = toKey(wire.key, limits);
  const { check } = wire;
  switch (check?.$case) {
    case undefined:
      throw invalidField("check", "must be one of exists, revision and value");
    case "exists":
      return { key, check: { kind: "exists", exists: check.value } };
    case "revision":
      return { key, check: { kind: "revision", revision: revision(check.value) } };
    case "value":
      return { key, check: { kind: "value", value: check.value } };
    default:
      return unreachable(check);
  }
}

function toOperation({ operation }: WireOperation, limits: Limits): Operation {
  if (operation === undefined) {
    throw invalidField("operation", "must be one of set, get, delete, touch and increment");
  }
  return withinField(operation.$case, () => toKnownOperation(operation, limits));
}

function toKnownOperation(
  operation: NonNullable<WireOperation["operation"]>,
  limits: Limits,
): Operation {
  switch (operation.$case) {
    case "set":
      refuseOptions(operation.value);
      return { kind: "set", ...toSetCommand(operation.value, limits) };
    case "get":
      if (operation.value.revision !== 0) {
        throw invalidField("revision", "must not be there: a transaction reads the key as it is");
      }
      return { kind: "get", key: toKey(operation.value.key, limits) };
    case "delete":
      refuseOptions(operation.value);
      return { kind: "delete", ...toDeleteCommand(operation.value, limits) };
    case "touch":
      refuseOptions(operation.value);
      return { kind: "touch", ...toTouchCommand(operation.value, limits) };
    case "increment":
      refuseRequestId(operation.value);
      return { kind: "increment", ...toIncrementCommand(operation.value, limits) };
    default:
      return unreachable(operation);
  }
}

/** What a request may ask of a call by itself. */
interface Options {
  readonly precondition: Precondition | undefined;
  readonly returnPrevious: boolean;
  readonly requestId: string;
}

function isPlain({ precondition, returnPrevious, requestId }: Options): boolean {
  return precondition === undefined && !returnPrevious && requestId === "";
}

function toOptions({
  precondition,
  returnPrevious,
  requestId,
}: Options): Pick<SetCommand, "precondition" | "returnPrevious" | "requestId"> {
  return {
    ...toRequestId({ requestId }),
    ...(precondition === undefined ? {} : { precondition: toCheck(precondition) }),
    ...(returnPrevious ? { returnPrevious } : {}),
  };
}

function toRequestId({ requestId }: Pick<Options, "requestId">): RequestOption {
  if (requestId === "") return {};
  checkText("request_id", requestId, REQUEST_ID_BYTES_MAX);
  return { requestId: Buffer.from(requestId) };
}

function refuseOptions({ precondition, requestId }: Omit<Options, "returnPrevious">): void {
  refuseRequestId({ requestId });
  if (precondition === undefined) return;
  throw invalidField("precondition", "must not be there: the transaction has conditions");
}

function refuseRequestId({ requestId }: Pick<Options, "requestId">): void {
  if (requestId === "") return;
  throw invalidField("request_id", "must not be there: the transaction has one for all of it");
}

function toCheck({ condition }: Precondition): Check {
  switch (condition?.$case) {
    case undefined:
      throw invalidField("precondition", "must be one of exists, revision and value");
    case "exists":
      return { kind: "exists", exists: condition.value };
    case "revision":
      return { kind: "revision", revision: revision(condition.value) };
    case "value":
      return { kind: "value", value: condition.value };
    default:
      return unreachable(condition);
  }
}

function toSetExpiration(choice: SetRequest["expiration"]): ExpirationChoice {
  switch (choice?.$case) {
    case undefined:
      return NO_EXPIRATION;
    case "ttl":
      return { kind: "ttl", ttlMs: ttlToMs(choice.value, "ttl") };
    case "expireTime":
      return { kind: "at", deadlineMs: expireTimeToMs(choice.value, "expire_time") };
    case "keepExpiration":
      if (!choice.value) throw notTrue("keep_expiration");
      return KEEP_EXPIRATION;
    default:
      return unreachable(choice);
  }
}

function toTouchExpiration(choice: TouchRequest["expiration"]): TouchCommand["expiration"] {
  switch (choice?.$case) {
    case undefined:
      throw invalidField("expiration", "must be one of ttl, expire_time and persist");
    case "ttl":
      return { kind: "ttl", ttlMs: ttlToMs(choice.value, "ttl") };
    case "expireTime":
      return { kind: "at", deadlineMs: expireTimeToMs(choice.value, "expire_time") };
    case "persist":
      if (!choice.value) throw notTrue("persist");
      return { kind: "none" };
    default:
      return unreachable(choice);
  }
}
