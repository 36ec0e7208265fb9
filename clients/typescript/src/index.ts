/** `@keyvaluedb/client`: the typed client of KeyValueDB for TypeScript. */
export type {
  Alarm,
  Compaction,
  Latency,
  MethodStatus,
  Scrub,
  ServerStatus,
  SnapshotInfo,
} from "./admin.js";
export { connect, type KeyValueClient } from "./client.js";
export { decodeValue, encodeValue, mediaType, type Codec } from "./codec.js";
export { byContentType, bytes, json, text } from "./codecs/plain.js";
export type { TlsOptions } from "./connection.js";
export type { ConnectOptions } from "./core.js";
export {
  KeyValueError,
  type ClientReason,
  type ErrorReason,
  type ServerReason,
} from "./key-value-error.js";
export type { NearCache, NearCacheOptions, NearCacheStats } from "./near-cache.js";
export type { Transaction } from "./transaction.js";
export type {
  CallOptions,
  Condition,
  DeleteOptions,
  DeleteRangeOptions,
  DeleteRangeResult,
  DeleteResult,
  Entry,
  GetOptions,
  IncrementOptions,
  IncrementResult,
  KeyRange,
  ListKeysOptions,
  ListOptions,
  Operation,
  OperationResult,
  Precondition,
  RetriedOptions,
  ScanOptions,
  SetOptions,
  SetResult,
  TouchOptions,
  TouchResult,
  TransactionOptions,
  TransactRequest,
  TransactResult,
  WriteOptions,
} from "./types.js";
export type { Expirations, Watch } from "./watch.js";
export type {
  EventKind,
  ExpirationCause,
  ExpirationsMessage,
  ExpiredKey,
  Progress,
  StartPosition,
  WatchEvent,
  WatchExpirationsOptions,
  WatchMessage,
  WatchOptions,
} from "./watch-types.js";
