/**
 * The door that every call goes through. It lets calls in only while there is a store to serve them, turns
 * what a handler throws into a status, tells a store whether anyone still waits for the answer, counts the
 * calls under way and those of each method, and has each one logged.
 */

import { status } from "@grpc/grpc-js";

import { KvError, type Clock, type Logger } from "../base/index.js";
import type { CallContext, Store } from "../kv/index.js";
import type { Intake } from "../http2/index.js";
import { throwIfAbandoned } from "./abandoned-call.js";
import { CallLog, type LoggedCall } from "./call-log.js";
import { ByteBudget, LONG_MESSAGE_BYTES } from "./byte-budget.js";
import { LongCalls } from "./long-calls.js";
import { OpenStreams, type Failure, type StreamDoor } from "./open-streams.js";
import type { CountedMethods, MethodCounts } from "./method-counts.js";
import type { Shedding } from "./shedding.js";
import { toStatus } from "./status-map.js";
import type { NamedMethod } from "./served-call.js";
import { accepted, type StrictlyDecoded } from "./strict-decode.js";
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
  readonly methods: CountedMethods;
}

export type UnaryHandler<Request, Reply> = (
  store: Store,
  request: Request,
  context: CallContext,
) => Promise<Reply>;

export class Calls implements StreamDoor {
  readonly streams: OpenStreams;
  readonly #clock: Clock;
  readonly #log: CallLog;
  readonly #budget = new ByteBudget("long replies wait to be read");
  readonly #intake: Intake;
  readonly #shedding: Shedding;
  readonly #methods: CountedMethods;
  #store: Store | undefined;
  #draining = false;
  /** Streams included. */
  #inFlight = 0;
  #onIdle: (() => void)[] = [];

  constructor(options: CallsOptions) {
    this.#clock = options.clock;
    this.#intake = options.intake;
    this.#shedding = options.shedding;
    this.#methods = options.methods;
    this.#log = new CallLog(options.logger, options.logSampleRatio);
    this.streams = new OpenStreams(this, options.methods, options.streamsMax);
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

  /** Resolves when no call is under way. */
  whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  /** `replyBytes` says about how long a reply is, for those that can be long. */
  unary<Request, Served>(
    { definition }: NamedMethod<StrictlyDecoded<Request>, Served>,
    handle: UnaryHandler<Request, Served>,
    replyBytes: (reply: Served) => number = noBytes,
  ): UnaryHandle<StrictlyDecoded<Request>, Served> {
    const method = this.#methods.of(definition.path);
    return (call, callback) => {
      if (this.#intake.isOverfull) {
        callback(this.#shedding.refuse(method));
        return;
      }
      const startMs = this.enter(method);
      this.#intake.enter();
      let reply: Promise<Served>;
      try {
        const store = this.admit();
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
          try {
            this.#holdIfLong(call, replyBytes(value));
          } catch (error) {
            this.#refuse(call, callback, { method, startMs, error });
            return;
          }
          const ungiven = callback(null, value);
          method.latency.record(startMs);
          if (ungiven === undefined) this.succeeded(call, method, startMs);
          else this.failed(call, { method, startMs, error: ungiven.error }, ungiven.code);
        },
        (error: unknown) => {
          this.#intake.leave();
          this.#refuse(call, callback, { method, startMs, error });
        },
      );
    };
  }

  /** The same for a method that takes as long as its work on the disk does. */
  longUnary<Request, Served>(
    named: NamedMethod<StrictlyDecoded<Request>, Served>,
    handle: UnaryHandler<Request, Served>,
  ): UnaryHandle<StrictlyDecoded<Request>, Served> {
    const calls = new LongCalls(named.name, this.#intake);
    return this.unary(named, (store, request: Request, context) =>
      calls.wait(() => handle(store, request, context)),
    );
  }

  // What calls of either kind say.

  enter(method: MethodCounts): number {
    this.#inFlight += 1;
    method.callCount += 1;
    return this.#clock.monotonicMs();
  }

  admit(): Store {
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

  succeeded(call: LoggedCall, { name: method }: MethodCounts, startMs: number): void {
    this.#leave();
    if (!this.#log.takesSample()) return;
    const durationMs = this.#clock.monotonicMs() - startMs;
    this.#log.write(call, { method, code: status.OK, durationMs });
  }

  failed(call: LoggedCall, failure: Failure, code: status): void {
    this.#leave();
    failure.method.noteFailure(code);
    this.logFailure(call, failure, code);
  }

  logFailure(call: LoggedCall, { method, startMs, error }: Failure, code: status): void {
    const durationMs = this.#clock.monotonicMs() - startMs;
    this.#log.write(call, { method: method.name, code, durationMs, error });
  }

  /** A reply counts while it waits to be read. Throws OVERLOADED where too much does. */
  #holdIfLong<Request, Reply>(call: UnaryCall<Request, Reply>, bytes: number): void {
    if (bytes >= LONG_MESSAGE_BYTES && !call.cancelled) this.#budget.take(call, bytes);
  }

  #refuse<Request, Reply>(
    call: UnaryCall<Request, Reply>,
    callback: UnaryReply<Reply>,
    failure: Failure,
  ): void {
    const outcome = toStatus(failure.error);
    callback(outcome);
    failure.method.latency.record(failure.startMs);
    this.failed(call, failure, outcome.code);
  }

  #leave(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}

/** Of replies that are always short. */
function noBytes(): number {
  return 0;
}
