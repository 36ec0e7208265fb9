/**
 * The streams that are open: no more than there may be, each followed to its end, which sends its status. When the server stops,
 * none of them waits any longer for whoever reads it.
 */

import type { status } from "@grpc/grpc-js";

import { KvError } from "../base/index.js";
import type { Store } from "../kv/index.js";
import { throwIfAbandoned } from "./abandoned-call.js";
import type { CallStatus } from "./call-blocks.js";
import type { LoggedCall } from "./call-log.js";
import type { CountedMethods, MethodCounts } from "./method-counts.js";
import type { NamedMethod, ServedCall } from "./served-call.js";
import { toStatus } from "./status-map.js";
import { pump, type StreamContext } from "./stream.js";
import type { StreamCall, StreamHandle } from "./stream-call.js";
import { accepted, type StrictlyDecoded } from "./strict-decode.js";

/** One that is too many is worth asking for again after so long. */
const RETRY_AFTER_MS = 1000;

export type StreamHandler<Request, Message> = (
  store: Store,
  request: Request,
  context: StreamContext,
) => AsyncIterable<Message>;

/** A stream both ways that is under way. */
export interface Exchange {
  /** Resolves when all was answered; rejects with why it ends otherwise. */
  readonly ended: Promise<void>;
  /** To be called when the server stops: it takes no more, and ends when what it has taken is answered. */
  readonly onCut: () => void;
}

export type ExchangeHandler<Request, Message> = (
  store: Store,
  call: StreamCall<Request, Message>,
  notes: ExchangeNotes,
) => Exchange;

/** To be told of what happens while a stream goes on. */
export interface ExchangeNotes {
  /** Of what is answered with an error. */
  failed(error: unknown, code: status): void;
  /** Of a request that has its answer now. */
  answered(request: AnsweredRequest): void;
}

export interface AnsweredRequest {
  /** When it came, by the monotonic clock. */
  readonly cameMs: number;
  readonly operationCount: number;
  /** Of those, how many have an error for an answer. */
  readonly errorCount: number;
}

/** Of a call of either kind. */
export interface Failure {
  readonly method: MethodCounts;
  /** When the call began, by the monotonic clock. */
  readonly startMs: number;
  readonly error: unknown;
}

/** The door that streams come through, as all calls do. */
export interface StreamDoor {
  /** Counts a call. Returns when it began. */
  enter(method: MethodCounts): number;
  /** Throws where there is no store to serve it. */
  admit(): Store;
  /** It is over. */
  succeeded(call: LoggedCall, method: MethodCounts, startMs: number): void;
  failed(call: LoggedCall, failure: Failure, code: status): void;
  /** Of a call that goes on. */
  logFailure(call: LoggedCall, failure: Failure, code: status): void;
}

/** A stream of either kind, as far as it is followed here. */
interface FollowedStream extends ServedCall {
  /** A fault of ours that has ended it, if one has. */
  readonly fault: unknown;
  end(): unknown;
  fail(outcome: CallStatus): void;
}

export class OpenStreams {
  readonly #door: StreamDoor;
  readonly #methods: CountedMethods;
  readonly #countMax: number;
  #count = 0;
  /** One for each: it then waits no longer for whoever reads it. */
  readonly #cuts = new Set<() => void>();

  constructor(door: StreamDoor, methods: CountedMethods, countMax: number) {
    this.#door = door;
    this.#methods = methods;
    this.#countMax = countMax;
  }

  /** Has each ask its store once more, also where a follower does not read: the store ends it now. */
  cut(): void {
    for (const cut of this.#cuts) cut();
  }

  /** One request, and messages as long as there are any. */
  oneWay<Request, Message>(
    { definition }: NamedMethod<StrictlyDecoded<Request>, Message>,
    handle: StreamHandler<Request, Message>,
  ): StreamHandle<StrictlyDecoded<Request>, Message> {
    const method = this.#methods.of(definition.path);
    return (call) => {
      this.#follow(call, method, () => this.#pump(call, handle));
    };
  }

  /** Requests, and messages that answer them. */
  bothWays<Request, Message>(
    { definition }: NamedMethod<Request, Message>,
    handle: ExchangeHandler<Request, Message>,
  ): StreamHandle<Request, Message> {
    const method = this.#methods.of(definition.path);
    return (call) => {
      this.#follow(call, method, (startMs) => {
        const notes: ExchangeNotes = {
          failed: (error, code) => {
            this.#door.logFailure(call, { method, startMs, error }, code);
          },
          answered({ cameMs, operationCount, errorCount }) {
            method.latency.record(cameMs);
            method.operationCount += operationCount;
            method.operationErrorCount += errorCount;
          },
        };
        return this.#exchange(call, (store) => handle(store, call, notes));
      });
    };
  }

  /** Counts a stream until `serve` is done with it, and sends its status. */
  #follow(
    call: FollowedStream,
    method: MethodCounts,
    serve: (startMs: number) => Promise<void>,
  ): void {
    const startMs = this.#door.enter(method);
    this.#count += 1;
    const served = serve(startMs).finally(() => {
      this.#count -= 1;
    });
    served.then(
      () => {
        call.end();
        this.#door.succeeded(call, method, startMs);
      },
      (reason: unknown) => {
        // Whoever follows it sees only that nobody waits any more.
        const error = call.fault ?? reason;
        const outcome = toStatus(error);
        call.fail(outcome);
        this.#door.failed(call, { method, startMs, error }, outcome.code);
      },
    );
  }

  async #pump<Request, Message>(
    call: StreamCall<StrictlyDecoded<Request>, Message>,
    handle: StreamHandler<Request, Message>,
  ): Promise<void> {
    const store = this.#admit();
    const request = accepted(call.request);
    let cut: (() => void) | undefined;
    try {
      await pump(call, (context) => {
        cut = context.onCut;
        this.#cuts.add(cut);
        return handle(store, request, context);
      });
    } finally {
      if (cut !== undefined) this.#cuts.delete(cut);
    }
  }

  async #exchange(call: FollowedStream, open: (store: Store) => Exchange): Promise<void> {
    const { ended, onCut } = open(this.#admit());
    this.#cuts.add(onCut);
    try {
      await ended;
    } finally {
      this.#cuts.delete(onCut);
    }
    throwIfAbandoned(call);
  }

  #admit(): Store {
    const store = this.#door.admit();
    if (this.#count <= this.#countMax) return store;
    throw new KvError("OVERLOADED", `more than ${String(this.#countMax)} streams are under way`, {
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
}
