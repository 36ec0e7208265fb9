/**
 * A store on the other side of the wire. It means what any store means; what a server refuses is thrown as
 * the KvError that the server threw. A server that nobody reaches is UNREACHABLE, also when the connection
 * breaks during a call: a write may have been applied then. Nothing is retried here.
 */

import type { WatchExpirationsResponse } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { invalidField, present } from "../base/index.js";
import type {
  CallContext,
  ChangeBatch,
  CompactionReport,
  DeleteCommand,
  DeleteRangeCommand,
  DeleteRangeResult,
  DeleteResult,
  ExpirationBatch,
  GetAtQuery,
  GetResult,
  IncrementCommand,
  IncrementResult,
  KeyPage,
  ListKeysQuery,
  ListVersionsQuery,
  Pipeline,
  ScanBatch,
  ScanQuery,
  SetCommand,
  SetResult,
  SnapshotInfo,
  Store,
  TouchCommand,
  TouchResult,
  VerifyReport,
  TransactCommand,
  TransactResult,
  VersionPage,
  WatchExpirationsQuery,
  WatchQuery,
} from "../kv/index.js";
import {
  fromCompactResponse,
  fromGetResponse,
  fromGetStatusResponse,
  fromListKeysResponse,
  fromListVersionsResponse,
  fromScanResponse,
  fromSnapshot,
  fromWatchExpirationsResponse,
  toListKeysRequest,
  toScanRequest,
  toText,
  toWatchExpirationsRequest,
  type RemoteStatus,
} from "./convert-client.js";
import { fromVerifyResponse } from "./convert-verify.js";
import {
  fromDeleteRangeResponse,
  fromDeleteResponse,
  fromIncrementResponse,
  fromSetResponse,
  fromTouchResponse,
  fromTransactResponse,
  toDeleteRangeRequest,
  toDeleteRequest,
  toIncrementRequest,
  toSetRequest,
  toTouchRequest,
  toTransactRequest,
} from "./convert-write-client.js";
import { fromWatchResponse, toWatchRequest } from "./convert-watch-client.js";
import { Connection } from "./connection.js";
import { RemotePipeline } from "./remote-pipeline.js";
import { ADMIN_METHODS, KEY_VALUE_METHODS as METHODS, type ClientMethod } from "./methods.js";

export interface ConnectOptions {
  /** HOST:PORT of the server. */
  readonly address: string;
  /** How long a call may take, in milliseconds, before it is DEADLINE_EXCEEDED. Default: for ever. */
  readonly timeoutMs?: number;
  /** How long Snapshot, Compact and Verify may take; they work through the whole store. Default: for ever. */
  readonly jobTimeoutMs?: number;
  /** Longest reply that is taken, in bytes. Default 64 MiB. */
  readonly messageBytesMax?: number;
}

/** Names a server. It is only called when the first call is made, so this does not fail. */
export function connect(options: ConnectOptions): RemoteStore {
  return new RemoteStore(options);
}

export class RemoteStore implements Store {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #jobTimeoutMs: number;

  constructor(options: ConnectOptions) {
    this.#connection = new Connection(options.address, options.messageBytesMax);
    this.#timeoutMs = options.timeoutMs ?? Infinity;
    this.#jobTimeoutMs = options.jobTimeoutMs ?? Infinity;
  }

