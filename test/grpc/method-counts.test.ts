/** What a server's status tells of each method: calls, errors, refusals, and how long those took that ended lately. */

import { status as Status } from "@grpc/grpc-js";
import { expect } from "chai";

import { GetStatusResponse } from "../../generated/keyvaluedb/v1/admin_service.js";
import { GetRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { KvError, LATENCY_PERIOD_MS, revision, timeMs } from "../../src/base/index.js";
import type { MethodStatus } from "../../src/grpc/index.js";
import type { CallContext, PipelineOutcome, Store } from "../../src/kv/index.js";
import { ALL_KEYS, bytes, PATIENT, setOf } from "../support/calls.js";
import { ManualClock, until } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { fakeStore, STATUS } from "./fake-store.js";
import { RawPipeline } from "./raw-pipeline.js";
import { ADMIN_PATH, Gate, KEY_VALUE_PATH, Serving } from "./serving.js";

const TURNS_MAX = 2_000_000;

const GET_PATH = `${KEY_VALUE_PATH}Get`;
const REQUEST = Buffer.from(GetRequest.encode({ key: "k", revision: 0 }).finish());

const WATCH = {
  range: ALL_KEYS,
  start: { kind: "now" },
  includeValue: false,
  progressIntervalMs: 0,
} as const;

const GET = { revision: revision(1), entry: undefined };

const GET_OPERATION = { $case: "get", value: { key: "k", revision: 0 } } as const;

const NOTHING_WRONG = {
  errorCount: 0,
  refusedCount: 0,
  operationCount: 0,
  operationErrorCount: 0,
};

const status: Store["status"] = () => Promise.resolve(STATUS);

function isAbandoned(context: CallContext): boolean {
  try {
    context.throwIfAbandoned();
    return false;
  } catch {
    return true;
  }
}

describe("a server's status, of each method,", () => {
  let clock: ManualClock;
  let serving: Serving;

  async function serve(parts: Partial<Store>): Promise<void> {
    clock = new ManualClock();
    serving = await Serving.of(fakeStore({ status, ...parts }), { clock });
  }

  afterEach(() => serving.stop());

  async function methodOf(name: string): Promise<MethodStatus | undefined> {
    const { methods } = await serving.remote.status();
    return methods.find(({ method }) => method === name);
  }

  it("counts the calls, and tells how long they took on the server's clock", async () => {
    const gates = [new Gate(), new Gate(), new Gate()];
    let begunCount = 0;
    await serve({
      get: async () => {
        await gates[begunCount++]?.opened;
        return GET;
      },
    });
    const replies = gates.map(() => serving.remote.get(bytes("k"), PATIENT));
    await until("all are begun", () => begunCount === gates.length, TURNS_MAX);
    for (const [at, gate] of gates.entries()) {
      clock.pass(20);
      gate.open();
      await replies[at];
    }
    const { latency, ...counts } = (await methodOf("Get")) ?? {};
    expect(counts).to.deep.equal({ ...NOTHING_WRONG, method: "Get", callCount: 3 });
    // 20, 40 and 60 ms; a quantile is where its bucket of a sixteenth ends.
    expect(latency).to.deep.equal({
      windowMs: 60,
      count: 3,
      p50Ms: 40.96,
      p99Ms: 60,
      p999Ms: 60,
      maxMs: 60,
    });
    clock.pass(2 * LATENCY_PERIOD_MS);
    expect(await methodOf("Get")).to.deep.equal({ ...counts, latency: undefined });
  });

  it("names those that were called, by name, and itself among them", async () => {
    await serve({ get: () => Promise.resolve(GET) });
    await serving.remote.status();
    await serving.remote.get(bytes("k"), PATIENT);
    const { methods } = await serving.remote.status();
    expect(methods.map(({ method }) => method)).to.deep.equal(["Get", "GetStatus"]);
    expect(methods[1]).to.include({ callCount: 2 });
    expect(methods[1]?.latency).to.include({ count: 1 });
  });

  it("counts the errors among the calls, those of the handler and those before it", async () => {
    const full = new KvError("QUOTA", "no room");
    await serve({ set: () => Promise.reject(full) });
    await kvRejectionOf(serving.remote.set(setOf("k", "v"), PATIENT), "QUOTA");
    await kvRejectionOf(serving.remote.set(setOf("", "v"), PATIENT), "INVALID_FIELD");
    expect(await methodOf("Set")).to.deep.include({ callCount: 2, errorCount: 2 });
    expect((await methodOf("Set"))?.latency).to.include({ count: 2 });
  });

  it("counts a call whose deadline has passed meanwhile as an error, though the store has an answer", async () => {
    const gate = new Gate();
    await serve({
      get: async () => {
        await gate.opened;
        return GET;
      },
    });
    const deadline = Date.now() + 20;
    const passed = new Promise((resolve) => setTimeout(resolve, 100));
    const { error } = await serving.raw(GET_PATH, REQUEST, { call: { deadline } });
    expect(error?.code).to.equal(Status.DEADLINE_EXCEEDED);
    // On the server, too, which counts it from when the request came.
    await passed;
    gate.open();
    await until("it is over", () => serving.server.inFlightCount === 0, TURNS_MAX);
    expect(await methodOf("Get")).to.deep.include({ callCount: 1, errorCount: 1 });
  });

  it("does not count as errors what callers cancelled: calls and streams", async () => {
    await serve({
      get: async (_key, context) => {
        await until("its caller has gone", () => isAbandoned(context), TURNS_MAX);
        return GET;
      },
      async *watchExpirations(_query, signal) {
        await new Promise((resolve) => {
          signal.addEventListener("abort", resolve);
        });
        yield* [];
      },
    });
    const idle = (): boolean => serving.server.inFlightCount === 0;
    let cancel = (): void => undefined;
    const onCall = (cancelIt: () => void): void => {
      cancel = cancelIt;
    };
    const got = serving.raw(GET_PATH, REQUEST, { onCall });
    await until("it is begun", () => serving.server.inFlightCount === 1, TURNS_MAX);
    cancel();
    expect((await got).error?.code).to.equal(Status.CANCELLED);
    await until("the call is over", idle, TURNS_MAX);
    const abort = new AbortController();
    const told = serving.remote.watchExpirations(WATCH, abort.signal).next();
    await until("the stream is begun", () => serving.server.inFlightCount === 1, TURNS_MAX);
    abort.abort();
    await told;
    await until("the stream is over", idle, TURNS_MAX);
    for (const name of ["Get", "WatchExpirations"]) {
      expect(await methodOf(name), name).to.deep.include({ callCount: 1, errorCount: 0 });
    }
  });

  it("counts a stream when it begins, and does not tell how long it lasts", async () => {
    const gate = new Gate();
    await serve({
      async *watchExpirations() {
        await gate.opened;
        yield* [];
        throw new KvError("SLOW_FOLLOWER", "gone");
      },
    });
    const told = serving.remote.watchExpirations(WATCH, new AbortController().signal).next();
    await until("it is begun", () => serving.server.inFlightCount === 1, TURNS_MAX);
    expect(await methodOf("WatchExpirations")).to.deep.equal({
      ...NOTHING_WRONG,
      method: "WatchExpirations",
      callCount: 1,
      latency: undefined,
    });
    gate.open();
    await kvRejectionOf(told, "SLOW_FOLLOWER");
    expect(await methodOf("WatchExpirations")).to.deep.include({ errorCount: 1 });
    expect((await methodOf("WatchExpirations"))?.latency).to.equal(undefined);
  });

  it("tells how long the requests of pipelines took", async () => {
    const answers: ((outcomes: readonly PipelineOutcome[]) => void)[] = [];
    await serve({
      pipeline: () => ({
        perform: () => new Promise((answer) => answers.push(answer)),
        close: () => undefined,
      }),
    });
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(GET_OPERATION, GET_OPERATION);
    await until("it is asked", () => answers.length === 1, TURNS_MAX);
    clock.pass(100);
    pipeline.send(GET_OPERATION);
    await until("both are asked", () => answers.length === 2, TURNS_MAX);
    clock.pass(50);
    const outcome = { kind: "set", revision: revision(1), deadlineMs: timeMs(0) } as const;
    // The later one first: its answer waits for that of the one before.
    answers[1]?.([outcome]);
    clock.pass(10);
    const error = new KvError("QUOTA", "no room");
    answers[0]?.([outcome, { kind: "error", error }]);
    await pipeline.replied(2);
    expect(await methodOf("Pipeline")).to.deep.include({
      callCount: 1,
      errorCount: 0,
      operationCount: 3,
      operationErrorCount: 1,
    });
    expect((await methodOf("Pipeline"))?.latency).to.include({
      count: 2,
      p50Ms: 61.44,
      maxMs: 160,
    });
  });

  it("tells times to the microsecond on the wire, and of methods only to who asks", async () => {
    await serve({});
    const { bytes: reply } = await serving.raw(`${ADMIN_PATH}GetStatus`, Buffer.alloc(0));
    const { syncLatency, methods } = GetStatusResponse.decode(reply ?? Buffer.alloc(0));
    expect(methods).to.deep.equal([]);
    expect(syncLatency).to.deep.equal({
      window: { seconds: 61, nanos: 128_129_000 },
      count: 130,
      p50: { seconds: 0, nanos: 131_000 },
      p99: { seconds: 0, nanos: 1_132_000 },
      p999: { seconds: 0, nanos: 133_000_000 },
      max: { seconds: 1, nanos: 134_135_000 },
    });
  });
});
