/** The engine that joins the log and the keydir: recovery, reads, commits, compaction, snapshots. */
export type { FileSystem } from "../disk/index.js";
export { ENTRY_BYTES, HISTORY_VERSIONS_MAX, readEntry, writeEntry } from "../keydir/index.js";
export { purposeOf, type Change } from "./change.js";
export {
  CODEC_NAMES,
  RecordType,
  unpackValue,
  type CodecName,
  type LogRecord,
} from "../log/index.js";
export type { PastState } from "./history-proof.js";
export type { LogPosition } from "./log-reader.js";
export { yieldToLoop } from "./pace.js";
export { restoreSnapshot } from "./restore.js";
export { DIGEST_BYTES, type CalledSet, type ReplyNote } from "./reply-window.js";
export { salvageStore, type SalvageResult, type UncertainKey } from "./salvage.js";
export { storeExists } from "./directory-lock.js";
export type { VerifyReport } from "./verification.js";
export { verifyClosedStore, type VerifySummary } from "./verify-closed.js";
export { StorageEngine, type Applied } from "./storage-engine.js";
export {
  DEFAULT_STORAGE_OPTIONS,
  segmentBytesMin,
  type StorageOptions,
} from "./storage-options.js";
export type { DurableChange } from "./unsynced-changes.js";
export type { StoredValue } from "./value-cache.js";
export type { View } from "./view.js";
