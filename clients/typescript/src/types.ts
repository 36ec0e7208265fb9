/**
 * What calls take and answer. Times are `Date`s and durations are milliseconds, both whole: a fraction is rounded up. `V` is what
 * the client's codec makes of a value; bytes if none was chosen.
 */

/** A key with its value and what the store knows of it. */
export interface Entry<V> {
  readonly key: string;
  readonly value: V;
  /** The revision of the last change of this key. */
  readonly revision: number;
  /** The revision at which the key came to be. */
  readonly createRevision: number;
  /** 1 for a new key, and one more with each set. */
  readonly version: number;
  /** When the key expires. Undefined: never. */
  readonly expireTime: Date | undefined;
  /** When the last change was committed. Undefined only where the store does not know it any more. */
  readonly updateTime: Date | undefined;
  /** What the value is, as the last set said it. Empty: it said nothing. */
  readonly contentType: string;
}

/**
 * The keys that begin with a prefix, those from `start` to before `end`, those that the whole glob matches, or `"all"`. For
 * globs see the schema's KeyRange.
 */
export type KeyRange =
  | { readonly prefix: string }
  | { readonly start: string; readonly end?: string }
  | { readonly end: string; readonly start?: string }
  | { readonly glob: string }
  | "all";

/** What must be so for a key to be changed: that it exists or not, its revision (0: absent), or its value. */
export type Precondition<V> =
  { readonly exists: boolean } | { readonly revision: number } | { readonly value: V };

/** When a key expires: one of these, or none. */
export interface Expiration {
  /** So many milliseconds after the commit. */
  readonly ttlMs?: number;
  readonly expireTime?: Date;
}

export interface CallOptions {
  /**
   * How long the call may take, with all tries, in milliseconds; then it fails with DEADLINE_EXCEEDED. Default: the client's;
   * `Infinity`: for ever.
   */
  readonly deadlineMs?: number;
  /** Ends the call: it fails with CANCELLED at once. A write that was sent may have been applied. */
  readonly signal?: AbortSignal;
}

export interface RetriedOptions extends CallOptions {
  /** False: one try. Default: the client's. */
  readonly retries?: boolean;
}

export interface WriteOptions extends RetriedOptions {
  /** Names this write, so that it can be made again, also by another process. Default: one made for this call. */
  readonly requestId?: string;
}

export interface SetOptions<V> extends WriteOptions, Expiration {
  /** The key keeps the deadline that it has. Without any of the three, it loses it. */
  readonly keepExpiration?: true;
  readonly precondition?: Precondition<V>;
  /** Answer with the entry that is replaced. */
  readonly returnPrevious?: boolean;
  /** What the value is. Default: what the codec says. */
  readonly contentType?: string;
}

export interface SetResult<V> {
  readonly revision: number;
  /** When the key expires. Undefined: never. */
  readonly expireTime: Date | undefined;
  readonly previous: Entry<V> | undefined;
  /** The write was made before with the same request id: this is what was answered then. */
  readonly replayed: boolean;
}

export interface GetOptions extends RetriedOptions {
  /** Read the key as it was at this revision. Default: as it is. */
  readonly revision?: number;
}

export interface DeleteOptions<V> extends WriteOptions {
  readonly precondition?: Precondition<V>;
  readonly returnPrevious?: boolean;
}

export interface DeleteResult<V> {
  readonly revision: number;
  /** Whether there was such a key. */
  readonly deleted: boolean;
  readonly previous: Entry<V> | undefined;
  readonly replayed: boolean;
}

/** One of `ttlMs`, `expireTime` and `persist` (it shall not expire) is to be said. */
export interface TouchOptions<V> extends WriteOptions, Expiration {
  readonly persist?: true;
  readonly precondition?: Precondition<V>;
  readonly returnPrevious?: boolean;
}

export interface TouchResult<V> {
  readonly revision: number;
  /** Whether there was such a key. */
  readonly touched: boolean;
  readonly expireTime: Date | undefined;
  readonly previous: Entry<V> | undefined;
  readonly replayed: boolean;
}

/** An expiration is for a key that this makes. */
export interface IncrementOptions extends WriteOptions, Expiration {
  /** As the key has it, which for a new key is never. */
  readonly keepExpiration?: true;
}

export interface IncrementResult {
  readonly revision: number;
  /** The number that the key holds now. */
  readonly value: bigint;
  readonly expireTime: Date | undefined;
  readonly replayed: boolean;
}

export interface DeleteRangeOptions extends WriteOptions {
  /** Most keys to delete. Default: as many as the server does in one call, 10,000 unless it is configured otherwise. */
  readonly limit?: number;
}

export interface DeleteRangeResult {
  readonly revision: number;
  readonly deletedCount: number;
  /** Whether the range still had keys at that revision. */
  readonly more: boolean;
  readonly replayed: boolean;
}

/** `deadlineMs` is of each page. */
export interface ListOptions extends RetriedOptions {
  /** How many are fetched at a time. Default: the server's, 1,000. */
  readonly pageSize?: number;
}

export interface ListKeysOptions extends ListOptions {
  readonly descending?: boolean;
}

/** `deadlineMs` is of all of it; by default a scan takes as long as it takes. */
export interface ScanOptions extends RetriedOptions {
  /** False: keys and revisions alone; values are not read. Default true. */
  readonly includeValues?: boolean;
  /** An expression in CEL that an entry must match. */
  readonly filter?: string;
  readonly descending?: boolean;
  /** End after so many entries. */
  readonly limit?: number;
}

/** What a transaction asks of a key. */
export type Condition<V> = { readonly key: string } & Precondition<V>;

type Within<Options> = Omit<Options, keyof WriteOptions | "precondition">;

/** A step of a transaction. */
export type Operation<V> =
  | ({ readonly kind: "set"; readonly key: string; readonly value: V } & Within<SetOptions<V>>)
  | { readonly kind: "get"; readonly key: string }
  | ({ readonly kind: "delete"; readonly key: string } & Within<DeleteOptions<V>>)
  | ({ readonly kind: "touch"; readonly key: string } & Within<TouchOptions<V>>)
  | ({
      readonly kind: "increment";
      readonly key: string;
      readonly delta?: number | bigint;
    } & Within<IncrementOptions>);

/** What a step answered, in the order of the steps. */
export type OperationResult<V> =
  | ({ readonly kind: "set" } & SetResult<V>)
  | { readonly kind: "get"; readonly entry: Entry<V> | undefined }
  | ({ readonly kind: "delete" } & DeleteResult<V>)
  | ({ readonly kind: "touch" } & TouchResult<V>)
  | ({ readonly kind: "increment" } & IncrementResult);

export interface TransactRequest<V> {
  /** Default: none, so that `then` is done. */
  readonly conditions?: readonly Condition<V>[];
  readonly then?: readonly Operation<V>[];
  readonly otherwise?: readonly Operation<V>[];
}

export interface TransactResult<V> {
  readonly revision: number;
  /** Whether all conditions held, so that `then` was done. */
  readonly succeeded: boolean;
  readonly results: readonly OperationResult<V>[];
  readonly replayed: boolean;
}

/** `deadlineMs` and `retries` are of each call. */
export interface TransactionOptions extends RetriedOptions {
  /** How often the function is called at the most. Default 10. */
  readonly attemptsMax?: number;
}
