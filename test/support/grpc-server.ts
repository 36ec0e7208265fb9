/** A bare gRPC server on a free port of this machine, for tests of single services. */

import { credentials } from "@grpc/grpc-js";

import { MIB } from "../../src/base/index.js";
import { GrpcServer } from "../../src/grpc/grpc-server.js";

export interface BareServer {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts a server that has what `addServices` adds. */
export async function startBareServer(
  addServices: (server: GrpcServer) => void,
): Promise<BareServer> {
  const server = new GrpcServer({
    messageBytesMax: 4 * MIB,
    connectionCallsMax: 1024,
    keepaliveMs: 60_000,
    keepaliveTimeoutMs: 20_000,
  });
  addServices(server);
  const port = await server.listen("127.0.0.1:0");
  return {
    address: `127.0.0.1:${String(port)}`,
    stop: () => server.close(0),
  };
}

export const INSECURE = credentials.createInsecure();
