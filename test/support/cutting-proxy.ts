/** A way to a server that a test can cut: between a client and the address that it believes to be the server's. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Where connections lead. Undefined: nowhere, they are refused. */
  target: string | undefined;
  #isMute = false;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.target = target;
    server.on("connection", (near) => {
      this.#join(near);
    });
  }

  static async to(target: string): Promise<CuttingProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CuttingProxy(server, target);
  }

  get address(): string {
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#isMute = false;
  }

  /** Until the next cut, what the server says does not arrive; what it is told does. */
  mute(): void {
    this.#isMute = true;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, "close");
  }

  #join(near: Socket): void {
    const [host = "", port = ""] = this.target?.split(":") ?? [];
    if (host === "") {
      near.destroy();
      return;
    }
    const far = connect(Number(port), host);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("data", (bytes) => {
        if (socket === near || !this.#isMute) other.write(bytes);
      });
      // Whatever ends one side ends the other.
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
