/**
 * How a reply is remembered: what a write answered, without values and entries. Each operation of a transaction
 * is a byte, and what its kind needs behind it.
 *
 *   byte     bits 0 to 3: the kind; bit 4: deleted or touched; bit 5: a deadline follows
 *   8 bytes  the deadline in milliseconds, little-endian, if the byte says so
 *   8 bytes  the number, signed, of an increment
 *
 * Before them a byte: 1 where the conditions held, else 0. The revision is that of the record.
 *
 * A range that was deleted is written down as one such operation: bit 4 says that it has more, and the 8 bytes
 * behind its byte are the number of keys that were deleted.
 */

import {
  assert,
  NO_DEADLINE,
  readSafeUint64,
  timeMs,
  writeSafeUint64,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import type { DeleteRangeResult, OperationResult, TransactResult } from "./write-commands.js";

const KINDS = { set: 1, get: 2, delete: 3, touch: 4, increment: 5 } as const satisfies Record<
  OperationResult["kind"],
  number
>;
const RANGE_KIND = 6;
const KIND_MASK = 0x0f;
const DID_FLAG = 0x10;
const DEADLINE_FLAG = 0x20;

const NUMBER_BYTES = 8;
const RESULT_BYTES_MAX = 1 + 2 * NUMBER_BYTES;

export function encodeReply({
  succeeded,
  results,
}: Pick<TransactResult, "succeeded" | "results">): Buffer {
  const bytes = Buffer.allocUnsafe(1 + results.length * RESULT_BYTES_MAX);
  bytes[0] = succeeded ? 1 : 0;
  let at = 1;
  for (const result of results) at = encodeResult(result, bytes, at);
  return bytes.subarray(0, at);
}

export function encodeRangeReply({
  deletedCount,
  more,
}: Pick<DeleteRangeResult, "deletedCount" | "more">): Buffer {
  const bytes = Buffer.alloc(2 + NUMBER_BYTES);
  bytes[0] = 1;
  bytes[1] = RANGE_KIND | (more ? DID_FLAG : 0);
  writeSafeUint64(bytes, deletedCount, 2);
  return bytes;
}

/** The same for a range that was deleted. */
export function decodeRangeReply(bytes: Buffer, revision: Revision): DeleteRangeResult {
  const byte = bytes.readUInt8(1);
  const deletedCount = readSafeUint64(bytes, 2);
  const isOne = (byte & KIND_MASK) === RANGE_KIND;
  assert(isOne && deletedCount !== undefined, "it is the reply of a range that was deleted");
  return { revision, deletedCount, more: (byte & DID_FLAG) !== 0 };
}

/** The reply that was remembered at that revision. Throws where these bytes are none. */
export function decodeReply(bytes: Buffer, revision: Revision): TransactResult {
  const results: OperationResult[] = [];
  let at = 1;
  while (at < bytes.length) {
    const byte = bytes.readUInt8(at++);
    let deadlineMs = NO_DEADLINE;
    if ((byte & DEADLINE_FLAG) !== 0) {
      deadlineMs = readTime(bytes, at);
      at += NUMBER_BYTES;
    }
    const did = (byte & DID_FLAG) !== 0;
    const kind = byte & KIND_MASK;
    if (kind === KINDS.increment) {
      const value = bytes.readBigInt64LE(at);
      results.push({ kind: "increment", revision, value, deadlineMs });
      at += NUMBER_BYTES;
    } else results.push(resultOf(kind, { revision, deadlineMs, did }));
  }
  return { revision, succeeded: bytes.readUInt8(0) === 1, results };
}

interface Facts {
  readonly revision: Revision;
  readonly deadlineMs: TimeMs;
  readonly did: boolean;
}

function resultOf(kind: number, { revision, deadlineMs, did }: Facts): OperationResult {
  switch (kind) {
    case KINDS.set:
      return { kind: "set", revision, deadlineMs };
    case KINDS.get:
      return { kind: "get", revision, entry: undefined };
    case KINDS.delete:
      return { kind: "delete", revision, deleted: did };
    case KINDS.touch:
      return { kind: "touch", revision, touched: did, deadlineMs };
    default:
      throw new RangeError(`a remembered reply has an operation of the kind ${String(kind)}`);
  }
}

function encodeResult(result: OperationResult, bytes: Buffer, start: number): number {
  const deadlineMs = "deadlineMs" in result ? result.deadlineMs : NO_DEADLINE;
  const did =
    (result.kind === "delete" && result.deleted) || (result.kind === "touch" && result.touched);
  const flags = (did ? DID_FLAG : 0) | (deadlineMs === NO_DEADLINE ? 0 : DEADLINE_FLAG);
  let at = bytes.writeUInt8(KINDS[result.kind] | flags, start);
  if (deadlineMs !== NO_DEADLINE) {
    writeSafeUint64(bytes, deadlineMs, at);
    at += NUMBER_BYTES;
  }
  if (result.kind === "increment") at = bytes.writeBigInt64LE(result.value, at);
  return at;
}

function readTime(bytes: Buffer, at: number): TimeMs {
  const time = readSafeUint64(bytes, at);
  assert(time !== undefined, "a remembered time is one");
  return timeMs(time);
}
