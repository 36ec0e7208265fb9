/** What a key-value store means: the interface that the wire knows, and the store on this machine. */
export {
  CODEC_NAMES,
  HISTORY_VERSIONS_MAX,
  restoreSnapshot,
  salvageStore,
  segmentBytesMin,
  verifyClosedStore,
  type SalvageResult,
  type UncertainKey,
  type VerifySummary,
} from "../storage/index.js";
export type { LocalStoreOptions } from "./local-store-options.js";
export { openLocalStore } from "./open-local-store.js";
export { resetClock } from "./reset-clock.js";
export type {
  Alarm,
  CallContext,
  CompactionReport,
  DeleteResult,
  Entry,
  ExpirationBatch,
  ExpirationCause,
  ExpirationChoice,
  ExpirationEvent,
  GetResult,
  KeyPage,
  KeyRange,
  ListKeysQuery,
  SetCommand,
  SetResult,
  SnapshotInfo,
  ScrubStatus,
  StartPosition,
  Store,
  StoreStatus,
  TouchCommand,
  TouchResult,
  VerifyReport,
  WatchExpirationsQuery,
} from "./store.js";
