/**
 * Changes as bytes, outside the JavaScript heap, where the collector has nothing to do with them. Objects that are kept
 * for a second or two are copied twice on their way out of the young part of the heap, and then fill the old one.
 *
 *   0         8         16        24        32        40    44    48       52    56    60   61   62    64
 *   +---------+---------+---------+---------+---------+-----+-----+--------+-----+-----+----+----+-----+----
 *   | revision| create  | version | commit  | deadline|index| key | content|value|value|type|flag|codec| key, content
 *   |         | revision|         | time    |         |     | len | type l.| len | size|    | s  |     | type, value
 *   +---------+---------+---------+---------+---------+-----+-----+--------+-----+-----+----+----+-----+----
 *
 * Behind the value may lie the entry that was replaced. The call that a set names is left out: nobody is told of it.
 */

import { present, revision, timeMs, type Revision } from "../base/index.js";
import {
  CODEC_NAMES,
  ENTRY_BYTES,
  readEntry,
  RecordType,
  writeEntry,
  type CodecName,
  type DurableChange,
  type LogRecord,
} from "../storage/index.js";

const REVISION_AT = 0;
const CREATE_REVISION_AT = 8;
const VERSION_AT = 16;
const COMMIT_TIME_AT = 24;
const DEADLINE_AT = 32;
const INDEX_AT = 40;
const KEY_LENGTH_AT = 44;
const CONTENT_TYPE_LENGTH_AT = 48;
const VALUE_LENGTH_AT = 52;
const VALUE_SIZE_AT = 56;
const TYPE_AT = 60;
const FLAGS_AT = 61;
const CODEC_AT = 62;
const HEAD_BYTES = 64;

const FLAG_LAST_OF_TRANSACTION = 1;
const FLAG_VALUE_OMITTED = 2;
const FLAG_WHILE_DOWN = 4;
const FLAG_REPLACED = 8;

const TYPES = Object.values(RecordType);
const CODEC_NUMBERS = Object.fromEntries(
  CODEC_NAMES.map((name, number) => [name, number]),
) as Readonly<Record<CodecName, number>>;

/** What the change takes here. */
export function packedBytes({ record, replaced }: DurableChange): number {
  const { key, contentType, value } = record;
  const bodyBytes = key.length + Buffer.byteLength(contentType) + value.length;
  return HEAD_BYTES + bodyBytes + (replaced === undefined ? 0 : ENTRY_BYTES);
}

/** Some changes, oldest first, one behind the other. */
export class PackedChanges {
  readonly #bytes: Buffer;
  #end = 0;
  #lastRevision: Revision | undefined;

  constructor(bytesMax: number) {
    this.#bytes = Buffer.allocUnsafeSlow(bytesMax);
  }

  get memoryBytes(): number {
    return this.#bytes.length;
  }

  /** Of its newest change. Undefined: there is none. */
  get lastRevision(): Revision | undefined {
    return this.#lastRevision;
  }

  holds(bytes: number): boolean {
    return this.#end + bytes <= this.#bytes.length;
  }

