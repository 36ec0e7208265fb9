/** How expirations are asked for and followed on our server: with the typed client's stream, and with WatchExpirations. */

import { once } from "node:events";

import { credentials } from "@grpc/grpc-js";

import { OperationStream } from "../../clients/typescript/src/operation-stream.js";
import { KeyValueServiceClient } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { VALUE } from "../peer.js";
import type { Side } from "./side.js";

const MS_PER_SECOND = 1000;
const NANOS_PER_MS = 1_000_000;

export function openOurSide(port: number): Side {
  const client = new KeyValueServiceClient(
    `127.0.0.1:${String(port)}`,
    credentials.createInsecure(),
    { "grpc.use_local_subchannel_pool": 1 },
  );
  const stream = new OperationStream({ client });
  return {
    async set(key, deadlineMs) {
      const expiration = { $case: "expireTime", value: toTimestamp(deadlineMs) } as const;
      await stream.set({ key, value: VALUE, expiration });
    },
    async get(key) {
      return await new Promise((resolve, reject) => {
        client.get({ key, revision: 0 }, (error, reply) => {
          if (error === null) resolve(reply.entry?.value.length === VALUE.length);
          else reject(error);
        });
      });
    },
    async follow(onExpired) {
      const call = client.watchExpirations({
        range: undefined,
        start: { position: { $case: "now", value: true } },
        includeValue: false,
        progressInterval: undefined,
      });
      call.on("data", ({ expirations }: { expirations: readonly Told[] }) => {
        const nowMs = Date.now();
        for (const { key, revision, index } of expirations) {
          onExpired(key, nowMs, { revision, index });
        }
      });
      // The first message says from where on it is told.
      await once(call, "data");
    },
  };
}

interface Told {
  readonly key: string;
  readonly revision: number;
  readonly index: number;
}

function toTimestamp(timeMs: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.floor(timeMs / MS_PER_SECOND);
  return { seconds, nanos: (timeMs - seconds * MS_PER_SECOND) * NANOS_PER_MS };
}
