/** What the store holds under a key. */

import type { Revision, TimeMs } from "../base/index.js";

/** A key with its value and what is known of it. */
export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
  /** Of the last change. */
  readonly revision: Revision;
  /** Of the change that made the key; a key that was deleted and set again is made anew. */
  readonly createRevision: Revision;
  /** 1 for a new key, one more with each Set. */
  readonly version: number;
  /** 0: never expires. */
  readonly deadlineMs: TimeMs;
  readonly updateTimeMs: TimeMs;
  readonly contentType: string;
}
