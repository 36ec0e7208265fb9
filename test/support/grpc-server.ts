/** A bare gRPC server on a free port of this machine, for tests of single services. */

import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";

export interface BareServer {
  readonly server: Server;
  readonly address: string;
  stop(): void;
}

/** Starts a server that has what `addServices` adds. */
export async function startBareServer(addServices: (server: Server) => void): Promise<BareServer> {
  const server = new Server();
  addServices(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    server,
    address: `127.0.0.1:${String(port)}`,
    stop() {
      server.forceShutdown();
    },
  };
}

export const INSECURE = credentials.createInsecure();
