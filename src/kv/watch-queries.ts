/** What followers ask for, and what they are told. */

import type { Revision, TimeMs } from "../base/index.js";
import type { KeyRange } from "./key-range.js";
import type { Entry } from "./write-commands.js";

/**
 * Where a follower begins. A revision is inclusive, a resume token exclusive. A revision that is yet to come
 * is waited for; until then tokens name only what there is, and a start with one of them goes on from there.
 */
export type StartPosition =
  | { readonly kind: "now" }
  | { readonly kind: "revision"; readonly revision: Revision }
  | { readonly kind: "resume-token"; readonly token: string }
  /** With the entries that there are, and then with all that changes them. Only `watch` can. */
  | { readonly kind: "current-state" };

export interface WatchExpirationsQuery {
  readonly range: KeyRange;
  readonly start: StartPosition;
  readonly includeValue: boolean;
  /** How long the stream may be silent, in milliseconds. 0: the default. */
  readonly progressIntervalMs: number;
}

export type ExpirationCause = "deadline" | "deadline-while-down";

export interface ExpirationEvent {
  readonly revision: Revision;
  /** Position within the transaction, from 0. */
  readonly index: number;
  readonly key: Buffer;
  /** Absent unless asked for, and where `valueOmitted` says so. */
  readonly value: Buffer | undefined;
  readonly valueSize: number;
  readonly valueOmitted: boolean;
  readonly contentType: string;
  readonly deadlineMs: TimeMs;
  readonly commitTimeMs: TimeMs;
  readonly cause: ExpirationCause;
}

/** What every message of a stream says: events come in order, or a mark says how far it is whole. */
interface StreamBatch {
  /** From where a follower that got this batch goes on. Never empty. */
  readonly resumeToken: string;
  readonly progress: { readonly revision: Revision; readonly timeMs: TimeMs } | undefined;
}

export interface ExpirationBatch extends StreamBatch {
  readonly expirations: readonly ExpirationEvent[];
}

export type ChangeKind = "set" | "delete" | "expire" | "touch";

export interface WatchQuery {
  /** None: all keys. A key that is in several of them is told of once. */
  readonly ranges: readonly KeyRange[];
  readonly start: StartPosition;
  /** None: all kinds. */
  readonly kinds: readonly ChangeKind[];
  /** Tell what each change replaced or ended, where that can be had. */
  readonly includePrevious: boolean;
  /** How long the stream may be silent, in milliseconds. 0: the default. */
  readonly progressIntervalMs: number;
}

export interface ChangeEvent {
  readonly kind: ChangeKind;
  readonly revision: Revision;
  /** Position within the transaction, from 0. */
  readonly index: number;
  /** As a set or a touch left it. Of a delete or an expiration: the key, this revision, the deadline that passed. */
  readonly entry: Entry;
  /** The value of the entry is too large to be sent. */
  readonly valueOmitted: boolean;
  /**
   * What was there before, if it was asked for and there was something. Of an expiration that is told long after, the
   * revision and the time of its last change may not be known any more: 0.
   */
  readonly previous: Entry | undefined;
  /** There was something before, it was asked for, and it cannot be had any more, or is too large. */
  readonly previousOmitted: boolean;
  readonly commitTimeMs: TimeMs;
}

export interface ChangeBatch extends StreamBatch {
  readonly events: readonly ChangeEvent[];
  /** The entries that the stream was to begin with have been told. */
  readonly synced: boolean;
}
