/**
 * A pipeline of a store on the other side of the wire: one stream, on which each call of it is one message. A stream
 * that ends takes with it what was not answered; the next call begins another.
 */

import type { ClientDuplexStream } from "@grpc/grpc-js";

import type {
  OperationResult as WireResult,
  PipelineRequest,
  PipelineResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { invalidField, KvError } from "../base/index.js";
import type {
  FailedOperation,
  Pipeline,
  PipelineContext,
  PipelineOperation,
  PipelineOutcome,
} from "../kv/index.js";
import type { Connection } from "./connection.js";
import { toText } from "./convert-client.js";
import { fromOperationResult, toWireOperation } from "./convert-write-client.js";
import { KEY_VALUE_METHODS } from "./methods.js";

type WireOperation = PipelineRequest["operations"][number];

/** The results of a message, or why there are none. */
type Answer = readonly WireResult[] | FailedOperation;

interface Stream {
  readonly call: ClientDuplexStream<PipelineRequest, PipelineResponse>;
  /** Of the messages that are not answered, oldest first. */
  readonly waiting: ((answer: Answer) => void)[];
}

export class RemotePipeline implements Pipeline {
  readonly #connection: Connection;
  #stream: Stream | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async perform(
    operations: readonly PipelineOperation[],
    context: PipelineContext,
  ): Promise<readonly PipelineOutcome[]> {
    const sent: WireOperation[] = [];
    // What cannot even be sent keeps its place.
    const unsent = operations.map((operation) => {
      const wire = toWire(operation);
      if ("error" in wire) return wire;
      sent.push(wire);
      return undefined;
    });
    const results = await this.#answerOf(sent, context);
    let index = 0;
    return unsent.map((failed) => {
      if (failed !== undefined) return failed;
      if ("kind" in results) return results;
      return toOutcome(results[index++]);
    });
  }

  close(): void {
    this.#stream?.call.end();
    this.#stream = undefined;
  }

  async #answerOf(operations: WireOperation[], context: PipelineContext): Promise<Answer> {
    try {
      context.throwIfAbandoned();
      const { call, waiting } = this.#opened();
      return await new Promise<Answer>((resolve) => {
        waiting.push(resolve);
        call.write({ operations });
      });
    } catch (error) {
      return { kind: "error", error };
    }
  }

  #opened(): Stream {
    if (this.#stream !== undefined) return this.#stream;
    const call = this.#connection.duplex(KEY_VALUE_METHODS.pipeline);
    const stream: Stream = { call, waiting: [] };
    const fail = (cause: unknown): void => {
      if (this.#stream === stream) this.#stream = undefined;
      const error = this.#connection.errorOf(cause);
      for (const answer of stream.waiting.splice(0)) answer({ kind: "error", error });
    };
    call.on("data", ({ results }: PipelineResponse) => stream.waiting.shift()?.(results));
    call.on("error", fail);
    call.on("end", () => {
      fail(new KvError("SERVER_ERROR", "the server ended the pipeline without an error"));
    });
    this.#stream = stream;
    return stream;
  }
}

function toWire(operation: PipelineOperation): WireOperation | FailedOperation {
  try {
    if (operation.kind === "error") return operation;
    if (operation.kind !== "get") return toWireOperation(operation);
    const { key, atRevision } = operation;
    // On the wire 0 asks for the key as it is, which is not what is asked here.
    if (atRevision === 0) throw invalidField("revision", "must be 1 or more");
    const value = { key: toText(key, "key"), revision: atRevision ?? 0 };
    return { operation: { $case: "get", value } };
  } catch (error) {
    return { kind: "error", error };
  }
}

function toOutcome(result: WireResult | undefined): PipelineOutcome {
  try {
    return fromOperationResult(result ?? { result: undefined });
  } catch (error) {
    return { kind: "error", error };
  }
}
