/** Sends bytes as they are to a running server, and reads what a refusal says of itself. */

import { Client, credentials, status, type ServiceError } from "@grpc/grpc-js";

import { BadRequest, ErrorInfo } from "../../generated/google/rpc/error_details.js";
import { Status } from "../../generated/google/rpc/status.js";

export interface Refusal {
  /** The name of the status, such as INVALID_ARGUMENT. */
  readonly code: string;
  readonly message: string;
  /** Of google.rpc.ErrorInfo; empty where there is none. */
  readonly domain: string;
  readonly reason: string;
  readonly field: string | undefined;
  /** The field that google.rpc.BadRequest names. */
  readonly violation: string | undefined;
}

export type RawReply =
  | { readonly kind: "reply"; readonly bytes: Buffer }
  | { readonly kind: "refusal"; readonly refusal: Refusal };

const identity = (bytes: Buffer): Buffer => bytes;

export class RawClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.max_send_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** A call with one reply. */
  call(path: string, request: Buffer): Promise<RawReply> {
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(path, identity, identity, request, (error, bytes) => {
        if (error === null) resolve({ kind: "reply", bytes: bytes ?? Buffer.alloc(0) });
        else resolve({ kind: "refusal", refusal: refusalOf(error) });
      });
    });
  }

  /** The first message of a stream, or how it was refused. */
  async firstOf(path: string, request: Buffer): Promise<RawReply> {
    const call = this.#client.makeServerStreamRequest(path, identity, identity, request);
    try {
      for await (const bytes of call as AsyncIterable<Buffer>) return { kind: "reply", bytes };
      throw new Error("the stream ended without a message");
    } catch (error) {
      if (!isServiceError(error)) throw error;
      return { kind: "refusal", refusal: refusalOf(error) };
    } finally {
      call.on("error", () => undefined);
      call.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "details" in error && "metadata" in error;
}

function refusalOf(error: ServiceError): Refusal {
  const info = detail(error, ErrorInfo.$type);
  const badRequest = detail(error, BadRequest.$type);
  const { domain, reason, metadata } =
    info === undefined ? { domain: "", reason: "", metadata: {} } : ErrorInfo.decode(info);
  return {
    code: status[error.code],
    message: error.details,
    domain,
    reason,
    field: metadata["field"],
    violation:
      badRequest === undefined
        ? undefined
        : BadRequest.decode(badRequest).fieldViolations[0]?.field,
  };
}

function detail(error: ServiceError, type: string): Buffer | undefined {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(bytes)) return undefined;
  return Status.decode(bytes).details.find(({ typeUrl }) => typeUrl.endsWith(`/${type}`))?.value;
}
