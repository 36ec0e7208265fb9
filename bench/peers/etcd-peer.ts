/** One etcd node with its default settings, which sync every Put. Its own metrics count the successes. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

import { KEY, VALUE, type Load, type Peer, type RunningPeer, type Work } from "../peer.js";
import { freePort, ServerProcess } from "../server-process.js";

const run = promisify(execFile);
const METRICS_MS_MAX = 5000;

/** Of etcdserverpb.PutRequest and RangeRequest; both call the key field 1. */
const KEY_FIELD = 1;
const VALUE_FIELD = 2;

const LOADS: Readonly<Record<Work, Load & { readonly method: string }>> = {
  Set: {
    method: "Put",
    path: "/etcdserverpb.KV/Put",
    message: fields([KEY_FIELD, Buffer.from(KEY)], [VALUE_FIELD, VALUE]),
  },
  Get: {
    method: "Range",
    path: "/etcdserverpb.KV/Range",
    message: fields([KEY_FIELD, Buffer.from(KEY)]),
  },
};

function fields(...values: readonly (readonly [number, Buffer])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of values) writer.tag(number, WireType.LengthDelimited).bytes(value);
  return writer.finish();
}

async function version(): Promise<string> {
  const { stdout } = await run("etcd", ["--version"]);
  return /etcd Version: (\S+)/.exec(stdout)?.[1] ?? "unknown";
}

/** How many calls of a method etcd says it has answered with OK. */
export async function okCount(url: string, method: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(METRICS_MS_MAX) });
  const lines = (await response.text()).split("\n");
  const line = lines.find(
    (text) =>
      text.startsWith("grpc_server_handled_total{") &&
      text.includes('grpc_code="OK"') &&
      text.includes(`grpc_method="${method}"`) &&
      text.includes('grpc_service="etcdserverpb.KV"'),
  );
  return Number(line?.split(" ").at(-1) ?? 0);
}

export const ETCD_PEER: Peer = {
  name: "etcd",
  description: "one node, default settings, every Put synced",
  async reasonToSkip() {
    return await version().then(
      () => undefined,
      () => "etcd is not installed",
    );
  },
  async start(directory): Promise<RunningPeer> {
    const port = await freePort();
    const url = `http://127.0.0.1:${String(port)}`;
    const peerUrl = `http://127.0.0.1:${String(await freePort())}`;
    const server = new ServerProcess(
      [
        "etcd",
        "--name=bench",
        `--data-dir=${join(directory, "data")}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=bench=${peerUrl}`,
      ],
      directory,
    );
    await server.whenReady(async () => {
      const response = await fetch(`${url}/health`, {
        signal: AbortSignal.timeout(METRICS_MS_MAX),
      });
      return (await response.text()).includes('"true"');
    });
    return {
      pid: server.pid,
      port,
      version: await version(),
      command: server.command,
      load: (work) => LOADS[work],
      successCount: (work) => okCount(url, LOADS[work].method),
      // The header of each reply holds a revision and grows with it.
      replyBytes: () => Promise.resolve(undefined),
      stop: () => server.stop(),
    };
  },
};
