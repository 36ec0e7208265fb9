/** Finds what a call with a request id was answered, and reads it from the log. */

import type { TimeMs } from "../base/index.js";
import type { ReplyEntry } from "../keydir/index.js";
import type { RecordReader } from "./record-reader.js";
import {
  noteIn,
  rememberedId,
  type NoteOfSet,
  type ReplyNote,
  type ReplyWindow,
} from "./reply-window.js";

export interface RememberedRepliesOptions {
  readonly replyWindow: ReplyWindow;
  readonly reader: RecordReader;
  readonly noteOfSet: NoteOfSet;
}

export class RememberedReplies {
  readonly #options: RememberedRepliesOptions;

  constructor(options: RememberedRepliesOptions) {
    this.#options = options;
  }

  /** Where the reply to this id lies, if it is remembered; `read` says whether it is really that one. */
  find(requestId: Buffer, nowMs: TimeMs): ReplyEntry | undefined {
    return this.#options.replyWindow.find(requestId, nowMs);
  }

  /**
   * A reply that was just found, and is durable. Undefined: it is to a call of another id, and this one was not made before.
   * Throws CORRUPT where its record is damaged.
   */
  async read(requestId: Buffer, entry: ReplyEntry): Promise<ReplyNote | undefined> {
    const { reader, noteOfSet } = this.#options;
    const { record, value } = await reader.readOf(entry);
    if (rememberedId(record)?.equals(requestId) !== true) return undefined;
    return noteIn(record, value, noteOfSet);
  }
}
