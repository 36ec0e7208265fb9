/** Finds what a call with a request id was answered, and reads it from the log. */

import type { TimeMs } from "../base/index.js";
import type { KeydirEntry } from "../keydir/index.js";
import type { RecordReader } from "./record-reader.js";
import { DIGEST_BYTES, type ReplyNote, type ReplyWindow } from "./reply-window.js";

export class RememberedReplies {
  readonly #window: ReplyWindow;
  readonly #reader: RecordReader;

  constructor(window: ReplyWindow, reader: RecordReader) {
    this.#window = window;
    this.#reader = reader;
  }

  /** Where the reply to this id lies, if it is remembered. */
  find(requestId: Buffer, nowMs: TimeMs): KeydirEntry | undefined {
    return this.#window.find(requestId, nowMs);
  }

  /** A reply that was just found, and is durable. Throws CORRUPT where its record is damaged. */
  async read(requestId: Buffer, entry: KeydirEntry): Promise<ReplyNote> {
    const { value } = await this.#reader.readRecord(requestId, entry);
    return {
      requestId,
      digest: value.subarray(0, DIGEST_BYTES),
      reply: value.subarray(DIGEST_BYTES),
    };
  }
}
