/**
 * The connection to a server: calls of one request, and streams of replies, each with its deadline, its tries and its
 * signal. It is made when the first call is, and again when it broke.
 */

import { readFileSync } from "node:fs";

import {
  Client,
  credentials,
  Metadata,
  type CallOptions as LibraryOptions,
  type ChannelCredentials,
  type ClientOptions,
  type ClientReadableStream,
  type ServiceError,
} from "@grpc/grpc-js";

import { onAbort } from "./aborting.js";
import {
  cancelledError,
  closedError,
  deadlineError,
  errorFromService,
  toKeyValueError,
} from "./key-value-error.js";
import type { Method } from "./methods.js";
import { isRetried, waitMsAfter } from "./retry-policy.js";
import { pause } from "./pause.js";

export interface TlsOptions {
  /** A file of certificates in PEM that are trusted. Default: those that Node.js trusts. */
  readonly caFile?: string;
  /** The name that the certificate must have, instead of the address's. */
  readonly serverName?: string;
}

export interface ConnectionOptions {
  readonly address: string;
  readonly keepalive: { readonly timeMs: number; readonly timeoutMs: number };
  readonly tls: TlsOptions | undefined;
  /** Longest reply that is taken, in bytes. */
  readonly replyBytesMax: number;
}

/** What a call is made with: the caller's wishes, and the client's where there are none. */
export interface CallTerms {
  /** `Infinity`: for ever. */
  readonly deadlineMs: number;
  readonly retries: boolean;
  readonly signal?: AbortSignal | undefined;
}

const RECONNECT_MS_MIN = 50;
const RECONNECT_MS_MAX = 1000;

/** Some servers read a longer one as a negative number, which would have passed at once. */
const DEADLINE_MS_MAX = 2 ** 31 - 1;

const NO_METADATA = new Metadata();

export function openClient({ address, keepalive, tls, replyBytesMax }: ConnectionOptions): Client {
  const options: ClientOptions = {
    "grpc.max_receive_message_length": replyBytesMax,
    "grpc.max_send_message_length": -1,
    "grpc.keepalive_time_ms": keepalive.timeMs,
    "grpc.keepalive_timeout_ms": keepalive.timeoutMs,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.initial_reconnect_backoff_ms": RECONNECT_MS_MIN,
    "grpc.max_reconnect_backoff_ms": RECONNECT_MS_MAX,
    "grpc.enable_channelz": 0,
    // The server is a neighbour; a proxy that the environment names is for other things.
    "grpc.enable_http_proxy": 0,
    // A connection each, also of two clients of one server.
    "grpc.use_local_subchannel_pool": 1,
    // What is made again is for this client to say, and not for the library.
    "grpc.enable_retries": 0,
  };
  if (tls?.serverName !== undefined) {
    options["grpc.ssl_target_name_override"] = tls.serverName;
    options["grpc.default_authority"] = tls.serverName;
  }
  return new Client(address, toCredentials(tls), options);
}

function toCredentials(tls: TlsOptions | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { caFile } = tls;
  return credentials.createSsl(caFile === undefined ? null : readFileSync(caFile));
}

export class Connection {
  readonly #client: Client;
  readonly #closing = new AbortController();
  #callCount = 0;
  #onIdle: (() => void)[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  /** Aborted when the client is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** A call of one request and one reply, made again as long as it may be. */
  async unary<Request, Reply>(
    method: Method<Request, Reply>,
    request: Request,
    terms: CallTerms,
  ): Promise<Reply> {
    if (this.closing.aborted) throw closedError();
    this.#callCount += 1;
    try {
      return await retrying(terms, (remainingMs) =>
        this.#once(method, request, remainingMs, terms.signal),
      );
    } finally {
      this.#callCount -= 1;
      if (this.#callCount === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
    }
  }

  /**
   * The replies of one request, at the pace of whoever takes them. Ends the call when the signal aborts, the client is closed, or
   * nobody takes more.
   */
  async *stream<Request, Reply>(
    method: Method<Request, Reply>,
    request: Request,
    { deadlineMs, signal }: Omit<CallTerms, "retries">,
  ): AsyncGenerator<Reply, void, undefined> {
    this.#throwIfEnded(signal);
    const call = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      toLibraryOptions(deadlineMs),
    );
    const cancel = (): void => {
      call.cancel();
    };
    const stops = [onAbort(signal, cancel), onAbort(this.closing, cancel)];
    try {
      yield* call as ClientReadableStream<Reply> & AsyncIterable<Reply>;
    } catch (error) {
      this.#throwIfEnded(signal);
      throw toKeyValueError(error);
    } finally {
      for (const stop of stops) stop();
      // Whoever stops early leaves it open otherwise; of one that has ended this is nothing.
      call.cancel();
    }
  }

  /** Takes no more calls, ends the streams, and resolves when the calls under way, and what is said, have ended. */
  async close(others: Promise<unknown>): Promise<void> {
    this.#closing.abort();
    if (this.#callCount > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    await others;
    this.#client.close();
  }

  #once<Request, Reply>(
    method: Method<Request, Reply>,
    request: Request,
    remainingMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, reply?: Reply): void => {
        stop();
        if (error === null) resolve(reply as Reply);
        else reject(errorFromService(error));
      };
      const { path, requestSerialize, responseDeserialize } = method;
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        NO_METADATA,
        toLibraryOptions(remainingMs),
        done,
      );
      const stop = onAbort(signal, () => {
        call.cancel();
      });
    });
  }

  #throwIfEnded(signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    if (this.closing.aborted) throw closedError();
  }
}

/** Makes a call until it goes well, fails with what is no use to repeat, or would be repeated too late. */
async function retrying<Reply>(
  { deadlineMs, retries, signal }: CallTerms,
  attempt: (remainingMs: number) => Promise<Reply>,
): Promise<Reply> {
  const expiresMs = performance.now() + deadlineMs;
  for (let failureCount = 1; ; failureCount += 1) {
    throwIfAborted(signal);
    const remainingMs = expiresMs - performance.now();
    if (remainingMs <= 0) throw deadlineError();
    try {
      return await attempt(remainingMs);
    } catch (error) {
      throwIfAborted(signal);
      if (!retries || !isRetried(error)) throw error;
      const waitMs = waitMsAfter(failureCount, error);
      if (performance.now() + waitMs >= expiresMs) throw error;
      await pause(waitMs, signal);
    }
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelledError(signal.reason);
}

function toLibraryOptions(deadlineMs: number): LibraryOptions {
  if (deadlineMs === Infinity) return {};
  return { deadline: Date.now() + Math.min(deadlineMs, DEADLINE_MS_MAX) };
}
