/**
 * The messages of WatchExpirations, written like the replies of Get: when a multitude falls due, every key of it is told
 * in one. What is written is what the generated writers write; a test holds the one against the other.
 */

import { ExpirationCause as WireCause } from "../../generated/keyvaluedb/v1/types.js";
import { assert } from "../base/index.js";
import type { ExpirationBatch, ExpirationCause, ExpirationEvent } from "../kv/index.js";
import {
  bytesFieldSize,
  DELIMITED,
  integerFieldSize,
  tag,
  timeFieldSize,
  VARINT,
  varintSize,
  writeBytesField,
  writeIntegerField,
  writeTimeField,
  writeVarint,
} from "./hot-replies.js";
import { allocateMessage, MESSAGE_HEAD_BYTES } from "./message-reader.js";

const EXPIRATIONS = tag(1, DELIMITED);
const RESUME_TOKEN = tag(2, DELIMITED);
const PROGRESS = tag(3, DELIMITED);

const PROGRESS_REVISION = tag(1, VARINT);
const PROGRESS_TIME = tag(2, DELIMITED);

const REVISION = tag(1, VARINT);
const INDEX = tag(2, VARINT);
const KEY = tag(3, DELIMITED);
const VALUE = tag(4, DELIMITED);
const VALUE_SIZE = tag(5, VARINT);
const EXPIRE_TIME = tag(6, DELIMITED);
const COMMIT_TIME = tag(7, DELIMITED);
const CAUSE = tag(8, VARINT);
const CONTENT_TYPE = tag(9, DELIMITED);
const VALUE_OMITTED = tag(10, VARINT);

const NOTHING = Buffer.alloc(0);

const CAUSES = {
  deadline: WireCause.EXPIRATION_CAUSE_DEADLINE,
  "deadline-while-down": WireCause.EXPIRATION_CAUSE_DEADLINE_WHILE_DOWN,
} satisfies Record<ExpirationCause, WireCause>;

type Progress = NonNullable<ExpirationBatch["progress"]>;

/** keyvaluedb.v1.WatchExpirationsResponse, with the head that every message has on the wire. */
export function encodeExpirationsReply(batch: ExpirationBatch): Buffer {
  const { expirations, progress } = batch;
  const resumeToken = Buffer.from(batch.resumeToken, "utf8");
  const sizes = expirations.map(sizeOf);
  const progressSize = progress === undefined ? 0 : sizeOfProgress(progress);
  const bytes = allocateMessage(
    sizes.reduce((sum, size) => sum + delimitedSize(size), 0) +
      bytesFieldSize(resumeToken.length) +
      (progress === undefined ? 0 : delimitedSize(progressSize)),
  );
  let at = MESSAGE_HEAD_BYTES;
  for (const [index, event] of expirations.entries()) {
    bytes[at] = EXPIRATIONS;
    at = write(bytes, writeVarint(bytes, at + 1, sizes[index] ?? 0), event);
  }
  at = writeBytesField(bytes, at, RESUME_TOKEN, resumeToken);
  if (progress !== undefined) {
    bytes[at] = PROGRESS;
    at = writeVarint(bytes, at + 1, progressSize);
    at = writeIntegerField(bytes, at, PROGRESS_REVISION, progress.revision);
    at = writeTimeField(bytes, at, PROGRESS_TIME, progress.timeMs);
  }
  assert(at === bytes.length, "a reply is as long as it was measured");
  return bytes;
}

/** Of a message within a message, which is there also where it is empty. */
function delimitedSize(size: number): number {
  return 1 + varintSize(size) + size;
}

function sizeOfProgress({ revision, timeMs }: Progress): number {
  return integerFieldSize(revision) + timeFieldSize(timeMs);
}

function sizeOf(event: ExpirationEvent): number {
  const { contentType, value } = event;
  return (
    integerFieldSize(event.revision) +
    integerFieldSize(event.index) +
    bytesFieldSize(event.key.length) +
    bytesFieldSize(value?.length ?? 0) +
    integerFieldSize(event.valueSize) +
    timeFieldSize(event.deadlineMs) +
    timeFieldSize(event.commitTimeMs) +
    integerFieldSize(CAUSES[event.cause]) +
    (contentType === "" ? 0 : bytesFieldSize(Buffer.byteLength(contentType, "utf8"))) +
    integerFieldSize(Number(event.valueOmitted))
  );
}

function write(bytes: Buffer, start: number, event: ExpirationEvent): number {
  const { contentType, value } = event;
  let at = writeIntegerField(bytes, start, REVISION, event.revision);
  at = writeIntegerField(bytes, at, INDEX, event.index);
  at = writeBytesField(bytes, at, KEY, event.key);
  at = writeBytesField(bytes, at, VALUE, value ?? NOTHING);
  at = writeIntegerField(bytes, at, VALUE_SIZE, event.valueSize);
  at = writeTimeField(bytes, at, EXPIRE_TIME, event.deadlineMs);
  at = writeTimeField(bytes, at, COMMIT_TIME, event.commitTimeMs);
  at = writeIntegerField(bytes, at, CAUSE, CAUSES[event.cause]);
  if (contentType !== "") {
    at = writeBytesField(bytes, at, CONTENT_TYPE, Buffer.from(contentType, "utf8"));
  }
  return writeIntegerField(bytes, at, VALUE_OMITTED, Number(event.valueOmitted));
}
