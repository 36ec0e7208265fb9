/**
 * The core of a client: one stream that carries all operations. What is asked for in one turn of the event loop goes
 * out as one message.
 *
 *   add ──► the message that fills ──► at the end of the turn, if the window has room ──► the server
 *                     ▲                                                                      │
 *                     └── what is made again, in its order, after a wait ◄── a break ◄───────┤
 *                                                   to whoever asked ◄── replies, in order ◄─┘
 *
 * The operations of a stream are done in the order in which they are asked for, also over a break: what was sent and not
 * answered goes out again before what is newer. What a server refused for want of room goes out again later.
 * Everything is bounded: so many bytes are under way, the rest waits here, and past a bound more is refused.
 */

import { status, type ClientDuplexStream, type ServiceError } from "@grpc/grpc-js";

import { KeyValueServiceService } from "../../../generated/keyvaluedb/v1/key_value_service.js";
import type { Asked } from "./asked.js";
import { BreakPause } from "./break-pause.js";
import { DeadlineTimer } from "./deadline-timer.js";
import { closedError, errorFromService, invalidField, KeyValueError } from "./key-value-error.js";
import { Message } from "./message.js";
import { bytesOf, type AnyOperation, type PlainSet } from "./message-writer.js";
import { OPERATION_QUEUE_DEFAULTS, type OperationQueueOptions } from "./operation-queue-options.js";
import { readReply } from "./reply-reader.js";
import { isRetried, waitMsAfter } from "./retry-policy.js";

const RETRY_AFTER_MS = 100;

/** A reply this long that refuses something refuses it because the reply is full, not because the server is. */
const FULL_REPLY_BYTES = 1024 * 1024;

type Call = ClientDuplexStream<Buffer, Buffer>;

const asIs = (bytes: Buffer): Buffer => bytes;

export class OperationQueue {
  readonly #options: Required<OperationQueueOptions>;
  #call: Call | undefined;
  /** Not sent yet, oldest first. Operations join the last one. */
  #filling: Message[] = [];
  /** Sent and not answered, oldest first. */
  #sent: Message[] = [];
  /** What the server had no room for, until it is made again. */
  readonly #refused = new Set<Message>();
  /** Of all that is not sent. */
  #heldBytes = 0;
  #sentBytes = 0;
  #operationCount = 0;
  #unsettledCount = 0;
  #isFlushDue = false;
  #isClosed = false;
  #onIdle: (() => void)[] = [];
  readonly #pause = new BreakPause(() => this.#flush());
  readonly #deadlines = new DeadlineTimer((nowMs) => this.#expire(nowMs));

  constructor(options: OperationQueueOptions) {
    this.#options = { ...OPERATION_QUEUE_DEFAULTS, ...options };
  }

  /** How many operations were asked for and are not answered, those that were given up included. */
  get operationCount(): number {
    return this.#operationCount;
  }

  /** Throws, as the others do, what refuses it. */
  addSet(asked: Asked, set: PlainSet): void {
    const message = this.#messageFor(asked, set.key.length + set.value.length);
    const start = message.writer.length;
    message.writer.addSet(set);
    this.#join(message, asked, start);
  }

  addGet(asked: Asked, key: string): void {
    const message = this.#messageFor(asked, key.length);
    const start = message.writer.length;
    message.writer.addGet(key);
    this.#join(message, asked, start);
  }

  add(asked: Asked, operation: AnyOperation): void {
    const message = this.#messageFor(asked, bytesOf(operation));
    const start = message.writer.length;
    message.writer.add(operation);
    this.#join(message, asked, start);
  }

