/** A real server and a real client with the model between them, and the server's own life. */

import { createServer } from "node:net";
import { once } from "node:events";

import { Client, credentials, status, type ServiceError } from "@grpc/grpc-js";
import { expect } from "chai";

import { GetStatusResponse } from "../../generated/keyvaluedb/v1/admin_service.js";
import {
  HealthClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../generated/grpc/health/v1/health.js";
import { SYSTEM_CLOCK } from "../../src/base/index.js";
import { connect, KeyValueServer } from "../../src/grpc/index.js";
import { bytes, listAllKeys, pageOf, PATIENT, setOf, valueOf } from "../support/calls.js";
import { ModelStore } from "../support/model-store.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { COMPACTION, fakeStore, STATUS } from "./fake-store.js";
import { ADMIN_PATH, Serving } from "./serving.js";

const REFLECTION_PATH = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

describe("a store behind the wire", () => {
  let model: ModelStore;
  let serving: Serving;

  before(async () => {
    model = new ModelStore({ clock: SYSTEM_CLOCK });
    serving = await Serving.of(model);
  });

  after(async () => {
    await serving.stop();
    await model.close();
  });

  it("sets, gets, touches and deletes", async () => {
    const { remote } = serving;
    const deadlineMs = SYSTEM_CLOCK.wallMs() + 60_000;
    const command = setOf("a", "", { contentType: "text/plain" });
    const set = await remote.set(command, PATIENT);
    expect(set).to.deep.equal({ revision: 1, deadlineMs: 0 });
    const { entry } = await remote.get(bytes("a"), PATIENT);
    expect(entry).to.deep.equal((await model.get(bytes("a"), PATIENT)).entry);
    expect(entry).to.deep.include({ contentType: "text/plain", value: Buffer.alloc(0) });

    const at = { kind: "at", deadlineMs: deadlineMs as typeof set.deadlineMs } as const;
    const touched = await remote.touch({ key: bytes("a"), expiration: at }, PATIENT);
    expect(touched).to.deep.equal({ revision: 2, touched: true, deadlineMs });
    const kept = await remote.set(setOf("a", "b", { expiration: { kind: "keep" } }), PATIENT);
    expect(kept).to.deep.equal({ revision: 3, deadlineMs });
    const persist = { key: bytes("a"), expiration: { kind: "none" } } as const;
    expect(await remote.touch(persist, PATIENT)).to.deep.include({ deadlineMs: 0 });
    const ttl = setOf("a", "c", { expiration: { kind: "ttl", ttlMs: 60_000 } });
    expect((await remote.set(ttl, PATIENT)).deadlineMs).to.be.at.least(deadlineMs);

    expect(await remote.delete({ key: bytes("a") }, PATIENT)).to.deep.equal({
      revision: 6,
      deleted: true,
    });
    expect(await remote.delete({ key: bytes("a") }, PATIENT)).to.deep.equal({
      revision: 6,
      deleted: false,
    });
    expect(await remote.touch(persist, PATIENT)).to.deep.equal({
      revision: 6,
      touched: false,
      deadlineMs: 0,
    });
    expect(await valueOf(remote, "a")).to.equal(undefined);
  });

  it("lists by every kind of range, both ways, page by page", async () => {
    const { remote } = serving;
    for (const key of ["x/1", "x/2", "x/3", "y", "é"]) await model.set(setOf(key, "v"), PATIENT);
    expect(await listAllKeys(remote, { pageSize: 2 })).to.deep.equal([
      "x/1",
      "x/2",
      "x/3",
      "y",
      "é",
    ]);
    expect(await listAllKeys(remote, { pageSize: 2, descending: true })).to.deep.equal(
      ["x/1", "x/2", "x/3", "y", "é"].reverse(),
    );
    const prefix = { kind: "prefix", prefix: bytes("x/") } as const;
    expect(await listAllKeys(remote, { range: prefix })).to.deep.equal(["x/1", "x/2", "x/3"]);
    const interval = { kind: "interval", start: bytes("x/2"), end: bytes("y") } as const;
    expect(await listAllKeys(remote, { range: interval })).to.deep.equal(["x/2", "x/3"]);
    const glob = { kind: "glob", pattern: "x/[13]" } as const;
    expect(await listAllKeys(remote, { range: glob })).to.deep.equal(["x/1", "x/3"]);
    const counted = await remote.listKeys(pageOf({ range: prefix, countOnly: true }), PATIENT);
    expect(counted).to.deep.include({ totalSize: 3, keys: [], nextPageToken: "" });
    const forged = pageOf({ pageToken: "forged" });
    await expectInvalidField(remote.listKeys(forged, PATIENT), "page_token");
  });

  it("makes, lists and deletes snapshots", async () => {
    const { remote } = serving;
    const made = await remote.snapshot(PATIENT);
    expect(await remote.listSnapshots()).to.deep.equal([made]);
    expect(await model.listSnapshots()).to.deep.equal([made]);
    expect(await remote.deleteSnapshot(made.snapshotId)).to.equal(true);
    expect(await remote.deleteSnapshot(made.snapshotId)).to.equal(false);
    expect(await remote.listSnapshots()).to.deep.equal([]);
  });
});

describe("a server", () => {
  it("tells every field of its status and of a compaction", async () => {
    const store = fakeStore({
      status: () => Promise.resolve(STATUS),
      compact: () => Promise.resolve(COMPACTION),
    });
    const serving = await Serving.of(store);
    try {
      const { methods, ...told } = await serving.remote.status();
      expect(told).to.deep.equal({ ...STATUS, serverVersion: "1.2.3-test" });
      expect(methods.map(({ method }) => method)).to.deep.equal(["GetStatus"]);
      expect(await serving.remote.compact(PATIENT)).to.deep.equal(COMPACTION);
      const { bytes: reply } = await serving.raw(`${ADMIN_PATH}GetStatus`, Buffer.alloc(0));
      expect(GetStatusResponse.decode(reply ?? Buffer.alloc(0))).to.deep.include({
        version: "1.2.3-test",
        keyCount: 103,
        transactionCount: 104,
        syncCount: 105,
        oldestViewAge: { seconds: 112, nanos: 113_000_000 },
        nextExpireTime: { seconds: 1_900_000_000, nanos: 114_000_000 },
      });
    } finally {
      await serving.stop();
    }
  });

  it("leaves unset what there is none of", async () => {
    const none = { ...STATUS, nextDeadlineMs: 0 as typeof STATUS.nextDeadlineMs, alarms: [] };
    const serving = await Serving.of(fakeStore({ status: () => Promise.resolve(none) }));
    try {
      const { bytes: reply } = await serving.raw(`${ADMIN_PATH}GetStatus`, Buffer.alloc(0));
      const status = GetStatusResponse.decode(reply ?? Buffer.alloc(0));
      expect(status.nextExpireTime).to.equal(undefined);
      expect((await serving.remote.status()).nextDeadlineMs).to.equal(0);
    } finally {
      await serving.stop();
    }
  });

  it("says plainly that its address is taken", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const bound = squatter.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    const address = `127.0.0.1:${String(port)}`;
    try {
      const listening = KeyValueServer.listen({ address, version: "x" });
      const error = await kvRejectionOf(listening, "ADDRESS_UNAVAILABLE");
      expect(error.message).to.include(address).and.to.include("another process listens there");
    } finally {
      squatter.close();
    }
  });

  it("says plainly that an address is not one of this machine's", async () => {
    const listening = KeyValueServer.listen({ address: "192.0.2.1:0", version: "x" });
    const error = await kvRejectionOf(listening, "ADDRESS_UNAVAILABLE");
    expect(error.message).to.include("192.0.2.1:0");
  });

  it("tells its health: not before it serves, and not while it stops", async () => {
    const serving = await Serving.starting();
    const health = new HealthClient(serving.server.address, credentials.createInsecure());
    const check = (service: string): Promise<ServingStatus> =>
      new Promise((resolve, reject) => {
        health.check({ service }, (error, reply) => {
          if (error === null) resolve(reply.status);
          else reject(error);
        });
      });
    try {
      expect(await check("")).to.equal(ServingStatus.NOT_SERVING);
      serving.server.serve(fakeStore({}));
      expect(await check("")).to.equal(ServingStatus.SERVING);
      expect(await check("keyvaluedb.v1.KeyValueService")).to.equal(ServingStatus.SERVING);
      expect(await check("keyvaluedb.v1.AdminService")).to.equal(ServingStatus.SERVING);
      serving.server.announceStop();
      expect(await check("")).to.equal(ServingStatus.NOT_SERVING);
    } finally {
      health.close();
      await serving.stop();
    }
  });

  it("serves health and reflection only where they are wanted", async () => {
    const serving = await Serving.of(fakeStore({}), { health: false, reflection: false });
    try {
      for (const path of ["/grpc.health.v1.Health/Check", REFLECTION_PATH]) {
        const { error } = await serving.raw(path, Buffer.alloc(0));
        expect(error?.code, path).to.equal(status.UNIMPLEMENTED);
      }
    } finally {
      await serving.stop();
    }
  });

  it("stops though someone holds a stream of questions open", async () => {
    const serving = await Serving.of(fakeStore({}));
    const client = new Client(serving.server.address, credentials.createInsecure());
    const identity = (raw: Buffer): Buffer => raw;
    const call = client.makeBidiStreamRequest(REFLECTION_PATH, identity, identity);
    const answered = once(call, "data");
    const ended = new Promise<ServiceError>((resolve) => call.on("error", resolve));
    call.write(Buffer.from([0x3a, 0x00]));
    await answered;
    await serving.stop();
    expect((await ended).code).to.equal(status.UNAVAILABLE);
    client.close();
  });
});

describe("a client", () => {
  it("says plainly that nobody answers, and where", async () => {
    const serving = await Serving.starting();
    const { address } = serving.server;
    await serving.stop();
    const remote = connect({ address });
    try {
      const error = await kvRejectionOf(remote.get(bytes("k"), PATIENT), "UNREACHABLE");
      expect(error.message).to.include(address);
    } finally {
      await remote.close();
    }
  });

  it("refuses calls once it is closed", async () => {
    const serving = await Serving.of(fakeStore({}));
    await serving.remote.close();
    await kvRejectionOf(serving.remote.get(bytes("k"), PATIENT), "DRAINING");
    await serving.stop();
  });

  it("sends nothing for a caller that has gone", async () => {
    const serving = await Serving.of(fakeStore({}));
    const gone = {
      throwIfAbandoned: () => {
        throw new Error("gone");
      },
    };
    const error = await serving.remote.get(bytes("k"), gone).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.an("error").with.property("message", "gone");
    await serving.stop();
  });
});
