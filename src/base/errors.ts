/**
 * One error class with a closed list of codes. A code is the reason that a caller can act on; the
 * wire maps each to one gRPC status. A fault of ours is not here: `assert` throws those.
 */

export const ERROR_CODES = [
  // What a caller can meet on the wire: the reasons of google.rpc.ErrorInfo.
  "INVALID_FIELD",
  "PRECONDITION_FAILED",
  "KEY_EXISTS",
  "KEY_ABSENT",
  "OVERFLOW",
  "REVISION_COMPACTED",
  "HISTORY_CHANGED",
  "REQUEST_ID_REUSED",
  "NO_SPACE",
  "QUOTA",
  "OVERLOADED",
  "SLOW_FOLLOWER",
  "CORRUPT",
  "STARTING",
  "DRAINING",
  "STORAGE_FAILED",
  "DEADLINE_EXCEEDED",
  "CANCELLED",
  // What only a client can meet: nobody answers there; or the answer is an error of no kind named above.
  "UNREACHABLE",
  "SERVER_ERROR",
  // What only the program that serves can meet: the address cannot be listened on.
  "ADDRESS_UNAVAILABLE",
  // What only the program that opens a directory can meet.
  "STORE_LOCKED",
  "STORE_TOO_NEW",
  "STORE_EXISTS",
  "STORE_ABSENT",
  "BAD_CONFIGURATION",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What an error may say about itself, under the names that the wire uses. */
export interface ErrorMetadata {
  /** The field of the request that is wrong, as a path in schema names: `range.interval.start`. */
  readonly field?: string;
  readonly key?: string;
  readonly revision?: number;
  readonly oldest_revision?: number;
  /** The file that is damaged, relative to the data directory. */
  readonly segment?: string;
  /** Where in that file, in bytes. */
  readonly offset?: number;
  /** From where a stream that ends with this error can go on. */
  readonly resume_token?: string;
}

export interface KvErrorOptions {
  readonly metadata?: ErrorMetadata;
  /** When it makes sense to try again, in milliseconds. Absent: not by waiting. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class KvError extends Error {
  readonly code: ErrorCode;
  readonly metadata: ErrorMetadata;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: KvErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "KvError";
    this.code = code;
    this.metadata = options.metadata ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The error of a request whose field breaks a rule; the message names the field and the limit. */
export function invalidField(field: string, problem: string, cause?: unknown): KvError {
  return new KvError("INVALID_FIELD", `${field}: ${problem}`, { metadata: { field }, cause });
}

/** What `work` returns. An error that it throws names its field from the root of the request on. */
export function withinField<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isKvError(error)) throw error;
    const { code, message, metadata, retryAfterMs } = error;
    const inner = metadata.field;
    throw new KvError(code, `${path}${inner === undefined ? ": " : "."}${message}`, {
      metadata: { ...metadata, field: inner === undefined ? path : `${path}.${inner}` },
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}

/** The error of damage found in a file of the store. `file` is relative to the data directory. */
export function corrupt(file: string, offset: number, problem: string, cause?: unknown): KvError {
  return new KvError("CORRUPT", placeWords(file, offset) + problem, {
    metadata: { segment: file, offset },
    cause,
  });
}

/** Something that is wrong in a file of the store, and where. */
export interface Finding {
  /** Relative to the data directory. */
  readonly file: string;
  /** In bytes. */
  readonly offset: number;
  readonly problem: string;
}

/** What `corrupt` was told, or undefined for any other error. */
export function findingIn(error: unknown): Finding | undefined {
  if (!isKvError(error, "CORRUPT")) return undefined;
  const { segment: file, offset } = error.metadata;
  if (file === undefined || offset === undefined) return undefined;
  const prefix = placeWords(file, offset);
  const { message } = error;
  return {
    file,
    offset,
    problem: message.startsWith(prefix) ? message.slice(prefix.length) : message,
  };
}

function placeWords(file: string, offset: number): string {
  return `${file} is damaged at byte ${String(offset)}: `;
}

export function isKvError(error: unknown, code?: ErrorCode): error is KvError {
  return error instanceof KvError && (code === undefined || error.code === code);
}

/** The `code` of a Node.js system error (`ENOSPC`, `EIO`, …), or undefined for anything else, errors of ours among it. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || isKvError(error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
