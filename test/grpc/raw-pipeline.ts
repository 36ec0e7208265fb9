/** A pipeline's stream on which a test writes bytes, and reads replies when it likes. */

import { Client, credentials, type ClientDuplexStream, type ServiceError } from "@grpc/grpc-js";

import {
  PipelineRequest,
  PipelineResponse,
  type Operation,
  type OperationResult,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { until } from "../support/manual-clock.js";
import { KEY_VALUE_PATH } from "./serving.js";

const TURNS_MAX = 2_000_000;

export type OperationChoice = NonNullable<Operation["operation"]>;

const identity = (bytes: Buffer): Buffer => bytes;

export class RawPipeline implements Disposable {
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly replies: (readonly OperationResult[])[] = [];
  /** How it ended; OK where there is no error. Undefined: it goes on. */
  end: { readonly error: ServiceError | undefined } | undefined;

  constructor(address: string) {
    const options = { "grpc.use_local_subchannel_pool": 1 };
    this.#client = new Client(address, credentials.createInsecure(), options);
    this.#call = this.#client.makeBidiStreamRequest(
      `${KEY_VALUE_PATH}Pipeline`,
      identity,
      identity,
    );
    // A call without a reader takes everything.
    this.#call.on("data", (bytes: Buffer) => {
      this.replies.push(PipelineResponse.decode(bytes).results);
    });
    this.#call.on("error", (error: ServiceError) => {
      this.end ??= { error };
    });
    this.#call.on("end", () => {
      // An error is told after the end.
      setImmediate(() => {
        this.end ??= { error: undefined };
      });
    });
  }

  /** Reads replies from now on. */
  read(): this {
    this.#call.resume();
    return this;
  }

  /** Reads none from now on, but for the sixteen that a stream of Node.js takes ahead. */
  stopReading(): this {
    this.#call.pause();
    return this;
  }

  send(...operations: readonly OperationChoice[]): void {
    const message = { operations: operations.map((operation) => ({ operation })) };
    this.sendBytes(Buffer.from(PipelineRequest.encode(message).finish()));
  }

  sendBytes(bytes: Buffer): void {
    this.#call.write(bytes);
  }

  /** Sends nothing more. */
  finish(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }

  async replied(count: number): Promise<(readonly OperationResult[])[]> {
    const isThere = (): boolean => this.replies.length >= count || this.end !== undefined;
    await until(`${String(count)} replies come`, isThere, TURNS_MAX);
    return this.replies;
  }

  async ended(): Promise<ServiceError | undefined> {
    await until("the stream ends", () => this.end !== undefined, TURNS_MAX);
    return this.end?.error;
  }

  [Symbol.dispose](): void {
    this.#call.cancel();
    this.#client.close();
  }
}
