/**
 * More calls than can be served: those that wait too long for their turn are refused, in words that tell when to come again, the
 * others are answered, and what is not a call of one reply is served even so.
 */

import { credentials, Metadata, status } from "@grpc/grpc-js";
import { expect } from "chai";

import { HealthClient } from "../../generated/grpc/health/v1/health.js";
import { GetRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { present, revision, type Logger } from "../../src/base/index.js";
import { CallFailure } from "../../src/grpc/call-failure.js";
import { readCallHead } from "../../src/grpc/call-head.js";
import { LONG_CALLS_MAX } from "../../src/grpc/long-calls.js";
import { fromServiceError } from "../../src/grpc/status-map.js";
import { Flag, FrameType } from "../../src/http2/protocol.js";
import { bytes, PATIENT } from "../support/calls.js";
import { data, headers, RawHttp2, REQUEST } from "../support/raw-http2.js";
import { until } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { COMPACTION, fakeStore, STATUS } from "./fake-store.js";
import { Gate, KEY_VALUE_PATH, Serving } from "./serving.js";

const request = Buffer.from(GetRequest.encode({ revision: 0, key: "k" }).finish());
const CALLS_MAX = 100;
const MORE_CALLS = 400;
const WAIT_MS = 20;
const TURNS_MAX = 2_000_000;

/** Ten thousand calls, of which none is whole before all have begun. */
const PEERS = 10;
const CALLS_A_PEER = 1000;
const OVER_MAX = 4096;
const GET = {
  ...REQUEST,
  ":path": `${KEY_VALUE_PATH}Get`,
  "content-type": "application/grpc",
  te: "trailers",
};

interface Warning {
  readonly fields: object;
  readonly message: string;
}

describe("more calls than are worked on at a time", () => {
  let gate: Gate;
  let servedCount: number;
  let warnings: Warning[];
  let serving: Serving;

  beforeEach(async () => {
    gate = new Gate();
    servedCount = 0;
    warnings = [];
    const store = fakeStore({
      status: () => Promise.resolve(STATUS),
      get: async () => {
        servedCount += 1;
        await gate.opened;
        return { entry: undefined, revision: revision(1) };
      },
    });
    const ignore = (): void => undefined;
    const warn: Logger["warn"] = (fields, message) => {
      warnings.push({ fields, message });
    };
    const logger: Logger = { debug: ignore, info: ignore, warn, error: ignore };
    serving = await Serving.of(store, { callsMax: CALLS_MAX, callWaitMsMax: WAIT_MS, logger });
  });

  afterEach(() => serving.stop());

  function get(): ReturnType<Serving["raw"]> {
    return serving.raw(`${KEY_VALUE_PATH}Get`, request);
  }

  /** As many as are worked on, and none of them answered. */
  async function fill(): Promise<readonly ReturnType<Serving["raw"]>[]> {
    const replies = Array.from({ length: CALLS_MAX }, get);
    await until("all are worked on", () => servedCount === CALLS_MAX, TURNS_MAX);
    return replies;
  }

  it("wait and are refused, told in the log by their number, and are served again when there is room", async () => {
    const replies = await fill();
    let refusedCount = 0;
    const more = Array.from({ length: MORE_CALLS }, async () => {
      const { error } = await get();
      refusedCount += 1;
      expect(error?.code).to.equal(status.RESOURCE_EXHAUSTED);
      expect(error?.details).to.contain(`calls.wait, which is ${String(WAIT_MS)} ms`);
      const { code, retryAfterMs } = fromServiceError(present(error, "a refusal"), "");
      expect(code).to.equal("OVERLOADED");
      expect(retryAfterMs).to.be.above(0);
    });
    await until("all others are refused", () => refusedCount === MORE_CALLS, TURNS_MAX);
    expect(servedCount).to.equal(CALLS_MAX);
    expect(warnings[0]).to.deep.equal({
      fields: { refused: 1 },
      message: "more calls come than can be served",
    });
    expect(warnings.length).to.be.below(20);
    gate.open();
    for (const { error } of await Promise.all(replies)) expect(error).to.equal(null);
    await Promise.all(more);
    expect((await get()).error).to.equal(null);
    expect(servedCount).to.equal(CALLS_MAX + 1);
    expect((await serving.remote.status()).methods[0]).to.deep.include({
      method: "Get",
      callCount: CALLS_MAX + 1,
      errorCount: 0,
      refusedCount: MORE_CALLS,
    });
  });

  it("are refused at once when far too many were begun, whose heads came before their data", async () => {
    const peers = await Promise.all(
      Array.from({ length: PEERS }, () => RawHttp2.open(serving.server.port)),
    );
    try {
      const ids = Array.from({ length: CALLS_A_PEER }, (_, at) => 2 * at + 1);
      for (const peer of peers) peer.send(...ids.map((id) => headers(id, GET)));
      await Promise.all(peers.map((peer) => peer.echo()));
      expect(servedCount).to.equal(0);
      const message = Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]);
      for (const peer of peers) peer.send(...ids.map((id) => data(id, message, Flag.endStream)));
      await Promise.all(peers.map((peer) => peer.echo()));
      const answers = peers.flatMap(({ frames }) =>
        frames.filter(({ type }) => type === FrameType.headers),
      );
      expect(servedCount).to.be.within(CALLS_MAX, CALLS_MAX + OVER_MAX);
      expect(answers).to.have.length(PEERS * CALLS_A_PEER - servedCount);
      const [refused] = answers;
      expect(String(refused?.payload)).to.contain("more calls are under way");
      expect(serving.server.inFlightCount).to.equal(servedCount);
    } finally {
      for (const peer of peers) peer[Symbol.dispose]();
      gate.open();
    }
    expect((await serving.remote.status()).methods[0]).to.deep.include({
      method: "Get",
      callCount: servedCount,
      refusedCount: PEERS * CALLS_A_PEER - servedCount,
    });
  });

  it("do not have health checks refused", async () => {
    const replies = await fill();
    const health = new HealthClient(serving.server.address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    try {
      const reply = await new Promise<number>((resolve, reject) => {
        health.check({ service: "" }, new Metadata(), (error, response) => {
          if (error === null) resolve(response.status);
          else reject(error);
        });
      });
      expect(reply).to.equal(1);
    } finally {
      health.close();
      gate.open();
      await Promise.all(replies);
    }
  });
});

