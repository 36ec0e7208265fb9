/**
 * A record: one operation on one key, as it lies on disk. Pure functions over bytes, no I/O.
 *
 *   0       4       8  9  10 11 12     14     16      20      24
 *   +-------+-------+--+--+--+--+------+------+-------+-------+
 *   | head  | body  |ty|fl|ct|0 | key  | call | value | value |   head, body: checksums
 *   | check | check |pe|ag|ln|  | len  | len  | len   | size  |
 *   +-------+-------+--+--+--+--+------+------+-------+-------+
 *   24              32              40              48              56              64      68
 *   +---------------+---------------+---------------+---------------+---------------+-------+
 *   | revision      | create rev.   | version       | commit time   | deadline      | index |
 *   +---------------+---------------+---------------+---------------+---------------+-------+
 *   68  key, content type, value, call
 *
 * Integers are little-endian. The head checksum covers bytes 4 to 68 and is seeded with the store, the
 * segment and the offset, so that a record that lies in the wrong place fails it. The body checksum
 * covers what follows. Value length is that of the bytes stored; value size is the value's own size, also
 * where the value was compressed or left out. The call is that of a set with a request id.
 */

import { isUtf8 } from "node:buffer";

import {
  assert,
  checksumPart,
  CONTENT_TYPE_BYTES_MAX,
  readSafeUint64,
  revision,
  timeMs,
  writeSafeUint64,
  type ChecksumSeed,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import { CODEC_NAMES, COMPRESSED_VALUE_SIZE_MAX, type CodecName } from "./codec.js";
import { callLength, decodeCall, encodeCall, type RecordedCall } from "./recorded-call.js";

export const RecordType = { SET: 1, DELETE: 2, EXPIRE: 3, TOUCH: 4, REPLY: 5 } as const;
export type RecordType = (typeof RecordType)[keyof typeof RecordType];

const HEAD_CHECKSUM_OFFSET = 0;
const BODY_CHECKSUM_OFFSET = HEAD_CHECKSUM_OFFSET + 4;
const TYPE_OFFSET = BODY_CHECKSUM_OFFSET + 4;
const FLAGS_OFFSET = TYPE_OFFSET + 1;
const CONTENT_TYPE_LENGTH_OFFSET = FLAGS_OFFSET + 1;
const ZERO_BYTE_OFFSET = CONTENT_TYPE_LENGTH_OFFSET + 1;
const KEY_LENGTH_OFFSET = ZERO_BYTE_OFFSET + 1;
const CALL_LENGTH_OFFSET = KEY_LENGTH_OFFSET + 2;
const VALUE_LENGTH_OFFSET = CALL_LENGTH_OFFSET + 2;
const VALUE_SIZE_OFFSET = VALUE_LENGTH_OFFSET + 4;
const REVISION_OFFSET = VALUE_SIZE_OFFSET + 4;
const CREATE_REVISION_OFFSET = REVISION_OFFSET + 8;
const VERSION_OFFSET = CREATE_REVISION_OFFSET + 8;
const COMMIT_TIME_OFFSET = VERSION_OFFSET + 8;
const DEADLINE_OFFSET = COMMIT_TIME_OFFSET + 8;
const INDEX_OFFSET = DEADLINE_OFFSET + 8;
export const RECORD_HEAD_BYTES = INDEX_OFFSET + 4;

/** Where each field of the head begins, under the names that docs/format.md gives them. */
export const RECORD_LAYOUT = {
  "head checksum": HEAD_CHECKSUM_OFFSET,
  "body checksum": BODY_CHECKSUM_OFFSET,
  type: TYPE_OFFSET,
  flags: FLAGS_OFFSET,
  "content type length": CONTENT_TYPE_LENGTH_OFFSET,
  "zero byte": ZERO_BYTE_OFFSET,
  "key length": KEY_LENGTH_OFFSET,
  "call length": CALL_LENGTH_OFFSET,
  "value length": VALUE_LENGTH_OFFSET,
  "value size": VALUE_SIZE_OFFSET,
  revision: REVISION_OFFSET,
  "create revision": CREATE_REVISION_OFFSET,
  version: VERSION_OFFSET,
  "commit time": COMMIT_TIME_OFFSET,
  deadline: DEADLINE_OFFSET,
  index: INDEX_OFFSET,
} as const;

const FLAG_LAST_OF_TRANSACTION = 1;
const FLAG_VALUE_OMITTED = 2;
const FLAG_WHILE_DOWN = 4;
/** Bits 4 and 5 are the number of the codec. Bit 6 will say encryption; it is refused until then. */
const CODEC_SHIFT = 4;
const CODEC_MASK = 3 << CODEC_SHIFT;
const CODEC_NUMBERS = { none: 0, zstd: 1, lz4: 2 } as const satisfies Record<CodecName, number>;
const FLAGS_KNOWN = FLAG_LAST_OF_TRANSACTION | FLAG_VALUE_OMITTED | FLAG_WHILE_DOWN | CODEC_MASK;

/** The flags that mean something, under the names that docs/format.md gives them. */
export const RECORD_FLAGS = {
  "last of its transaction": FLAG_LAST_OF_TRANSACTION,
  "value omitted": FLAG_VALUE_OMITTED,
  "while down": FLAG_WHILE_DOWN,
  "value compressed with zstd": CODEC_NUMBERS.zstd << CODEC_SHIFT,
  "value compressed with lz4": CODEC_NUMBERS.lz4 << CODEC_SHIFT,
} as const;

/** The body needs no seed: the head checksum covers the body's, and is seeded. */
const BODY_SEED = 0 as ChecksumSeed;

/** The longest key that the format itself can hold. */
const KEY_BYTES_FORMAT_MAX = 0xffff;

export interface LogRecord {
  readonly type: RecordType;
  readonly revision: Revision;
  /** Position within the transaction, from 0. */
  readonly index: number;
  readonly isLastOfTransaction: boolean;
  readonly commitTimeMs: TimeMs;
  readonly createRevision: Revision;
  readonly version: number;
  readonly deadlineMs: TimeMs;
  readonly contentType: string;
  readonly key: Buffer;
  /** As it is stored: `unpackValue` gives the value itself. */
  readonly value: Buffer;
  readonly codec: CodecName;
  /** The value's own size in bytes; differs from `value.length` where it was compressed or left out. */
  readonly valueSize: number;
  readonly isValueOmitted: boolean;
  /** Of an expire record: the deadline passed while no server had the store open. */
  readonly isWhileDown: boolean;
  /** Of a set that was called for with a request id. */
  readonly call?: RecordedCall | undefined;
}

/** What can be told of a record from its head alone. */
interface RecordLengths {
  readonly keyLength: number;
  readonly contentTypeLength: number;
  readonly valueLength: number;
  readonly callLength: number;
}

export type Decoded =
  | { readonly kind: "record"; readonly record: LogRecord; readonly length: number }
  | { readonly kind: "bad"; readonly problem: string };

/** Bytes that the record takes on disk. */
export function recordLength(record: LogRecord): number {
  return (
    RECORD_HEAD_BYTES +
    record.key.length +
    Buffer.byteLength(record.contentType) +
    record.value.length +
    callLength(record.call)
  );
}

/** The seed of whatever lies at this offset of the segment whose own seed is given. */
export function placeSeed(segmentSeed: ChecksumSeed, offset: number): ChecksumSeed {
  return ((segmentSeed ^ offset) >>> 0) as ChecksumSeed;
}

/** Encodes the record into `into` at `position`; returns the position after it. */
export function encodeRecord(
  record: LogRecord,
  into: Buffer,
  position: number,
  seed: ChecksumSeed,
): number {
  const contentTypeLength = Buffer.byteLength(record.contentType);
  assert(record.key.length <= KEY_BYTES_FORMAT_MAX, "a key fits the format");
  assert(contentTypeLength <= CONTENT_TYPE_BYTES_MAX, "a content type fits the format");

  const bodyStart = position + RECORD_HEAD_BYTES;
  const contentTypeStart = bodyStart + record.key.length;
  const valueStart = contentTypeStart + contentTypeLength;
  const callStart = valueStart + record.value.length;
  const end = record.call === undefined ? callStart : encodeCall(record.call, into, callStart);
  into.set(record.key, bodyStart);
  if (contentTypeLength > 0) into.write(record.contentType, contentTypeStart, "utf8");
  into.set(record.value, valueStart);

  into.writeUInt32LE(
    checksumPart(into, bodyStart, end, BODY_SEED),
    position + BODY_CHECKSUM_OFFSET,
  );
  into[position + TYPE_OFFSET] = record.type;
  into[position + FLAGS_OFFSET] = flagsOf(record);
  into[position + CONTENT_TYPE_LENGTH_OFFSET] = contentTypeLength;
  into[position + ZERO_BYTE_OFFSET] = 0;
  into.writeUInt16LE(record.key.length, position + KEY_LENGTH_OFFSET);
  into.writeUInt16LE(end - callStart, position + CALL_LENGTH_OFFSET);
  into.writeUInt32LE(record.value.length, position + VALUE_LENGTH_OFFSET);
  into.writeUInt32LE(record.valueSize, position + VALUE_SIZE_OFFSET);
  writeSafeUint64(into, record.revision, position + REVISION_OFFSET);
  writeSafeUint64(into, record.createRevision, position + CREATE_REVISION_OFFSET);
  writeSafeUint64(into, record.version, position + VERSION_OFFSET);
  writeSafeUint64(into, record.commitTimeMs, position + COMMIT_TIME_OFFSET);
  writeSafeUint64(into, record.deadlineMs, position + DEADLINE_OFFSET);
  into.writeUInt32LE(record.index, position + INDEX_OFFSET);
  const headSum = checksumPart(into, position + BODY_CHECKSUM_OFFSET, bodyStart, seed);
  into.writeUInt32LE(headSum, position + HEAD_CHECKSUM_OFFSET);
  return end;
}

/** Copies a verified record to another place, at `position` of `into`: only the place's own checksum differs. */
export function moveRecord(
  record: Buffer,
  into: Buffer,
  position: number,
  seed: ChecksumSeed,
): void {
  record.copy(into, position);
  const bodyStart = position + RECORD_HEAD_BYTES;
  const headSum = checksumPart(into, position + BODY_CHECKSUM_OFFSET, bodyStart, seed);
  into.writeUInt32LE(headSum, position + HEAD_CHECKSUM_OFFSET);
}

/**
 * Decodes the record at `position`, whose bytes end at `bytes.length` at the latest. The key and value
 * share memory with `bytes`. Anything that is not a whole, intact record of this place is `bad`.
 */
export function decodeRecord(bytes: Buffer, position: number, seed: ChecksumSeed): Decoded {
  const bodyStart = position + RECORD_HEAD_BYTES;
  if (bodyStart > bytes.length) return bad("a record's head is cut off");
  const headSum = checksumPart(bytes, position + BODY_CHECKSUM_OFFSET, bodyStart, seed);
  if (headSum !== bytes.readUInt32LE(position + HEAD_CHECKSUM_OFFSET)) {
    return bad("the checksum of a record's head is wrong");
  }
  const lengths = readLengths(bytes, position);
  const end = bodyStart + bodyLengthOf(lengths);
  if (end > bytes.length) return bad("a record's body is cut off");
  const bodySum = checksumPart(bytes, bodyStart, end, BODY_SEED);
  if (bodySum !== bytes.readUInt32LE(position + BODY_CHECKSUM_OFFSET)) {
    return bad("the checksum of a record's key and value is wrong");
  }
  return decodeChecked(bytes, position, lengths);
}

/** The length of the record whose head lies at `position`, not yet verified, or undefined if cut off. */
export function peekRecordLength(bytes: Buffer, position: number): number | undefined {
  if (position + RECORD_HEAD_BYTES > bytes.length) return undefined;
  return RECORD_HEAD_BYTES + bodyLengthOf(readLengths(bytes, position));
}

function bodyLengthOf(lengths: RecordLengths): number {
  const { keyLength, contentTypeLength, valueLength, callLength } = lengths;
  return keyLength + contentTypeLength + valueLength + callLength;
}

/** The value's own size, from a head that is intact, whatever became of the body; undefined where it is not. */
export function peekValueSize(head: Buffer, seed: ChecksumSeed): number | undefined {
  if (head.length < RECORD_HEAD_BYTES) return undefined;
  const headSum = checksumPart(head, BODY_CHECKSUM_OFFSET, RECORD_HEAD_BYTES, seed);
  if (headSum !== head.readUInt32LE(HEAD_CHECKSUM_OFFSET)) return undefined;
  return head.readUInt32LE(VALUE_SIZE_OFFSET);
}

/** Where the last record ends that lies in `bytes` whole, by lengths that are not verified yet. */
export function wholeRecordsEnd(bytes: Buffer): number {
  let end = 0;
  for (;;) {
    const length = peekRecordLength(bytes, end);
    if (length === undefined || end + length > bytes.length) return end;
    end += length;
  }
}

function decodeChecked(bytes: Buffer, position: number, lengths: RecordLengths): Decoded {
  const type = bytes.readUInt8(position + TYPE_OFFSET);
  const flags = bytes.readUInt8(position + FLAGS_OFFSET);
  if (!isRecordType(type)) return bad(`a record has the unknown type ${String(type)}`);
  if ((flags & ~FLAGS_KNOWN) !== 0) return bad(`a record has the unknown flags ${String(flags)}`);
  if (bytes[position + ZERO_BYTE_OFFSET] !== 0) {
    return bad("a record has something where a zero belongs");
  }
  const codec = codecOf(flags);
  const valueSize = bytes.readUInt32LE(position + VALUE_SIZE_OFFSET);
  if (codec === undefined) return bad("a record has an unknown codec");
  const isOmitted = (flags & FLAG_VALUE_OMITTED) !== 0;
  if (codec !== "none" && (isOmitted || !canBeCompressed(lengths.valueLength, valueSize))) {
    return bad("a record's compressed value has a size that cannot be");
  }
  const ofRecord = readSafeUint64(bytes, position + REVISION_OFFSET);
  const ofCreation = readSafeUint64(bytes, position + CREATE_REVISION_OFFSET);
  const version = readSafeUint64(bytes, position + VERSION_OFFSET);
  const commitTime = readSafeUint64(bytes, position + COMMIT_TIME_OFFSET);
  const deadline = readSafeUint64(bytes, position + DEADLINE_OFFSET);
  if (
    ofRecord === undefined ||
    ofCreation === undefined ||
    version === undefined ||
    commitTime === undefined ||
    deadline === undefined
  ) {
    return bad("a record has a number that is out of range");
  }
  const keyStart = position + RECORD_HEAD_BYTES;
  const keyEnd = keyStart + lengths.keyLength;
  const contentTypeEnd = keyEnd + lengths.contentTypeLength;
  const valueEnd = contentTypeEnd + lengths.valueLength;
  // Else U+FFFD would stand where something else was written.
  if (keyEnd < contentTypeEnd && !isUtf8(bytes.subarray(keyEnd, contentTypeEnd))) {
    return bad("a record's content type is not UTF-8");
  }
  const callEnd = valueEnd + lengths.callLength;
  const call = callEnd === valueEnd ? undefined : decodeCall(bytes.subarray(valueEnd, callEnd));
  if (call === "bad" || (call !== undefined && type !== RecordType.SET)) {
    return bad("a record names a call that cannot be");
  }
  const record: LogRecord = {
    type,
    revision: revision(ofRecord),
    index: bytes.readUInt32LE(position + INDEX_OFFSET),
    isLastOfTransaction: (flags & FLAG_LAST_OF_TRANSACTION) !== 0,
    commitTimeMs: timeMs(commitTime),
    createRevision: revision(ofCreation),
    version,
    deadlineMs: timeMs(deadline),
    contentType: bytes.toString("utf8", keyEnd, contentTypeEnd),
    key: bytes.subarray(keyStart, keyEnd),
    value: bytes.subarray(contentTypeEnd, valueEnd),
    codec,
    valueSize,
    isValueOmitted: isOmitted,
    isWhileDown: (flags & FLAG_WHILE_DOWN) !== 0,
    call,
  };
  return { kind: "record", record, length: callEnd - position };
}

function readLengths(bytes: Buffer, position: number): RecordLengths {
  return {
    contentTypeLength: bytes.readUInt8(position + CONTENT_TYPE_LENGTH_OFFSET),
    keyLength: bytes.readUInt16LE(position + KEY_LENGTH_OFFSET),
    valueLength: bytes.readUInt32LE(position + VALUE_LENGTH_OFFSET),
    callLength: bytes.readUInt16LE(position + CALL_LENGTH_OFFSET),
  };
}

function flagsOf(record: LogRecord): number {
  return (
    (record.isLastOfTransaction ? FLAG_LAST_OF_TRANSACTION : 0) |
    (record.isValueOmitted ? FLAG_VALUE_OMITTED : 0) |
    (record.isWhileDown ? FLAG_WHILE_DOWN : 0) |
    (CODEC_NUMBERS[record.codec] << CODEC_SHIFT)
  );
}

function codecOf(flags: number): CodecName | undefined {
  const number = (flags & CODEC_MASK) >> CODEC_SHIFT;
  return CODEC_NAMES.find((name) => CODEC_NUMBERS[name] === number);
}

/** A value is kept compressed only where that is shorter, and no larger than a value may be. */
function canBeCompressed(valueLength: number, valueSize: number): boolean {
  return valueLength < valueSize && valueSize <= COMPRESSED_VALUE_SIZE_MAX;
}

function isRecordType(type: number): type is RecordType {
  return type >= RecordType.SET && type <= RecordType.REPLY;
}

function bad(problem: string): Decoded {
  return { kind: "bad", problem };
}
