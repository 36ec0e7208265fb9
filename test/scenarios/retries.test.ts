/** Every kind of write, made again under its request id after its server was killed, and after it was stopped: done once. */

import { expect } from "chai";

import { connect, type RemoteStore } from "../../src/grpc/index.js";
import type { Store } from "../../src/kv/index.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";

const SETTINGS = ["--shutdown-grace=0s"];

const NEVER = { kind: "none" } as const;
const LATER = { kind: "ttl", ttlMs: 3_600_000 } as const;
const RANGE = { kind: "prefix", prefix: bytes("range/") } as const;

interface Answer {
  readonly revision: number;
  readonly replayed?: true;
}

/** Each in the same words every time, and each of a kind of its own. */
const WRITES: readonly ((store: Store) => Promise<Answer>)[] = [
  (store) => store.set(setOf("set", "1", { expiration: LATER, requestId: "set" }), PATIENT),
  (store) => store.delete({ key: bytes("deleted"), requestId: "delete" }, PATIENT),
  (store) => store.touch({ key: bytes("touched"), expiration: LATER, requestId: "touch" }, PATIENT),
  (store) =>
    store.increment(
      { key: bytes("counter"), delta: 5n, expiration: NEVER, requestId: "increment" },
      PATIENT,
    ),
  (store) =>
    store.transact(
      {
        conditions: [{ key: bytes("lock"), check: { kind: "exists", exists: false } }],
        then: [
          { kind: "set", ...setOf("lock", "mine") },
          { kind: "increment", key: bytes("counter"), delta: 100n, expiration: NEVER },
          { kind: "delete", key: bytes("none") },
        ],
        otherwise: [{ kind: "set", ...setOf("lock", "twice") }],
        requestId: "transact",
      },
      PATIENT,
    ),
  (store) => store.deleteRange({ range: RANGE, limit: 2, requestId: "delete range" }, PATIENT),
];

describe("writes that are made again to a real server", () => {
  let directory = "";
  let server: ServerProcess | undefined;
  let client: RemoteStore | undefined;

  before(async () => {
    directory = await makeTemporaryDirectory();
  });
  after(async () => {
    await client?.close();
    await server?.dispose();
    await removeDirectory(directory);
  });

  async function open(): Promise<Store> {
    await client?.close();
    server = await ServerProcess.start(directory, SETTINGS);
    client = connect({ address: server.address });
    return client;
  }

  it("are done once, each of the six kinds, across a kill and a restart", async function () {
    this.timeout(60_000);
    let store = await open();
    for (const key of ["deleted", "touched", "range/1", "range/2", "range/3"]) {
      await store.set(setOf(key, "before"), PATIENT);
    }
    const first = await Promise.all(WRITES.map((write) => write(store)));
    for (const { replayed } of first) expect(replayed).to.equal(undefined);
    // What comes in between would be undone by doing the first calls again.
    for (const key of ["deleted", "range/1"]) await store.set(setOf(key, "after"), PATIENT);
    const { revision: newest } = await store.status();
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      await server?.end(signal);
      store = await open();
      const again = await Promise.all(WRITES.map((write) => write(store)));
      expect(again).to.deep.equal(first.map((answer) => ({ ...answer, replayed: true })));
      expect((await store.status()).revision, `after ${signal}`).to.equal(newest);
    }
    expect(await valueOf(store, "counter")).to.equal("105");
    expect(await valueOf(store, "lock")).to.equal("mine");
    expect(await valueOf(store, "deleted")).to.equal("after");
    expect(await listAllKeys(store, { range: RANGE })).to.deep.equal(["range/1", "range/3"]);
  });
});
