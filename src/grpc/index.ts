/** The wire: the server's side, and a store that lives behind it. */
export { connect, RemoteStore, type ConnectOptions } from "./client.js";
export type { RemoteStatus } from "./convert-client.js";
export type { MethodStatus } from "./method-counts.js";
export { KeyValueServer, type ServerOptions } from "./server.js";