  /** Takes what it holds. */
  add(change: DurableChange): void {
    const { key, contentType, value, revision: ofRecord } = change.record;
    const bytes = this.#bytes;
    const keyAt = this.#end + HEAD_BYTES;
    bytes.set(key, keyAt);
    const contentTypeAt = keyAt + key.length;
    const contentTypeLength = contentType === "" ? 0 : bytes.write(contentType, contentTypeAt);
    const valueAt = contentTypeAt + contentTypeLength;
    bytes.set(value, valueAt);
    this.#writeHead(change, contentTypeLength);
    this.#end = valueAt + value.length;
    this.#lastRevision = ofRecord;
    if (change.replaced === undefined) return;
    writeEntry(change.replaced, bytes.subarray(this.#end));
    this.#end += ENTRY_BYTES;
  }

  /** Forgets all. */
  clear(): void {
    this.#end = 0;
    this.#lastRevision = undefined;
  }

  /** Copies of its changes from the revision on. */
  *changesFrom(from: Revision): Generator<DurableChange, void, undefined> {
    for (let at = 0; at < this.#end; at = this.#endOf(at)) {
      if (this.#bytes.readDoubleLE(at + REVISION_AT) < from) continue;
      const end = this.#endOf(at);
      const replaced = this.#hasReplaced(at)
        ? readEntry(this.#bytes, end - ENTRY_BYTES)
        : undefined;
      yield { record: this.#recordAt(at), replaced };
    }
  }

  #hasReplaced(at: number): boolean {
    return (this.#bytes.readUInt8(at + FLAGS_AT) & FLAG_REPLACED) !== 0;
  }

  #valueEnd(at: number): number {
    const bytes = this.#bytes;
    const keyLength = bytes.readUInt32LE(at + KEY_LENGTH_AT);
    const contentTypeLength = bytes.readUInt32LE(at + CONTENT_TYPE_LENGTH_AT);
    const valueLength = bytes.readUInt32LE(at + VALUE_LENGTH_AT);
    return at + HEAD_BYTES + keyLength + contentTypeLength + valueLength;
  }

  #endOf(at: number): number {
    return this.#valueEnd(at) + (this.#hasReplaced(at) ? ENTRY_BYTES : 0);
  }

  #writeHead({ record, replaced }: DurableChange, contentTypeLength: number): void {
    const bytes = this.#bytes;
    const at = this.#end;
    bytes.writeDoubleLE(record.revision, at + REVISION_AT);
    bytes.writeDoubleLE(record.createRevision, at + CREATE_REVISION_AT);
    bytes.writeDoubleLE(record.version, at + VERSION_AT);
    bytes.writeDoubleLE(record.commitTimeMs, at + COMMIT_TIME_AT);
    bytes.writeDoubleLE(record.deadlineMs, at + DEADLINE_AT);
    bytes.writeUInt32LE(record.index, at + INDEX_AT);
    bytes.writeUInt32LE(record.key.length, at + KEY_LENGTH_AT);
    bytes.writeUInt32LE(contentTypeLength, at + CONTENT_TYPE_LENGTH_AT);
    bytes.writeUInt32LE(record.value.length, at + VALUE_LENGTH_AT);
    bytes.writeUInt32LE(record.valueSize, at + VALUE_SIZE_AT);
    bytes[at + TYPE_AT] = record.type;
    bytes[at + FLAGS_AT] =
      (record.isLastOfTransaction ? FLAG_LAST_OF_TRANSACTION : 0) |
      (record.isValueOmitted ? FLAG_VALUE_OMITTED : 0) |
      (record.isWhileDown ? FLAG_WHILE_DOWN : 0) |
      (replaced === undefined ? 0 : FLAG_REPLACED);
    bytes[at + CODEC_AT] = CODEC_NUMBERS[record.codec];
  }

  #recordAt(at: number): LogRecord {
    const bytes = this.#bytes;
    const type = bytes.readUInt8(at + TYPE_AT);
    const flags = bytes.readUInt8(at + FLAGS_AT);
    const keyAt = at + HEAD_BYTES;
    const contentTypeAt = keyAt + bytes.readUInt32LE(at + KEY_LENGTH_AT);
    const valueAt = contentTypeAt + bytes.readUInt32LE(at + CONTENT_TYPE_LENGTH_AT);
    return {
      type: present(
        TYPES.find((each) => each === type),
        "the type of a record",
      ),
      revision: revision(bytes.readDoubleLE(at + REVISION_AT)),
      index: bytes.readUInt32LE(at + INDEX_AT),
      isLastOfTransaction: (flags & FLAG_LAST_OF_TRANSACTION) !== 0,
      commitTimeMs: timeMs(bytes.readDoubleLE(at + COMMIT_TIME_AT)),
      createRevision: revision(bytes.readDoubleLE(at + CREATE_REVISION_AT)),
      version: bytes.readDoubleLE(at + VERSION_AT),
      deadlineMs: timeMs(bytes.readDoubleLE(at + DEADLINE_AT)),
      contentType: bytes.toString("utf8", contentTypeAt, valueAt),
      // Copies, since the place will be another change's.
      key: Buffer.from(bytes.subarray(keyAt, contentTypeAt)),
      value: Buffer.from(bytes.subarray(valueAt, this.#valueEnd(at))),
      codec: present(CODEC_NAMES[bytes.readUInt8(at + CODEC_AT)], "the codec of a record"),
      valueSize: bytes.readUInt32LE(at + VALUE_SIZE_AT),
      isValueOmitted: (flags & FLAG_VALUE_OMITTED) !== 0,
      isWhileDown: (flags & FLAG_WHILE_DOWN) !== 0,
    };
  }
}
