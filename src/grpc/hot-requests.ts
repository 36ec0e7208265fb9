/**
 * Requests of Set and Get, which most requests are: read by hand where they are plain, and strictly decoded otherwise (docs/decisions/hot-requests.md).
 */

import { GetRequest, SetRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { CONTENT_TYPE_BYTES_MAX, REQUEST_ID_BYTES_MAX, type Limits } from "../base/index.js";
import type { GetAtQuery, SetCommand } from "../kv/index.js";
import { checkLength, checkText, toGetAtQuery, toKey } from "./convert-request.js";
import { NO_EXPIRATION, toSetCommand } from "./convert-write-request.js";
import { readPlainKey, readPlainSet, type PlainSet } from "./plain-request.js";
import { strictDecode, type StrictlyDecoded } from "./strict-decode.js";

/** A key alone. */
export interface PlainKey {
  readonly key: Buffer;
}

export function decodeSetRequest(bytes: Buffer): StrictlyDecoded<PlainSet | SetRequest> {
  const request = readPlainSet(bytes, 0, bytes.length);
  return request === undefined ? strictDecode(SetRequest, bytes) : { kind: "request", request };
}

export function decodeGetRequest(bytes: Buffer): StrictlyDecoded<PlainKey | GetRequest> {
  const key = readPlainKey(bytes, 0, bytes.length);
  return key === undefined
    ? strictDecode(GetRequest, bytes)
    : { kind: "request", request: { key } };
}

export function toHotSetCommand(request: PlainSet | SetRequest, limits: Limits): SetCommand {
  if (!isPlain(request)) return toSetCommand(request, limits);
  const { key, value, contentType, requestId } = request;
  checkLength("key", key.length, limits.keyBytesMax);
  checkLength("value", value.length, limits.valueBytesMax);
  if (contentType !== "") checkText("content_type", contentType, CONTENT_TYPE_BYTES_MAX);
  if (requestId !== undefined) checkLength("request_id", requestId.length, REQUEST_ID_BYTES_MAX);
  const set = { key, value, expiration: NO_EXPIRATION, contentType };
  return requestId === undefined ? set : { ...set, requestId };
}

/** A key to be read as it is, or a query for one as it was. */
export function toHotGet(request: PlainKey | GetRequest, limits: Limits): Buffer | GetAtQuery {
  if (!isPlain(request)) {
    return request.revision === 0 ? toKey(request.key, limits) : toGetAtQuery(request, limits);
  }
  checkLength("key", request.key.length, limits.keyBytesMax);
  return request.key;
}

/** What was read by hand has its key as bytes. */
function isPlain<Plain extends PlainKey>(
  request: Plain | { readonly key: string },
): request is Plain {
  return typeof request.key !== "string";
}
