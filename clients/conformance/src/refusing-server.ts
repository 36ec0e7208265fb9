/**
 * Stands in the place of the server and refuses every call, always in the same way; and notes when calls come, so that it can be
 * told how often a client tries, and how long it waits in between.
 */

import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";

import { ErrorInfo, RetryInfo } from "../../../generated/google/rpc/error_details.js";
import { Status } from "../../../generated/google/rpc/status.js";
import { AdminServiceService } from "../../../generated/keyvaluedb/v1/admin_service.js";
import {
  KeyValueServiceService,
  type PipelineRequest,
} from "../../../generated/keyvaluedb/v1/key_value_service.js";
import type { JsonObject } from "./json.js";

/** What every call is answered with. */
export interface Refusal {
  readonly code: status;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** As a case writes it: the name of the status, and what else is to be told. Throws an Error that says what is wrong with it. */
export function readRefusal({ code, reason, retry_after_ms: retryAfterMs }: JsonObject): Refusal {
  const number = typeof code === "string" ? status[code as keyof typeof status] : undefined;
  if (number === undefined) throw new Error("a refusal has a code, the name of a gRPC status");
  return {
    code: number,
    reason: typeof reason === "string" ? reason : undefined,
    retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : undefined,
  };
}

/** Most tries that are noted one by one; a client that makes more is told by their number. */
const NOTED_MAX = 1000;

const TYPES = "type.googleapis.com/google.rpc.";
const DOMAIN = "keyvaluedb";
const MESSAGE = "the case wants it so";

/** What is used of a call of any kind. */
interface AnyCall {
  emit(event: "error", failure: object): boolean;
  on(event: "data", listener: (request: PipelineRequest) => void): unknown;
  write(reply: object): unknown;
}

export class RefusingServer {
  readonly #server = new Server();
  #refusal: Refusal;
  #port = 0;
  #count = 0;
  /** Between the answer to a try and the next one. */
  #waitsMs: number[] = [];
  #answeredMs: number | undefined;

  private constructor(refusal: Refusal) {
    this.#refusal = refusal;
  }

  static async start(refusal: Refusal): Promise<RefusingServer> {
    const refusing = new RefusingServer(refusal);
    for (const service of [KeyValueServiceService, AdminServiceService]) {
      refusing.#server.addService(service, refusing.#handlersOf(service));
    }
    await new Promise<void>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      refusing.#server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
        refusing.#port = port;
        if (error === null) resolve();
        else reject(error);
      });
    });
    return refusing;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on it refuses so, and counts anew. */
  set refusal(refusal: Refusal) {
    this.#refusal = refusal;
    this.#count = 0;
    this.#waitsMs = [];
    this.#answeredMs = undefined;
  }

  /** How often it has refused, and how long it was until the first, second, … of the tries that came after another. */
  get tries(): JsonObject {
    const waits = this.#waitsMs.map((waitMs, index) => [String(index + 1), Math.ceil(waitMs)]);
    return { count: this.#count, waits_ms: Object.fromEntries(waits) as JsonObject };
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #handlersOf(service: object): UntypedServiceImplementation {
    return Object.fromEntries(
      Object.keys(service).map((name) => [
        name,
        (call: AnyCall, callback?: (failure: object) => void) => {
          if (name === "pipeline") this.#takePipeline(call);
          else
            this.#refuse((failure) => (callback ? callback(failure) : call.emit("error", failure)));
        },
      ]),
    );
  }

  /** A server that is there answers each operation; one that is not ends the stream. */
  #takePipeline(call: AnyCall): void {
    call.on("data", ({ operations }) => {
      this.#refuse((failure) => {
        if (this.#refusal.code === status.UNAVAILABLE) {
          call.emit("error", failure);
          return;
        }
        const result = { $case: "error", value: this.#status() };
        call.write({ results: operations.map(() => ({ result })) });
      });
    });
  }

  #refuse(answer: (failure: object) => void): void {
    this.#count += 1;
    if (this.#answeredMs !== undefined && this.#waitsMs.length < NOTED_MAX) {
      this.#waitsMs.push(performance.now() - this.#answeredMs);
    }
    this.#answeredMs = performance.now();
    const { code, reason, retryAfterMs } = this.#refusal;
    const metadata = new Metadata();
    if (reason !== undefined || retryAfterMs !== undefined) {
      const whole = Buffer.from(Status.encode(this.#status()).finish());
      metadata.set("grpc-status-details-bin", whole);
    }
    answer({ code, details: MESSAGE, metadata });
  }

  #status(): Status {
    const { code, reason, retryAfterMs } = this.#refusal;
    const details: Status["details"] = [];
    if (reason !== undefined) {
      const value = ErrorInfo.encode({ reason, domain: DOMAIN, metadata: {} }).finish();
      details.push({ typeUrl: `${TYPES}ErrorInfo`, value: Buffer.from(value) });
    }
    if (retryAfterMs !== undefined) {
      const seconds = Math.floor(retryAfterMs / 1000);
      const retryDelay = { seconds, nanos: (retryAfterMs - seconds * 1000) * 1_000_000 };
      const value = RetryInfo.encode({ retryDelay }).finish();
      details.push({ typeUrl: `${TYPES}RetryInfo`, value: Buffer.from(value) });
    }
    return { code, message: MESSAGE, details };
  }
}
