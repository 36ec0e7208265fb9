/**
 * The client. Single operations of all its views share streams: what is asked for in one turn of the event loop goes out as one
 * message, and each is a promise of its own answer. Everything else is a call by itself.
 */

import type * as wire from "../../../generated/keyvaluedb/v1/key_value_service.js";
import {
  toCompaction,
  toServerStatus,
  toSnapshotInfo,
  type Compaction,
  type ServerStatus,
  type SnapshotInfo,
} from "./admin.js";
import { Asked, type Terms } from "./asked.js";
import { encodeValue, type Codec } from "./codec.js";
import { bytes } from "./codecs/plain.js";
import {
  toDeleteResult,
  toGetResult,
  toIncrementResult,
  toOperationResult,
  toRange,
  toSetResult,
  toTouchResult,
} from "./convert.js";
import { Core, type ConnectOptions } from "./core.js";
import { Endable } from "./endable.js";
import { listKeys, listVersions, scan } from "./listing.js";
import { METHODS } from "./methods.js";
import { NearCache, type NearCacheOptions } from "./near-cache.js";
import {
  checkKey,
  toCondition,
  toDeleteRequest,
  toIncrementRequest,
  toOperation,
  toSetRequest,
  toTouchRequest,
  type WireOperation,
} from "./requests.js";
import { runTransaction, type Transaction } from "./transaction.js";
import type {
  CallOptions,
  DeleteOptions,
  DeleteRangeOptions,
  DeleteRangeResult,
  DeleteResult,
  Entry,
  GetOptions,
  IncrementOptions,
  IncrementResult,
  KeyRange,
  ListKeysOptions,
  ListOptions,
  RetriedOptions,
  ScanOptions,
  SetOptions,
  SetResult,
  TouchOptions,
  TouchResult,
  TransactionOptions,
  TransactRequest,
  TransactResult,
  WriteOptions,
} from "./types.js";
import { Expirations, Watch } from "./watch.js";
import type { WatchExpirationsOptions, WatchOptions } from "./watch-types.js";

/** Nothing is wished for: what most calls say. */
const NOTHING = {} as const;

/** Names a server. It is only called when the first call is made, so this does not fail because no server is there. */
export function connect(options: ConnectOptions = {}): KeyValueClient<Uint8Array> {
  return new KeyValueClient(new Core(options), bytes());
}

export class KeyValueClient<V> {
  readonly #core: Core;
  readonly #codec: Codec<V>;
  readonly #setTerms: Terms;
  readonly #getTerms: Terms;

  /** @internal Made by `connect` and `withCodec`. */
  constructor(core: Core, codec: Codec<V>) {
    this.#core = core;
    this.#codec = codec;
    const { retries } = core;
    const toSet = (response: wire.SetResponse) => toSetResult(response, codec);
    const toGet = (response: wire.GetResponse) => toGetResult(response, codec);
    this.#setTerms = { retries, read: toSet };
    this.#getTerms = { retries, read: toGet };
  }

