/** Calls of single keys through the client's stream of operations over a connection of its own, in the store's words. */

import { Client, credentials } from "@grpc/grpc-js";

import { KeyValueError } from "../../clients/typescript/src/key-value-error.js";
import { OperationStream } from "../../clients/typescript/src/operation-stream.js";
import { ERROR_CODES, KvError } from "../../src/base/index.js";
import { fromGetResponse } from "../../src/grpc/convert-client.js";
import {
  fromDeleteResponse,
  fromSetResponse,
  fromTouchResponse,
  toDeleteRequest,
  toSetRequest,
  toTouchRequest,
} from "../../src/grpc/convert-write-client.js";
import type {
  DeleteCommand,
  DeleteResult,
  GetResult,
  SetCommand,
  SetResult,
  TouchCommand,
  TouchResult,
} from "../../src/kv/index.js";
import type { KeyCalls } from "./caller.js";

export class StreamedCalls implements KeyCalls {
  readonly #client: Client;
  readonly #stream: OperationStream;

  constructor(address: string) {
    const options = { "grpc.use_local_subchannel_pool": 1 };
    this.#client = new Client(address, credentials.createInsecure(), options);
    this.#stream = new OperationStream({ client: this.#client });
  }

  get(key: Buffer): Promise<GetResult> {
    return inOurWords(this.#stream.get({ key: key.toString("utf8") }), fromGetResponse);
  }

  set(command: SetCommand): Promise<SetResult> {
    return inOurWords(this.#stream.set(toSetRequest(command)), fromSetResponse);
  }

  delete(command: DeleteCommand): Promise<DeleteResult> {
    return inOurWords(this.#stream.delete(toDeleteRequest(command)), fromDeleteResponse);
  }

  touch(command: TouchCommand): Promise<TouchResult> {
    return inOurWords(this.#stream.touch(toTouchRequest(command)), fromTouchResponse);
  }

  async close(): Promise<void> {
    await this.#stream.close();
    this.#client.close();
  }
}

async function inOurWords<Reply, Result>(
  answer: Promise<Reply>,
  toResult: (reply: Reply) => Result,
): Promise<Result> {
  try {
    return toResult(await answer);
  } catch (error) {
    if (!(error instanceof KeyValueError)) throw error;
    const code = ERROR_CODES.find((known) => known === error.reason) ?? "SERVER_ERROR";
    throw new KvError(code, error.message, { cause: error });
  }
}
