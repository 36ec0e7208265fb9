/**
 * The core of a client: one stream that carries all operations. What is asked for in one turn of the event loop goes
 * out as one message, and each operation is a promise of its own answer.
 *
 *   set, get, … ──► the message that fills ──► at the end of the turn, if the window has room ──► the server
 *                                                                       a promise each ◄── replies, in order
 *
 * The operations of a stream are done in the order in which they are asked for. Everything is bounded: so many
 * bytes are under way, the rest waits here, and past a bound more is refused. Nothing is retried. A stream that ends
 * fails what was under way; the next operation opens another.
 */

import { status, type Client, type ClientDuplexStream, type ServiceError } from "@grpc/grpc-js";

import {
  KeyValueServiceService,
  SetRequest,
  type DeleteRequest,
  type DeleteResponse,
  type GetRequest,
  type GetResponse,
  type IncrementRequest,
  type IncrementResponse,
  type SetResponse,
  type TouchRequest,
  type TouchResponse,
} from "../../../generated/keyvaluedb/v1/key_value_service.js";
import { errorFromService, KeyValueError } from "./key-value-error.js";
import { isPlainSet, MessageWriter, type AnyOperation } from "./message-writer.js";
import { readReply, type AnyResult } from "./reply-reader.js";

export interface OperationStreamOptions {
  /** The connection. It stays open when the stream is closed. */
  readonly client: Client;
  /** Most operations in one message: no more than the server's `limits.pipeline_operations`. Default 1,024. */
  readonly messageOperationsMax?: number;
  /** A message this long takes no more operations. Default 256 KiB. */
  readonly messageBytesMax?: number;
  /** Bytes that may be sent and not answered before the rest waits. Default 1 MiB. */
  readonly windowBytesMax?: number;
  /** Most operations, and bytes of them, that are asked for and not answered; more are refused. 65,536 and 64 MiB. */
  readonly operationsMax?: number;
  readonly bytesMax?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const DEFAULTS = {
  messageOperationsMax: 1024,
  messageBytesMax: 256 * KIB,
  windowBytesMax: 1 * MIB,
  operationsMax: 65_536,
  bytesMax: 64 * MIB,
} as const;

const RETRY_AFTER_MS = 100;

/** Half of a pair, which is no character: UTF-8 has no bytes for it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

type SetInput = Pick<SetRequest, "key" | "value"> & Partial<SetRequest>;
type InputOf<Request extends { readonly key: string }> = Pick<Request, "key"> & Partial<Request>;
type TouchInput = InputOf<TouchRequest> & Pick<TouchRequest, "expiration">;

/** Someone who waits for an answer. */
interface Asked {
  readonly resolve: (result: AnyResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Operations that go out together, until they are answered. */
class Message {
  readonly writer: MessageWriter;
  readonly asked: Asked[] = [];

  constructor(bytesExpected: number) {
    this.writer = new MessageWriter(bytesExpected);
  }
}

type Call = ClientDuplexStream<Buffer, Buffer>;

const asIs = (bytes: Buffer): Buffer => bytes;

export class OperationStream {
  readonly #options: Required<OperationStreamOptions>;
  #call: Call | undefined;
  /** Not sent yet, oldest first. Operations join the last one. */
  #filling: Message[] = [];
  /** Sent and not answered, oldest first. */
  #sent: Message[] = [];
  #fillingBytes = 0;
  #sentBytes = 0;
  #operationCount = 0;
  #isFlushDue = false;
  #isClosed = false;
  #onIdle: (() => void)[] = [];

  constructor(options: OperationStreamOptions) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** How many operations were asked for and are not answered. */
  get operationCount(): number {
    return this.#operationCount;
  }

  set(request: SetInput): Promise<SetResponse> {
    return this.#ask<SetResponse>(request.key, (writer) => {
      if (isPlainSet(request)) writer.addSet(request.key, request.value);
      else writer.add({ $case: "set", value: SetRequest.fromPartial(request) });
    });
  }

