/** A connection to a server: calls and streams by their methods. It is made when the first of them is. */

import {
  Client,
  credentials,
  Metadata,
  type CallOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
} from "@grpc/grpc-js";

import { KvError, MIB } from "../base/index.js";
import type { ClientMethod } from "./methods.js";
import { fromServiceError } from "./status-map.js";

const MESSAGE_BYTES_MAX_DEFAULT = 64 * MIB;
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
const RECONNECT_MS_MIN = 100;
const RECONNECT_MS_MAX = 5000;

/** Servers that grpc-js makes read a longer one as a negative number, which would have passed at once; ours does not. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

const NO_METADATA = new Metadata();

/** A stream to be opened: what is asked, and what is made of each message. */
interface Open<Request, Message, Batch> {
  readonly method: ClientMethod<Request, Message>;
  readonly toRequest: () => Request;
  readonly fromMessage: (message: Message) => Batch;
  /** Default: for ever. */
  readonly timeoutMs?: number;
}

export class Connection {
  readonly #address: string;
  readonly #client: Client;
  /** How to end each stream that is open. */
  readonly #streams = new Set<() => void>();
  #isDraining = false;

  constructor(address: string, messageBytesMax = MESSAGE_BYTES_MAX_DEFAULT) {
    this.#address = address;
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": messageBytesMax,
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

  unary<Request, Reply>(
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

  async *stream<Request, Message extends object, Batch>(
    { method, toRequest, fromMessage, timeoutMs = Infinity }: Open<Request, Message, Batch>,
    signal: AbortSignal,
  ): AsyncGenerator<Batch, void, undefined> {
    this.#throwIfDraining(undefined);
    if (isAborted(signal)) return;
    const { path, encodeRequest, decodeReply } = method;
    const request = toRequest();
    const options = deadlineAfter(timeoutMs);
    const call = this.#client.makeServerStreamRequest(
      path,
      encodeRequest,
      decodeReply,
      request,
      options,
    );
    let resumeToken: string | undefined;
    try {
      for await (const message of this.#messages(call, signal)) {
        if ("resumeToken" in message) resumeToken = String(message.resumeToken);
        yield fromMessage(message);
      }
    } catch (error) {
      if (isAborted(signal)) return;
      this.#throwIfDraining(resumeToken);
      throw isServiceError(error) ? fromServiceError(error, this.#address) : error;
    }
  }

  /** Opens a stream both ways. Whoever opened it ends it, or is told by its error what ended it. */
  duplex<Request, Reply>({
    path,
    encodeRequest,
    decodeReply,
  }: ClientMethod<Request, Reply>): ClientDuplexStream<Request, Reply> {
    this.#throwIfDraining(undefined);
    const call = this.#client.makeBidiStreamRequest(path, encodeRequest, decodeReply);
    const cancel = (): void => {
      call.cancel();
    };
    this.#streams.add(cancel);
    call.on("close", () => {
      this.#streams.delete(cancel);
    });
    return call;
  }

  /** What ended a stream or a call of this connection. */
  errorOf(error: unknown): unknown {
    if (this.#isDraining) return drainingError(undefined);
    return isServiceError(error) ? fromServiceError(error, this.#address) : error;
  }

  /** Ends every stream, and refuses new calls. */
  drain(): void {
    this.#isDraining = true;
    for (const cancel of this.#streams) cancel();
  }

  close(): void {
    this.drain();
    this.#client.close();
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
    if (this.#isDraining) throw drainingError(resumeToken);
  }
}

function drainingError(resumeToken: string | undefined): KvError {
  const metadata = resumeToken === undefined ? {} : { resume_token: resumeToken };
  return new KvError("DRAINING", "this connection is being closed", { metadata });
}

function deadlineAfter(timeoutMs: number): CallOptions {
  return timeoutMs === Infinity
    ? {}
    : { deadline: Date.now() + Math.min(timeoutMs, TIMEOUT_MS_MAX) };
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
