/** The servers that pipelines are measured beside: ours, one that does nothing, and Redis. */

import type { Work } from "../peer.js";
import { CEILING_PEER } from "../peers/ceiling-peer.js";
import { KeyValueWire } from "../peers/key-value-wire.js";
import { KVDB_PEER } from "../peers/kvdb-peer.js";
import { reasonToSkipRedis, startRedis } from "../peers/redis-peer.js";
import type { LoadRequest } from "./load-request.js";

export const PIPELINE_PEER_NAMES = [
  "keyvaluedb",
  "stream",
  "client",
  "client-with-retries",
  "ceiling",
  "redis",
] as const;
export type PipelinePeerName = (typeof PIPELINE_PEER_NAMES)[number];

export interface RunningPipelinePeer {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  readonly command: string;
  /** The server's own count of operations of that work that succeeded. */
  successCount(work: Work): Promise<number>;
  stop(): Promise<void>;
}

export interface PipelinePeer {
  readonly name: PipelinePeerName;
  /** One line for the report. */
  readonly description: string;
  readonly protocol: LoadRequest["protocol"];
  readonly keepsData: boolean;
  /** Why it cannot run here. Undefined: it can. */
  reasonToSkip(): Promise<string | undefined>;
  start(directory: string): Promise<RunningPipelinePeer>;
}

/** Its own count of operations of pipelines says nothing of their kind; a measurement has one kind. */
async function startOurs(directory: string): Promise<RunningPipelinePeer> {
  const server = await KVDB_PEER.start(directory);
  const wire = new KeyValueWire(server.port);
  return {
    ...server,
    async successCount() {
      const { methods } = await wire.status();
      const pipeline = methods.find(({ method }) => method === "Pipeline");
      if (pipeline === undefined) return 0;
      return pipeline.operationCount - pipeline.operationErrorCount;
    },
    async stop() {
      wire.close();
      await server.stop();
    },
  };
}

export const PIPELINE_PEERS: Readonly<Record<PipelinePeerName, PipelinePeer>> = {
  keyvaluedb: {
    name: "keyvaluedb",
    description: "this project, default settings, every Set synced; a bare client",
    protocol: "pipeline",
    keepsData: true,
    reasonToSkip: () => KVDB_PEER.reasonToSkip(),
    start: startOurs,
  },
  stream: {
    name: "stream",
    description: "the same server; the stream of operations of clients/typescript",
    protocol: "stream",
    keepsData: true,
    reasonToSkip: () => KVDB_PEER.reasonToSkip(),
    start: startOurs,
  },
  client: {
    name: "client",
    description: "the same server; the typed client, with retries off and so without request ids",
    protocol: "client",
    keepsData: true,
    reasonToSkip: () => KVDB_PEER.reasonToSkip(),
    start: startOurs,
  },
  "client-with-retries": {
    name: "client-with-retries",
    description:
      "the same server; the typed client as it is by default, with a request id for each Set",
    protocol: "client-with-retries",
    keepsData: true,
    reasonToSkip: () => KVDB_PEER.reasonToSkip(),
    start: startOurs,
  },
  ceiling: {
    name: "ceiling",
    description:
      "the same wire with a handler that counts operations and answers them; keeps nothing",
    protocol: "pipeline",
    keepsData: false,
    reasonToSkip: () => CEILING_PEER.reasonToSkip(),
    start: (directory) => CEILING_PEER.start(directory),
  },
  redis: {
    name: "redis",
    description:
      "appendfsync always, so every SET synced; a bare client that pipelines as ours does",
    protocol: "resp",
    keepsData: true,
    reasonToSkip: reasonToSkipRedis,
    start: startRedis,
  },
};
