/**
 * The replies of Set and Get, written byte by byte: they are most of what a server sends, and the generated
 * writers, which gather pieces and join them, take more than ten times as long (docs/decisions/hot-replies.md).
 * What they write is the same; a test holds the one against the other.
 *
 * A message is measured first, then written into one buffer of that size.
 */

import { assert, type TimeMs } from "../base/index.js";
import type { Entry, GetResult, SetResult } from "../kv/index.js";
import { allocateMessage, MESSAGE_HEAD_BYTES } from "./message-reader.js";

/** A tag is a field's number, shifted by three, and its wire type: 0 for a varint, 2 for a length and bytes. */
export const VARINT = 0;
export const DELIMITED = 2;
export const tag = (fieldNumber: number, wireType: number): number => (fieldNumber << 3) | wireType;

const SET_REVISION = tag(1, VARINT);
const SET_EXPIRE_TIME = tag(2, DELIMITED);
const SET_PREVIOUS = tag(3, DELIMITED);
const SET_REPLAYED = tag(4, VARINT);

const GET_ENTRY = tag(1, DELIMITED);
const GET_REVISION = tag(2, VARINT);

const ENTRY_KEY = tag(1, DELIMITED);
const ENTRY_VALUE = tag(2, DELIMITED);
const ENTRY_REVISION = tag(3, VARINT);
const ENTRY_CREATE_REVISION = tag(4, VARINT);
const ENTRY_VERSION = tag(5, VARINT);
const ENTRY_EXPIRE_TIME = tag(6, DELIMITED);
const ENTRY_UPDATE_TIME = tag(7, DELIMITED);
const ENTRY_CONTENT_TYPE = tag(8, DELIMITED);

const TIMESTAMP_SECONDS = tag(1, VARINT);
const TIMESTAMP_NANOS = tag(2, VARINT);

const MS_PER_SECOND = 1000;
const NANOS_PER_MS = 1_000_000;

/** keyvaluedb.v1.SetResponse, with the head that every message has on the wire. */
export function encodeSetReply(result: SetResult): Buffer {
  const bytes = allocateMessage(sizeOfSetReply(result));
  const end = writeSetReply(bytes, MESSAGE_HEAD_BYTES, result);
  assert(end === bytes.length, "a reply is as long as it was measured");
  return bytes;
}

export function sizeOfSetReply({ revision, deadlineMs, previous, replayed }: SetResult): number {
  return (
    integerFieldSize(revision) +
    expireTimeFieldSize(deadlineMs) +
    entryFieldSize(previous) +
    (replayed === true ? integerFieldSize(1) : 0)
  );
}

export function writeSetReply(bytes: Buffer, start: number, result: SetResult): number {
  const { revision, deadlineMs, previous, replayed } = result;
  let at = writeIntegerField(bytes, start, SET_REVISION, revision);
  if (deadlineMs !== 0) at = writeTimeField(bytes, at, SET_EXPIRE_TIME, deadlineMs);
  at = writeEntryField(bytes, at, SET_PREVIOUS, previous);
  return replayed === true ? writeIntegerField(bytes, at, SET_REPLAYED, 1) : at;
}

/** keyvaluedb.v1.GetResponse, with the head that every message has on the wire. */
export function encodeGetReply(result: GetResult): Buffer {
  const bytes = allocateMessage(sizeOfGetReply(result));
  const end = writeGetReply(bytes, MESSAGE_HEAD_BYTES, result);
  assert(end === bytes.length, "a reply is as long as it was measured");
  return bytes;
}

export function sizeOfGetReply({ entry, revision }: GetResult): number {
  return entryFieldSize(entry) + integerFieldSize(revision);
}

export function writeGetReply(bytes: Buffer, start: number, result: GetResult): number {
  const at = writeEntryField(bytes, start, GET_ENTRY, result.entry);
  return writeIntegerField(bytes, at, GET_REVISION, result.revision);
}

function entryFieldSize(entry: Entry | undefined): number {
  if (entry === undefined) return 0;
  const size = sizeOfEntry(entry);
  return 1 + varintSize(size) + size;
}

