/**
 * What a call fails with: one class, with the reason that a program can act on, as the server's google.rpc.ErrorInfo
 * says it.
 */

import { status, type ServiceError } from "@grpc/grpc-js";

import { ErrorInfo, RetryInfo } from "../../../generated/google/rpc/error_details.js";
import { Status } from "../../../generated/google/rpc/status.js";

/** The reasons that a server of today has. */
export type ServerReason =
  | "INVALID_FIELD"
  | "PRECONDITION_FAILED"
  | "KEY_EXISTS"
  | "KEY_ABSENT"
  | "OVERFLOW"
  | "REVISION_COMPACTED"
  | "HISTORY_CHANGED"
  | "REQUEST_ID_REUSED"
  | "NO_SPACE"
  | "QUOTA"
  | "OVERLOADED"
  | "SLOW_FOLLOWER"
  | "CORRUPT"
  | "STARTING"
  | "DRAINING"
  | "STORAGE_FAILED"
  | "DEADLINE_EXCEEDED"
  | "CANCELLED";

/** Those that are this client's own. */
export type ClientReason =
  /** No server answered, or the connection broke: a write that was sent may have been applied. */
  | "UNREACHABLE"
  /** This client was closed. */
  | "CLOSED"
  /** A value is of another content type than its codec reads, or does not decode. */
  | "DECODE_FAILED"
  /** A value that its codec cannot write. */
  | "ENCODE_FAILED"
  /** A status of something on the way, without a reason. */
  | "OTHER";

/** An open set: what a later server says is kept as it is, so a `switch` needs a default. */
export type ErrorReason = ServerReason | ClientReason | (string & Record<never, never>);

export interface KeyValueErrorOptions {
  readonly reason: ErrorReason;
  readonly code: number;
  /** `field`, `key`, `revision` and the like, as the server names them. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** When it makes sense to try again, in milliseconds. Absent: not by waiting. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class KeyValueError extends Error {
  override readonly name = "KeyValueError";
  readonly reason: ErrorReason;
  /** The gRPC status, as `status` of grpc-js names it. */
  readonly code: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: KeyValueErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = options.reason;
    this.code = options.code;
    this.metadata = options.metadata ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The name of the gRPC status, such as `ALREADY_EXISTS`. */
  get codeName(): string {
    return status[this.code] ?? "UNKNOWN";
  }
}

/** Something that was passed in is wrong; `field` says which. */
export function invalidField(field: string, problem: string): KeyValueError {
  return new KeyValueError(`${field}: ${problem}`, {
    reason: "INVALID_FIELD",
    code: status.INVALID_ARGUMENT,
    metadata: { field },
  });
}

export function closedError(): KeyValueError {
  return new KeyValueError("this client was closed", { reason: "CLOSED", code: status.CANCELLED });
}

/** Of a signal that was aborted. `cause` is the signal's reason. */
export function cancelledError(cause: unknown): KeyValueError {
  const options = { reason: "CANCELLED", code: status.CANCELLED, cause };
  return new KeyValueError("the call was cancelled", options);
}

export function deadlineError(): KeyValueError {
  return new KeyValueError("no answer came before the deadline", {
    reason: "DEADLINE_EXCEEDED",
    code: status.DEADLINE_EXCEEDED,
  });
}

/** Of a status without details, which the library or something on the way made. */
const REASON_OF_CODE: ReadonlyMap<number, ClientReason | ServerReason> = new Map([
  [status.UNAVAILABLE, "UNREACHABLE"],
  [status.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"],
  [status.CANCELLED, "CANCELLED"],
]);

const INTERNAL: number = status.INTERNAL;
const ERROR_DOMAIN = "keyvaluedb";
const DETAILS_KEY = "grpc-status-details-bin";
const MS_PER_SECOND = 1000;
const NANOS_PER_MS = 1_000_000;

/** The error in a status that is one answer among others. */
export function errorFromStatus(sent: Status, cause?: unknown): KeyValueError {
  const { message, details } = sent;
  const code = isReset(sent) ? status.UNAVAILABLE : sent.code;
  let reason: ErrorReason = REASON_OF_CODE.get(code) ?? "OTHER";
  let metadata: Readonly<Record<string, string>> = {};
  let retryAfterMs: number | undefined;
  for (const { typeUrl, value } of details) {
    if (typeUrl.endsWith(`/${ErrorInfo.$type}`)) {
      const info = ErrorInfo.decode(value);
      if (info.domain !== ERROR_DOMAIN) continue;
      ({ reason, metadata } = info);
    } else if (typeUrl.endsWith(`/${RetryInfo.$type}`)) {
      const { retryDelay } = RetryInfo.decode(value);
      if (retryDelay === undefined) continue;
      retryAfterMs = retryDelay.seconds * MS_PER_SECOND + retryDelay.nanos / NANOS_PER_MS;
    }
  }
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new KeyValueError(message, { reason, code, metadata, cause, ...retry });
}

/**
 * Whether something on the way, such as a proxy whose server is gone, has reset the stream. That is grpc-js's word for it; a
 * server's own INTERNAL says what failed.
 */
function isReset({ code, message, details }: Status): boolean {
  return code === INTERNAL && details.length === 0 && message.includes("RST_STREAM");
}

/** The error of a call or a stream. */
export function errorFromService(error: ServiceError): KeyValueError {
  const [bytes] = error.metadata.get(DETAILS_KEY);
  const details = Buffer.isBuffer(bytes) ? readDetails(bytes) : [];
  return errorFromStatus({ code: error.code, message: error.details, details }, error);
}

/** What the library threw; faults of ours stay what they are. */
export function toKeyValueError(error: unknown): unknown {
  const isService = error instanceof Error && "details" in error && "metadata" in error;
  return isService ? errorFromService(error as ServiceError) : error;
}

/** Details of another make are none; the status itself still says what happened. */
function readDetails(bytes: Buffer): Status["details"] {
  try {
    return Status.decode(bytes).details;
  } catch {
    return [];
  }
}
