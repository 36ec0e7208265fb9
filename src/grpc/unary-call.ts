/** A call of one request and one reply. */

import { status } from "@grpc/grpc-js";

import { KvError } from "../base/index.js";
import { ErrorCode, type RequestListener } from "../http2/index.js";
import { HEAD_BLOCK, OK_BLOCK, onlyStatusBlock, type CallStatus } from "./call-blocks.js";
import { LONG_MESSAGE_BYTES } from "./byte-budget.js";
import { CallFailure } from "./call-failure.js";
import { decompress, MESSAGE_HEAD_BYTES, MessageReader } from "./message-reader.js";
import {
  atDeadline,
  DEADLINE_PASSED,
  tooLongReply,
  type CallStart,
  type ServedCall,
} from "./served-call.js";
import { toStatus } from "./status-map.js";

/**
 * Answers a call: with a status that is no success, or with a reply. Returns why a reply was not given, where it cannot be: its caller was
 * told then.
 */
export type UnaryReply<Reply> = (
  failure: CallStatus | null,
  reply?: Reply,
) => UngivenReply | undefined;

export interface UngivenReply {
  readonly code: status;
  /** What was thrown while it was encoded, if that is why. */
  readonly error?: unknown;
}

export type UnaryHandle<Request, Reply> = (
  call: UnaryCall<Request, Reply>,
  reply: UnaryReply<Reply>,
) => void;

export class UnaryCall<Request, Reply> implements ServedCall, RequestListener {
  cancelled = false;
  readonly #start: CallStart<Request, Reply>;
  readonly #handle: UnaryHandle<Request, Reply>;
  readonly #reader: MessageReader;
  readonly #timer: NodeJS.Timeout | undefined;
  #request: Request | undefined;
  #isAnswered = false;
  /** What it was answered with, if that is no success. */
  #failed: status | undefined;
  #isCounted = false;
  #isHandled = false;
  #isOver = false;
  #onOver: (() => void)[] | undefined;

  constructor(start: CallStart<Request, Reply>, handle: UnaryHandle<Request, Reply>) {
    this.#start = start;
    this.#handle = handle;
    this.#reader = new MessageReader(start.messageBytesMax);
    const { deadlineMs } = start.head;
    if (deadlineMs === Infinity) return;
    this.#timer = atDeadline(deadlineMs, () => {
      this.cancelled = true;
      // A reply that its caller has not taken by now is not kept for it.
      if (this.#isAnswered) start.stream.reset(ErrorCode.cancel);
      else this.#fail(DEADLINE_PASSED);
    });
  }

  get request(): Request {
    return this.#request as Request;
  }

  get peer(): string {
    return this.#start.stream.peer;
  }

  get deadlineMs(): number {
    return this.#start.head.deadlineMs;
  }

  header(name: string): string | undefined {
    return this.#start.head.header(name);
  }

  /** Calls back when the reply has gone out, or nobody is there to take it. */
  whenOver(listener: () => void): void {
    if (this.#isOver) listener();
    else (this.#onOver ??= []).push(listener);
  }

  onData(bytes: Buffer): void {
    try {
      this.#reader.add(bytes);
      this.#count();
      // Now, not at the end, which may never come while ever more does.
      if (this.#reader.hasMore) throw notOne();
    } catch (error) {
      this.#failWith(error);
      return;
    }
    this.#start.stream.consumed(bytes.length);
  }

  onEnd(): void {
    if (this.#isAnswered) return;
    try {
      const message = this.#reader.next();
      if (message === undefined || !this.#reader.isEmpty) throw notOne();
      if (message.isCompressed) void this.#begin(message.bytes);
      else this.#serve(message.bytes);
    } catch (error) {
      this.#failWith(error);
    }
  }

  onOver(): void {
    this.#isOver = true;
    if (!this.#isAnswered) this.cancelled = true;
    clearTimeout(this.#timer);
    if (!this.#isHandled) this.#start.stream.done();
    for (const listener of this.#onOver ?? []) listener();
  }

  async #begin(compressed: Buffer): Promise<void> {
    const { encoding, messageBytesMax } = this.#start;
    try {
      this.#serve(await decompress(compressed, encoding, messageBytesMax));
    } catch (error) {
      this.#failWith(error);
    }
  }

  #serve(bytes: Buffer): void {
    if (this.#isAnswered || this.#isOver) return;
    this.#request = this.#start.method.decodeRequest(bytes);
    this.#isHandled = true;
    this.#handle(this, (failure, reply) => {
      const ungiven = this.#answer(failure, reply);
      this.#start.stream.done();
      return ungiven;
    });
  }

  #answer(failure: CallStatus | null, reply: Reply | undefined): UngivenReply | undefined {
    if (this.#isAnswered || this.#isOver) return { code: this.#failed ?? this.#codeOfGone() };
    if (failure !== null || reply === undefined) {
      this.#fail(failure ?? { code: status.INTERNAL, details: "there is no reply" });
      return undefined;
    }
    const { stream, method, messageBytesMax } = this.#start;
    let message: Buffer;
    try {
      message = method.encodeReply(reply);
    } catch (error) {
      // Nothing but this reply was touched, so nobody else need suffer.
      this.#fail(toStatus(error));
      return { code: status.INTERNAL, error };
    }
    const length = message.length - MESSAGE_HEAD_BYTES;
    if (length > messageBytesMax) {
      const tooLong = tooLongReply(length, messageBytesMax);
      this.#fail(tooLong);
      return tooLong;
    }
    this.#isAnswered = true;
    stream.answer(HEAD_BLOCK, message, OK_BLOCK);
    return undefined;
  }

  /** Its caller has gone. Callers that their deadline takes away look like others, and are ahead of it by the way to here. */
  #codeOfGone(): status {
    return this.deadlineMs <= Date.now() ? status.DEADLINE_EXCEEDED : status.CANCELLED;
  }

  /** A long request counts from its head on: it may be long in coming. */
  #count(): void {
    const bytes = this.#reader.nextBytes;
    if (this.#isCounted || bytes < LONG_MESSAGE_BYTES) return;
    this.#isCounted = true;
    this.#start.requestBudget.take(this, bytes);
  }

  #failWith(error: unknown): void {
    if (error instanceof CallFailure) this.#fail({ code: error.code, details: error.message });
    else if (error instanceof KvError) this.#fail(toStatus(error));
    else throw error;
  }

  #fail(failure: CallStatus): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#failed = failure.code;
    this.#start.stream.end(onlyStatusBlock(failure));
  }
}

function notOne(): CallFailure {
  return new CallFailure(status.INTERNAL, "request: must be one message, whole");
}
