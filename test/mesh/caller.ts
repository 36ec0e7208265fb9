/** Calls a server, or a proxy before it, by the stubs alone, and keeps what comes as it came. */

import {
  credentials,
  status,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ServiceError,
} from "@grpc/grpc-js";

import { HealthClient } from "../../generated/grpc/health/v1/health.js";
import { AdminServiceClient } from "../../generated/keyvaluedb/v1/admin_service.js";
import { KeyValueServiceClient } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { ErrorInfo } from "../../generated/google/rpc/error_details.js";
import { Status } from "../../generated/google/rpc/status.js";

const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

export interface Caller {
  readonly keys: KeyValueServiceClient;
  readonly admin: AdminServiceClient;
  readonly health: HealthClient;
}

/** With a certificate, by TLS. */
export function callerOf(address: string, certificate?: Buffer): Caller {
  const how =
    certificate === undefined ? credentials.createInsecure() : credentials.createSsl(certificate);
  const options = {
    // No connection is shared with another caller, and a broken one is soon made again.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 50,
    "grpc.max_reconnect_backoff_ms": 100,
    // The certificate has it, and a name that is an address is no name.
    ...(certificate === undefined ? {} : { "grpc.ssl_target_name_override": "localhost" }),
    "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
    "grpc.max_send_message_length": MESSAGE_BYTES_MAX,
  };
  return {
    keys: new KeyValueServiceClient(address, how, options),
    admin: new AdminServiceClient(address, how, options),
    health: new HealthClient(address, how, options),
  };
}

export function hangUp({ keys, admin, health }: Caller): void {
  for (const client of [keys, admin, health]) client.close();
}

type Reply<T> = (error: ServiceError | null, reply: T) => void;

export function answerTo<T>(call: (reply: Reply<T>) => ClientUnaryCall): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, reply) => {
      if (error === null) resolve(reply);
      else reject(error);
    });
  });
}

/** The error that a call ends with; fails where it does not. */
export async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    return asServiceError(error);
  }
  throw new Error("the call went well, and should not have");
}

function asServiceError(error: unknown): ServiceError {
  if (error instanceof Error && "details" in error && "metadata" in error) {
    return error as ServiceError;
  }
  throw error;
}

type Stream<T> = ClientReadableStream<T> | ClientDuplexStream<never, T>;

/** A stream, read message by message. */
export class Follower<T> {
  readonly #stream: Stream<T>;
  readonly #messages: AsyncIterator<T>;

  constructor(stream: Stream<T>) {
    this.#stream = stream;
    this.#messages = (stream as AsyncIterable<T>)[Symbol.asyncIterator]();
  }

  /** Throws what the stream ended with. */
  async next(): Promise<T> {
    const next = await this.#messages.next();
    if (next.done === true) throw new Error("the stream ended before a message came");
    return next.value;
  }

  /** Reads on to the end, and gives the error that it ended with, or undefined. */
  async end(): Promise<ServiceError | undefined> {
    try {
      while ((await this.#messages.next()).done !== true);
      return undefined;
    } catch (error) {
      return asServiceError(error);
    }
  }

  async cancel(): Promise<void> {
    this.#stream.cancel();
    await this.end();
  }
}

export interface Refusal {
  readonly code: string;
  readonly details: string;
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** google.rpc.Status, as it was on the wire. */
  readonly bytes: string;
}

export function refusalOf(error: ServiceError): Refusal {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const whole = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
  const info = Status.decode(whole).details.find(({ typeUrl }) => typeUrl.endsWith("ErrorInfo"));
  const { reason, metadata } =
    info === undefined ? { reason: undefined, metadata: {} } : ErrorInfo.decode(info.value);
  return {
    code: status[error.code],
    details: error.details,
    reason,
    metadata,
    bytes: whole.toString("base64"),
  };
}
