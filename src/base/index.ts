/** The words that every floor above speaks. No I/O here. */
export { assert, present, unreachable } from "./assert.js";
export {
  asBuffer,
  checksum,
  checksumPart,
  checksumSeed,
  isAllZero,
  readSafeUint64,
  sha256Hex,
  writeSafeUint64,
} from "./bytes.js";
export { SYSTEM_CLOCK, type Clock, type Timer } from "./clock.js";
export {
  corrupt,
  ERROR_CODES,
  findingIn,
  invalidField,
  isKvError,
  KvError,
  systemErrorCode,
  withinField,
  type ErrorCode,
  type ErrorMetadata,
  type Finding,
} from "./errors.js";
export { FORESEEN_KEYS_MAX, ForeseenKeys } from "./foreseen-keys.js";
export { KEY_ORDERS, type KeyOrder, type KeyOrderName, type NameStretch } from "./key-order.js";
export { BYTES_ORDER, keyOrderOf } from "./key-orders.js";
export { LATENCY_PERIOD_MS, RecentLatency, type Latency } from "./latency.js";
export {
  CONTENT_TYPE_BYTES_MAX,
  DEFAULT_LIMITS,
  FILTER_BYTES_MAX,
  GIB,
  GLOB_BYTES_MAX,
  KIB,
  MIB,
  REQUEST_ID_BYTES_MAX,
  TOKEN_BYTES_MAX,
  type Limits,
} from "./limits.js";
export { SILENT_LOGGER, type Logger } from "./logger.js";
export { takeMemory } from "./memory.js";
export { Slots } from "./slots.js";
export {
  NO_DEADLINE,
  NO_REVISION,
  revision,
  segmentId,
  TIME_MS_MAX,
  timeMs,
  type ChecksumSeed,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "./types.js";