describe("calls that take as long as the disk does", () => {
  let gate: Gate;
  let begunCount: number;
  let serving: Serving;

  beforeEach(async () => {
    gate = new Gate();
    begunCount = 0;
    const begin = async <Reply>(reply: Reply): Promise<Reply> => {
      begunCount += 1;
      await gate.opened;
      return reply;
    };
    const store = fakeStore({
      compact: () => begin(COMPACTION),
      listSnapshots: () => begin([]),
      get: () => Promise.resolve({ entry: undefined, revision: revision(1) }),
    });
    // Fewer than there are long ones.
    serving = await Serving.of(store, { callsMax: LONG_CALLS_MAX / 2, callWaitMsMax: WAIT_MS });
  });

  afterEach(() => serving.stop());

  it("hold up no others, and past a few of a method are refused in words that say what to do", async () => {
    const { remote } = serving;
    const long = Array.from({ length: LONG_CALLS_MAX }, () => remote.compact(PATIENT));
    await until("all are begun", () => begunCount === LONG_CALLS_MAX, TURNS_MAX);
    const refusal = await kvRejectionOf(remote.compact(PATIENT), "OVERLOADED");
    expect(refusal.message).to.contain("16 calls of Compact are under way: wait for one");
    expect(refusal.retryAfterMs).to.be.above(0);
    expect((await remote.get(bytes("k"), PATIENT)).revision).to.equal(1);
    // Another method has a bound of its own.
    const listed = remote.listSnapshots();
    await until("it is begun", () => begunCount === LONG_CALLS_MAX + 1, TURNS_MAX);
    gate.open();
    for (const report of await Promise.all(long)) expect(report).to.deep.equal(COMPACTION);
    expect(await listed).to.deep.equal([]);
    expect(await remote.compact(PATIENT)).to.deep.equal(COMPACTION);
    // None of them counts any more.
    expect((await remote.get(bytes("k"), PATIENT)).revision).to.equal(1);
  });
});

describe("the deadline of a call that waited", () => {
  const head = (timeout: string) => ({
    ...{ method: "POST", path: "/", contentLength: undefined },
    fields: [
      { name: "content-type", value: "application/grpc" },
      { name: "grpc-timeout", value: timeout },
    ],
  });

  it("is as long after the call came as it was to be", () => {
    const beforeMs = Date.now();
    const deadlineMs = present(readCallHead(head("50S"), 20_000), "a call").deadlineMs;
    expect(deadlineMs).to.be.within(beforeMs + 30_000, Date.now() + 30_000);
  });

  it("has the call refused where it has passed, and no handler begins", () => {
    for (const waitedMs of [50, 51]) {
      expect(() => readCallHead(head("50m"), waitedMs)).to.throw(CallFailure, "while it waited");
    }
    expect(readCallHead(head("50m"), 49)).to.not.equal(undefined);
  });
});
