/** Every bound that the store holds against its callers, with its default. */

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Content types are short names such as `application/json`; one byte holds the length on disk. */
export const CONTENT_TYPE_BYTES_MAX = 255;

/** A glob is matched in time proportional to its length times the key's, so its length is bounded. */
export const GLOB_BYTES_MAX = 1024;

/** A request id names one call: a UUID has 36 bytes. */
export const REQUEST_ID_BYTES_MAX = 128;
/** A filter is checked and evaluated in time that grows with its length. */
export const FILTER_BYTES_MAX = 2048;

/** Page and resume tokens are ours and short; anything longer is not one. */
export const TOKEN_BYTES_MAX = 8 * KIB;

export interface Limits {
  /** Longest key, in bytes of UTF-8. */
  readonly keyBytesMax: number;
  /** Longest value, in bytes. */
  readonly valueBytesMax: number;
  /** Most operations in one transaction. */
  readonly transactionOperationsMax: number;
  /** Most bytes of keys and values in one transaction. */
  readonly transactionBytesMax: number;
  /** Most keys that one call deletes of a range. */
  readonly deleteRangeMax: number;
  /** Keys in a page of a listing when the caller names no size. */
  readonly pageSizeDefault: number;
  /** Most keys in a page of a listing. */
  readonly pageSizeMax: number;
  /** Most ranges that one follower may name. */
  readonly watchRangesMax: number;
}

export const DEFAULT_LIMITS: Limits = {
  keyBytesMax: 4 * KIB,
  valueBytesMax: 1 * MIB,
  transactionOperationsMax: 1024,
  transactionBytesMax: 4 * MIB,
  deleteRangeMax: 10_000,
  pageSizeDefault: 1000,
  pageSizeMax: 10_000,
  watchRangesMax: 64,
};
