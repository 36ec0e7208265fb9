/**
 * The replies that a call made again is answered with: so many, for so long. Each is a record of the
 * transaction that it tells of, so that both are on disk or neither is; here is only where it lies.
 */

import { sha256Hex, timeMs, type TimeMs } from "../base/index.js";
import type { Keydir, KeydirEntry } from "../keydir/index.js";
import { RecordType, type LogRecord, type Placement } from "../log/index.js";
import type { SegmentTable } from "./segment-table.js";

/** What a transaction leaves for a call that is made again. */
export interface ReplyNote {
  readonly requestId: Buffer;
  /** What the request asked: 16 bytes. */
  readonly digest: Buffer;
  readonly reply: Buffer;
}

export const DIGEST_BYTES = 16;

/** A name is a digest of the id: short, whatever ids are like. */
const NAME_BYTES = 16;

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
  /**
   * The id that was asked for last, and its name: a call asks whether it was made before, and is then remembered. It is known
   * by its buffer, so nobody may change the bytes of an id once it was asked for.
   */
  #askedId: Buffer | undefined;
  #askedName: Buffer | undefined;

  constructor(options: ReplyWindowOptions) {
    this.#options = options;
  }

  /** Where the reply to this id lies, if it is remembered. */
  find(requestId: Buffer, nowMs: TimeMs): KeydirEntry | undefined {
    const entry = this.#options.keydir.replies.get(this.#nameOf(requestId));
    return entry === undefined || this.#isOver(entry, nowMs) ? undefined : entry;
  }

  /** Takes note of a reply record that lies there, unless a newer one of its id is known. */
  add(record: LogRecord, placement: Placement): void {
    const { keydir, segments, replyEntriesMax } = this.#options;
    const { replies } = keydir;
    const name = this.#nameOf(record.key);
    const known = replies.get(name);
    if (known !== undefined && known.revision > record.revision) return;
    const entry = entryOf(record, placement);
    if (known !== undefined) segments.removeReply(known);
    replies.put(name, entry);
    segments.addReply(entry);
    while (replies.size > replyEntriesMax) this.#forgetOldest();
  }

  /** Forgets some of those whose time has passed. False: none is left. */
  forgetSome(nowMs: TimeMs): boolean {
    const { replies } = this.#options.keydir;
    for (let count = 0; count < FORGOTTEN_TOGETHER_MAX; count++) {
      const oldest = replies.oldest();
      if (oldest === undefined || !this.#isOver(oldest, nowMs)) return false;
      this.#forgetOldest();
    }
    return true;
  }

  /** Whether the record that lies there is the one that is remembered. */
  isAt(record: LogRecord, { segment, offset }: Pick<Placement, "segment" | "offset">): boolean {
    const entry = this.#options.keydir.replies.get(nameOf(record.key));
    return (
      entry?.revision === record.revision && entry.segment === segment && entry.offset === offset
    );
  }

  /** The remembered record has been copied there. Nothing happens to one that is not remembered. */
  move(record: LogRecord, placement: Placement): KeydirEntry | undefined {
    const { keydir, segments } = this.#options;
    const name = nameOf(record.key);
    const known = keydir.replies.get(name);
    if (known?.revision !== record.revision) return undefined;
    const moved = { ...known, ...placement };
    keydir.replies.put(name, moved);
    segments.removeReply(known);
    segments.addReply(moved);
    return known;
  }

  #nameOf(requestId: Buffer): Buffer {
    if (this.#askedName !== undefined && this.#askedId === requestId) return this.#askedName;
    this.#askedId = requestId;
    this.#askedName = nameOf(requestId);
    return this.#askedName;
  }

  #forgetOldest(): void {
    const { keydir, segments } = this.#options;
    const forgotten = keydir.replies.forgetOldest();
    if (forgotten !== undefined) segments.removeReply(forgotten);
  }

  #isOver({ deadlineMs: committedMs }: KeydirEntry, nowMs: TimeMs): boolean {
    return committedMs + this.#options.replyWindowMs <= nowMs;
  }
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
  };
}

function nameOf(requestId: Buffer): Buffer {
  return Buffer.from(sha256Hex(requestId).slice(0, 2 * NAME_BYTES), "hex");
}

function entryOf(record: LogRecord, { segment, offset, length }: Placement): KeydirEntry {
  return {
    segment,
    offset,
    length,
    revision: record.revision,
    // A transaction has one at the most, so nobody asks for its place in it.
    index: 0,
    createRevision: record.revision,
    version: 0,
    deadlineMs: record.commitTimeMs,
    isTombstone: false,
  };
}
