/**
 * The stream of operations as it is: each a promise of its own answer, in the words of the schema. Nothing is retried, and nothing
 * has a deadline. A stream that ends fails what was under way; the next operation opens another.
 */

import {
  type SetRequest,
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
import { Asked } from "./asked.js";
import type { AnyOperation } from "./message-writer.js";
import { OperationQueue } from "./operation-queue.js";
import type { OperationQueueOptions } from "./operation-queue-options.js";
import type { AnyResult } from "./reply-reader.js";
import { checkKey } from "./requests.js";

type SetInput = Pick<SetRequest, "key" | "value"> & Partial<SetRequest>;
type InputOf<Request extends { readonly key: string }> = Pick<Request, "key"> & Partial<Request>;
type TouchInput = InputOf<TouchRequest> & Pick<TouchRequest, "expiration">;

const ONE_TRY = { retries: false } as const;

export class OperationStream {
  readonly #queue: OperationQueue;

  constructor(options: OperationQueueOptions) {
    this.#queue = new OperationQueue(options);
  }

  /** How many operations were asked for and are not answered. */
  get operationCount(): number {
    return this.#queue.operationCount;
  }

  set(request: SetInput): Promise<SetResponse> {
    const { key, value, expiration, precondition } = request;
    const { contentType = "", requestId = "", returnPrevious = false } = request;
    const whole = { key, value, expiration, precondition, contentType, requestId, returnPrevious };
    return this.#perform<SetResponse>({ $case: "set", value: whole });
  }

  get({ key, revision = 0 }: InputOf<GetRequest>): Promise<GetResponse> {
    return this.#perform<GetResponse>({ $case: "get", value: { key, revision } });
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
  close(): Promise<void> {
    return this.#queue.close();
  }

  #perform<Result extends AnyResult>(operation: AnyOperation): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      // What is thrown here, the promise is rejected with.
      checkKey(operation.value.key);
      this.#queue.add(new Asked(resolve, reject, Infinity, ONE_TRY), operation);
    });
  }
}
