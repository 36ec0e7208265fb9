/**
 * The server: binds its address at once, answers UNAVAILABLE until it has a store to serve, and stops in an
 * orderly way. It does not open or close the store; whoever gave it the store does.
 */

import {
  DEFAULT_LIMITS,
  KvError,
  MIB,
  SILENT_LOGGER,
  SYSTEM_CLOCK,
  type Clock,
  type Limits,
  type Logger,
} from "../base/index.js";
import { Intake } from "../http2/index.js";
import type { Store } from "../kv/index.js";
import { adminService } from "./admin-service.js";
import { Calls } from "./call.js";
import { builtDescriptorSet } from "./descriptor-set.js";
import { GrpcServer } from "./grpc-server.js";
import { HealthService } from "./health.js";
import { keyValueService } from "./key-value-service.js";
import { CountedMethods } from "./method-counts.js";
import { ReflectionService } from "./reflection.js";
import { SeldomWarning } from "./seldom-warning.js";
import { Shedding } from "./shedding.js";

export interface ServerOptions {
  /** HOST:PORT to listen on; port 0 takes a free one. */
  readonly address: string;
  /** What GetStatus says of the program. */
  readonly version: string;
  readonly limits?: Limits;
  /** Longest message in and out, in bytes; longer ones are RESOURCE_EXHAUSTED. Default 4 MiB. */
  readonly messageBytesMax?: number;
  /** Most streams at once; a further one is RESOURCE_EXHAUSTED. Default 1,024. */
  readonly streamsMax?: number;
  /** Most operations in one request of a pipeline. Default 1,024; fewer where their results might not fit a message. */
  readonly pipelineOperationsMax?: number;
  /** Bytes of requests and replies that one pipeline may hold before it reads no further. Default 1 MiB. */
  readonly pipelineBytesMax?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** The share of successful calls that is logged: 0, the default, none; 1 all. Failed ones always are. */
  readonly logSampleRatio?: number;
  /** Whether grpc.health.v1 is served. Default true. */
  readonly health?: boolean;
  /** Whether the schema is told to grpcurl and its like. Default true. */
  readonly reflection?: boolean;
  /** How long a connection may be silent before it is asked whether it lives. Default 60 s. */
  readonly keepaliveMs?: number;
  /** Most calls of one reply that are worked on at a time; others wait for their turn. Default 1,024. */
  readonly callsMax?: number;
  /** A call that waited so long for its turn is RESOURCE_EXHAUSTED. Default 100 ms. */
  readonly callWaitMsMax?: number;
  /** Most calls under way on one connection, streams included; HTTP/2 makes the client wait with more. Default 1,024. */
  readonly connectionCallsMax?: number;
  /** Most connections; a further one is closed at once. Default 10,000. */
  readonly connectionsMax?: number;
}

const MESSAGE_BYTES_MAX_DEFAULT = 4 * MIB;
const STREAMS_MAX_DEFAULT = 1024;
const PIPELINE_OPERATIONS_MAX_DEFAULT = 1024;
const PIPELINE_BYTES_MAX_DEFAULT = 1 * MIB;
const KEEPALIVE_MS_DEFAULT = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
const CALLS_MAX_DEFAULT = 1024;
const CALL_WAIT_MS_MAX_DEFAULT = 100;
const CONNECTION_CALLS_MAX_DEFAULT = 1024;
const CONNECTIONS_MAX_DEFAULT = 10_000;

/** After the grace period, what is still being written to connections gets so long to arrive. */
const CLOSE_MS_MAX = 1000;

const SERVICES = ["keyvaluedb.v1.KeyValueService", "keyvaluedb.v1.AdminService"] as const;
const HEALTH_SERVICE = "grpc.health.v1.Health";
const REFLECTION_SERVICES = [
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
] as const;

export class KeyValueServer {
  /** HOST:PORT, with the port that was taken. */
  readonly address: string;
  readonly port: number;
  readonly #server: GrpcServer;
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #health: HealthService | undefined;
  readonly #reflection: ReflectionService | undefined;
  #store: Store | undefined;

  private constructor(parts: ServerParts, port: number, address: string) {
    this.#server = parts.server;
    this.#calls = parts.calls;
    this.#clock = parts.clock;
    this.#health = parts.health;
    this.#reflection = parts.reflection;
    this.port = port;
    this.address = address;
  }

  /**
   * Listens on the address. Rejects with ADDRESS_UNAVAILABLE, naming the address, where that is not to be had.
   * Every call is UNAVAILABLE, STARTING until `serve`.
   */
  static async listen(options: ServerOptions): Promise<KeyValueServer> {
    const parts = build(options);
    const port = await bind(parts.server, options.address);
    const host = options.address.slice(0, options.address.lastIndexOf(":"));
    return new KeyValueServer(parts, port, `${host}:${String(port)}`);
  }

