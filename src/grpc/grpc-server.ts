/** gRPC on our own HTTP/2 (docs/decisions/wire.md): which method a request is for, and the call that is made of it. */

import { status } from "@grpc/grpc-js";

import {
  Http2Server,
  type Http2Stream,
  type Intake,
  type RequestHead,
  type RequestListener,
} from "../http2/index.js";
import {
  onlyStatusBlock,
  UNSUPPORTED_MEDIA_TYPE_BLOCK,
  unknownEncodingBlock,
} from "./call-blocks.js";
import { ByteBudget } from "./byte-budget.js";
import { CallFailure } from "./call-failure.js";
import { isEncoding, readCallHead, type CallHead } from "./call-head.js";
import type { Encoding } from "./message-reader.js";
import type { ServedMethod, ServiceDefinition } from "./served-call.js";
import type { Shedding } from "./shedding.js";
import { StreamCall, type StreamHandle } from "./stream-call.js";
import { UnaryCall, type UnaryHandle } from "./unary-call.js";

export interface GrpcServerOptions {
  /** Longest message in and out; longer ones are RESOURCE_EXHAUSTED. */
  readonly messageBytesMax: number;
  /** Most calls under way on one connection. */
  readonly connectionCallsMax: number;
  /** Most connections; a further one is closed at once. Default: as many as come. */
  readonly connectionsMax?: number;
  readonly onConnectionRefused?: () => void;
  /** How many calls are worked on at a time, and what becomes of others. Default: all are. */
  readonly intake?: Intake;
  readonly shedding?: Shedding;
  /** How long a connection may be silent before it is asked whether it lives, and then has to answer. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
}

/** A handler of each method, by the name that the definition has for it. */
export type Implementation = Readonly<Record<string, (call: never, reply: never) => void>>;

type Begin = (stream: Http2Stream, head: CallHead, encoding: Encoding) => RequestListener;

export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #methods = new Map<string, Begin>();
  readonly #http2: Http2Server;
  readonly #requestBudget = new ByteBudget("long requests are under way");

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    const { shedding } = options;
    this.#http2 = new Http2Server({
      streamsMax: options.connectionCallsMax,
      keepaliveMs: options.keepaliveMs,
      keepaliveTimeoutMs: options.keepaliveTimeoutMs,
      connectionsMax: options.connectionsMax,
      onConnectionRefused: options.onConnectionRefused,
      intake: options.intake,
      onRequest: (stream, head, waitedMs) => this.#begin(stream, head, waitedMs),
      refusalOf: shedding && ((head) => shedding.refusalOf(head)),
    });
  }

  addService(definition: ServiceDefinition, implementation: Implementation): void {
    for (const [name, method] of Object.entries(definition)) {
      const handle = implementation[name];
      if (handle === undefined) throw new Error(`bug: nothing handles ${method.path}`);
      this.#methods.set(method.path, this.#begins(method, handle));
    }
  }

  /** Listens on HOST:PORT, an IPv6 host in brackets; gives the port. */
  listen(address: string): Promise<number> {
    const colon = address.lastIndexOf(":");
    const host = address.slice(0, colon).replace(/^\[|\]$/gu, "");
    return this.#http2.listen(host, Number(address.slice(colon + 1)));
  }

  /** Lets what was answered reach its callers for so long, then cuts every connection. */
  close(graceMs: number): Promise<void> {
    return this.#http2.close(graceMs);
  }

  #begins(declared: ServedMethod<unknown, never>, handle: Implementation[string]): Begin {
    const { messageBytesMax } = this.#options;
    const requestBudget = this.#requestBudget;
    // A handler is given what its own method reads, and answers what that writes.
    const method = declared as ServedMethod<unknown, unknown>;
    if (!method.requestStream && !method.responseStream) {
      const unary = handle as UnaryHandle<unknown, unknown>;
      return (stream, head, encoding) =>
        new UnaryCall({ stream, head, encoding, method, messageBytesMax, requestBudget }, unary);
    }
    const handleStream = handle as StreamHandle<unknown, unknown>;
    return (stream, head, encoding) =>
      new StreamCall(
        { stream, head, encoding, method, messageBytesMax, requestBudget },
        handleStream,
      );
  }

  #begin(stream: Http2Stream, request: RequestHead, waitedMs: number): RequestListener {
    let head: CallHead | undefined;
    try {
      head = readCallHead(request, waitedMs);
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      return refuse(stream, onlyStatusBlock({ code: error.code, details: error.message }));
    }
    if (head === undefined) return refuse(stream, UNSUPPORTED_MEDIA_TYPE_BLOCK);
    const begin = this.#methods.get(request.path);
    if (begin === undefined) {
      const details = `the server has no method ${request.path.slice(0, PATH_LENGTH_SHOWN)}`;
      return refuse(stream, onlyStatusBlock({ code: status.UNIMPLEMENTED, details }));
    }
    const { encoding } = head;
    if (!isEncoding(encoding)) {
      return refuse(stream, unknownEncodingBlock(encoding.slice(0, PATH_LENGTH_SHOWN)));
    }
    return begin(stream, head, encoding);
  }
}

/** An answer must be shorter than what made us give it. */
const PATH_LENGTH_SHOWN = 256;

/** Answers at once; whatever else comes is thrown away. */
function refuse(stream: Http2Stream, block: Buffer): RequestListener {
  stream.end(block);
  return {
    onData(bytes) {
      stream.consumed(bytes.length);
    },
    onEnd: () => undefined,
    onOver() {
      stream.done();
    },
  };
}
