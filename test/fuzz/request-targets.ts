/** The requests, as a caller may write them: refused by name, or the same when they are written again. */

import * as admin from "../../generated/keyvaluedb/v1/admin_service.js";
import * as keyValue from "../../generated/keyvaluedb/v1/key_value_service.js";
import { DEFAULT_LIMITS } from "../../src/base/index.js";
import {
  toKey,
  toListKeysQuery,
  toSnapshotId,
  toWatchExpirationsQuery,
} from "../../src/grpc/convert-request.js";
import {
  toDeleteCommand,
  toDeleteRangeCommand,
  toIncrementCommand,
  toSetCommand,
  toTouchCommand,
  toTransactCommand,
} from "../../src/grpc/convert-write-request.js";
import { strictDecode, type DecodableMessage } from "../../src/grpc/strict-decode.js";
import { SNAPSHOT_ID } from "../golden/known-inputs.js";
import { ACCEPTED, type Target } from "./fuzzer.js";

interface RequestType<T> extends DecodableMessage<T> {
  encode(message: T): { finish(): Uint8Array };
}

/** A request is invalid, or the same when it is written and read again; and what it asks for is, or is refused by name. */
function requestTarget<T>(
  type: RequestType<T>,
  example: T,
  convert: (request: T) => unknown,
): Target {
  const written = (message: T): Buffer => Buffer.from(type.encode(message).finish());
  const read = (bytes: Buffer): T | string => {
    const decoded = strictDecode(type, bytes);
    return decoded.kind === "request" ? decoded.request : `${decoded.field}: ${decoded.problem}`;
  };
  return {
    name: type.$type.slice(type.$type.lastIndexOf(".") + 1),
    seeds: [written(example)],
    run: (bytes) => {
      const request = read(bytes);
      if (typeof request === "string") return request;
      const again = written(request);
      const reread = read(again);
      if (typeof reread === "string") throw new Error(`it was taken, and then not: ${reread}`);
      sameOrThrow(written(reread), again);
      convert(request);
      return ACCEPTED;
    },
  };
}

const LIMITS = DEFAULT_LIMITS;
const KEY = "users/ä/1";

export const REQUESTS: readonly Target[] = [
  requestTarget(
    keyValue.SetRequest,
    keyValue.SetRequest.fromPartial({
      key: KEY,
      value: Buffer.from("value"),
      contentType: "text/plain",
      expiration: { $case: "ttl", value: { seconds: 30, nanos: 5 } },
    }),
    (request) => toSetCommand(request, LIMITS),
  ),
  requestTarget(keyValue.GetRequest, { revision: 0, key: KEY }, ({ key }) => toKey(key, LIMITS)),
  requestTarget(
    keyValue.DeleteRequest,
    keyValue.DeleteRequest.fromPartial({
      key: KEY,
      precondition: { condition: { $case: "revision", value: 7 } },
      requestId: "one call",
    }),
    (request) => toDeleteCommand(request, LIMITS),
  ),
  requestTarget(
    keyValue.IncrementRequest,
    keyValue.IncrementRequest.fromPartial({ key: KEY, delta: "-9223372036854775808" }),
    (request) => toIncrementCommand(request, LIMITS),
  ),
  requestTarget(
    keyValue.TransactRequest,
    keyValue.TransactRequest.fromPartial({
      conditions: [{ key: KEY, check: { $case: "exists", value: true } }],
      then: [{ operation: { $case: "get", value: { revision: 0, key: KEY } } }],
      otherwise: [{ operation: { $case: "increment", value: { key: KEY, delta: "1" } } }],
      requestId: "one call",
    }),
    (request) => toTransactCommand(request, LIMITS),
  ),
  requestTarget(
    keyValue.DeleteRangeRequest,
    keyValue.DeleteRangeRequest.fromPartial({
      range: { range: { $case: "prefix", value: "ä" } },
      limit: 20,
      requestId: "one call",
    }),
    (request) => toDeleteRangeCommand(request, LIMITS),
  ),
  requestTarget(
    keyValue.TouchRequest,
    keyValue.TouchRequest.fromPartial({
      key: KEY,
      expiration: { $case: "expireTime", value: { seconds: 1_893_456_000, nanos: 1 } },
    }),
    (request) => toTouchCommand(request, LIMITS),
  ),
  requestTarget(
    keyValue.ListKeysRequest,
    keyValue.ListKeysRequest.fromPartial({
      range: { range: { $case: "interval", value: { start: "a", end: "ä" } } },
      pageSize: 20,
      pageToken: "token",
    }),
    (request) => toListKeysQuery(request, LIMITS),
  ),
  requestTarget(
    keyValue.WatchExpirationsRequest,
    keyValue.WatchExpirationsRequest.fromPartial({
      range: { range: { $case: "glob", value: "a*[b-d]?" } },
      start: { position: { $case: "revision", value: 7 } },
      progressInterval: { seconds: 10, nanos: 0 },
    }),
    (request) => toWatchExpirationsQuery(request, LIMITS),
  ),
  requestTarget(
    admin.DeleteSnapshotRequest,
    { snapshotId: SNAPSHOT_ID.toString("hex") },
    ({ snapshotId }) => toSnapshotId(snapshotId),
  ),
];

export function sameOrThrow(again: Buffer, before: Buffer): void {
  if (!again.equals(before)) {
    throw new Error(`it was taken, and is ${again.toString("hex")} when it is written again`);
  }
}
