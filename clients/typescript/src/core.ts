/** What the views of one client share: its connection, its streams of operations, and its defaults. */

import { openClient, Connection, type CallTerms, type TlsOptions } from "./connection.js";
import { cancelledError, invalidField } from "./key-value-error.js";
import { OperationQueue } from "./operation-queue.js";
import { newRequestId } from "./request-id.js";
import type { RetriedOptions, WriteOptions } from "./types.js";

export interface ConnectOptions {
  /** `host:port` of the server. Default `127.0.0.1:50051`. */
  readonly address?: string;
  /** How long a call may take, with all its tries, in milliseconds. Default 10,000; `Infinity`: for ever. */
  readonly deadlineMs?: number;
  /**
   * A ping after so long without traffic, and how long its answer may take before the connection is given up. Default 30,000
   * and 10,000 ms.
   */
  readonly keepalive?: { readonly timeMs?: number; readonly timeoutMs?: number };
  /** TLS towards a proxy that ends it: `true`, or with which certificates. Default: none. */
  readonly tls?: true | TlsOptions;
  /** False: every call is made once, and writes get no request id. Default true. */
  readonly retries?: boolean;
  /**
   * Over how many streams, each on a connection of its own, single operations are spread. Those of one key are always on the
   * same. Default 1.
   */
  readonly streams?: number;
  /** Operations that are asked for and not answered; more are refused with OVERLOADED. Of each stream. Default 65,536. */
  readonly operationsMax?: number;
  /** Bytes of them, likewise. Default 64 MiB. */
  readonly operationBytesMax?: number;
  /** Longest message that is sent, in bytes: the server's `limits.message_bytes`. Default 4 MiB. */
  readonly messageBytesMax?: number;
  /** Most operations in one message: the server's `limits.pipeline_operations`. Default 1,024. */
  readonly messageOperationsMax?: number;
  /** Longest reply that is taken, in bytes. Default 64 MiB. */
  readonly replyBytesMax?: number;
}

const MIB = 1024 * 1024;
const DEFAULT_ADDRESS = "127.0.0.1:50051";
const DEFAULT_DEADLINE_MS = 10_000;
const DEFAULT_KEEPALIVE = { timeMs: 30_000, timeoutMs: 10_000 };
const DEFAULT_OPERATIONS_MAX = 65_536;
const DEFAULT_OPERATION_BYTES_MAX = 64 * MIB;
const DEFAULT_MESSAGE_BYTES_MAX = 4 * MIB;
/** A message this long takes no more operations: the next one does. */
const GATHERED_BYTES_MAX = MIB / 4;
const DEFAULT_MESSAGE_OPERATIONS_MAX = 1024;
const DEFAULT_REPLY_BYTES_MAX = 64 * MIB;
const STREAMS_MAX = 64;

/** Who is told of the writes of this client. */
interface WriteListener {
  wrote(key: string, revision: number): void;
  wroteAll(revision: number): void;
}

export class Core {
  readonly connection: Connection;
  readonly deadlineMs: number;
  readonly retries: boolean;
  readonly nearCaches = new Set<WriteListener>();
  readonly #queues: readonly OperationQueue[];
  readonly #first: OperationQueue;
  readonly #closeOthers: () => void;

  constructor(options: ConnectOptions) {
    this.deadlineMs = checkedMs(options.deadlineMs ?? DEFAULT_DEADLINE_MS, "deadlineMs");
    this.retries = options.retries ?? true;
    const { streams = 1 } = options;
    if (!Number.isInteger(streams) || streams < 1 || streams > STREAMS_MAX) {
      throw invalidField("streams", `must be a whole number from 1 to ${String(STREAMS_MAX)}`);
    }
    const { keepalive = {}, tls } = options;
    const clients = Array.from({ length: streams }, () =>
      openClient({
        address: options.address ?? DEFAULT_ADDRESS,
        keepalive: {
          timeMs: checkedMs(keepalive.timeMs ?? DEFAULT_KEEPALIVE.timeMs, "keepalive.timeMs"),
          timeoutMs: checkedMs(
            keepalive.timeoutMs ?? DEFAULT_KEEPALIVE.timeoutMs,
            "keepalive.timeoutMs",
          ),
        },
        tls: tls === true ? {} : tls,
        replyBytesMax: options.replyBytesMax ?? DEFAULT_REPLY_BYTES_MAX,
      }),
    );
    const { messageBytesMax = DEFAULT_MESSAGE_BYTES_MAX } = options;
    this.#queues = clients.map(
      (client) =>
        new OperationQueue({
          client,
          operationsMax: options.operationsMax ?? DEFAULT_OPERATIONS_MAX,
          bytesMax: options.operationBytesMax ?? DEFAULT_OPERATION_BYTES_MAX,
          operationBytesMax: messageBytesMax,
          messageBytesMax: Math.min(messageBytesMax, GATHERED_BYTES_MAX),
          messageOperationsMax: options.messageOperationsMax ?? DEFAULT_MESSAGE_OPERATIONS_MAX,
        }),
    );
    const [client, ...others] = clients;
    const [queue] = this.#queues;
    if (client === undefined || queue === undefined) throw new Error("there is at least one");
    this.#first = queue;
    this.connection = new Connection(client);
    this.#closeOthers = () => {
      for (const other of others) other.close();
    };
  }

  /** The stream that the operations of a key go over. */
  queueOf(key: string): OperationQueue {
    const count = this.#queues.length;
    if (count === 1) return this.#first;
    return this.#queues[hash(key) % count] ?? this.#first;
  }

  /** Throws CANCELLED if the signal was aborted before. */
  terms({ deadlineMs, retries, signal }: RetriedOptions): CallTerms {
    if (signal?.aborted === true) throw cancelledError(signal.reason);
    return {
      deadlineMs: deadlineMs === undefined ? this.deadlineMs : checkedMs(deadlineMs, "deadlineMs"),
      retries: retries ?? this.retries,
      signal,
    };
  }

  /** The id of a write: the caller's, or one for this call, if it may be made again. */
  requestIdFor({ requestId, retries }: WriteOptions): string {
    // On the wire an empty one is none.
    if (requestId !== undefined && requestId !== "") return requestId;
    return (retries ?? this.retries) ? newRequestId() : "";
  }

  /** Tells near caches of a write of one key, before whoever asked for it hears of its answer. */
  telling<Result extends { readonly revision: number }>(
    key: string,
    written: Promise<Result>,
  ): Promise<Result> {
    if (this.nearCaches.size === 0) return written;
    return written.then((result) => {
      for (const cache of this.nearCaches) cache.wrote(key, result.revision);
      return result;
    });
  }

  async close(): Promise<void> {
    const ended = this.#queues.map((queue) => queue.close());
    await Promise.all([...ended, this.connection.close(Promise.all(ended))]);
    this.#closeOthers();
  }
}

function checkedMs(ms: number, field: string): number {
  if (ms > 0) return ms;
  throw invalidField(field, "must be a number of milliseconds above 0");
}

/** FNV-1a over the key's characters: spreads keys, and costs some nanoseconds. */
function hash(key: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    state = Math.imul(state ^ key.charCodeAt(index), 0x01000193);
  }
  return state >>> 0;
}
