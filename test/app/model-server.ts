/** A real gRPC server over the model store, so that commands are tested against what the store must mean. */

import { SYSTEM_CLOCK } from "../../src/base/index.js";
import { KeyValueServer } from "../../src/grpc/index.js";
import type { Store } from "../../src/kv/store.js";
import { ModelStore } from "../support/model-store.js";
import { runKvdb, type Outcome, type RunOptions } from "./run-kvdb.js";

export class ModelServer {
  readonly address: string;
  readonly store: Store;
  readonly #server: KeyValueServer;

  private constructor(server: KeyValueServer, store: Store) {
    this.address = server.address;
    this.#server = server;
    this.store = store;
  }

  /** `change` may put another store in front of the model. */
  static async start(change: (model: Store) => Store = (model) => model): Promise<ModelServer> {
    const store = change(new ModelStore({ clock: SYSTEM_CLOCK }));
    const server = await KeyValueServer.listen({ address: "127.0.0.1:0", version: "test" });
    server.serve(store);
    return new ModelServer(server, store);
  }

  /** Runs a command against this server. */
  run(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return runKvdb(words, {
      ...options,
      env: { KVDB_ADDRESS: this.address, ...options.env },
    });
  }

  /** Sets keys without a process for each, where setting is not what is tested. */
  async put(...entries: readonly (readonly [key: string, value: string])[]): Promise<void> {
    for (const [key, value] of entries) {
      const command = { key: Buffer.from(key), value: Buffer.from(value), contentType: "" };
      await this.store.set(
        { ...command, expiration: { kind: "none" } },
        { throwIfAbandoned: () => undefined },
      );
    }
  }

  async stop(): Promise<void> {
    await this.#server.stop(0);
    await this.store.close();
  }
}
