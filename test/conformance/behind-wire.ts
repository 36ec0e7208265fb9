/** Puts a store behind a real server on a free port, and hands out the client's side of it. */

import { connect, KeyValueServer, type RemoteStore } from "../../src/grpc/index.js";
import type { Limits } from "../../src/base/index.js";
import type { Store } from "../../src/kv/store.js";
import type { OpenedStore } from "./opened-store.js";

/** Long enough for a stream to end in an orderly way, short enough for a test. */
const GRACE_MS = 1000;

export interface Wire {
  readonly server: KeyValueServer;
  readonly client: RemoteStore;
}

async function serve(store: Store, limits: Limits): Promise<Wire> {
  const server = await KeyValueServer.listen({ address: "127.0.0.1:0", version: "test", limits });
  server.serve(store);
  return { server, client: connect({ address: server.address }) };
}

async function stopServing({ server, client }: Wire): Promise<void> {
  await server.stop(GRACE_MS);
  await client.close();
}

/** The same store, seen through a server. */
export async function behindWire(inner: OpenedStore): Promise<OpenedStore> {
  let wire = await serve(inner.store, inner.limits);
  const strangers: Wire[] = [];
  return {
    get store() {
      return wire.client;
    },
    clock: inner.clock,
    limits: inner.limits,
    keyOrder: inner.keyOrder,
    watchLimits: inner.watchLimits,
    async restart(downMs: number) {
      await stopServing(wire);
      await inner.restart(downMs);
      wire = await serve(inner.store, inner.limits);
    },
    async openStranger() {
      const stranger = await serve(await inner.openStranger(), inner.limits);
      strangers.push(stranger);
      return stranger.client;
    },
    forgetExpirations: () => inner.forgetExpirations(),
    async dispose() {
      for (const stranger of strangers) await stopServing(stranger);
      await stopServing(wire);
      await inner.dispose();
    },
  };
}
