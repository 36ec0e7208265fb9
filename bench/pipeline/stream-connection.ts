/** A connection to our server by the stream of the typed client, without the rest of it. */

import { Client, credentials } from "@grpc/grpc-js";

import { OperationStream } from "../../clients/typescript/src/operation-stream.js";
import { VALUE } from "../peer.js";
import type { Done, LoadConnection } from "./load-connection.js";

const CONNECT_MS_MAX = 20_000;

export function openStream(port: number): Promise<LoadConnection> {
  // A connection each: by default those to one address share one.
  const client = new Client(`127.0.0.1:${String(port)}`, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_MS_MAX, (error) => {
      if (error === undefined) resolve(new StreamConnection(client));
      else reject(error);
    });
  });
}

class StreamConnection implements LoadConnection {
  readonly #client: Client;
  readonly #stream: OperationStream;

  constructor(client: Client) {
    this.#client = client;
    this.#stream = new OperationStream({ client });
  }

  set(key: string, done: Done): void {
    this.#stream.set({ key, value: VALUE }).then(
      () => {
        done("right");
      },
      () => {
        done("wrong");
      },
    );
  }

  get(key: string, done: Done): void {
    this.#stream.get({ key }).then(
      ({ entry }) => {
        done(entry?.value.length === VALUE.length ? "right" : "wrong");
      },
      () => {
        done("wrong");
      },
    );
  }

  async close(): Promise<void> {
    await this.#stream.close();
    this.#client.close();
  }
}
