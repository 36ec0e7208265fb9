/**
 * One pipeline's stream: takes requests, has the store do them, and answers them in the order in which they came.
 *
 *   request ──► store, while the next one is read ──► what it tells is durable ──► reply ──► the connection takes it
 *
 * From the request to the end of the reply its bytes are held and counted. While a stream holds too many, or all do
 * together, it reads no further, and HTTP/2 makes its caller wait. A caller that does not read its replies thus
 * holds up nobody else.
 */

import { status } from "@grpc/grpc-js";

import { invalidField, KIB, KvError, MIB, type Clock, type Limits } from "../base/index.js";
import type { Pipeline, PipelineOutcome, Store } from "../kv/index.js";
import { throwIfAbandoned } from "./abandoned-call.js";
import type { Exchange, ExchangeHandler, ExchangeNotes } from "./open-streams.js";
import { encodePipelineReply, SHORT_RESULT_BYTES_MAX } from "./pipeline-reply.js";
import { readPipelineRequest, type PipelineRequestLimits } from "./pipeline-request.js";
import { ReadGate } from "./read-gate.js";
import { statusOf } from "./status-map.js";
import type { StreamCall } from "./stream-call.js";

/** What all pipelines of a server may hold before each of them gets by with one request at a time. */
const ALL_BYTES_MAX = 256 * MIB;

/** Entries that one reply may have then. */
const SCARCE_ENTRY_BYTES_MAX = 64 * KIB;

/** What a request takes in memory beside its bytes. */
const REQUEST_OVERHEAD_BYTES = 512;

const RETRY_AFTER_MS = 1000;

export interface PipelinesOptions {
  readonly limits: Limits;
  /** The longest message that the server sends, in bytes. */
  readonly messageBytesMax: number;
  /** Most operations in one request. */
  readonly pipelineOperationsMax: number;
  /** Bytes that a stream may hold before it reads no further. */
  readonly pipelineBytesMax: number;
  readonly clock: Clock;
}

/** Whose requests are held, in bytes. */
interface Held {
  bytes: number;
}

/** The handler of Pipeline: all streams of a server share what they may hold. */
export function pipelineHandler(options: PipelinesOptions): ExchangeHandler<Buffer, Buffer> {
  const { limits, messageBytesMax, pipelineOperationsMax, pipelineBytesMax, clock } = options;
  // No more than half of a reply goes to what its operations answer besides entries.
  const fitting = Math.floor(messageBytesMax / (2 * SHORT_RESULT_BYTES_MAX));
  const operationsMax = Math.min(pipelineOperationsMax, fitting);
  const shared = { limits, messageBytesMax, operationsMax, pipelineBytesMax, clock };
  const all: Held = { bytes: 0 };
  return (store, call, notes) => new PipelineStream({ ...shared, all, store, call, notes });
}

interface PipelineStreamOptions extends PipelineRequestLimits {
  readonly messageBytesMax: number;
  readonly pipelineBytesMax: number;
  readonly all: Held;
  readonly store: Store;
  readonly call: StreamCall<Buffer, Buffer>;
  readonly notes: ExchangeNotes;
  readonly clock: Clock;
}

/** A request until its reply is on its way. */
interface Turn {
  readonly cameMs: number;
  readonly operationCount: number;
  errorCount: number;
  heldBytes: number;
  reply: Buffer | undefined;
}

