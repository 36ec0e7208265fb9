/**
 * The door that every call goes through. It lets calls in only while there is a store to serve them, turns
 * what a handler throws into a status, tells a store whether anyone still waits for the answer, counts the
 * calls under way, and has each one logged.
 */

import { status } from "@grpc/grpc-js";

import { invalidField, KvError, type Clock, type Logger } from "../base/index.js";
import type { CallContext, Store } from "../kv/index.js";
import type { Intake } from "../http2/index.js";
import type { CallStatus } from "./call-blocks.js";
import { throwIfAbandoned } from "./abandoned-call.js";
import { CallLog, type LoggedCall } from "./call-log.js";
import { ByteBudget, LONG_MESSAGE_BYTES } from "./byte-budget.js";
import { pump, type StreamContext } from "./stream.js";
import type { Shedding } from "./shedding.js";
import { toStatus } from "./status-map.js";
import type { NamedMethod, ServedCall } from "./served-call.js";
import type { StreamCall, StreamHandle } from "./stream-call.js";
import type { StrictlyDecoded } from "./strict-decode.js";
import type { UnaryCall, UnaryHandle, UnaryReply } from "./unary-call.js";

/** A store that starts or stops is worth asking again after so long. */
const RETRY_AFTER_MS = 1000;

export interface CallsOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** The share of successful calls that is logged: 0 none, 1 all. */
  readonly logSampleRatio: number;
  /** Most streams at once. */
  readonly streamsMax: number;
  /** Is told which calls of one reply are worked on. */
  readonly intake: Intake;
  readonly shedding: Shedding;
}

export type UnaryHandler<Request, Reply> = (
  store: Store,
  request: Request,
  context: CallContext,
) => Promise<Reply>;

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
  /** To be told of what is answered with an error, where the stream goes on. */
  onFailure: (error: unknown, code: status) => void,
) => Exchange;

export class Calls {
  readonly #clock: Clock;
  readonly #log: CallLog;
  readonly #budget = new ByteBudget("long replies wait to be read");
  readonly #streamsMax: number;
  readonly #intake: Intake;
  readonly #shedding: Shedding;
  #store: Store | undefined;
  #draining = false;
  /** Streams included. */
  #inFlight = 0;
  #streams = 0;
  /** One for each open stream: it then waits no longer for whoever reads it. */
  readonly #cuts = new Set<() => void>();
  #onIdle: (() => void)[] = [];

  constructor(options: CallsOptions) {
    this.#clock = options.clock;
    this.#streamsMax = options.streamsMax;
    this.#intake = options.intake;
    this.#shedding = options.shedding;
    this.#log = new CallLog(options.logger, options.logSampleRatio);
  }

  get inFlightCount(): number {
    return this.#inFlight;
  }

  /** The bytes of long replies that wait to be read. */
  get waitingBytes(): number {
    return this.#budget.waitingBytes;
  }

  /** From now on calls go to this store; until then each is UNAVAILABLE, STARTING. */
  serve(store: Store): void {
    this.#store = store;
  }

  /** From now on new calls are UNAVAILABLE, DRAINING. Those under way go on. */
  drain(): void {
    this.#draining = true;
  }