  async set(command: SetCommand, context: CallContext): Promise<SetResult> {
    return fromSetResponse(await this.#call(METHODS.set, toSetRequest(command), context));
  }

  async get(key: Buffer, context: CallContext): Promise<GetResult> {
    return fromGetResponse(
      await this.#call(METHODS.get, { key: toText(key, "key"), revision: 0 }, context),
    );
  }

  async getAt({ key, atRevision }: GetAtQuery, context: CallContext): Promise<GetResult> {
    // On the wire 0 asks for the key as it is, which is not what is asked here.
    if (atRevision === 0) throw invalidField("revision", "must be 1 or more");
    const request = { key: toText(key, "key"), revision: atRevision };
    return fromGetResponse(await this.#call(METHODS.get, request, context));
  }

  /** How long a page may be is for the server to say. */
  async listVersions(query: ListVersionsQuery, context: CallContext): Promise<VersionPage> {
    const { key, pageSize, pageToken } = query;
    const request = { key: toText(key, "key"), pageSize, pageToken };
    return fromListVersionsResponse(await this.#call(METHODS.listVersions, request, context));
  }

  async delete(command: DeleteCommand, context: CallContext): Promise<DeleteResult> {
    return fromDeleteResponse(await this.#call(METHODS.delete, toDeleteRequest(command), context));
  }

  async touch(command: TouchCommand, context: CallContext): Promise<TouchResult> {
    return fromTouchResponse(await this.#call(METHODS.touch, toTouchRequest(command), context));
  }

  async increment(command: IncrementCommand, context: CallContext): Promise<IncrementResult> {
    const request = toIncrementRequest(command);
    return fromIncrementResponse(await this.#call(METHODS.increment, request, context));
  }

  async transact(command: TransactCommand, context: CallContext): Promise<TransactResult> {
    const request = toTransactRequest(command);
    return fromTransactResponse(await this.#call(METHODS.transact, request, context));
  }

  async deleteRange(command: DeleteRangeCommand, context: CallContext): Promise<DeleteRangeResult> {
    const request = toDeleteRangeRequest(command);
    return fromDeleteRangeResponse(await this.#call(METHODS.deleteRange, request, context));
  }

  pipeline(): Pipeline {
    return new RemotePipeline(this.#connection);
  }

  async listKeys(query: ListKeysQuery, context: CallContext): Promise<KeyPage> {
    const request = toListKeysRequest(query);
    return fromListKeysResponse(await this.#call(METHODS.listKeys, request, context));
  }

  async snapshot(context: CallContext): Promise<SnapshotInfo> {
    context.throwIfAbandoned();
    const reply = await this.#connection.unary(METHODS.snapshot, {}, this.#jobTimeoutMs);
    return fromSnapshot(present(reply.snapshot, "a snapshot in the reply"));
  }

  async listSnapshots(): Promise<readonly SnapshotInfo[]> {
    const reply = await this.#connection.unary(ADMIN_METHODS.listSnapshots, {}, this.#timeoutMs);
    return reply.snapshots.map(fromSnapshot);
  }

  async deleteSnapshot(snapshotId: string): Promise<boolean> {
    const reply = await this.#connection.unary(
      ADMIN_METHODS.deleteSnapshot,
      { snapshotId },
      this.#timeoutMs,
    );
    return reply.deleted;
  }

  async compact(context: CallContext): Promise<CompactionReport> {
    context.throwIfAbandoned();
    return fromCompactResponse(
      await this.#connection.unary(METHODS.compact, {}, this.#jobTimeoutMs),
    );
  }

  watchExpirations(
    query: WatchExpirationsQuery,
    signal: AbortSignal,
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    const toRequest = () => toWatchExpirationsRequest(query);
    const fromMessage = (message: WatchExpirationsResponse) =>
      fromWatchExpirationsResponse(message, query);
    const method = METHODS.watchExpirations;
    return this.#connection.stream({ method, toRequest, fromMessage }, signal);
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncGenerator<ChangeBatch, void, undefined> {
    const toRequest = () => toWatchRequest(query);
    const open = { method: METHODS.watch, toRequest, fromMessage: fromWatchResponse };
    return this.#connection.stream(open, signal);
  }

  scan(query: ScanQuery, signal: AbortSignal): AsyncGenerator<ScanBatch, void, undefined> {
    const toRequest = () => toScanRequest(query);
    const open = { method: METHODS.scan, toRequest, fromMessage: fromScanResponse };
    return this.#connection.stream(open, signal);
  }

  verify(signal: AbortSignal): AsyncGenerator<VerifyReport, void, undefined> {
    const toRequest = () => ({});
    const { verify: method } = ADMIN_METHODS;
    const timeoutMs = this.#jobTimeoutMs;
    const open = { method, toRequest, fromMessage: fromVerifyResponse, timeoutMs };
    return this.#connection.stream(open, signal);
  }

  async status(): Promise<RemoteStatus> {
    const method = ADMIN_METHODS.getStatus;
    const request = { includeMethods: true };
    return fromGetStatusResponse(await this.#connection.unary(method, request, this.#timeoutMs));
  }

  /** Of this side only: the server and its other clients go on. */
  drain(): void {
    this.#connection.drain();
  }

  /** Ends this side's streams and the connection. */
  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  #call<Request, Reply>(
    method: ClientMethod<Request, Reply>,
    request: Request,
    context: CallContext,
  ): Promise<Reply> {
    context.throwIfAbandoned();
    return this.#connection.unary(method, request, this.#timeoutMs);
  }
}