  /** The same client, for values in another form. Closing one closes all. */
  withCodec<T>(codec: Codec<T>): KeyValueClient<T> {
    return new KeyValueClient(this.#core, codec);
  }

  /** Sets a key to a value. Without a choice of expiration, one that the key had is cleared. */
  set(key: string, value: V, options: SetOptions<V> = NOTHING): Promise<SetResult<V>> {
    const codec = this.#codec;
    if (options !== NOTHING) {
      const input = { key, value, requestId: "" };
      const toWire = (requestId: string): WireOperation => {
        return { $case: "set", value: toSetRequest({ ...input, requestId }, options, codec) };
      };
      return this.#write(key, { options, toWire, read: this.#setTerms.read });
    }
    const core = this.#core;
    const written = new Promise<SetResult<V>>((resolve, reject) => {
      checkKey(key);
      const encoded = encodeValue(codec, value);
      const requestId = core.requestIdFor(NOTHING);
      const asked = new Asked(resolve, reject, performance.now() + core.deadlineMs, this.#setTerms);
      const { contentType } = codec;
      core.queueOf(key).addSet(asked, { key, value: encoded, contentType, requestId });
    });
    return core.telling(key, written);
  }

  /** Reads a key, as it is or as it was at a revision. Undefined: there is no such key. */
  get(key: string, options: GetOptions = NOTHING): Promise<Entry<V> | undefined> {
    const core = this.#core;
    return new Promise((resolve, reject) => {
      checkKey(key);
      if (options === NOTHING) {
        const expiresMs = performance.now() + core.deadlineMs;
        core.queueOf(key).addGet(new Asked(resolve, reject, expiresMs, this.#getTerms), key);
        return;
      }
      const { deadlineMs, ...rest } = core.terms(options);
      const terms = { ...rest, read: this.#getTerms.read };
      const asked = new Asked(resolve, reject, performance.now() + deadlineMs, terms);
      const { revision = 0 } = options;
      core.queueOf(key).add(asked, { $case: "get", value: { key, revision } });
    });
  }

  /** Deletes a key. One that is not there is no error: `deleted` is false. */
  delete(key: string, options: DeleteOptions<V> = NOTHING): Promise<DeleteResult<V>> {
    const codec = this.#codec;
    const toWire = (requestId: string): WireOperation => {
      return { $case: "delete", value: toDeleteRequest({ key, requestId }, options, codec) };
    };
    const read = (response: wire.DeleteResponse) => toDeleteResult(response, codec);
    return this.#write(key, { options, toWire, read });
  }

  /** Changes when a key expires, and nothing else of it. One that is not there is no error: `touched` is false. */
  touch(key: string, options: TouchOptions<V>): Promise<TouchResult<V>> {
    const codec = this.#codec;
    const toWire = (requestId: string): WireOperation => {
      return { $case: "touch", value: toTouchRequest({ key, requestId }, options, codec) };
    };
    const read = (response: wire.TouchResponse) => toTouchResult(response, codec);
    return this.#write(key, { options, toWire, read });
  }

  /** Adds to a number that a key holds as decimal text, and makes the key where it is absent. */
  increment(
    key: string,
    delta: number | bigint = 1,
    options: IncrementOptions = NOTHING,
  ): Promise<IncrementResult> {
    const toWire = (requestId: string): WireOperation => {
      return { $case: "increment", value: toIncrementRequest({ key, delta, requestId }, options) };
    };
    return this.#write(key, { options, toWire, read: toIncrementResult });
  }

  /** Deletes the keys of a range, or the first so many: one call, one transaction. `more`: call it again for the rest. */
  async deleteRange(
    range: KeyRange,
    options: DeleteRangeOptions = NOTHING,
  ): Promise<DeleteRangeResult> {
    const { limit = 0 } = options;
    const requestId = this.#core.requestIdFor(options);
    const request = { range: toRange(range), limit, requestId };
    const { connection, nearCaches } = this.#core;
    const result = await connection.unary(METHODS.deleteRange, request, this.#core.terms(options));
    for (const cache of nearCaches) cache.wroteAll(result.revision);
    return result;
  }

  /** The keys of a range in the store's order, page after page as they are read. */
  listKeys(range: KeyRange = "all", options: ListKeysOptions = NOTHING): Endable<string> {
    return new Endable(
      (signal) => listKeys(this.#core, range, { ...options, signal }),
      options.signal,
    );
  }

  /** How many keys a range has. */
  async countKeys(range: KeyRange = "all", options: RetriedOptions = NOTHING): Promise<number> {
    const paging = { pageSize: 0, pageToken: "", descending: false, countOnly: true };
    const request = { range: toRange(range), ...paging };
    const terms = this.#core.terms(options);
    return (await this.#core.connection.unary(METHODS.listKeys, request, terms)).totalSize;
  }

  /** Every entry of a range as it was at one revision, in the store's order, at the pace of whoever reads. */
  scan(range: KeyRange = "all", options: ScanOptions = NOTHING): Endable<Entry<V>> {
    const { signal: ended } = options;
    return new Endable(
      (signal) => scan({ core: this.#core, codec: this.#codec }, range, { ...options, signal }),
      ended,
    );
  }

  /** The versions of a key that are kept, newest first. */
  listVersions(key: string, options: ListOptions = NOTHING): Endable<Entry<V>> {
    const { signal: ended } = options;
    return new Endable(
      (signal) =>
        listVersions({ core: this.#core, codec: this.#codec }, key, { ...options, signal }),
      ended,
    );
  }

  /** Asks for the state of keys and does `then` if all of it is so, else `otherwise`: all at once, or nothing. */
  async transact(
    request: TransactRequest<V>,
    options: WriteOptions = NOTHING,
  ): Promise<TransactResult<V>> {
    const codec = this.#codec;
    const { conditions = [], then = [], otherwise = [] } = request;
    const reply = await this.#core.connection.unary(
      METHODS.transact,
      {
        conditions: conditions.map((condition) => toCondition(condition, codec)),
        then: then.map((operation) => toOperation(operation, codec)),
        otherwise: otherwise.map((operation) => toOperation(operation, codec)),
        requestId: this.#core.requestIdFor(options),
      },
      this.#core.terms(options),
    );
    const { revision, succeeded, results, replayed } = reply;
    for (const cache of this.#core.nearCaches) {
      for (const { key } of succeeded ? then : otherwise) cache.wrote(key, revision);
    }
    const read = results.map((result) => toOperationResult(result, codec));
    return { revision, succeeded, results: read, replayed };
  }

  /**
   * Calls the function with a transaction to read with and to write to, and makes what it wrote at once, if nothing that it read
   * has changed; else calls it again. It may be called several times, so it should do nothing else that cannot be repeated.
   */
  transaction<Result>(
    body: (transaction: Transaction<V>) => Promise<Result> | Result,
    options: TransactionOptions = NOTHING,
  ): Promise<Result> {
    return runTransaction(this, body, options);
  }

  /** Every change of the keys of some ranges, without an end; it connects again by itself. */
  watch(options: WatchOptions = NOTHING): Watch<V> {
    return new Watch(this.#core.connection, this.#codec, options);
  }

  /** Every key of a range that expires, likewise. */
  watchExpirations(options: WatchExpirationsOptions = NOTHING): Expirations<V> {
    return new Expirations(this.#core.connection, this.#codec, options);
  }

  /**
   * Gets of some keys from memory, as long as a watch tells what changes; see the README for how old they can be. It reads what
   * this client wrote. Closing it, or the client, ends it.
   */
  nearCache(options: NearCacheOptions = NOTHING): NearCache<V> {
    return new NearCache(this.#core, this.#codec, options);
  }

  /** Makes a snapshot. Without a deadline of its own it takes as long as it takes. */
  async snapshot(options: RetriedOptions = NOTHING): Promise<SnapshotInfo> {
    const reply = await this.#core.connection.unary(METHODS.snapshot, {}, this.#jobTerms(options));
    if (reply.snapshot === undefined) throw new Error("the server answered without a snapshot");
    return toSnapshotInfo(reply.snapshot);
  }

  /** Makes the store as small as it can be. Without a deadline of its own it takes as long as it takes. */
  async compact(options: RetriedOptions = NOTHING): Promise<Compaction> {
    const terms = this.#jobTerms(options);
    return toCompaction(await this.#core.connection.unary(METHODS.compact, {}, terms));
  }

  async status(options: RetriedOptions = NOTHING): Promise<ServerStatus> {
    const terms = this.#core.terms(options);
    return toServerStatus(
      await this.#core.connection.unary(METHODS.getStatus, { includeMethods: true }, terms),
    );
  }

  /** The snapshots in the server's directory, the oldest first. */
  async listSnapshots(options: RetriedOptions = NOTHING): Promise<readonly SnapshotInfo[]> {
    const terms = this.#core.terms(options);
    const reply = await this.#core.connection.unary(METHODS.listSnapshots, {}, terms);
    return reply.snapshots.map(toSnapshotInfo);
  }

  /** Deletes a snapshot, and answers whether there was such a one. */
  async deleteSnapshot(snapshotId: string, options: RetriedOptions = NOTHING): Promise<boolean> {
    const terms = this.#core.terms(options);
    const request = { snapshotId };
    return (await this.#core.connection.unary(METHODS.deleteSnapshot, request, terms)).deleted;
  }

  /** Takes no more calls, ends what follows and scans, and resolves when all calls under way have their answers. */
  close(): Promise<void> {
    return this.#core.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #jobTerms(options: CallOptions): ReturnType<Core["terms"]> {
    return this.#core.terms({ deadlineMs: Infinity, ...options });
  }

  #write<Result extends { readonly revision: number }>(
    key: string,
    {
      options,
      toWire,
      read,
    }: {
      readonly options: WriteOptions;
      readonly toWire: (requestId: string) => WireOperation;
      readonly read: Terms["read"];
    },
  ): Promise<Result> {
    const core = this.#core;
    const written = new Promise<Result>((resolve, reject) => {
      const operation = toWire(core.requestIdFor(options));
      const { deadlineMs, ...rest } = core.terms(options);
      const asked = new Asked(resolve, reject, performance.now() + deadlineMs, { ...rest, read });
      core.queueOf(key).add(asked, operation);
    });
    return core.telling(key, written);
  }
}