  get({ key, revision = 0 }: InputOf<GetRequest>): Promise<GetResponse> {
    return this.#ask<GetResponse>(key, (writer) => {
      writer.add({ $case: "get", value: { key, revision } });
    });
  }

  delete(request: InputOf<DeleteRequest>): Promise<DeleteResponse> {
    const { key, precondition, returnPrevious = false, requestId = "" } = request;
    return this.#perform<DeleteResponse>({
      $case: "delete",
      value: { key, precondition, returnPrevious, requestId },
    });
  }

  touch(request: TouchInput): Promise<TouchResponse> {
    const { key, expiration, precondition, returnPrevious = false, requestId = "" } = request;
    return this.#perform<TouchResponse>({
      $case: "touch",
      value: { key, expiration, precondition, returnPrevious, requestId },
    });
  }

  increment(request: InputOf<IncrementRequest>): Promise<IncrementResponse> {
    const { key, delta = "1", expiration, requestId = "" } = request;
    return this.#perform<IncrementResponse>({
      $case: "increment",
      value: { key, delta, expiration, requestId },
    });
  }

  /** Takes no more operations, and resolves when those that were asked for are answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#operationCount > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    this.#call?.end();
    this.#call = undefined;
  }

  #perform<Result extends AnyResult>(operation: AnyOperation): Promise<Result> {
    return this.#ask<Result>(operation.value.key, (writer) => {
      writer.add(operation);
    });
  }

  #ask<Result extends AnyResult>(
    key: string,
    write: (writer: MessageWriter) => void,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      // What is thrown here, the promise is rejected with.
      this.#throwIfRefused(key);
      const message = this.#messageToFill();
      const before = message.writer.length;
      write(message.writer);
      this.#fillingBytes += message.writer.length - before;
      this.#operationCount += 1;
      message.asked.push({ resolve: resolve as Asked["resolve"], reject });
      this.#scheduleFlush();
    });
  }

  #throwIfRefused(key: string): void {
    if (this.#isClosed) {
      throw new KeyValueError("this client was closed", {
        reason: "CLOSED",
        code: status.CANCELLED,
      });
    }
    if (LONE_SURROGATE.test(key)) {
      throw new KeyValueError("key: must be valid UTF-8", {
        reason: "INVALID_FIELD",
        code: status.INVALID_ARGUMENT,
        metadata: { field: "key" },
      });
    }
    const { operationsMax, bytesMax } = this.#options;
    const isFull = this.#operationCount >= operationsMax;
    if (!isFull && this.#fillingBytes + this.#sentBytes < bytesMax) return;
    const what = isFull ? `${String(operationsMax)} operations` : `${String(bytesMax)} bytes`;
    throw new KeyValueError(`${what} of this client wait for the server`, {
      reason: "OVERLOADED",
      code: status.RESOURCE_EXHAUSTED,
      retryAfterMs: RETRY_AFTER_MS,
    });
  }

  #messageToFill(): Message {
    const { messageOperationsMax, messageBytesMax } = this.#options;
    const last = this.#filling.at(-1);
    const hasRoom =
      last !== undefined &&
      last.asked.length < messageOperationsMax &&
      last.writer.length < messageBytesMax;
    if (hasRoom) return last;
    // About as long as the newest one.
    const message = new Message((last ?? this.#sent.at(-1))?.writer.length ?? 0);
    this.#filling.push(message);
    return message;
  }

  /** At the end of this turn of the event loop: until then, more may be asked for. */
  #scheduleFlush(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    const { windowBytesMax } = this.#options;
    while (
      this.#filling.length > 0 &&
      (this.#sent.length === 0 || this.#sentBytes < windowBytesMax)
    ) {
      const message = this.#filling.shift();
      if (message === undefined) return;
      const bytes = message.writer.finish();
      this.#fillingBytes -= bytes.length;
      this.#sentBytes += bytes.length;
      this.#sent.push(message);
      this.#call ??= this.#open();
      this.#call.write(bytes);
    }
  }

  #open(): Call {
    const { client } = this.#options;
    const { path } = KeyValueServiceService.pipeline;
    const call = client.makeBidiStreamRequest(path, asIs, asIs);
    call.on("data", (bytes: Buffer) => {
      this.#answer(call, bytes);
    });
    call.on("error", (error: ServiceError) => {
      this.#fail(call, errorFromService(error));
    });
    call.on("end", () => {
      const message = "the server ended the stream";
      this.#fail(call, new KeyValueError(message, { reason: "OTHER", code: status.UNKNOWN }));
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
      this.#fail(call, new KeyValueError(text, options));
      return;
    }
    this.#sent.shift();
    this.#sentBytes -= message.writer.length;
    this.#operationCount -= message.asked.length;
    for (const [index, { resolve, reject }] of message.asked.entries()) {
      const result = results[index];
      if (result === undefined || result instanceof KeyValueError) reject(result);
      else resolve(result);
    }
    if (this.#filling.length > 0) this.#scheduleFlush();
    this.#tellIfIdle();
  }

  /** Everything that was sent on this call has this answer. What was not sent goes out on another. */
  #fail(call: Call, error: KeyValueError): void {
    if (call !== this.#call) return;
    this.#call = undefined;
    const failed = this.#sent;
    this.#sent = [];
    this.#sentBytes = 0;
    for (const { asked } of failed) {
      this.#operationCount -= asked.length;
      for (const { reject } of asked) reject(error);
    }
    if (this.#filling.length > 0) this.#scheduleFlush();
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#operationCount > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