  /** Has every stream ask its store once more, also where a follower does not read: the store ends it now. */
  cutStreams(): void {
    for (const cut of this.#cuts) cut();
  }

  /** Resolves when no call is under way. */
  whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  /** `replyBytes` says about how long a reply is, for those that can be long. */
  unary<Request, Served>(
    { name: method }: NamedMethod<StrictlyDecoded<Request>, Served>,
    handle: UnaryHandler<Request, Served>,
    replyBytes: (reply: Served) => number = noBytes,
  ): UnaryHandle<StrictlyDecoded<Request>, Served> {
    return (call, callback) => {
      if (this.#intake.isOverfull) {
        callback(this.#shedding.refuse());
        return;
      }
      const startMs = this.#clock.monotonicMs();
      this.#inFlight += 1;
      this.#intake.enter();
      let reply: Promise<Served>;
      try {
        const store = this.#admit();
        reply = handle(store, accepted(call.request), {
          throwIfAbandoned: () => {
            throwIfAbandoned(call);
          },
        });
      } catch (error) {
        this.#intake.leave();
        this.#refuse(call, callback, { method, startMs, error });
        return;
      }
      reply.then(
        (value) => {
          this.#intake.leave();
          const bytes = replyBytes(value);
          if (bytes < LONG_MESSAGE_BYTES || call.cancelled) {
            callback(null, value);
            this.#succeeded(call, method, startMs);
            return;
          }
          this.#answerLong(call, callback, { method, startMs, value, bytes });
        },
        (error: unknown) => {
          this.#intake.leave();
          this.#refuse(call, callback, { method, startMs, error });
        },
      );
    };
  }

  stream<Request, Message>(
    { name: method }: NamedMethod<StrictlyDecoded<Request>, Message>,
    handle: StreamHandler<Request, Message>,
  ): StreamHandle<StrictlyDecoded<Request>, Message> {
    return (call) => {
      this.#follow(call, method, () => this.#pump(call, handle));
    };
  }

  exchange<Request, Message>(
    { name: method }: NamedMethod<Request, Message>,
    handle: ExchangeHandler<Request, Message>,
  ): StreamHandle<Request, Message> {
    return (call) => {
      this.#follow(call, method, (logged) =>
        this.#exchange(call, (store) => {
          const startMs = this.#clock.monotonicMs();
          return handle(store, call, (error, code) => {
            const durationMs = this.#clock.monotonicMs() - startMs;
            this.#log.write(logged, { method, code, durationMs, error });
          });
        }),
      );
    };
  }

  /** Counts a stream until `serve` is done with it, and sends its status. */
  #follow(
    call: FollowedStream,
    method: string,
    serve: (logged: LoggedCall) => Promise<void>,
  ): void {
    const startMs = this.#clock.monotonicMs();
    this.#inFlight += 1;
    this.#streams += 1;
    const served = serve(call).finally(() => {
      this.#streams -= 1;
    });
    served.then(
      () => {
        call.end();
        this.#succeeded(call, method, startMs);
      },
      (error: unknown) => {
        const outcome = toStatus(error);
        call.fail(outcome);
        this.#failed(call, { method, startMs, error }, outcome.code);
      },
    );
  }

  #answerLong<Request, Reply>(
    call: UnaryCall<Request, Reply>,
    callback: UnaryReply<Reply>,
    answer: LongAnswer<Reply>,
  ): void {
    const { method, startMs, value, bytes } = answer;
    try {
      this.#budget.take(call, bytes);
    } catch (error) {
      this.#refuse(call, callback, { method, startMs, error });
      return;
    }
    callback(null, value);
    this.#succeeded(call, method, startMs);
  }

  #admit(): Store {
    if (this.#draining) {
      throw new KvError("DRAINING", "the server is stopping", { retryAfterMs: RETRY_AFTER_MS });
    }
    if (this.#store === undefined) {
      throw new KvError("STARTING", "the server is starting: the store is being recovered", {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    return this.#store;
  }

  #admitStream(): Store {
    const store = this.#admit();
    const streamsMax = this.#streamsMax;
    if (this.#streams > streamsMax) throw overloaded(`${String(streamsMax)} streams`);
    return store;
  }

  async #exchange(call: FollowedStream, open: (store: Store) => Exchange): Promise<void> {
    const { ended, onCut } = open(this.#admitStream());
    this.#cuts.add(onCut);
    try {
      await ended;
    } finally {
      this.#cuts.delete(onCut);
    }
    throwIfAbandoned(call);
  }

  async #pump<Request, Message>(
    call: StreamCall<StrictlyDecoded<Request>, Message>,
    handle: StreamHandler<Request, Message>,
  ): Promise<void> {
    const store = this.#admitStream();
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

  #succeeded(call: LoggedCall, method: string, startMs: number): void {
    this.#leave();
    if (!this.#log.takesSample()) return;
    const durationMs = this.#clock.monotonicMs() - startMs;
    this.#log.write(call, { method, code: status.OK, durationMs });
  }

  #refuse<Request, Reply>(
    call: UnaryCall<Request, Reply>,
    callback: UnaryReply<Reply>,
    failure: Failure,
  ): void {
    const outcome = toStatus(failure.error);
    callback(outcome);
    this.#failed(call, failure, outcome.code);
  }

  #failed(call: LoggedCall, failure: Failure, code: status): void {
    this.#leave();
    const { method, startMs, error } = failure;
    const durationMs = this.#clock.monotonicMs() - startMs;
    this.#log.write(call, { method, code, durationMs, error });
  }

  #leave(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}

function overloaded(what: string): KvError {
  return new KvError("OVERLOADED", `more than ${what} are under way`, {
    retryAfterMs: RETRY_AFTER_MS,
  });
}

/** Of replies that are always short. */
function noBytes(): number {
  return 0;
}

/** A stream of either kind, as far as it is followed here. */
interface FollowedStream extends ServedCall {
  end(): unknown;
  fail(outcome: CallStatus): void;
}

interface LongAnswer<Reply> {
  readonly method: string;
  readonly startMs: number;
  readonly value: Reply;
  readonly bytes: number;
}

interface Failure {
  readonly method: string;
  readonly startMs: number;
  readonly error: unknown;
}

function accepted<Request>(decoded: StrictlyDecoded<Request>): Request {
  if (decoded.kind === "request") return decoded.request;
  throw invalidField(decoded.field, decoded.problem);
}
