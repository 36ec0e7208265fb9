/** What a key-value store means: the interface that the wire knows, and the store on this machine. */
export { noteOfSet } from "./set-call.js";
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
export type {
  GetAtQuery,
  ListVersionsQuery,
  ScanBatch,
  ScanQuery,
  VersionPage,
} from "./read-queries.js";
export type {
  FailedOperation,
  Pipeline,
  PipelineContext,
  PipelineOperation,
  PipelineOutcome,
} from "./pipeline.js";
export { resetClock } from "./reset-clock.js";
export type {
  Alarm,
  CallContext,
  CompactionReport,
  KeyPage,
  KeyRange,
  ListKeysQuery,
  SnapshotInfo,
  ScrubStatus,
  Store,
  StoreStatus,
  VerifyReport,
} from "./store.js";
export type {
  Check,
  Condition,
  DeleteCommand,
  DeleteRangeCommand,
  DeleteRangeResult,
  DeleteResult,
  Entry,
  ExpirationChoice,
  GetResult,
  IncrementCommand,
  IncrementResult,
  Operation,
  OperationResult,
  RequestOption,
  SetCommand,
  SetResult,
  TouchCommand,
  TouchResult,
  TransactCommand,
  TransactResult,
  WriteOptions,
} from "./write-commands.js";
export type {
  ChangeBatch,
  ChangeEvent,
  ChangeKind,
  ExpirationBatch,
  ExpirationCause,
  ExpirationEvent,
  StartPosition,
  WatchExpirationsQuery,
  WatchQuery,
} from "./watch-queries.js";
