/**
 * grpc.health.v1: whether the server as a whole (""), and each of its services, answers calls. What
 * probes and load balancers ask.
 *
 * Everything is NOT_SERVING until it is said to serve. A watcher hears the status at once and then each
 * change; one that reads slowly hears the newest status only, so a watcher never costs more than one
 * message in waiting. The number of watchers is bounded.
 */

import { status } from "@grpc/grpc-js";

import {
  HealthCheckRequest,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthService as HealthDefinition,
  HealthListRequest,
  HealthCheckResponse,
  HealthListResponse,
} from "../../generated/grpc/health/v1/health.js";
import { assert } from "../base/index.js";
import type { CallStatus } from "./call-blocks.js";
import type { GrpcServer } from "./grpc-server.js";
import { frameMessage } from "./message-reader.js";
import type { StreamCall } from "./stream-call.js";
import { strictDecode, type StrictlyDecoded } from "./strict-decode.js";
import type { UnaryCall, UnaryReply } from "./unary-call.js";

export type ServiceHealth = "SERVING" | "NOT_SERVING";

export interface HealthOptions {
  /** Full names of the services that are told apart. The server as a whole, "", is always among them. */
  readonly services: readonly string[];
  /** Most Watch streams at a time; the next is refused with RESOURCE_EXHAUSTED. Default 1,024. */
  readonly watchersMax?: number;
}

const WATCHERS_MAX_DEFAULT = 1024;
const WHOLE_SERVER = "";

/** Bad requests reach the handlers as such, which say what is wrong with them. */
const DEFINITION = {
  check: {
    ...HealthDefinition.check,
    decodeRequest: (bytes: Buffer) => strictDecode(HealthCheckRequest, bytes),
    encodeReply: (reply: HealthCheckResponse) =>
      frameMessage(HealthCheckResponse.encode(reply).finish()),
  },
  list: {
    ...HealthDefinition.list,
    decodeRequest: (bytes: Buffer) => strictDecode(HealthListRequest, bytes),
    encodeReply: (reply: HealthListResponse) =>
      frameMessage(HealthListResponse.encode(reply).finish()),
  },
  watch: {
    ...HealthDefinition.watch,
    decodeRequest: (bytes: Buffer) => strictDecode(HealthCheckRequest, bytes),
    encodeReply: (reply: HealthCheckResponse) =>
      frameMessage(HealthCheckResponse.encode(reply).finish()),
  },
};

type CheckCall = UnaryCall<StrictlyDecoded<HealthCheckRequest>, HealthCheckResponse>;
type ListCall = UnaryCall<StrictlyDecoded<HealthListRequest>, HealthListResponse>;
type WatchCall = StreamCall<StrictlyDecoded<HealthCheckRequest>, HealthCheckResponse>;

export class HealthService {
  readonly #statuses = new Map<string, ServiceHealth>();
  readonly #watchers = new Set<Watcher>();
  readonly #watchersMax: number;
  #state: "open" | "draining" | "closed" = "open";

  constructor(options: HealthOptions) {
    for (const service of [WHOLE_SERVER, ...options.services]) {
      this.#statuses.set(service, "NOT_SERVING");
    }
    this.#watchersMax = options.watchersMax ?? WATCHERS_MAX_DEFAULT;
  }

  /** How many Watch streams are open. */
  get watcherCount(): number {
    return this.#watchers.size;
  }

  addTo(server: Pick<GrpcServer, "addService">): void {
    server.addService(DEFINITION, {
      check: (call: CheckCall, reply: UnaryReply<HealthCheckResponse>) => {
        this.#check(call.request, reply);
      },
      list: (call: ListCall, reply: UnaryReply<HealthListResponse>) => {
        this.#list(call.request, reply);
      },
      watch: (call: WatchCall) => {
        this.#watch(call);
      },
    });
  }

