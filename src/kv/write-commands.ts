/**
 * What the writing calls ask for and answer, alone and as the operations of a transaction.
 *
 * A member that may be missing means its default: no condition, no previous entry, no request id.
 */

import type { Revision, TimeMs } from "../base/index.js";
import type { Entry } from "./entry.js";
import type { KeyRange } from "./key-range.js";

export type { Entry };

/** When a key that is set or touched shall expire. `none` clears what was there. */
export type ExpirationChoice =
  | { readonly kind: "none" }
  | { readonly kind: "ttl"; readonly ttlMs: number }
  | { readonly kind: "at"; readonly deadlineMs: TimeMs }
  | { readonly kind: "keep" };

/** What may be asked of a key before it is changed. Revision 0, and no value, is that of an absent key. */
export type Check =
  | { readonly kind: "exists"; readonly exists: boolean }
  | { readonly kind: "revision"; readonly revision: Revision }
  | { readonly kind: "value"; readonly value: Buffer };

/** What a call may carry so that it can be made again. */
export interface RequestOption {
  /** A call made again with the same id and content is answered as the first one was, and does nothing. */
  readonly requestId?: string | Buffer;
}

export interface ReplayedResult {
  /** The call was made before: this is what it was answered then, without previous entries and Get results. */
  readonly replayed?: true;
}

/** What a write may carry that is no operation of a transaction. */
export interface WriteOptions extends RequestOption {
  /** What must be so for anything to be changed. */
  readonly precondition?: Check;
}

/** What an operation that replaces or ends an entry may be asked for. */
interface PreviousOption {
  /** Answer with the entry as it was before. */
  readonly returnPrevious?: boolean;
}

interface PreviousResult {
  /** Missing also where there was no such key. */
  readonly previous?: Entry;
}

export interface SetChange extends PreviousOption {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly expiration: ExpirationChoice;
  readonly contentType: string;
}

export interface SetCommand extends SetChange, WriteOptions {}

export interface SetResult extends PreviousResult, ReplayedResult {
  readonly revision: Revision;
  readonly deadlineMs: TimeMs;
}

export interface GetResult {
  readonly entry: Entry | undefined;
  /** The newest revision that the answer stands for. */
  readonly revision: Revision;
}

export interface DeleteChange extends PreviousOption {
  readonly key: Buffer;
}

export interface DeleteCommand extends DeleteChange, WriteOptions {}

export interface DeleteResult extends PreviousResult, ReplayedResult {
  readonly revision: Revision;
  readonly deleted: boolean;
}

export interface TouchChange extends PreviousOption {
  readonly key: Buffer;
  /** `none` makes the key persist; `keep` is not a choice here. */
  readonly expiration: Exclude<ExpirationChoice, { readonly kind: "keep" }>;
}

export interface TouchCommand extends TouchChange, WriteOptions {}

export interface TouchResult extends PreviousResult, ReplayedResult {
  readonly revision: Revision;
  readonly touched: boolean;
  readonly deadlineMs: TimeMs;
}

/** Adds to a value that is decimal text, 0 where the key is absent. */
export interface IncrementChange {
  readonly key: Buffer;
  /** A 64-bit integer. */
  readonly delta: bigint;
  /** Of a key that is made by this. One that is there keeps what it has. */
  readonly expiration: ExpirationChoice;
}

export interface IncrementCommand extends IncrementChange, RequestOption {}

export interface IncrementResult extends ReplayedResult {
  readonly revision: Revision;
  /** The sum: a 64-bit integer. */
  readonly value: bigint;
  readonly deadlineMs: TimeMs;
}

export type Operation =
  | ({ readonly kind: "set" } & SetChange)
  | { readonly kind: "get"; readonly key: Buffer }
  | ({ readonly kind: "delete" } & DeleteChange)
  | ({ readonly kind: "touch" } & TouchChange)
  | ({ readonly kind: "increment" } & IncrementChange);

export type OperationResult =
  | ({ readonly kind: "set" } & SetResult)
  | ({ readonly kind: "get" } & GetResult)
  | ({ readonly kind: "delete" } & DeleteResult)
  | ({ readonly kind: "touch" } & TouchResult)
  | ({ readonly kind: "increment" } & IncrementResult);

/** What is asked of one key, to choose between the two lists of a transaction. */
export interface Condition {
  readonly key: Buffer;
  readonly check: Check;
}

/** Does `then` where every condition holds, else `otherwise`: in order, all of it or nothing. */
export interface TransactCommand extends RequestOption {
  readonly conditions: readonly Condition[];
  readonly then: readonly Operation[];
  readonly otherwise: readonly Operation[];
}

export interface TransactResult extends ReplayedResult {
  readonly revision: Revision;
  /** Whether every condition held. */
  readonly succeeded: boolean;
  /** One for each operation of the list that was done. */
  readonly results: readonly OperationResult[];
}

/** Deletes the keys of a range, or the first so many of them: all of these or none. */
export interface DeleteRangeCommand extends RequestOption {
  readonly range: KeyRange;
  /** 0: as many as the store allows in one call. */
  readonly limit: number;
}

export interface DeleteRangeResult extends ReplayedResult {
  readonly revision: Revision;
  readonly deletedCount: number;
  /** Whether the range has keys that are still there. */
  readonly more: boolean;
}
