/**
 * A store on the other side of the wire. It means what any store means; what a server refuses is thrown as
 * the KvError that the server threw. A server that nobody reaches is UNREACHABLE, also when the connection
 * breaks during a call: a write may have been applied then. Nothing is retried here.
 */

import {
  Client,
  credentials,
  Metadata,
  type CallOptions,
  type ClientReadableStream,
  type ServiceError,
} from "@grpc/grpc-js";

import type {
  WatchExpirationsRequest,
  WatchExpirationsResponse,
  WatchRequest,
  WatchResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { invalidField, KvError, MIB, present } from "../base/index.js";
import type {
  CallContext,
  ChangeBatch,
  CompactionReport,
  DeleteCommand,
  DeleteResult,
  ExpirationBatch,
  GetAtQuery,
  GetResult,
  IncrementCommand,
  IncrementResult,
  KeyPage,
  ListKeysQuery,
  ListVersionsQuery,
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
  fromDeleteResponse,
  fromIncrementResponse,
  fromSetResponse,
  fromTouchResponse,
  fromTransactResponse,
  toDeleteRequest,
  toIncrementRequest,
  toSetRequest,
  toTouchRequest,
  toTransactRequest,
} from "./convert-write-client.js";
import { fromWatchResponse, toWatchRequest } from "./convert-watch-client.js";
import { ADMIN_METHODS, KEY_VALUE_METHODS as METHODS, type ClientMethod } from "./methods.js";
import { fromServiceError } from "./status-map.js";

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

const MESSAGE_BYTES_MAX_DEFAULT = 64 * MIB;
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
const RECONNECT_MS_MIN = 100;
const RECONNECT_MS_MAX = 5000;

/** grpc-js servers read a longer one as a negative number, which would have passed at once. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

const NO_METADATA = new Metadata();

/** Names a server. It is only called when the first call is made, so this does not fail. */
export function connect(options: ConnectOptions): RemoteStore {
  return new RemoteStore(options);
}

export class RemoteStore implements Store {
  readonly #address: string;
  readonly #client: Client;
  readonly #timeoutMs: number;
  readonly #jobTimeoutMs: number;
  /** How to end each stream that is open. */
  readonly #streams = new Set<() => void>();
  #isDraining = false;

  constructor(options: ConnectOptions) {
    this.#address = options.address;
    this.#timeoutMs = options.timeoutMs ?? Infinity;
    this.#jobTimeoutMs = options.jobTimeoutMs ?? Infinity;
    this.#client = new Client(options.address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": options.messageBytesMax ?? MESSAGE_BYTES_MAX_DEFAULT,
      "grpc.keepalive_time_ms": KEEPALIVE_MS,
      "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
      "grpc.initial_reconnect_backoff_ms": RECONNECT_MS_MIN,
      "grpc.max_reconnect_backoff_ms": RECONNECT_MS_MAX,
      "grpc.enable_channelz": 0,
      // The server is a neighbour; a proxy that the environment names is for other things.
      "grpc.enable_http_proxy": 0,
      // Two stores are two connections, even to one server.
      "grpc.use_local_subchannel_pool": 1,
    });
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

  async listKeys(query: ListKeysQuery, context: CallContext): Promise<KeyPage> {
    const request = toListKeysRequest(query);
    return fromListKeysResponse(await this.#call(METHODS.listKeys, request, context));
  }

  async snapshot(context: CallContext): Promise<SnapshotInfo> {
    context.throwIfAbandoned();
    const reply = await this.#unary(METHODS.snapshot, {}, this.#jobTimeoutMs);
    return fromSnapshot(present(reply.snapshot, "a snapshot in the reply"));
  }

  async listSnapshots(): Promise<readonly SnapshotInfo[]> {
    const reply = await this.#unary(ADMIN_METHODS.listSnapshots, {}, this.#timeoutMs);
    return reply.snapshots.map(fromSnapshot);
  }

  async deleteSnapshot(snapshotId: string): Promise<boolean> {
    const reply = await this.#unary(ADMIN_METHODS.deleteSnapshot, { snapshotId }, this.#timeoutMs);
    return reply.deleted;
  }

  async compact(context: CallContext): Promise<CompactionReport> {
    context.throwIfAbandoned();
    return fromCompactResponse(await this.#unary(METHODS.compact, {}, this.#jobTimeoutMs));
  }

  watchExpirations(
    query: WatchExpirationsQuery,
    signal: AbortSignal,
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    const open: Open<WatchExpirationsRequest, WatchExpirationsResponse, ExpirationBatch> = {
      method: METHODS.watchExpirations,
      toRequest: () => toWatchExpirationsRequest(query),
      fromMessage: (message) => fromWatchExpirationsResponse(message, query),
    };
    return this.#follow(open, signal);
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncGenerator<ChangeBatch, void, undefined> {
    const open: Open<WatchRequest, WatchResponse, ChangeBatch> = {
      method: METHODS.watch,
      toRequest: () => toWatchRequest(query),
      fromMessage: fromWatchResponse,
    };
    return this.#follow(open, signal);
  }

  async *#follow<Request, Message extends { readonly resumeToken: string }, Batch>(
    { method, toRequest, fromMessage }: Open<Request, Message, Batch>,
    signal: AbortSignal,
  ): AsyncGenerator<Batch, void, undefined> {
    this.#throwIfDraining(undefined);
    if (isAborted(signal)) return;
    const { path, encodeRequest, decodeReply } = method;
    const request = toRequest();
    const call = this.#client.makeServerStreamRequest(path, encodeRequest, decodeReply, request);
    let resumeToken: string | undefined;
    try {
      for await (const message of this.#messages(call, signal)) {
        resumeToken = message.resumeToken;
        yield fromMessage(message);
      }
    } catch (error) {
      if (isAborted(signal)) return;
      this.#throwIfDraining(resumeToken);
      throw isServiceError(error) ? fromServiceError(error, this.#address) : error;
    }
  }

  async *verify(signal: AbortSignal): AsyncGenerator<VerifyReport, void, undefined> {
    this.#throwIfDraining(undefined);
    if (isAborted(signal)) return;
    const { path, encodeRequest, decodeReply } = ADMIN_METHODS.verify;
    const options = deadlineAfter(this.#jobTimeoutMs);
    const call = this.#client.makeServerStreamRequest(
      path,
      encodeRequest,
      decodeReply,
      {},
      options,
    );
    try {
      for await (const message of this.#messages(call, signal)) yield fromVerifyResponse(message);
    } catch (error) {
      if (isAborted(signal)) return;
      this.#throwIfDraining(undefined);
      throw isServiceError(error) ? fromServiceError(error, this.#address) : error;
    }
  }

  async *scan(query: ScanQuery, signal: AbortSignal): AsyncGenerator<ScanBatch, void, undefined> {
    this.#throwIfDraining(undefined);
    if (isAborted(signal)) return;
    const { path, encodeRequest, decodeReply } = METHODS.scan;
    const request = toScanRequest(query);
    const call = this.#client.makeServerStreamRequest(path, encodeRequest, decodeReply, request);
    try {
      for await (const message of this.#messages(call, signal)) yield fromScanResponse(message);
    } catch (error) {
      if (isAborted(signal)) return;
      this.#throwIfDraining(undefined);
      throw isServiceError(error) ? fromServiceError(error, this.#address) : error;
    }
  }

  async status(): Promise<RemoteStatus> {
    return fromGetStatusResponse(await this.#unary(ADMIN_METHODS.getStatus, {}, this.#timeoutMs));
  }

  /** Of this side only: the server and its other clients go on. */
  drain(): void {
    this.#isDraining = true;
    for (const cancel of this.#streams) cancel();
  }

  /** Ends this side's streams and the connection. */
  close(): Promise<void> {
    this.drain();
    this.#client.close();
    return Promise.resolve();
  }

  #call<Request, Reply>(
    method: ClientMethod<Request, Reply>,
    request: Request,
    context: CallContext,
  ): Promise<Reply> {
    context.throwIfAbandoned();
    return this.#unary(method, request, this.#timeoutMs);
  }

  #unary<Request, Reply>(
    method: ClientMethod<Request, Reply>,
    request: Request,
    timeoutMs: number,
  ): Promise<Reply> {
    this.#throwIfDraining(undefined);
    const { path, encodeRequest, decodeReply } = method;
    const options = deadlineAfter(timeoutMs);
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, reply?: Reply): void => {
        if (error === null && reply !== undefined) resolve(reply);
        else reject(error === null ? noReply() : fromServiceError(error, this.#address));
      };
      this.#client.makeUnaryRequest(
        path,
        encodeRequest,
        decodeReply,
        request,
        NO_METADATA,
        options,
        done,
      );
    });
  }

  /** What comes, until it ends or the signal aborts; the call does not outlive whoever reads it. */
  async *#messages<Message>(
    call: ClientReadableStream<Message>,
    signal: AbortSignal,
  ): AsyncGenerator<Message, void, undefined> {
    const cancel = (): void => {
      call.cancel();
    };
    signal.addEventListener("abort", cancel);
    this.#streams.add(cancel);
    try {
      yield* call as AsyncIterable<Message>;
    } finally {
      signal.removeEventListener("abort", cancel);
      this.#streams.delete(cancel);
      // A consumer that stops early leaves the call open otherwise; on an ended one this does nothing.
      call.cancel();
    }
  }

  #throwIfDraining(resumeToken: string | undefined): void {
    if (!this.#isDraining) return;
    const metadata = resumeToken === undefined ? {} : { resume_token: resumeToken };
    throw new KvError("DRAINING", "this connection is being closed", { metadata });
  }
}

function deadlineAfter(timeoutMs: number): CallOptions {
  return timeoutMs === Infinity
    ? {}
    : { deadline: Date.now() + Math.min(timeoutMs, TIMEOUT_MS_MAX) };
}

/** A stream to be opened: what is asked, and what is made of each message. */
interface Open<Request, Message, Batch> {
  readonly method: ClientMethod<Request, Message>;
  readonly toRequest: () => Request;
  readonly fromMessage: (message: Message) => Batch;
}

function noReply(): KvError {
  return new KvError("SERVER_ERROR", "the server answered without a reply");
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "details" in error && "metadata" in error;
}

/** Asked anew each time: the compiler takes a property that was false once to stay so. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
