/** A connection to our server by the typed client as programs use it: a promise for each operation. */

import { connect, type KeyValueClient } from "../../clients/typescript/src/index.js";
import { VALUE } from "../peer.js";
import type { Done, LoadConnection } from "./load-connection.js";

const CONNECT_MS_MAX = 20_000;

export async function openClient(
  port: number,
  { retries }: { readonly retries: boolean },
): Promise<LoadConnection> {
  const client = connect({ address: `127.0.0.1:${String(port)}`, retries });
  await client.status({ retries: true, deadlineMs: CONNECT_MS_MAX });
  return new ClientConnection(client);
}

class ClientConnection implements LoadConnection {
  readonly #client: KeyValueClient<Uint8Array>;

  constructor(client: KeyValueClient<Uint8Array>) {
    this.#client = client;
  }

  set(key: string, done: Done): void {
    this.#client.set(key, VALUE).then(
      () => {
        done("right");
      },
      () => {
        done("wrong");
      },
    );
  }

  get(key: string, done: Done): void {
    this.#client.get(key).then(
      (entry) => {
        done(entry?.value.length === VALUE.length ? "right" : "wrong");
      },
      () => {
        done("wrong");
      },
    );
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
