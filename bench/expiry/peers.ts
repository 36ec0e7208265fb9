/** The servers whose expirations are measured: ours, and Redis. */

import { KeyValueWire } from "../peers/key-value-wire.js";
import { KVDB_PEER } from "../peers/kvdb-peer.js";
import { reasonToSkipRedis, startRedis } from "../peers/redis-peer.js";
import type { Protocol } from "./load-request.js";

export const EXPIRY_PEER_NAMES = ["keyvaluedb", "redis"] as const;
export type ExpiryPeerName = (typeof EXPIRY_PEER_NAMES)[number];

export interface RunningExpiryPeer {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  readonly command: string;
  /** How many keys it has. */
  keyCount(): Promise<number>;
  stop(): Promise<void>;
}

export interface ExpiryPeer {
  readonly name: ExpiryPeerName;
  /** One line for the report. */
  readonly description: string;
  readonly protocol: Protocol;
  /** Why it cannot run here. Undefined: it can. */
  reasonToSkip(): Promise<string | undefined>;
  start(directory: string): Promise<RunningExpiryPeer>;
}

export const EXPIRY_PEERS: Readonly<Record<ExpiryPeerName, ExpiryPeer>> = {
  keyvaluedb: {
    name: "keyvaluedb",
    description:
      "this project, default settings; Sets by the client of clients/typescript, WatchExpirations without values",
    protocol: "pipeline",
    reasonToSkip: () => KVDB_PEER.reasonToSkip(),
    async start(directory) {
      const server = await KVDB_PEER.start(directory);
      const wire = new KeyValueWire(server.port);
      return {
        ...{ pid: server.pid, port: server.port, version: server.version, command: server.command },
        async keyCount() {
          return (await wire.status()).keyCount;
        },
        async stop() {
          wire.close();
          await server.stop();
        },
      };
    },
  },
  redis: {
    name: "redis",
    description: "appendfsync always; SET with PXAT, a subscriber of __keyevent@0__:expired",
    protocol: "resp",
    reasonToSkip: reasonToSkipRedis,
    start: (directory) => startRedis(directory, ["--notify-keyspace-events", "Ex"]),
  },
};
