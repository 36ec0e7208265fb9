/**
 * Errors between the store and the wire: one table of codes, and the google.rpc details that carry the reason,
 * what is known about it, and when to try again, in `grpc-status-details-bin`.
 */

import { Metadata, status, type ServiceError, type StatusObject } from "@grpc/grpc-js";

import { BadRequest, ErrorInfo, RetryInfo } from "../../generated/google/rpc/error_details.js";
import { Status } from "../../generated/google/rpc/status.js";
import { ERROR_CODES, KvError, type ErrorCode, type ErrorMetadata } from "../base/index.js";
import { durationToMs, toDuration } from "./time.js";

const ERROR_DOMAIN = "keyvaluedb";

const DETAILS_KEY = "grpc-status-details-bin";
const TYPE_URL_PREFIX = "type.googleapis.com/";

/**
 * Trailers are HTTP headers, and some clients take no more than 8 KiB of them (Netty's default), where every
 * byte that is not ASCII counts for three. So a longer message is cut, and longer metadata, of which
 * a part would be of no use, is left out.
 */
const MESSAGE_BYTES_MAX = 512;
const METADATA_BYTES_MAX = 1024;

const STATUS_OF = {
  INVALID_FIELD: status.INVALID_ARGUMENT,
  PRECONDITION_FAILED: status.ABORTED,
  KEY_EXISTS: status.ALREADY_EXISTS,
  KEY_ABSENT: status.NOT_FOUND,
  OVERFLOW: status.OUT_OF_RANGE,
  REVISION_COMPACTED: status.OUT_OF_RANGE,
  HISTORY_CHANGED: status.FAILED_PRECONDITION,
  REQUEST_ID_REUSED: status.INVALID_ARGUMENT,
  NO_SPACE: status.RESOURCE_EXHAUSTED,
  QUOTA: status.RESOURCE_EXHAUSTED,
  OVERLOADED: status.RESOURCE_EXHAUSTED,
  SLOW_FOLLOWER: status.RESOURCE_EXHAUSTED,
  CORRUPT: status.DATA_LOSS,
  STARTING: status.UNAVAILABLE,
  DRAINING: status.UNAVAILABLE,
  STORAGE_FAILED: status.UNAVAILABLE,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  CANCELLED: status.CANCELLED,
  // The rest cannot be met by a call that a server answers; where one is, that is a fault of ours.
  UNREACHABLE: status.INTERNAL,
  SERVER_ERROR: status.INTERNAL,
  ADDRESS_UNAVAILABLE: status.INTERNAL,
  STORE_LOCKED: status.INTERNAL,
  STORE_TOO_NEW: status.INTERNAL,
  STORE_EXISTS: status.INTERNAL,
  STORE_ABSENT: status.INTERNAL,
  BAD_CONFIGURATION: status.INTERNAL,
} satisfies Record<ErrorCode, status>;

/** What a caller is told of a fault of ours: nothing that it could use, or that it should not know. */
const OPAQUE = {
  code: status.INTERNAL,
  message: "internal error; the server's log has its cause",
  details: [],
} satisfies Status;

/** Any error as the status of a call. Whatever is not a KvError for the wire becomes an opaque INTERNAL. */
export function toStatus(error: unknown): StatusObject {
  const sent = toRpcStatus(error);
  const metadata = new Metadata();
  if (sent !== OPAQUE) metadata.set(DETAILS_KEY, Buffer.from(Status.encode(sent).finish()));
  return { code: statusOf(error), details: sent.message, metadata };
}

export function statusOf(error: unknown): status {
  return error instanceof KvError ? STATUS_OF[error.code] : status.INTERNAL;
}

/** The same as a message, for an error that is one answer among others. */
export function toRpcStatus(error: unknown): Status {
  const code = statusOf(error);
  if (!(error instanceof KvError) || code === status.INTERNAL) return OPAQUE;
  const message = printable(error.message);
  const details = [
    { typeUrl: `${TYPE_URL_PREFIX}${ErrorInfo.$type}`, value: encodeErrorInfo(error) },
  ];
  if (error.code === "INVALID_FIELD" && error.metadata.field !== undefined) {
    details.push({
      typeUrl: `${TYPE_URL_PREFIX}${BadRequest.$type}`,
      value: encodeBadRequest(error.metadata.field, message),
    });
  }
  if (error.retryAfterMs !== undefined) {
    const retryDelay = toDuration(error.retryAfterMs);
    details.push({
      typeUrl: `${TYPE_URL_PREFIX}${RetryInfo.$type}`,
      value: Buffer.from(RetryInfo.encode({ retryDelay }).finish()),
    });
  }
  return { code, message, details };
}

/** The code and the reason alone, where there is no room for more. */
export function toShortRpcStatus(error: unknown): Status {
  const code = statusOf(error);
  if (!(error instanceof KvError) || code === status.INTERNAL) return { ...OPAQUE, message: "" };
  const info = { reason: error.code, domain: ERROR_DOMAIN, metadata: {} };
  const value = Buffer.from(ErrorInfo.encode(info).finish());
  return { code, message: "", details: [{ typeUrl: TYPE_URL_PREFIX + ErrorInfo.$type, value }] };
}

function encodeErrorInfo(error: KvError): Buffer {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(error.metadata) as [string, unknown][]) {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string" || Buffer.byteLength(text) > METADATA_BYTES_MAX) continue;
    metadata[name] = text;
  }
  const info = { reason: error.code, domain: ERROR_DOMAIN, metadata };
  return Buffer.from(ErrorInfo.encode(info).finish());
}