  /** How many calls are under way, streams included. */
  get inFlightCount(): number {
    return this.#calls.inFlightCount;
  }

  /** The bytes of long replies that wait for their callers to read them. */
  get waitingBytes(): number {
    return this.#calls.waitingBytes;
  }

  /** From now on calls go to this store, and health is SERVING. */
  serve(store: Store): void {
    this.#store = store;
    this.#calls.serve(store);
    this.#health?.setEveryStatus("SERVING");
  }

  /** Health is NOT_SERVING from now on, so that load balancers look elsewhere; calls are still answered. */
  announceStop(): void {
    this.#health?.drain();
  }

  /**
   * Refuses new calls with DRAINING, has the store end its streams, lets what is under way finish for at most
   * `graceMs`, then cuts what is left. The store is still open afterwards.
   */
  async stop(graceMs: number): Promise<void> {
    this.announceStop();
    this.#calls.drain();
    this.#store?.drain();
    this.#calls.streams.cut();
    await this.#orAfter(this.#calls.whenIdle(), graceMs);
    this.#health?.close();
    this.#reflection?.close();
    await this.#server.close(CLOSE_MS_MAX);
  }

  #orAfter(done: Promise<void>, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(delayMs, resolve);
      void done.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

interface ServerParts {
  readonly server: GrpcServer;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly health: HealthService | undefined;
  readonly reflection: ReflectionService | undefined;
}

function build(options: ServerOptions): ServerParts {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const messageBytesMax = options.messageBytesMax ?? MESSAGE_BYTES_MAX_DEFAULT;
  const clock = options.clock ?? SYSTEM_CLOCK;
  const logger = options.logger ?? SILENT_LOGGER;
  const waitMsMax = options.callWaitMsMax ?? CALL_WAIT_MS_MAX_DEFAULT;
  const intake = new Intake({
    clock,
    requestsMax: options.callsMax ?? CALLS_MAX_DEFAULT,
    waitMsMax,
  });
  const warning = (message: string): SeldomWarning => new SeldomWarning(clock, logger, message);
  const methods = new CountedMethods(clock);
  const shedding = new Shedding(waitMsMax, warning("more calls come than can be served"), methods);
  const refusedConnections = warning("more connections come than connections.maximum allows");
  const calls = new Calls({
    logger,
    clock,
    intake,
    shedding,
    methods,
    logSampleRatio: options.logSampleRatio ?? 0,
    streamsMax: options.streamsMax ?? STREAMS_MAX_DEFAULT,
  });
  const server = new GrpcServer({
    messageBytesMax,
    connectionCallsMax: options.connectionCallsMax ?? CONNECTION_CALLS_MAX_DEFAULT,
    connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX_DEFAULT,
    onConnectionRefused() {
      refusedConnections.note();
    },
    intake,
    shedding,
    keepaliveMs: options.keepaliveMs ?? KEEPALIVE_MS_DEFAULT,
    keepaliveTimeoutMs: KEEPALIVE_TIMEOUT_MS,
  });
  const services = [
    keyValueService(calls, {
      limits,
      messageBytesMax,
      pipelineOperationsMax: options.pipelineOperationsMax ?? PIPELINE_OPERATIONS_MAX_DEFAULT,
      pipelineBytesMax: options.pipelineBytesMax ?? PIPELINE_BYTES_MAX_DEFAULT,
      clock,
    }),
    adminService(calls, methods, options.version),
  ];
  for (const { definition, implementation } of services) {
    server.addService(definition, implementation);
    shedding.mayRefuse(definition);
  }
  const health = options.health === false ? undefined : new HealthService({ services: SERVICES });
  health?.addTo(server);
  const reflection =
    options.reflection === false
      ? undefined
      : new ReflectionService({
          descriptorSet: builtDescriptorSet(),
          services: [
            ...SERVICES,
            ...(health === undefined ? [] : [HEALTH_SERVICE]),
            ...REFLECTION_SERVICES,
          ],
        });
  reflection?.addTo(server);
  return { server, calls, clock, health, reflection };
}

async function bind(server: GrpcServer, address: string): Promise<number> {
  try {
    return await server.listen(address);
  } catch (error) {
    throw toAddressError(error instanceof Error ? error : new Error(String(error)), address);
  }
}

function toAddressError(cause: Error, address: string): KvError {
  const problem = cause.message.includes("EADDRINUSE")
    ? "another process listens there already"
    : cause.message;
  return new KvError("ADDRESS_UNAVAILABLE", `cannot listen on ${address}: ${problem}`, { cause });
}
