/** A real server on a free port with a store behind it, and clients of both kinds, for a test. */

import { Client, credentials, Metadata, type CallOptions, type ServiceError } from "@grpc/grpc-js";

import type { Store } from "../../src/kv/index.js";
import {
  connect,
  KeyValueServer,
  type ConnectOptions,
  type RemoteStore,
  type ServerOptions,
} from "../../src/grpc/index.js";

export interface RawReply {
  readonly error: ServiceError | null;
  readonly bytes: Buffer | undefined;
}

const identity = (bytes: Buffer): Buffer => bytes;

export class Serving {
  readonly server: KeyValueServer;
  readonly remote: RemoteStore;
  readonly #raw: Client;

  private constructor(server: KeyValueServer, client: Partial<ConnectOptions>) {
    this.server = server;
    this.remote = connect({ address: server.address, ...client });
    this.#raw = new Client(server.address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** Serves nothing yet: every call is UNAVAILABLE. */
  static async starting(
    options: Partial<ServerOptions> = {},
    client: Partial<ConnectOptions> = {},
  ): Promise<Serving> {
    const server = await KeyValueServer.listen({
      address: "127.0.0.1:0",
      version: "1.2.3-test",
      ...options,
    });
    return new Serving(server, client);
  }

  static async of(
    store: Store,
    options: Partial<ServerOptions> = {},
    client: Partial<ConnectOptions> = {},
  ): Promise<Serving> {
    const serving = await Serving.starting(options, client);
    serving.server.serve(store);
    return serving;
  }

  /** Sends bytes as they are, and gives the reply's bytes as they are. */
  raw(path: string, request: Buffer, options: RawOptions = {}): Promise<RawReply> {
    return new Promise((resolve) => {
      const call = this.#raw.makeUnaryRequest(
        path,
        identity,
        identity,
        request,
        options.metadata ?? new Metadata(),
        options.call ?? {},
        (error, bytes) => {
          resolve({ error, bytes });
        },
      );
      options.onCall?.(() => {
        call.cancel();
      });
    });
  }

  async stop(): Promise<void> {
    await this.remote.close();
    this.#raw.close();
    await this.server.stop(0);
  }
}

export interface RawOptions {
  readonly metadata?: Metadata;
  readonly call?: CallOptions;
  /** Is given the means to cancel the call. */
  readonly onCall?: (cancel: () => void) => void;
}

export const KEY_VALUE_PATH = "/keyvaluedb.v1.KeyValueService/";
export const ADMIN_PATH = "/keyvaluedb.v1.AdminService/";

/** A promise that the test settles. */
export class Gate {
  readonly opened: Promise<void>;
  #open: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }
}