  /** Takes no more operations, and resolves when those that were asked for are answered or given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#unsettledCount > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    this.#deadlines.stop();
    const call = this.#call;
    this.#call = undefined;
    if (this.#sent.length > 0) call?.cancel();
    else call?.end();
  }

  /** One of those that were added has its answer. */
  onSettled(): void {
    this.#unsettledCount -= 1;
    if (this.#unsettledCount > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** The message that an operation of about this length joins. */
  #messageFor(asked: Asked, bytes: number): Message {
    this.#throwIfRefused(asked);
    const { messageOperationsMax, messageBytesMax } = this.#options;
    const last = this.#filling.at(-1);
    const hasRoom =
      last !== undefined &&
      last.asked.length < messageOperationsMax &&
      (last.asked.length === 0 || last.writer.length + bytes < messageBytesMax);
    if (hasRoom) return last;
    // About as long as the newest one.
    const message = new Message((last ?? this.#sent.at(-1))?.writer.length ?? 0);
    this.#filling.push(message);
    return message;
  }

  #throwIfRefused(asked: Asked): void {
    if (this.#isClosed) throw closedError();
    const { operationsMax, bytesMax } = this.#options;
    const isFull = this.#operationCount >= operationsMax;
    if (isFull || this.#heldBytes + this.#sentBytes >= bytesMax) {
      const what = isFull ? `${String(operationsMax)} operations` : `${String(bytesMax)} bytes`;
      throw new KeyValueError(`${what} of this client wait for the server`, {
        reason: "OVERLOADED",
        code: status.RESOURCE_EXHAUSTED,
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    this.#pause.throwUnlessOutlivedBy(asked);
  }

  /** It was written to this message, from `start` on. */
  #join(message: Message, asked: Asked, start: number): void {
    const bytes = message.writer.length - start;
    const { operationBytesMax } = this.#options;
    if (bytes > operationBytesMax) {
      message.writer.truncate(start);
      const problem = `must fit, with all else of the write, into ${String(operationBytesMax)} bytes`;
      throw invalidField("value", problem);
    }
    message.join(asked, start);
    this.#heldBytes += bytes;
    this.#operationCount += 1;
    this.#unsettledCount += 1;
    this.#deadlines.expect(asked.expiresMs);
    asked.begin(this);
    this.#scheduleFlush();
  }

  /** At the end of this turn of the event loop: until then, more may be asked for. */
  #scheduleFlush(): void {
    if (this.#isFlushDue || this.#pause.isOn) return;
    this.#isFlushDue = true;
    setImmediate(() => {
      this.#isFlushDue = false;
      if (!this.#pause.isOn) this.#flush();
    });
  }

  #flush(): void {
    const { windowBytesMax } = this.#options;
    while (this.#sent.length === 0 || this.#sentBytes < windowBytesMax) {
      const next = this.#filling.shift();
      if (next === undefined) return;
      this.#heldBytes -= next.writer.length;
      // What was given up meanwhile is not sent.
      const message = this.#keep(next, (asked) => !asked.isSettled);
      if (message === undefined) continue;
      this.#sentBytes += message.writer.length;
      this.#sent.push(message);
      this.#call ??= this.#open();
      this.#call.write(message.bytes);
    }
  }

  /** A message of those that are to stay; the others are counted no more. */
  #keep(message: Message, isKept: (asked: Asked) => boolean): Message | undefined {
    const kept = message.only(isKept);
    this.#operationCount -= message.asked.length - (kept?.asked.length ?? 0);
    return kept;
  }

  #open(): Call {
    const { client } = this.#options;
    const { path } = KeyValueServiceService.pipeline;
    const call = client.makeBidiStreamRequest(path, asIs, asIs);
    call.on("data", (bytes: Buffer) => {
      this.#answer(call, bytes);
    });
    call.on("error", (error: ServiceError) => {
      this.#break(call, errorFromService(error));
    });
    call.on("end", () => {
      const message = "the server ended the stream";
      this.#break(call, new KeyValueError(message, { reason: "OTHER", code: status.UNKNOWN }));
    });
    return call;
  }

  #answer(call: Call, bytes: Buffer): void {
    const message = this.#sent[0];
    if (call !== this.#call || message === undefined) return;
    let results: ReturnType<typeof readReply>;
    try {
      results = readReply(bytes, message.asked.length);
    } catch (cause) {
      call.cancel();
      const text = "the server's reply is malformed";
      const options = { reason: "OTHER", code: status.INTERNAL, cause } as const;
      this.#break(call, new KeyValueError(text, options));
      return;
    }
    this.#pause.forgetBreaks();
    this.#sent.shift();
    this.#sentBytes -= message.writer.length;
    const refused = new Map<Asked, KeyValueError>();
    let index = 0;
    for (const asked of message.asked) {
      // There are as many results as operations, or the reader would have thrown.
      const result = results[index++];
      if (result === undefined) continue;
      if (!(result instanceof KeyValueError)) asked.resolve(result);
      else if (isRetried(result) && asked.isRetried) refused.set(asked, result);
      else asked.reject(result);
    }
    if (refused.size === 0) this.#operationCount -= message.asked.length;
    else this.#askAgain(message, refused, bytes.length);
    if (this.#filling.length > 0) this.#scheduleFlush();
  }

  /** Of what the server refused, what can wait goes out again, later than what was asked for after it. */
  #askAgain(
    message: Message,
    refused: ReadonlyMap<Asked, KeyValueError>,
    replyBytes: number,
  ): void {
    const answeredCount = message.asked.length - refused.size;
    const isReplyFull = replyBytes >= FULL_REPLY_BYTES && answeredCount > 0;
    const [error] = refused.values();
    const waitMs = isReplyFull || error === undefined ? 0 : waitMsAfter(1, error);
    const againMs = performance.now() + waitMs;
    const kept = this.#keep(message, (asked) => {
      const reason = refused.get(asked);
      if (reason === undefined) return false;
      if (asked.outlives(againMs)) return true;
      asked.reject(reason);
      return false;
    });
    if (kept === undefined) return;
    this.#heldBytes += kept.writer.length;
    if (isReplyFull) {
      // As many as had room in this one.
      this.#filling.unshift(...kept.parts(answeredCount));
      return;
    }
    this.#refused.add(kept);
    setTimeout(() => {
      this.#refused.delete(kept);
      this.#filling.push(kept);
      this.#scheduleFlush();
    }, waitMs);
  }

  /** What was sent on this call and can be made again is, on another, before what is newer. All else has its answer. */
  #break(call: Call, error: KeyValueError): void {
    if (call !== this.#call) return;
    this.#call = undefined;
    const failed = this.#sent;
    this.#sent = [];
    this.#sentBytes = 0;
    const untilMs = this.#pause.nextAfter(error);
    const stays = (asked: Asked): boolean => {
      if (asked.isSettled) return false;
      if (asked.outlives(untilMs)) return true;
      asked.reject(error);
      return false;
    };
    const again = failed.flatMap((message) => this.#keep(message, stays) ?? []);
    for (const message of again) this.#heldBytes += message.writer.length;
    if (again.length > 0) {
      this.#pause.begin(untilMs, error);
      for (const { asked } of this.#filling) for (const each of asked) stays(each);
    }
    this.#filling.unshift(...again);
    if (this.#filling.length > 0) this.#scheduleFlush();
  }

  /** Gives up what has no more time, and answers when the next one has none. */
  #expire(nowMs: number): number {
    let nextMs = Infinity;
    for (const messages of [this.#sent, this.#filling, this.#refused]) {
      for (const message of messages) nextMs = Math.min(nextMs, message.expire(nowMs));
    }
    return nextMs;
  }
}
