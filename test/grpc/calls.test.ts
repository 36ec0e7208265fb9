/** What holds for every call: who is let in, who has gone, what is told of a failure, and what is logged. */

import { Metadata, status } from "@grpc/grpc-js";
import { expect } from "chai";

import { GetRequest, SetRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { isKvError, KvError, revision, timeMs, type Logger } from "../../src/base/index.js";
import type { CallContext, SetResult, Store, VerifyReport } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { until } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { fakeStore, STATUS } from "./fake-store.js";
import { Gate, KEY_VALUE_PATH, Serving } from "./serving.js";

const TURNS_MAX = 2_000_000;
const SET: SetResult = { revision: revision(1), deadlineMs: timeMs(0) };

const setRequest = Buffer.from(
  SetRequest.encode({
    key: "k",
    value: bytes("v"),
    expiration: undefined,
    contentType: "",
    precondition: undefined,
    returnPrevious: false,
    requestId: "",
  }).finish(),
);
const getRequest = Buffer.from(GetRequest.encode({ revision: 0, key: "k" }).finish());

/** A store whose Set waits at a gate, and then asks whether anyone still waits for it, as stores do. */
class SlowStore {
  readonly gate = new Gate();
  readonly contexts: CallContext[] = [];
  appendCount = 0;
  refusal: unknown;

  readonly store: Store = fakeStore({
    set: async (_command, context) => {
      this.contexts.push(context);
      await this.gate.opened;
      try {
        context.throwIfAbandoned();
      } catch (error) {
        this.refusal = error;
        throw error;
      }
      this.appendCount += 1;
      return SET;
    },
  });

  async entered(): Promise<CallContext> {
    await until("the call is in the store", () => this.contexts.length > 0, TURNS_MAX);
    const [context] = this.contexts;
    if (context === undefined) throw new Error("there is no call");
    return context;
  }
}

const ENTRY = {
  revision: revision(1),
  createRevision: revision(1),
  version: 1,
  deadlineMs: timeMs(0),
  updateTimeMs: timeMs(0),
  contentType: "",
};

const PROGRESS: VerifyReport = {
  findings: [],
  findingCount: 0,
  doneFiles: 0,
  totalFiles: 2,
  doneBytes: 0,
  totalBytes: 0,
  isDone: false,
};

/** A log, and what was written to it. */
function logged(): { lines: { level: string; fields: object }[]; logger: Logger } {
  const lines: { level: string; fields: object }[] = [];
  const note = (level: string) => (fields: object) => {
    lines.push({ level, fields });
  };
  const logger = {
    debug: note("debug"),
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
  };
  return { lines, logger };
}

function isAbandoned(context: CallContext): boolean {
  try {
    context.throwIfAbandoned();
    return false;
  } catch {
    return true;
  }
}

describe("calls", () => {
  let serving: Serving | undefined;

  afterEach(async () => {
    await serving?.stop();
    serving = undefined;
  });

  it("are UNAVAILABLE, STARTING until there is a store", async () => {
    serving = await Serving.starting();
    const error = await kvRejectionOf(serving.remote.get(bytes("k"), PATIENT), "STARTING");
    expect(error.retryAfterMs).to.be.above(0);
    await kvRejectionOf(serving.remote.status(), "STARTING");
    serving.server.serve(fakeStore({ set: () => Promise.resolve(SET) }));
    expect(await serving.remote.set(setOf("k", "v"), PATIENT)).to.deep.equal(SET);
  });

  it("tell the store before it appends that their deadline has passed", async () => {
    const slow = new SlowStore();
    serving = await Serving.of(slow.store);
    const reply = serving.raw(`${KEY_VALUE_PATH}Set`, setRequest, {
      call: { deadline: Date.now() + 100 },
    });
    const context = await slow.entered();
    expect((await reply).error?.code).to.equal(status.DEADLINE_EXCEEDED);
    await until("the server sees it too", () => isAbandoned(context), TURNS_MAX);
    slow.gate.open();
    await until("the store has asked", () => slow.refusal !== undefined, TURNS_MAX);
    // A client whose deadline passes also hangs up, and its clock may be the faster one.
    expect(slow.refusal).to.be.an.instanceOf(KvError);
    expect((slow.refusal as KvError).code).to.be.oneOf(["DEADLINE_EXCEEDED", "CANCELLED"]);
    expect(slow.appendCount).to.equal(0);
  });

  it("tell the store before it appends that their caller has gone", async () => {
    const slow = new SlowStore();
    serving = await Serving.of(slow.store);
    let cancel = (): void => undefined;
    const reply = serving.raw(`${KEY_VALUE_PATH}Set`, setRequest, {
      onCall: (cancelCall) => {
        cancel = cancelCall;
      },
    });
    const context = await slow.entered();
    expect(isAbandoned(context)).to.equal(false);
    cancel();
    expect((await reply).error?.code).to.equal(status.CANCELLED);
    await until("the server sees it too", () => isAbandoned(context), TURNS_MAX);
    slow.gate.open();
    await until("the store has asked", () => slow.refusal !== undefined, TURNS_MAX);
    expect(isKvError(slow.refusal, "CANCELLED")).to.equal(true);
    expect(slow.appendCount).to.equal(0);
  });

  it("end in time where the client was given a time", async () => {
    const slow = new SlowStore();
    serving = await Serving.of(slow.store, {}, { timeoutMs: 50 });
    await kvRejectionOf(serving.remote.set(setOf("k", "v"), PATIENT), "DEADLINE_EXCEEDED");
    slow.gate.open();
  });

  it("under way are answered while new ones are refused with DRAINING", async () => {
    const slow = new SlowStore();
    let drainCount = 0;
    const drain = (): void => {
      drainCount += 1;
    };
    serving = await Serving.of({ ...slow.store, drain });
    const underWay = serving.remote.set(setOf("k", "v"), PATIENT);
    await slow.entered();
    expect(serving.server.inFlightCount).to.equal(1);
    const stopped = serving.server.stop(60_000);
    await kvRejectionOf(serving.remote.get(bytes("k"), PATIENT), "DRAINING");
    expect(drainCount).to.equal(1);
    slow.gate.open();
    expect(await underWay).to.deep.equal(SET);
    await stopped;
    expect(slow.appendCount).to.equal(1);
    expect(serving.server.inFlightCount).to.equal(0);
    await kvRejectionOf(serving.remote.get(bytes("k"), PATIENT), "UNREACHABLE");
  });

  it("that last longer than the grace period are cut", async () => {
    const slow = new SlowStore();
    serving = await Serving.of(slow.store);
    // CANCELLED says that the write may have been applied, which is so.
    const failure = kvRejectionOf(serving.remote.set(setOf("k", "v"), PATIENT), "CANCELLED");
    await slow.entered();
    await serving.server.stop(10);
    await failure;
    slow.gate.open();
  });

  it("that are broken by a fault of ours tell the caller nothing, and the log everything", async () => {
    const { lines, logger } = logged();
    const cause = new TypeError("secret of undefined");
    serving = await Serving.of(fakeStore({ get: () => Promise.reject(cause) }), { logger });
    const { error } = await serving.raw(`${KEY_VALUE_PATH}Get`, getRequest);
    expect(error?.code).to.equal(status.INTERNAL);
    expect(error?.details).not.to.include("secret");
    expect(lines).to.have.length(1);
    expect(lines[0]?.level).to.equal("error");
    expect(lines[0]?.fields).to.include({ method: "Get", code: "INTERNAL", err: cause });
  });

  it("whose replies cannot be encoded fail alone, with the cause in the log", async () => {
    const { lines, logger } = logged();
    // No number that a message can hold.
    const store = fakeStore({
      status: () => Promise.resolve({ ...STATUS, keyCount: NaN }),
      set: () => Promise.resolve(SET),
      async *verify() {
        yield await Promise.resolve({ ...PROGRESS, doneFiles: 1 });
        yield { ...PROGRESS, doneFiles: NaN };
      },
    });
    serving = await Serving.of(store, { logger });
    await kvRejectionOf(serving.remote.status(), "SERVER_ERROR");
    const told = serving.remote.verify(new AbortController().signal);
    expect(await told.next()).to.have.nested.property("value.doneFiles", 1);
    await kvRejectionOf(told.next(), "SERVER_ERROR");
    expect(await serving.remote.set(setOf("k", "v"), PATIENT)).to.deep.equal(SET);
    for (const [at, method] of ["GetStatus", "Verify"].entries()) {
      expect(lines[at]?.level).to.equal("error");
      expect(lines[at]?.fields).to.include({ method, code: "INTERNAL" });
      expect(lines[at]?.fields).to.have.nested.property("err.message").that.includes("NaN");
    }
    expect(serving.server.inFlightCount).to.equal(0);
  });

  it("whose replies are longer than a message may be are logged as what they were answered", async () => {
    const { lines, logger } = logged();
    const value = Buffer.alloc(2000);
    const get: Store["get"] = (key) =>
      Promise.resolve({ entry: { ...ENTRY, key, value }, revision: revision(1) });
    serving = await Serving.of(fakeStore({ get }), { logger, messageBytesMax: 1000 });
    const { error } = await serving.raw(`${KEY_VALUE_PATH}Get`, getRequest);
    expect(error?.code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(lines).to.have.length(1);
    expect(lines[0]?.fields).to.include({ method: "Get", code: "RESOURCE_EXHAUSTED" });
  });
});

describe("the log of calls", () => {
  let serving: Serving;
  let lines: Record<string, unknown>[];

  async function serve(logSampleRatio: number): Promise<void> {
    lines = [];
    const ignore = (): void => undefined;
    const info = (fields: object): void => {
      lines.push({ ...fields });
    };
    const logger = { debug: ignore, info, warn: ignore, error: ignore };
    const get: Store["get"] = (key) =>
      key.equals(bytes("bad"))
        ? Promise.reject(new KvError("QUOTA", "the secret is bad"))
        : Promise.resolve({ entry: undefined, revision: revision(1) });
    serving = await Serving.of(fakeStore({ get }), { logger, logSampleRatio });
  }

  afterEach(() => serving.stop());

  it("has one line for each call, with who, what, how long and how it ended", async () => {
    await serve(1);
    const metadata = new Metadata();
    metadata.set("x-request-id", "r".repeat(1000));
    await serving.raw(`${KEY_VALUE_PATH}Get`, getRequest, { metadata });
    await kvRejectionOf(serving.remote.get(bytes("bad"), PATIENT), "QUOTA");
    expect(lines).to.have.length(2);
    expect(lines[0]).to.have.all.keys("method", "code", "durationMs", "peer", "requestId");
    expect(lines[0]).to.include({ method: "Get", code: "OK", requestId: "r".repeat(128) });
    expect(lines[0]?.["durationMs"]).to.be.a("number");
    expect(lines[0]?.["peer"]).to.match(/^127\.0\.0\.1:\d+$/);
    expect(lines[1]).to.include({ method: "Get", code: "RESOURCE_EXHAUSTED", reason: "QUOTA" });
    expect(JSON.stringify(lines)).not.to.include("secret").and.not.to.include("bad");
  });

  it("has a sample of the calls that went well", async () => {
    await serve(0.25);
    for (let count = 0; count < 12; count += 1) await serving.remote.get(bytes("k"), PATIENT);
    expect(lines).to.have.length(3);
  });

  it("has every call that failed, even where none that went well is wanted", async () => {
    await serve(0);
    for (let count = 0; count < 12; count += 1) await serving.remote.get(bytes("k"), PATIENT);
    expect(lines).to.have.length(0);
    await kvRejectionOf(serving.remote.get(bytes("bad"), PATIENT), "QUOTA");
    expect(lines).to.have.length(1);
  });
});
