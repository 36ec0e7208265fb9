/** Listens, and serves HTTP/2 to whoever connects and knows that it will be. Connections that are silent are asked whether they live. */

import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

import { Http2Connection } from "./http2-connection.js";
import type { RequestOptions } from "./http2-streams.js";

const PREFACE_MS_DEFAULT = 10_000;

interface Http2ServerOptions extends RequestOptions {
  /** How long a connection may be silent before it is asked whether it lives. */
  readonly keepaliveMs: number;
  /** How long it has to answer. */
  readonly keepaliveTimeoutMs: number;
  /** Whoever connects must show within so long that it speaks HTTP/2. Default 10 s. */
  readonly prefaceMs?: number;
  /** Most connections; a further one is closed at once. Default: as many as come. */
  readonly connectionsMax?: number | undefined;
  /** That has happened. */
  readonly onConnectionRefused?: (() => void) | undefined;
}

interface Guest {
  readonly connection: Http2Connection;
  readonly socket: Socket;
}

export class Http2Server {
  readonly #options: Http2ServerOptions;
  readonly #listener: Server;
  readonly #guests = new Set<Guest>();
  #isDraining = false;

  constructor(options: Http2ServerOptions) {
    this.#options = options;
    this.#listener = createServer({ noDelay: true }, (socket) => {
      this.#welcome(socket);
    });
    const { connectionsMax, onConnectionRefused } = options;
    if (connectionsMax !== undefined) this.#listener.maxConnections = connectionsMax;
    if (onConnectionRefused !== undefined) this.#listener.on("drop", onConnectionRefused);
  }

  /** Listens, and gives the port that was taken. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen({ host, port }, () => {
        this.#listener.off("error", reject);
        // What fails later, when a connection cannot be taken, concerns that connection alone.
        this.#listener.on("error", () => undefined);
        const { port: taken } = this.#listener.address() as AddressInfo;
        resolve(taken);
      });
    });
  }

  /**
   * Takes no more connections, and lets those that there are end when what they have under way is answered.
   * After `graceMs` it cuts them. Resolves when there are none.
   */
  async close(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const closed = new Promise<void>((resolve) => {
      this.#listener.close(() => {
        resolve();
      });
    });
    for (const { connection } of this.#guests) connection.drain();
    const timer = setTimeout(() => {
      for (const { connection } of this.#guests) connection.cut();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  #welcome(socket: Socket): void {
    const connection = new Http2Connection(socket, this.#options);
    const guest = { connection, socket };
    this.#guests.add(guest);
    const stopAsking = this.#askWhenSilent(guest);
    socket.on("data", (bytes: Buffer) => {
      connection.receive(bytes);
    });
    // Whatever it was, "close" follows.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      stopAsking();
      this.#guests.delete(guest);
      connection.closed();
    });
    if (this.#isDraining) connection.drain();
  }

  /** Returns how to stop it. */
  #askWhenSilent({ connection, socket }: Guest): () => void {
    const { keepaliveMs, keepaliveTimeoutMs, prefaceMs = PREFACE_MS_DEFAULT } = this.#options;
    let bytesBefore = 0;
    const cut = (): void => {
      socket.destroy();
    };
    let timer = setTimeout(ask, prefaceMs);
    timer.unref();
    function again(what: () => void, delayMs: number): void {
      clearTimeout(timer);
      timer = setTimeout(what, delayMs);
      timer.unref();
    }
    function ask(): void {
      if (!connection.isOpen) {
        cut();
        return;
      }
      const isSilent = socket.bytesRead === bytesBefore;
      bytesBefore = socket.bytesRead;
      if (!isSilent) {
        again(ask, keepaliveMs);
        return;
      }
      again(cut, keepaliveTimeoutMs);
      connection.ping(() => {
        again(ask, keepaliveMs);
      });
    }
    return () => {
      clearTimeout(timer);
    };
  }
}