function writeEntryField(
  bytes: Buffer,
  start: number,
  fieldTag: number,
  entry: Entry | undefined,
): number {
  if (entry === undefined) return start;
  bytes[start] = fieldTag;
  return writeEntry(bytes, writeVarint(bytes, start + 1, sizeOfEntry(entry)), entry);
}

export function sizeOfEntry(entry: Entry): number {
  return (
    bytesFieldSize(entry.key.length) +
    bytesFieldSize(entry.value.length) +
    integerFieldSize(entry.revision) +
    integerFieldSize(entry.createRevision) +
    integerFieldSize(entry.version) +
    expireTimeFieldSize(entry.deadlineMs) +
    (entry.updateTimeMs === 0 ? 0 : timeFieldSize(entry.updateTimeMs)) +
    (entry.contentType === "" ? 0 : bytesFieldSize(Buffer.byteLength(entry.contentType, "utf8")))
  );
}

export function writeEntry(bytes: Buffer, start: number, entry: Entry): number {
  let at = writeBytesField(bytes, start, ENTRY_KEY, entry.key);
  at = writeBytesField(bytes, at, ENTRY_VALUE, entry.value);
  at = writeIntegerField(bytes, at, ENTRY_REVISION, entry.revision);
  at = writeIntegerField(bytes, at, ENTRY_CREATE_REVISION, entry.createRevision);
  at = writeIntegerField(bytes, at, ENTRY_VERSION, entry.version);
  if (entry.deadlineMs !== 0) at = writeTimeField(bytes, at, ENTRY_EXPIRE_TIME, entry.deadlineMs);
  if (entry.updateTimeMs !== 0) {
    at = writeTimeField(bytes, at, ENTRY_UPDATE_TIME, entry.updateTimeMs);
  }
  if (entry.contentType === "") return at;
  return writeBytesField(bytes, at, ENTRY_CONTENT_TYPE, Buffer.from(entry.contentType, "utf8"));
}

/** As proto3 has it, what is empty or zero is left out. */
export function bytesFieldSize(length: number): number {
  return length === 0 ? 0 : 1 + varintSize(length) + length;
}

export function writeBytesField(
  bytes: Buffer,
  start: number,
  fieldTag: number,
  content: Buffer,
): number {
  if (content.length === 0) return start;
  bytes[start] = fieldTag;
  const at = writeVarint(bytes, start + 1, content.length);
  bytes.set(content, at);
  return at + content.length;
}

export function integerFieldSize(value: number): number {
  return value === 0 ? 0 : 1 + varintSize(value);
}

export function writeIntegerField(
  bytes: Buffer,
  start: number,
  fieldTag: number,
  value: number,
): number {
  if (value === 0) return start;
  bytes[start] = fieldTag;
  return writeVarint(bytes, start + 1, value);
}

function expireTimeFieldSize(deadlineMs: TimeMs): number {
  return deadlineMs === 0 ? 0 : timeFieldSize(deadlineMs);
}

export function timeFieldSize(time: TimeMs): number {
  const seconds = Math.floor(time / MS_PER_SECOND);
  const nanos = (time - seconds * MS_PER_SECOND) * NANOS_PER_MS;
  return 2 + integerFieldSize(seconds) + integerFieldSize(nanos);
}

export function writeTimeField(
  bytes: Buffer,
  start: number,
  fieldTag: number,
  time: TimeMs,
): number {
  const seconds = Math.floor(time / MS_PER_SECOND);
  const nanos = (time - seconds * MS_PER_SECOND) * NANOS_PER_MS;
  bytes[start] = fieldTag;
  // Far below 128, so that one byte holds it.
  bytes[start + 1] = integerFieldSize(seconds) + integerFieldSize(nanos);
  const at = writeIntegerField(bytes, start + 2, TIMESTAMP_SECONDS, seconds);
  return writeIntegerField(bytes, at, TIMESTAMP_NANOS, nanos);
}

/** How many bytes of seven bits a safe integer, zero or more, takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

export function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  // Bitwise operators hold 32 bits only.
  for (; rest >= 0x8000_0000; rest = Math.floor(rest / 0x80)) {
    bytes[at] = (rest % 0x80) | 0x80;
    at += 1;
  }
  for (; rest >= 0x80; rest >>>= 7) {
    bytes[at] = (rest & 0x7f) | 0x80;
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}
