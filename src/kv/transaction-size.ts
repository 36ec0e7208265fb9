/** What transactions take, in bytes, and the errors of those that take too much. */

import { CONTENT_TYPE_BYTES_MAX, invalidField, type KvError, type Limits } from "../base/index.js";
import type { Change, ReplyNote } from "../storage/index.js";
import type { Entry, OperationResult } from "./write-commands.js";

/** The head of a record, generously, and of a record that ends what was there before. */
const RECORD_OVERHEAD_BYTES = 128;

/** What a reply holds of an operation beside an entry: tags, lengths, two numbers and a time. */
const RESULT_OVERHEAD_BYTES = 64;

/** What an entry is beside its key, value and content type, on the wire: six numbers and times. */
const ENTRY_OVERHEAD_BYTES = 96;

/** Bytes that the changes take in the log, at the most. */
export function writtenBytesOf(changes: readonly Change[]): number {
  return changes.reduce((sum, change) => {
    const { key } = change;
    const rest =
      change.kind === "delete" ? 0 : change.contentType.length + (change.value?.length ?? 0);
    return sum + RECORD_OVERHEAD_BYTES + key.length + rest;
  }, 0);
}

/** The same of a key that is deleted. */
export function deleteBytesOf(key: Buffer): number {
  return RECORD_OVERHEAD_BYTES + key.length;
}

/** Bytes of the record that remembers a reply. */
export function noteBytesOf(note: ReplyNote | undefined): number {
  if (note === undefined) return 0;
  return RECORD_OVERHEAD_BYTES + note.requestId.length + note.digest.length + note.reply.length;
}

/** Bytes of a reply with these results, at the most. */
export function replyBytesOf(results: readonly OperationResult[]): number {
  return results.reduce((sum, result) => {
    if (result.kind === "increment") return sum + RESULT_OVERHEAD_BYTES;
    const entry = result.kind === "get" ? result.entry : result.previous;
    const bytes = entry === undefined ? 0 : entryBytesOf(entry.key, entry);
    return sum + RESULT_OVERHEAD_BYTES + bytes;
  }, 0);
}

/** Bytes of an entry in a reply, at the most. */
export function entryBytesOf(
  key: Buffer,
  { value, contentType }: Pick<Entry, "value" | "contentType">,
): number {
  const contentTypeBytes = contentType === "" ? 0 : Buffer.byteLength(contentType);
  return ENTRY_OVERHEAD_BYTES + key.length + value.length + contentTypeBytes;
}

/** The same of the largest entry that may be set. */
export function entryBytesMax({ keyBytesMax, valueBytesMax }: Limits): number {
  return ENTRY_OVERHEAD_BYTES + keyBytesMax + valueBytesMax + CONTENT_TYPE_BYTES_MAX;
}

/** `what` would take more bytes than the limit. */
export function tooLarge(field: string, what: string, bytesMax: number): KvError {
  return invalidField(
    field,
    `${what} more than ${String(bytesMax)} bytes (limits.transaction_bytes)`,
  );
}

/** Bytes of the entries in these results. */
export function entryBytesIn(results: readonly OperationResult[]): number {
  return results.reduce((sum, result) => {
    const entry = "previous" in result ? result.previous : undefined;
    return sum + (entry === undefined ? 0 : entryBytesOf(entry.key, entry));
  }, 0);
}
