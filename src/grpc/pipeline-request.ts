/**
 * Requests of a pipeline as the store takes them. Each operation is read and judged by itself, so that what is
 * wrong with one is told in its place, in the words in which its own call would tell it.
 *
 * Plain sets and gets, which most are, are read by hand: what they hold are parts of the request's own bytes.
 */

import { BinaryReader } from "@bufbuild/protobuf/wire";

import { Operation as WireOperation } from "../../generated/keyvaluedb/v1/key_value_service.js";
import {
  CONTENT_TYPE_BYTES_MAX,
  invalidField,
  REQUEST_ID_BYTES_MAX,
  unreachable,
  type Limits,
} from "../base/index.js";
import type { PipelineOperation } from "../kv/index.js";
import { toGetAtQuery, toKey } from "./convert-request.js";
import {
  NO_EXPIRATION,
  toDeleteCommand,
  toIncrementCommand,
  toSetCommand,
  toTouchCommand,
} from "./convert-write-request.js";
import type { MessageShape } from "./message-shape.js";
import { FieldWalk, readPlainKey, readPlainSet, type PlainSet } from "./plain-request.js";
import { strictDecode } from "./strict-decode.js";
import { findDamage } from "./wire-check.js";

export interface PipelineRequestLimits {
  readonly limits: Limits;
  /** Most operations in one request. */
  readonly operationsMax: number;
}

export type PipelineRequestReading =
  | { readonly kind: "operations"; readonly operations: readonly PipelineOperation[] }
  | { readonly kind: "invalid"; readonly field: string; readonly problem: string };

/** What must be right of a request as a whole: that it consists of fields. */
const ENVELOPE: MessageShape = {
  typeName: "keyvaluedb.v1.PipelineRequest",
  fields: new Map([
    [1, { name: "operations", number: 1, kind: "bytes", repeated: true, message: undefined }],
  ]),
};

/** A field's number, shifted by three, and 2 for a length and bytes. */
const OPERATIONS = (1 << 3) | 2;
const OPERATION_SET = (1 << 3) | 2;
const OPERATION_GET = (2 << 3) | 2;

export function readPipelineRequest(
  bytes: Buffer,
  { limits, operationsMax }: PipelineRequestLimits,
): PipelineRequestReading {
  const damage = findDamage(bytes, ENVELOPE);
  if (damage !== undefined) return { kind: "invalid", field: "request", problem: damage.problem };
  const operations: PipelineOperation[] = [];
  const walk = new FieldWalk(bytes, 0, bytes.length);
  let count = 0;
  let keptBytes = 0;
  while (walk.position < bytes.length) {
    if (!passTag(walk)) continue;
    const start = walk.length();
    const end = walk.position;
    count += 1;
    if (count > operationsMax) continue;
    const operation =
      readPlain(bytes, { start, end, limits }) ?? readAny(bytes.subarray(start, end), limits);
    if (operation.kind === "set") keptBytes += operation.key.length + operation.value.length;
    operations.push(operation);
  }
  if (count > operationsMax) {
    const most = `${String(operationsMax)} (limits.pipeline_operations)`;
    const problem = `has ${String(count)} members, more than ${most}`;
    return { kind: "invalid", field: "operations", problem };
  }
  // The store may keep what is set for a while, and a part of a buffer keeps all of it in memory.
  const isMostlyKept = keptBytes * 2 >= bytes.length;
  return { kind: "operations", operations: isMostlyKept ? operations : operations.map(detached) };
}

/** Passes over the tag of an operation. False: it was another field, which this schema does not know, and is passed over. */
function passTag(walk: FieldWalk): boolean {
  if (walk.bytes[walk.position] === OPERATIONS) {
    walk.position += 1;
    return true;
  }
  const reader = new BinaryReader(walk.bytes);
  reader.pos = walk.position;
  const [number, wireType] = reader.tag();
  // A tag may be longer than it need be.
  const isOperation = ((number << 3) | wireType) === OPERATIONS;
  if (!isOperation) reader.skip(wireType, number);
  walk.position = reader.pos;
  return isOperation;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly limits: Limits;
}

/** Undefined: it is not plain, or something is wrong with it. */
function readPlain(bytes: Buffer, { start, end, limits }: Span): PipelineOperation | undefined {
  const kind = bytes[start];
  if (kind !== OPERATION_SET && kind !== OPERATION_GET) return undefined;
  const walk = new FieldWalk(bytes, start + 1, end);
  const body = walk.length();
  if (walk.position !== end) return undefined;
  if (kind === OPERATION_GET) {
    const key = readPlainKey(bytes, body, end);
    return key === undefined || key.length > limits.keyBytesMax ? undefined : { kind: "get", key };
  }
  const set = readPlainSet(bytes, body, end);
  return set !== undefined && isShort(set, limits) ? toPlainOperation(set) : undefined;
}

/** Written out, since a spread costs more than all the rest here. */
function toPlainOperation({ key, value, contentType, requestId }: PlainSet): PipelineOperation {
  const expiration = NO_EXPIRATION;
  if (requestId === undefined) return { kind: "set", key, value, expiration, contentType };
  return { kind: "set", key, value, expiration, contentType, requestId };
}

function isShort({ key, value, contentType, requestId }: PlainSet, limits: Limits): boolean {
  return (
    key.length <= limits.keyBytesMax &&
    value.length <= limits.valueBytesMax &&
    // No character takes more than four bytes; what may be too long is measured elsewhere.
    contentType.length <= CONTENT_TYPE_BYTES_MAX / 4 &&
    (requestId === undefined || requestId.length <= REQUEST_ID_BYTES_MAX)
  );
}

/** Any operation, or the error that its call would have. */
function readAny(bytes: Buffer, limits: Limits): PipelineOperation {
  const decoded = strictDecode(WireOperation, bytes);
  try {
    if (decoded.kind === "request") return toPipelineOperation(decoded.request, limits);
    throw invalidField(fieldOfCall(decoded.field), decoded.problem);
  } catch (error) {
    return { kind: "error", error };
  }
}

/** `set.key` is `key` in a call by itself, and what is wrong with all of `set` is wrong with its request. */
function fieldOfCall(field: string): string {
  const [kind = "", ...rest] = field.split(".");
  if (kind === "request") return field;
  return rest.length === 0 ? "request" : rest.join(".");
}

function toPipelineOperation({ operation }: WireOperation, limits: Limits): PipelineOperation {
  switch (operation?.$case) {
    case undefined:
      throw invalidField("operation", "must be one of set, get, delete, touch and increment");
    case "set":
      return { kind: "set", ...toSetCommand(operation.value, limits) };
    case "get":
      return operation.value.revision === 0
        ? { kind: "get", key: toKey(operation.value.key, limits) }
        : { kind: "get", ...toGetAtQuery(operation.value, limits) };
    case "delete":
      return { kind: "delete", ...toDeleteCommand(operation.value, limits) };
    case "touch":
      return { kind: "touch", ...toTouchCommand(operation.value, limits) };
    case "increment":
      return { kind: "increment", ...toIncrementCommand(operation.value, limits) };
    default:
      return unreachable(operation);
  }
}

/** The same, without a hold on the request's bytes. */
function detached(operation: PipelineOperation): PipelineOperation {
  if (operation.kind !== "set") return operation;
  const { requestId } = operation;
  const ids = requestId === undefined ? {} : { requestId: Buffer.from(requestId) };
  return {
    ...operation,
    ...ids,
    key: Buffer.from(operation.key),
    value: Buffer.from(operation.value),
  };
}