class PipelineStream implements Exchange {
  readonly ended: Promise<void>;
  readonly #options: PipelineStreamOptions;
  readonly #pipeline: Pipeline;
  readonly #gate: ReadGate;
  /** Oldest first. */
  readonly #turns: Turn[] = [];
  #heldBytes = 0;
  /** Takes no more requests. */
  #isStopped = false;
  /** Why. Undefined: the caller has no more. */
  #reason: unknown;
  #isOver = false;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(options: PipelineStreamOptions) {
    const { call, store } = options;
    this.#options = options;
    this.#pipeline = store.pipeline();
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#gate = new ReadGate(call);
    call.on("data", (bytes: Buffer) => {
      try {
        this.#take(bytes);
      } catch (error) {
        this.#fail(error);
      }
    });
    call.on("end", () => {
      this.#stop(undefined);
    });
    call.once("cancelled", () => {
      this.#end();
    });
  }

  readonly onCut = (): void => {
    this.#stop(new KvError("DRAINING", "the server is stopping", { retryAfterMs: RETRY_AFTER_MS }));
  };

  #take(bytes: Buffer): void {
    if (this.#isStopped) return;
    const { call, clock } = this.#options;
    const cameMs = clock.monotonicMs();
    const reading = readPipelineRequest(bytes, this.#options);
    if (reading.kind === "invalid") {
      this.#stop(invalidField(reading.field, reading.problem));
      return;
    }
    const { operations } = reading;
    const operationCount = operations.length;
    const turn: Turn = { cameMs, operationCount, errorCount: 0, heldBytes: 0, reply: undefined };
    this.#turns.push(turn);
    this.#hold(turn, REQUEST_OVERHEAD_BYTES + bytes.length);
    const performed = this.#pipeline.perform(operations, {
      throwIfAbandoned: () => {
        throwIfAbandoned(call);
      },
      replyBytesMax: this.#entryBytesMax(operationCount),
      onEntryBytes: (more) => {
        this.#hold(turn, more);
      },
    });
    performed
      .then((outcomes) => {
        this.#answer(turn, outcomes);
      })
      .catch((error: unknown) => {
        this.#fail(error);
      });
  }

  /** A fault of ours, after which nobody knows what was done. */
  #fail(error: unknown): void {
    this.#isStopped = true;
    this.#reason = error;
    this.#end();
  }

  #entryBytesMax(operationCount: number): number {
    const { messageBytesMax, all } = this.#options;
    const bytesMax = messageBytesMax - operationCount * SHORT_RESULT_BYTES_MAX;
    return all.bytes > ALL_BYTES_MAX ? Math.min(bytesMax, SCARCE_ENTRY_BYTES_MAX) : bytesMax;
  }

  #answer(turn: Turn, outcomes: readonly PipelineOutcome[]): void {
    if (this.#isOver) return;
    turn.errorCount = this.#reportErrors(outcomes);
    turn.reply = encodePipelineReply(outcomes, this.#options.messageBytesMax);
    this.#hold(turn, REQUEST_OVERHEAD_BYTES + turn.reply.length - turn.heldBytes);
    // Those that came before may still wait for the disk when this one needs not.
    for (let first = this.#turns[0]; first?.reply !== undefined; first = this.#turns[0]) {
      this.#turns.shift();
      this.#send(first, first.reply);
    }
    this.#endIfAnswered();
  }

  #send(turn: Turn, reply: Buffer): void {
    const { call, notes } = this.#options;
    call.write(reply, () => {
      if (!this.#isOver) this.#hold(turn, -turn.heldBytes);
    });
    notes.answered(turn);
  }

  /** Returns how many there are. What is damaged, or a fault of ours, is logged as for any call: once for each reply. */
  #reportErrors(outcomes: readonly PipelineOutcome[]): number {
    let count = 0;
    let isReported = false;
    for (const outcome of outcomes) {
      if (outcome.kind !== "error") continue;
      count += 1;
      const code = statusOf(outcome.error);
      if (isReported || (code !== status.INTERNAL && code !== status.DATA_LOSS)) continue;
      isReported = true;
      this.#options.notes.failed(outcome.error, code);
    }
    return count;
  }

  #hold(turn: Turn, moreBytes: number): void {
    if (this.#isOver) return;
    const { all, pipelineBytesMax } = this.#options;
    turn.heldBytes += moreBytes;
    this.#heldBytes += moreBytes;
    all.bytes += moreBytes;
    const isFull = this.#heldBytes >= pipelineBytesMax || all.bytes >= ALL_BYTES_MAX;
    // One that holds nothing goes on in any case, so that each comes to an end.
    if (isFull && this.#heldBytes > 0) this.#gate.shut();
    else this.#gate.open();
  }

  /** Takes no more, and ends when what was taken is answered. */
  #stop(reason: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#reason = reason;
    this.#endIfAnswered();
  }

  #endIfAnswered(): void {
    if (this.#isStopped && this.#turns.length === 0) this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isStopped = true;
    this.#options.all.bytes -= this.#heldBytes;
    this.#pipeline.close();
    if (this.#reason === undefined) this.#resolve();
    else this.#reject(this.#reason);
  }
}
