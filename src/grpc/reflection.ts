/**
 * Server reflection, v1 and v1alpha, so that grpcurl and its like need no proto file. Files are served as
 * they were built, comments included, each answer with all that the file imports. What is not there is an
 * error within the stream, as the protocol has it, and the stream goes on.
 */

import { status } from "@grpc/grpc-js";

import {
  ServerReflectionRequest,
  ServerReflectionService,
  ServerReflectionResponse,
} from "../../generated/grpc/reflection/v1/reflection.js";
import {
  ServerReflectionRequest as AlphaRequest,
  ServerReflectionService as AlphaService,
} from "../../generated/grpc/reflection/v1alpha/reflection.js";
import { readDescriptorSet, type SchemaFile } from "./descriptor-set.js";
import type { GrpcServer } from "./grpc-server.js";
import { frameMessage } from "./message-reader.js";
import { SchemaIndex } from "./schema-index.js";
import type { StreamCall } from "./stream-call.js";
import { strictDecode, type StrictlyDecoded } from "./strict-decode.js";

export interface ReflectionOptions {
  /** A serialised google.protobuf.FileDescriptorSet, source information included. */
  readonly descriptorSet: Buffer;
  /** Full names of the services to list. Default: all that the set declares. */
  readonly services?: readonly string[];
  /** Most streams at a time; the next is refused with RESOURCE_EXHAUSTED. Default 256. */
  readonly streamsMax?: number;
}

type Question = ServerReflectionRequest["messageRequest"];
type Answer = NonNullable<ServerReflectionResponse["messageResponse"]>;
// The two versions differ in nothing but the package, so one handler serves both.
type ReflectionCall = StreamCall<
  StrictlyDecoded<ServerReflectionRequest>,
  ServerReflectionResponse
>;

const STREAMS_MAX_DEFAULT = 256;

function encodeReply(reply: ServerReflectionResponse): Buffer {
  return frameMessage(ServerReflectionResponse.encode(reply).finish());
}

const DEFINITIONS = [
  {
    serverReflectionInfo: {
      ...ServerReflectionService.serverReflectionInfo,
      decodeRequest: (bytes: Buffer) => strictDecode(ServerReflectionRequest, bytes),
      encodeReply,
    },
  },
  {
    serverReflectionInfo: {
      ...AlphaService.serverReflectionInfo,
      decodeRequest: (bytes: Buffer) => strictDecode(AlphaRequest, bytes),
      encodeReply,
    },
  },
] as const;

export class ReflectionService {
  readonly #index: SchemaIndex;
  readonly #services: readonly string[];
  readonly #streamsMax: number;
  readonly #streams = new Set<ReflectionCall>();
  #closed = false;

  constructor(options: ReflectionOptions) {
    this.#index = new SchemaIndex(readDescriptorSet(options.descriptorSet));
    this.#services = options.services ?? this.#index.services;
    this.#streamsMax = options.streamsMax ?? STREAMS_MAX_DEFAULT;
  }

  addTo(server: Pick<GrpcServer, "addService">): void {
    for (const definition of DEFINITIONS) {
      server.addService(definition, {
        serverReflectionInfo: (call: ReflectionCall) => {
          this.#converse(call);
        },
      });
    }
  }

  /** Ends every stream with UNAVAILABLE, and refuses new ones so. */
  close(): void {
    this.#closed = true;
    for (const call of this.#streams) end(call, status.UNAVAILABLE, "the server is stopping");
    this.#streams.clear();
  }

  #converse(call: ReflectionCall): void {
    if (this.#closed) {
      end(call, status.UNAVAILABLE, "the server is stopping");
      return;
    }
    if (this.#streams.size >= this.#streamsMax) {
      const details = `there are ${String(this.#streamsMax)} reflection streams, the most there may be`;
      end(call, status.RESOURCE_EXHAUSTED, details);
      return;
    }
    this.#streams.add(call);
    const forget = (): void => {
      this.#streams.delete(call);
    };
    call.on("close", forget);
    call.on("cancelled", forget);
    call.on("data", (decoded: StrictlyDecoded<ServerReflectionRequest>) => {
      // What was read ahead of the end of a stream is no longer to be answered.
      if (this.#streams.has(call)) this.#reply(call, decoded);
    });
    call.on("end", () => {
      if (this.#streams.delete(call)) call.end();
    });
  }

  #reply(call: ReflectionCall, decoded: StrictlyDecoded<ServerReflectionRequest>): void {
    if (decoded.kind === "invalid") {
      this.#streams.delete(call);
      end(call, status.INVALID_ARGUMENT, `${decoded.field}: ${decoded.problem}`);
      return;
    }
    const { request } = decoded;
    const hasRoom = call.write({
      validHost: request.host,
      originalRequest: request,
      messageResponse: this.#answer(request.messageRequest),
    });
    if (hasRoom) return;
    // A client that does not read its answers does not get to ask more.
    call.pause();
    call.once("drain", () => call.resume());
  }

  #answer(question: Question): Answer {
    switch (question?.$case) {
      case "listServices":
        return {
          $case: "listServicesResponse",
          value: { service: this.#services.map((name) => ({ name })) },
        };
      case "fileByFilename":
        return this.#answerFile(this.#index.fileNamed(question.value), "file", question.value);
      case "fileContainingSymbol":
        return this.#answerFile(this.#index.fileOfSymbol(question.value), "symbol", question.value);
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = question.value;
        const file = this.#index.fileOfExtension(containingType, extensionNumber);
        return this.#answerFile(file, "extension", `${containingType} ${String(extensionNumber)}`);
      }
      case "allExtensionNumbersOfType": {
        const numbers = this.#index.extensionNumbers(question.value);
        if (numbers === undefined) return notFound("message", question.value);
        return {
          $case: "allExtensionNumbersResponse",
          value: { baseTypeName: question.value, extensionNumber: [...numbers] },
        };
      }
      case undefined:
        return failure(status.UNIMPLEMENTED, "this question is not one that the server knows");
    }
  }

  #answerFile(file: SchemaFile | undefined, what: string, asked: string): Answer {
    if (file === undefined) return notFound(what, asked);
    const fileDescriptorProto = this.#index.withImports(file).map(({ bytes }) => bytes);
    return { $case: "fileDescriptorResponse", value: { fileDescriptorProto } };
  }
}

/** Names may be as long as a message; what is said about them is not. */
const NAME_CHARACTERS_MAX = 200;

function notFound(what: string, asked: string): Answer {
  const name = asked.slice(0, NAME_CHARACTERS_MAX);
  return failure(status.NOT_FOUND, `there is no ${what} ${JSON.stringify(name)} in the schema`);
}

function failure(errorCode: status, errorMessage: string): Answer {
  return { $case: "errorResponse", value: { errorCode, errorMessage } };
}

function end(call: ReflectionCall, code: status, details: string): void {
  call.fail({ code, details });
}