function encodeBadRequest(field: string, message: string): Buffer {
  const prefix = `${field}: `;
  const description = message.startsWith(prefix) ? message.slice(prefix.length) : message;
  const violation = {
    field,
    description,
    reason: "INVALID_FIELD",
    localizedMessage: undefined,
  };
  return Buffer.from(BadRequest.encode({ fieldViolations: [violation] }).finish());
}

/** Short, and of whole characters: half a surrogate pair has no bytes that it could be sent as. */
function printable(message: string): string {
  const bytes = Buffer.from(message, "utf8");
  if (bytes.length <= MESSAGE_BYTES_MAX) return bytes.toString("utf8");
  const start = bytes.subarray(0, MESSAGE_BYTES_MAX).toString("utf8");
  return `${start.replace(/\uFFFD+$/, "")}…`;
}

/** What a client makes of a failed call: the KvError that the server threw, or the nearest one. */
export function fromServiceError(error: ServiceError, address: string): KvError {
  const sent = readDetails(error);
  if (sent !== undefined) return new KvError(sent.code, error.details, { ...sent, cause: error });
  switch (error.code) {
    case status.UNAVAILABLE:
      return new KvError("UNREACHABLE", unreachableWords(error.details, address), {
        cause: error,
      });
    case status.DEADLINE_EXCEEDED:
      return new KvError(
        "DEADLINE_EXCEEDED",
        `no answer from ${address} in time: ${error.details}`,
        {
          cause: error,
        },
      );
    case status.CANCELLED:
      return new KvError("CANCELLED", error.details, { cause: error });
    case status.INTERNAL:
      if (error.details.startsWith(RESET)) {
        return new KvError("UNREACHABLE", `the stream to ${address} broke: ${error.details}`, {
          cause: error,
        });
      }
      return serverError(error);
    default:
      return serverError(error);
  }
}

function serverError(error: ServiceError): KvError {
  const message = `${status[error.code]}: ${error.details}`;
  return new KvError("SERVER_ERROR", message, { cause: error });
}

/** The same of one answer among others. */
export function fromRpcStatus(sent: Status): KvError {
  const known = findSentError(sent);
  if (known !== undefined) return new KvError(known.code, sent.message, known);
  return new KvError("SERVER_ERROR", `${status[sent.code] ?? String(sent.code)}: ${sent.message}`);
}

/** What grpc-js says of a connection that was there when the call began. */
const BROKEN = /^(?!No connection established).*(\bECONNRESET\b|\bEPIPE\b|Connection dropped)/;

/** What grpc-js says of a stream that a proxy reset, as nginx does when the server behind it is gone or silent for too long. */
const RESET = "Received RST_STREAM with code ";

/** A call that reached nobody did nothing; one whose connection broke may have done all that it should. */
function unreachableWords(details: string, address: string): string {
  const what = BROKEN.test(details)
    ? `the connection to ${address} broke`
    : `no server answers at ${address}`;
  return `${what}: ${plain(details)}`;
}

/** Without the heading that grpc-js leaves where it has nothing to say under it. */
function plain(details: string): string {
  return details.replace(/\.?\s*Resolution note:\s*$/, "");
}

interface SentError {
  readonly code: ErrorCode;
  readonly metadata: ErrorMetadata;
  readonly retryAfterMs?: number;
}

/** The details of an error of ours. Undefined where it has none, or none that this version knows. */
function readDetails(error: ServiceError): SentError | undefined {
  const [bytes] = error.metadata.get(DETAILS_KEY);
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    return findSentError(Status.decode(bytes));
  } catch {
    // Details of another make; the status itself still tells the caller what happened.
    return undefined;
  }
}

function findSentError(sent: Status): SentError | undefined {
  let code: ErrorCode | undefined;
  let metadata: ErrorMetadata = {};
  let retryAfterMs: number | undefined;
  for (const { typeUrl, value } of sent.details) {
    if (typeUrl.endsWith(`/${ErrorInfo.$type}`)) {
      const info = ErrorInfo.decode(value);
      if (info.domain !== ERROR_DOMAIN) continue;
      code = ERROR_CODES.find((known) => known === info.reason);
      metadata = toErrorMetadata(info.metadata);
    } else if (typeUrl.endsWith(`/${RetryInfo.$type}`)) {
      const { retryDelay } = RetryInfo.decode(value);
      if (retryDelay !== undefined) retryAfterMs = durationToMs(retryDelay, "retry_delay");
    }
  }
  if (code === undefined) return undefined;
  return retryAfterMs === undefined ? { code, metadata } : { code, metadata, retryAfterMs };
}

const TEXT_NAMES = ["field", "key", "segment", "resume_token"] as const;
const NUMBER_NAMES = ["revision", "oldest_revision", "offset"] as const;

function toErrorMetadata(sent: Readonly<Record<string, string>>): ErrorMetadata {
  const metadata: { -readonly [Name in keyof ErrorMetadata]: ErrorMetadata[Name] } = {};
  for (const name of TEXT_NAMES) {
    const value = sent[name];
    if (value !== undefined) metadata[name] = value;
  }
  for (const name of NUMBER_NAMES) {
    const value = Number(sent[name] ?? NaN);
    if (Number.isSafeInteger(value)) metadata[name] = value;
  }
  return metadata;
}
