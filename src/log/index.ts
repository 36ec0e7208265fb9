/** What is on disk, append-only: records, batches, segments, the manifest, and the commit queue. */
export type { Placement } from "./batch.js";
export { Batch } from "./batch.js";
export { BATCH_HEADER_BYTES, type BatchHeader } from "./batch-format.js";
export {
  CODEC_NAMES,
  compress,
  compressLarge,
  loadCodecs,
  ONE_STEP_BYTES_MAX,
  unpackValue,
  type CodecName,
  type PackedValue,
} from "./codec.js";
export { CommitQueue, type DurableBatch } from "./commit-queue.js";
export { listActive, LogWriter, type Purpose } from "./log-writer.js";
export { ManifestFile, readManifest } from "./manifest-file.js";
export { MANIFEST_NAME, type Manifest, type ManifestSegment } from "./manifest-format.js";
export { OpenSegment, publishSegment } from "./open-segment.js";
export {
  decodeRecord,
  encodeRecord,
  moveRecord,
  peekRecordLength,
  peekValueSize,
  placeSeed,
  RECORD_HEAD_BYTES,
  recordLength,
  RecordType,
  wholeRecordsEnd,
  type LogRecord,
} from "./record-format.js";
export type { RecordedCall } from "./recorded-call.js";
export {
  decodeSegmentFooter,
  encodeSegmentFooter,
  encodeSegmentHeader,
  FORMAT_VERSION,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentFileName,
  segmentSeed,
  STORE_ID_BYTES,
  type SegmentFooter,
  type SegmentKind,
} from "./segment-format.js";
export {
  durableRevisionBehind,
  readSegmentHeader,
  SegmentScanner,
  type ScannedRecord,
  type ScanStep,
} from "./segment-scanner.js";
export { surveySegment, type SurveyStep } from "./segment-survey.js";
export { SpareSegments, type Spare } from "./spare-segments.js";
