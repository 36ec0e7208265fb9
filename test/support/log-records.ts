/** Records for tests of what is below the store: plain ones, and any that fast-check can think of. */

import fc from "fast-check";

import { CONTENT_TYPE_BYTES_MAX, NO_DEADLINE, revision, timeMs } from "../../src/base/index.js";
import { CODEC_NAMES, RecordType, type CodecName, type LogRecord } from "../../src/log/index.js";

/** A set of a short key in a transaction of its own, unless `more` says otherwise. */
export function recordOf(ofRevision: number, more: Partial<LogRecord> = {}): LogRecord {
  const value = more.value ?? Buffer.from(`value-${String(ofRevision)}`);
  return {
    type: RecordType.SET,
    revision: revision(ofRevision),
    index: 0,
    isLastOfTransaction: true,
    commitTimeMs: timeMs(1_700_000_000_000 + ofRevision),
    createRevision: revision(ofRevision),
    version: 1,
    deadlineMs: NO_DEADLINE,
    contentType: "",
    key: Buffer.from(`key-${String(ofRevision)}`),
    value,
    codec: "none",
    valueSize: value.length,
    isValueOmitted: false,
    isWhileDown: false,
    call: undefined,
    ...more,
  };
}

const anyCount = fc.maxSafeNat();
const anyUint32 = fc.nat({ max: 0xffff_ffff });
const anyBytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));

const anyCall = fc.record({
  id: fc.uint8Array({ minLength: 1, maxLength: 255 }).map((bytes) => Buffer.from(bytes)),
  asked: anyBytes(9),
});

const anyStoredPlain = fc.record({
  type: fc.constantFrom(...Object.values(RecordType)),
  revision: anyCount.map(revision),
  index: anyUint32,
  isLastOfTransaction: fc.boolean(),
  commitTimeMs: anyCount.map(timeMs),
  createRevision: anyCount.map(revision),
  version: anyCount,
  deadlineMs: anyCount.map(timeMs),
  contentType: fc
    .string({ maxLength: 20, unit: "grapheme" })
    .filter((text) => Buffer.byteLength(text) <= CONTENT_TYPE_BYTES_MAX),
  key: anyBytes(40),
  value: anyBytes(80),
  valueSize: anyUint32,
  isValueOmitted: fc.boolean(),
  isWhileDown: fc.boolean(),
  codec: fc.constant<CodecName>("none"),
});

/** Any record that the format can hold, small ones, compressed or not. */
export const anyRecord: fc.Arbitrary<LogRecord> = fc
  .tuple(
    anyStoredPlain,
    fc.constantFrom(...CODEC_NAMES),
    fc.nat({ max: 1000 }),
    fc.option(anyCall, { nil: undefined }),
  )
  .map(([plain, codec, gain, call]) => {
    const record = { ...plain, call: plain.type === RecordType.SET ? call : undefined };
    if (codec === "none") return record;
    return { ...record, codec, isValueOmitted: false, valueSize: record.value.length + 1 + gain };
  });
