/** What a command may ask for: keys, values and deadlines within their bounds. */

import {
  CONTENT_TYPE_BYTES_MAX,
  invalidField,
  NO_DEADLINE,
  REQUEST_ID_BYTES_MAX,
  TIME_MS_MAX,
  timeMs,
  withinField,
  type Limits,
  type TimeMs,
} from "../base/index.js";
import { isInt64 } from "./int64.js";
import type {
  Check,
  ExpirationChoice,
  Operation,
  RequestOption,
  SetChange,
  TransactCommand,
  WriteOptions,
} from "./write-commands.js";

/** What an entry has that a choice of expiration may keep. */
interface Deadlined {
  readonly deadlineMs: TimeMs;
}

/** Throws INVALID_FIELD for a key that is empty or too long. */
export function checkKey(key: Buffer, { keyBytesMax }: Limits): void {
  if (key.length === 0) throw invalidField("key", "must not be empty");
  if (key.length <= keyBytesMax) return;
  throw invalidField("key", `has ${String(key.length)} bytes, more than ${String(keyBytesMax)}`);
}

/** Throws INVALID_FIELD for a value or a content type that is too long. */
export function checkValue({ value, contentType }: SetChange, { valueBytesMax }: Limits): void {
  if (value.length > valueBytesMax) {
    throw invalidField(
      "value",
      `has ${String(value.length)} bytes, more than ${String(valueBytesMax)}`,
    );
  }
  const contentTypeBytes = Buffer.byteLength(contentType);
  if (contentTypeBytes <= CONTENT_TYPE_BYTES_MAX) return;
  throw invalidField(
    "content_type",
    `has ${String(contentTypeBytes)} bytes, more than ${String(CONTENT_TYPE_BYTES_MAX)}`,
  );
}

/** Throws INVALID_FIELD for a check that nothing could pass. */
function checkCheck(check: Check, { valueBytesMax }: Limits): void {
  if (check.kind === "revision" && check.revision < 0) {
    throw invalidField("revision", "must be 0 or more");
  }
  if (check.kind === "value" && check.value.length > valueBytesMax) {
    const bytes = String(check.value.length);
    throw invalidField("value", `has ${bytes} bytes, more than ${String(valueBytesMax)}`);
  }
}

/** The same for what one operation by itself may be told. */
export function checkPrecondition({ precondition }: WriteOptions, limits: Limits): void {
  if (precondition === undefined) return;
  withinField("precondition", () => {
    checkCheck(precondition, limits);
  });
}

/** The bytes of the id, if there is one. Throws INVALID_FIELD for one that is empty or too long. */
export function requestIdOf({
  requestId,
}: {
  readonly requestId?: RequestOption["requestId"] | undefined;
}): Buffer | undefined {
  if (requestId === undefined) return undefined;
  const bytes = typeof requestId === "string" ? Buffer.from(requestId, "utf8") : requestId;
  if (bytes.length === 0) throw invalidField("request_id", "must not be empty");
  if (bytes.length <= REQUEST_ID_BYTES_MAX) return bytes;
  const most = String(REQUEST_ID_BYTES_MAX);
  throw invalidField("request_id", `has ${String(bytes.length)} bytes, more than ${most}`);
}

/** Throws INVALID_FIELD for an operation out of its bounds. */
export function checkOperation(operation: Operation, limits: Limits): void {
  checkKey(operation.key, limits);
  if (operation.kind === "set") checkValue(operation, limits);
  if (operation.kind === "increment" && !isInt64(operation.delta)) {
    throw invalidField("delta", "must be a 64-bit integer");
  }
}

/** The same for all that a transaction asks and does. */
export function checkTransaction(command: TransactCommand, limits: Limits): void {
  const { conditions } = command;
  checkCount("conditions", conditions.length, limits);
  for (const [index, { key, check }] of conditions.entries()) {
    withinField(`conditions[${String(index)}]`, () => {
      checkKey(key, limits);
      checkCheck(check, limits);
    });
  }
  for (const branch of ["then", "otherwise"] as const) {
    const operations = command[branch];
    checkCount(branch, operations.length, limits);
    for (const [index, operation] of operations.entries()) {
      withinField(`${branch}[${String(index)}].${operation.kind}`, () => {
        checkOperation(operation, limits);
      });
    }
  }
}

function checkCount(field: string, count: number, { transactionOperationsMax }: Limits): void {
  if (count <= transactionOperationsMax) return;
  const most = `${String(transactionOperationsMax)} (limits.transaction_operations)`;
  throw invalidField(field, `has ${String(count)} members, more than ${most}`);
}

/** When the key will expire. Throws INVALID_FIELD for a time that has passed or that nobody can write. */
export function deadlineOf(
  choice: ExpirationChoice,
  entry: Deadlined | undefined,
  nowMs: TimeMs,
): TimeMs {
  switch (choice.kind) {
    case "none":
      return NO_DEADLINE;
    case "keep":
      return entry?.deadlineMs ?? NO_DEADLINE;
    case "ttl":
      if (choice.ttlMs <= 0) throw invalidField("ttl", "must be more than zero");
      if (choice.ttlMs > TIME_MS_MAX - nowMs) throw invalidField("ttl", "ends after the year 9999");
      return timeMs(nowMs + Math.ceil(choice.ttlMs));
    case "at":
      if (choice.deadlineMs <= nowMs) throw invalidField("expire_time", "has passed already");
      if (choice.deadlineMs > TIME_MS_MAX)
        throw invalidField("expire_time", "is after the year 9999");
      return choice.deadlineMs;
  }
}
