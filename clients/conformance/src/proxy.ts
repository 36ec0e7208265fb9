/**
 * What stands between a client and the server: it hands bytes on both ways, with TCP's own flow control, and can end all
 * connections, swallow what the server says, or fall silent. Its port stays the same while servers come and go.
 */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from "node:tls";

/** More connections than any client has; past it one is refused. */
const CONNECTIONS_MAX = 64;

export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Those of connections that say nothing any more, and do not end either. */
  readonly #frozen = new Set<Socket>();
  #targetPort: number | undefined;
  #isLosingReplies = false;

  private constructor(tls: TlsOptions | undefined) {
    const take = (client: Socket): void => this.#take(client);
    this.#server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
    this.#server.maxConnections = CONNECTIONS_MAX;
    // A client that does not believe the certificate breaks off, as it should.
    this.#server.on("tlsClientError", ignore);
  }

  /** With `tls` it ends that, and hands on what was in it. */
  static async start(tls?: TlsOptions): Promise<Proxy> {
    const proxy = new Proxy(tls);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Where connections from now on lead. Undefined: nowhere, and they are ended at once. */
  set targetPort(port: number | undefined) {
    this.#targetPort = port;
  }

  /** From now on what the server says does not arrive. */
  loseReplies(): void {
    this.#isLosingReplies = true;
  }

  /** Nothing passes any more over the connections that there are, as when a machine or a router is gone; others work. */
  freeze(): void {
    for (const socket of this.#sockets) this.#frozen.add(socket);
  }

  /** Ends all connections; those that are made from now on lose nothing. */
  cut(): void {
    this.#isLosingReplies = false;
    for (const socket of this.#sockets) breakOff(socket);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #take(client: Socket): void {
    if (this.#targetPort === undefined) {
      client.on("error", ignore);
      breakOff(client);
      return;
    }
    const server = connect(this.#targetPort, "127.0.0.1");
    this.#join(client, server, () => true);
    this.#join(server, client, () => !this.#isLosingReplies);
  }

  /** Hands on what `from` says for as long as it may, no faster than `to` takes it. */
  #join(from: Socket, to: Socket, mayPass: () => boolean): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("data", (chunk) => {
      if (!mayPass() || to.destroyed || this.#frozen.has(from)) return;
      if (to.write(chunk)) return;
      from.pause();
      to.once("drain", () => from.resume());
    });
    from.on("end", () => {
      if (!this.#frozen.has(from)) to.end();
    });
    from.on("error", ignore);
    from.on("close", () => {
      this.#sockets.delete(from);
      if (!this.#frozen.delete(from)) to.destroy();
    });
  }
}

/** Ends a connection as if its other side were gone; what ends TLS cannot do that as hard. */
function breakOff(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/** A connection that breaks is what this is for; its other side is ended when it closes. */
function ignore(): void {
  return undefined;
}
