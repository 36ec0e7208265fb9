/**
 * The replies that a call made again is answered with: so many, for so long. Each is a record of the transaction that it
 * tells of, or part of the one record that is the transaction, so that both are on disk or neither is; here is only where it lies.
 */

import { assert, present, timeMs, type TimeMs } from "../base/index.js";
import type { Keydir, ReplyEntry } from "../keydir/index.js";
import { RecordType, type LogRecord, type Placement, type RecordedCall } from "../log/index.js";
import type { SegmentTable } from "./segment-table.js";

/** What a transaction leaves for a call that is made again. */
export interface ReplyNote {
  readonly requestId: Buffer;
  /** What the request asked: 16 bytes. */
  readonly digest: Buffer;
  readonly reply: Buffer;
}

export const DIGEST_BYTES = 16;

/** A set that is its transaction, and says by which call it was made. The value is the value itself. */
export interface CalledSet extends Pick<
  LogRecord,
  "revision" | "key" | "value" | "contentType" | "deadlineMs"
> {
  readonly call: RecordedCall;
}

/** What such a set stands for, if its reply is to be remembered without it. */
export type NoteOfSet = (set: CalledSet) => ReplyNote;

/** The longest record that compaction makes of a dead set, for the longest id. */
export const REPLY_OF_SET_BYTES_MAX = 256;

/** How many are forgotten with each that comes, where their time has passed: no step is long. */
const FORGOTTEN_TOGETHER_MAX = 8;

export interface ReplyWindowOptions {
  readonly keydir: Keydir;
  readonly segments: SegmentTable;
  /** How long a reply is remembered, in milliseconds. */
  readonly replyWindowMs: number;
  /** How many are, at the most. */
  readonly replyEntriesMax: number;
}

export class ReplyWindow {
  readonly #options: ReplyWindowOptions;

  constructor(options: ReplyWindowOptions) {
    this.#options = options;
  }

  /**
   * Where the reply to this id lies, if it is remembered; or one to another id of the same hash, which with a million remembered
   * is to be expected once in 2^64 / 10^6 calls, some 10^13.
   */
  find(requestId: Buffer, nowMs: TimeMs): ReplyEntry | undefined {
    const entry = this.#options.keydir.replies.get(requestId);
    return entry === undefined || this.isOver(entry, nowMs) ? undefined : entry;
  }

  /** Takes note of a record that remembers a reply and lies there, unless a newer one of its id is known. */
  add(record: LogRecord, placement: Placement): void {
    const { keydir, segments } = this.#options;
    const { replies } = keydir;
    const id = present(rememberedId(record), "the id of a reply");
    const known = replies.get(id);
    if (known !== undefined && known.revision > record.revision) return;
    // What came in no order fills the room that there is for it: now the oldest can be told, and go.
    if (replies.isFull) this.settle();
    const entry = entryOf(record, placement);
    const replaced = replies.put(id, entry);
    if (replaced !== undefined) segments.removeReply(replaced);
    segments.addReply(entry);
    this.#keepBound();
  }

  /** To be called when all were added that there are, in whatever order. */
  settle(): void {
    this.#options.keydir.replies.settle();
    this.#keepBound();
  }

  /** Forgets some of those whose time has passed. False: none is left. */
  forgetSome(nowMs: TimeMs): boolean {
    const { replies } = this.#options.keydir;
    for (let count = 0; count < FORGOTTEN_TOGETHER_MAX; count++) {
      const oldest = replies.oldest();
      if (oldest === undefined || !this.isOver(oldest, nowMs)) return false;
      this.#forgetOldest();
    }
    return true;
  }

  /** Whether the record that lies there is the one that is remembered. */
  isAt(record: LogRecord, { segment, offset }: Pick<Placement, "segment" | "offset">): boolean {
    const id = rememberedId(record);
    if (id === undefined) return false;
    const entry = this.#options.keydir.replies.get(id);
    return (
      entry?.revision === record.revision && entry.segment === segment && entry.offset === offset
    );
  }

  /** What is remembered has been copied there. Nothing happens to what is not. */
  move(record: LogRecord, placement: Placement): void {
    const { keydir, segments } = this.#options;
    const { replies } = keydir;
    const id = rememberedId(record);
    if (id === undefined) return;
    const known = replies.get(id);
    if (known?.revision !== record.revision) return;
    const moved = entryOf(record, placement);
    replies.put(id, moved);
    segments.removeReply(known);
    segments.addReply(moved);
  }

  /** Whether what was committed then is not remembered any more. */
  isOver({ commitTimeMs }: Pick<LogRecord, "commitTimeMs">, nowMs: TimeMs): boolean {
    return commitTimeMs + this.#options.replyWindowMs <= nowMs;
  }

  /** Where they did not come in order, nobody knows yet which are the oldest. */
  #keepBound(): void {
    const { keydir, replyEntriesMax } = this.#options;
    while (keydir.replies.size > replyEntriesMax && keydir.replies.isOrdered) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const { keydir, segments } = this.#options;
    const forgotten = keydir.replies.forgetOldest();
    if (forgotten !== undefined) segments.removeReply(forgotten);
  }
}

/** The id of the call whose reply the record remembers, if it does. */
export function rememberedId({ type, key, call }: LogRecord): Buffer | undefined {
  return type === RecordType.REPLY ? key : call?.id;
}

/** The record that remembers a reply, behind the changes of its transaction. */
export function toReplyRecord(
  { requestId, digest, reply }: ReplyNote,
  place: Pick<LogRecord, "revision" | "index" | "isLastOfTransaction" | "commitTimeMs">,
): LogRecord {
  const value = Buffer.concat([digest, reply]);
  // Written out, since a spread costs more than all the rest here.
  return {
    revision: place.revision,
    index: place.index,
    isLastOfTransaction: place.isLastOfTransaction,
    commitTimeMs: place.commitTimeMs,
    type: RecordType.REPLY,
    createRevision: place.revision,
    version: 0,
    deadlineMs: timeMs(0),
    contentType: "",
    key: requestId,
    value,
    codec: "none",
    valueSize: value.length,
    isValueOmitted: false,
    isWhileDown: false,
    call: undefined,
  };
}

/** What a record remembers; `value` is its own, uncompressed. */
export function noteIn(record: LogRecord, value: Buffer, noteOfSet: NoteOfSet): ReplyNote {
  const { type, revision, key, contentType, deadlineMs, call } = record;
  if (type === RecordType.REPLY) {
    const [digest, reply] = [value.subarray(0, DIGEST_BYTES), value.subarray(DIGEST_BYTES)];
    return { requestId: key, digest, reply };
  }
  assert(call !== undefined, "the record remembers a reply");
  return noteOfSet({ revision, key, value, contentType, deadlineMs, call });
}

function entryOf(record: LogRecord, { segment, offset, length }: Placement): ReplyEntry {
  return {
    segment,
    offset,
    length,
    revision: record.revision,
    commitTimeMs: record.commitTimeMs,
    isInSet: record.type !== RecordType.REPLY,
  };
}