  /** Says how one service is; "" is the server as a whole. Has no effect once the server drains. */
  setStatus(service: string, health: ServiceHealth): void {
    assert(this.#statuses.has(service), `"${service}" is a service whose health is told`);
    if (this.#state !== "open") return;
    this.#tell(service, health);
  }

  /** Says the same of every service and of the server as a whole. */
  setEveryStatus(health: ServiceHealth): void {
    for (const service of this.#statuses.keys()) this.setStatus(service, health);
  }

  /** The server is about to stop: everything is NOT_SERVING from now on, for good. Watchers stay. */
  drain(): void {
    this.setEveryStatus("NOT_SERVING");
    if (this.#state === "open") this.#state = "draining";
  }

  /** Drains, and ends every Watch stream with UNAVAILABLE. */
  close(): void {
    this.drain();
    this.#state = "closed";
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  #tell(service: string, health: ServiceHealth): void {
    this.#statuses.set(service, health);
    for (const watcher of this.#watchers) {
      if (watcher.service === service) watcher.tell(ServingStatus[health]);
    }
  }

  #check(
    decoded: StrictlyDecoded<HealthCheckRequest>,
    reply: UnaryReply<HealthCheckResponse>,
  ): void {
    if (decoded.kind === "invalid") {
      reply(invalidArgument(decoded.field, decoded.problem));
      return;
    }
    const health = this.#statuses.get(decoded.request.service);
    if (health === undefined) {
      reply({ code: status.NOT_FOUND, details: "service: the server has no service of that name" });
      return;
    }
    reply(null, { status: ServingStatus[health] });
  }

  #list(decoded: StrictlyDecoded<HealthListRequest>, reply: UnaryReply<HealthListResponse>): void {
    if (decoded.kind === "invalid") {
      reply(invalidArgument(decoded.field, decoded.problem));
      return;
    }
    const statuses = [...this.#statuses].map(
      ([service, health]) => [service, { status: ServingStatus[health] }] as const,
    );
    reply(null, { statuses: Object.fromEntries(statuses) });
  }

  #watch(call: WatchCall): void {
    const refusal = this.#refusalOfWatch(call.request);
    if (refusal !== undefined || call.request.kind === "invalid") {
      call.fail(refusal ?? STOPPING);
      return;
    }
    const { service } = call.request.request;
    const watcher = new Watcher(service, call);
    this.#watchers.add(watcher);
    call.on("close", () => this.#watchers.delete(watcher));
    call.on("cancelled", () => this.#watchers.delete(watcher));
    const health = this.#statuses.get(service);
    // The services are known from the start, so an unknown one stays so; the protocol wants to wait.
    watcher.tell(health === undefined ? ServingStatus.SERVICE_UNKNOWN : ServingStatus[health]);
  }

  #refusalOfWatch(decoded: StrictlyDecoded<HealthCheckRequest>): CallStatus | undefined {
    if (decoded.kind === "invalid") return invalidArgument(decoded.field, decoded.problem);
    if (this.#state === "closed") return STOPPING;
    if (this.#watchers.size >= this.#watchersMax) {
      const details = `health is being watched ${String(this.#watchersMax)} times, the most there may be`;
      return { code: status.RESOURCE_EXHAUSTED, details };
    }
    return undefined;
  }
}

const STOPPING: CallStatus = { code: status.UNAVAILABLE, details: "the server is stopping" };

function invalidArgument(field: string, problem: string): CallStatus {
  return { code: status.INVALID_ARGUMENT, details: `${field}: ${problem}` };
}

/** One Watch stream: what it was told last, and what it shall be told when it has read that. */
class Watcher {
  readonly service: string;
  readonly #call: WatchCall;
  #told: ServingStatus | undefined;
  #current: ServingStatus = ServingStatus.UNKNOWN;
  #blocked = false;

  constructor(service: string, call: WatchCall) {
    this.service = service;
    this.#call = call;
  }

  tell(current: ServingStatus): void {
    this.#current = current;
    this.#catchUp();
  }

  end(): void {
    this.#call.fail(STOPPING);
  }

  #catchUp(): void {
    if (this.#blocked || this.#told === this.#current) return;
    this.#told = this.#current;
    this.#blocked = true;
    // At most one status a turn of the event loop: of many in one, only the last is news.
    this.#call.write({ status: this.#current }, () => {
      setImmediate(() => {
        this.#blocked = false;
        this.#catchUp();
      });
    });
  }
}
