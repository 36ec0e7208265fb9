/** What those who follow are told. */

import type { Entry, KeyRange } from "./types.js";

/** Where to begin. Default: now. */
export type StartPosition =
  | "now"
  /** With the entries that there are, and then with all that comes after: for `watch` only. */
  | "current-state"
  /** From this revision on, it included. */
  | { readonly revision: number }
  /** After what this token of an earlier message covers. */
  | { readonly resumeToken: string };

export type EventKind = "set" | "delete" | "expire" | "touch";

/** Something that happened to a key. (`revision`, `index`) identifies it. */
export interface WatchEvent<V> {
  readonly kind: EventKind;
  readonly revision: number;
  readonly index: number;
  readonly key: string;
  /** The entry as a set or a touch left it. Undefined: the key is gone. */
  readonly entry: Entry<V> | undefined;
  /** What was there before, if it was asked for and can be had. */
  readonly previous: Entry<V> | undefined;
  /** There was something before, but it is not here. */
  readonly previousOmitted: boolean;
  /** The value of `entry` was too large to be sent, and `entry.value` is undefined; `get` has it. */
  readonly valueOmitted: boolean;
  /** Of a key that expired: the deadline that passed. */
  readonly expireTime: Date | undefined;
  readonly commitTime: Date | undefined;
}

/** Everything up to there was told. */
export interface Progress {
  readonly revision: number;
  /** Everything that was durable before then was told: the store's time, or an earlier one while the watch is behind. */
  readonly time: Date | undefined;
}

export interface WatchMessage<V> {
  /** In the order in which they were committed. */
  readonly events: readonly WatchEvent<V>[];
  /** From where a follower that has this message goes on. */
  readonly resumeToken: string;
  readonly progress: Progress | undefined;
  /** The current state has been told. */
  readonly synced: boolean;
  /** The current state begins again: what was told of it before may be gone. */
  readonly restarted: boolean;
}

export interface FollowOptions {
  readonly start?: StartPosition;
  /** How long the server may be silent before it sends a mark of progress, in milliseconds. Default: the server's, 10 s. */
  readonly progressIntervalMs?: number;
  /** Ends it: what waits for the next message fails with CANCELLED. */
  readonly signal?: AbortSignal;
}

export interface WatchOptions extends FollowOptions {
  /** The keys to be told about. Default: all. */
  readonly ranges?: readonly KeyRange[];
  /** Default: all. */
  readonly kinds?: readonly EventKind[];
  /** Tell what each change replaced or ended, as far as it can be had. */
  readonly includePrevious?: boolean;
}

export type ExpirationCause = "deadline" | "deadline-while-down" | "unknown";

/** A key that expired. (`revision`, `index`) identifies it. */
export interface ExpiredKey<V> {
  readonly revision: number;
  readonly index: number;
  readonly key: string;
  /** Undefined: it was not asked for, or `valueOmitted` says that it is not here. */
  readonly value: V | undefined;
  readonly valueSize: number;
  readonly expireTime: Date | undefined;
  readonly commitTime: Date | undefined;
  readonly cause: ExpirationCause;
  readonly contentType: string;
  readonly valueOmitted: boolean;
}

export interface ExpirationsMessage<V> {
  readonly expirations: readonly ExpiredKey<V>[];
  readonly resumeToken: string;
  readonly progress: Progress | undefined;
}

export interface WatchExpirationsOptions extends FollowOptions {
  /** Default: all keys. */
  readonly range?: KeyRange;
  readonly includeValue?: boolean;
}
