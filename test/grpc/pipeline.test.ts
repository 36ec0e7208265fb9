/** The Pipeline call: replies in order, errors in their place, what is refused, what is held, and how it ends. */

import { status } from "@grpc/grpc-js";
import { expect } from "chai";

import { ErrorInfo, RetryInfo } from "../../generated/google/rpc/error_details.js";
import type { Status } from "../../generated/google/rpc/status.js";
import type { OperationResult } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { corrupt, KIB, revision, SYSTEM_CLOCK, timeMs, type Logger } from "../../src/base/index.js";
import { toStatus } from "../../src/grpc/status-map.js";
import type {
  Entry,
  PipelineContext,
  PipelineOperation,
  PipelineOutcome,
  Store,
} from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { openOnDisk } from "../support/local-store.js";
import { CrashDisk } from "../support/crash-disk.js";
import { ModelStore } from "../support/model-store.js";
import { settle, until } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { fakeStore } from "./fake-store.js";
import { RawPipeline, type OperationChoice } from "./raw-pipeline.js";
import { Gate, Serving } from "./serving.js";

const TURNS_MAX = 2_000_000;

const get = (key: string, at = 0): OperationChoice => ({
  $case: "get",
  value: { key, revision: at },
});

const set = (key: string, value: string): OperationChoice => ({
  $case: "set",
  value: {
    key,
    value: bytes(value),
    expiration: undefined,
    contentType: "",
    precondition: undefined,
    returnPrevious: false,
    requestId: "",
  },
});

function errorIn(result: OperationResult | undefined): Status {
  if (result?.result?.$case !== "error") throw new Error("the result is no error");
  return result.result.value;
}

function reasonIn(sent: Status): string {
  const info = sent.details.find(({ typeUrl }) => typeUrl.endsWith(`/${ErrorInfo.$type}`));
  return info === undefined ? "none" : ErrorInfo.decode(info.value).reason;
}

function valueIn(result: OperationResult | undefined): string | undefined {
  if (result?.result?.$case !== "get") throw new Error("the result is not one of a get");
  return result.result.value.entry?.value.toString();
}

interface Call {
  readonly operations: readonly PipelineOperation[];
  readonly context: PipelineContext;
  readonly answer: (outcomes: readonly PipelineOutcome[]) => void;
}

/** A store whose pipeline answers when the test says so. */
class SlowPipelines {
  readonly calls: Call[] = [];
  closeCount = 0;

  readonly store: Store = fakeStore({
    get: () => Promise.resolve({ entry: undefined, revision: revision(1) }),
    pipeline: () => ({
      perform: (operations, context) =>
        new Promise((answer) => this.calls.push({ operations, context, answer })),
      close: () => {
        this.closeCount += 1;
      },
    }),
  });

  async called(count: number): Promise<readonly Call[]> {
    await until("the store is called", () => this.calls.length >= count, TURNS_MAX);
    return this.calls;
  }

  answer(index: number, ...outcomes: readonly PipelineOutcome[]): void {
    this.calls[index]?.answer(outcomes);
  }
}

const SET = (at: number): PipelineOutcome => ({
  kind: "set",
  revision: revision(at),
  deadlineMs: timeMs(0),
});

function found(value: Buffer): PipelineOutcome {
  const entry: Entry = {
    key: bytes("k"),
    value,
    revision: revision(1),
    createRevision: revision(1),
    version: 1,
    deadlineMs: timeMs(0),
    updateTimeMs: timeMs(1),
    contentType: "",
  };
  return { kind: "get", entry, revision: revision(1) };
}

describe("Pipeline", () => {
  let serving: Serving | undefined;

  afterEach(async () => {
    await serving?.stop();
    serving = undefined;
  });

  it("answers each request with a result for each operation, and ends with its caller", async () => {
    serving = await Serving.of(new ModelStore({ clock: SYSTEM_CLOCK }));
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(set("a", "1"), get("a"), get("b"));
    pipeline.send();
    pipeline.send(get("a"));
    pipeline.finish();
    const [first, second, third] = await pipeline.replied(3);
    expect(first?.map(({ result }) => result?.$case)).to.deep.equal(["set", "get", "get"]);
    expect(first?.slice(1).map(valueIn)).to.deep.equal(["1", undefined]);
    expect(second).to.deep.equal([]);
    expect(valueIn(third?.[0])).to.equal("1");
    expect(await pipeline.ended()).to.equal(undefined);
    expect(serving.server.inFlightCount).to.equal(0);
  });

  it("answers in the order of the requests, whichever is done first", async () => {
    const slow = new SlowPipelines();
    serving = await Serving.of(slow.store);
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(set("a", "1"));
    pipeline.send(get("a"));
    pipeline.send(set("b", "1"));
    await slow.called(3);
    slow.answer(2, SET(3));
    slow.answer(1, found(bytes("v")));
    await settle(50);
    expect(pipeline.replies).to.deep.equal([]);
    slow.answer(0, SET(1));
    const replies = await pipeline.replied(3);
    expect(replies.map(([result]) => result?.result?.$case)).to.deep.equal(["set", "get", "set"]);
  });

  it("tells an operation's error as its call would, in its place", async () => {
    const store = new ModelStore({ clock: SYSTEM_CLOCK });
    serving = await Serving.of(store);
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(set("a", "1"), set("", "1"), get("a", 99), { ...get("a", -1) }, get("a"));
    const [results] = await pipeline.replied(1);
    const ours = [
      kvRejectionOf(store.set(setOf("", "1"), PATIENT), "INVALID_FIELD"),
      kvRejectionOf(
        store.getAt({ key: bytes("a"), atRevision: revision(99) }, PATIENT),
        "INVALID_FIELD",
      ),
    ];
    for (const [index, error] of (await Promise.all(ours)).entries()) {
      const sent = errorIn(results?.[index + 1]);
      expect(sent.code).to.equal(toStatus(error).code);
      expect(reasonIn(sent)).to.equal(error.code);
    }
    expect(reasonIn(errorIn(results?.[3]))).to.equal("INVALID_FIELD");
    expect(valueIn(results?.[4])).to.equal("1");
  });

  it("ends with INVALID_ARGUMENT where a request has too many operations, after what came before", async () => {
    serving = await Serving.of(new ModelStore({ clock: SYSTEM_CLOCK }), {
      pipelineOperationsMax: 3,
    });
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(set("a", "1"), get("a"), get("a"));
    pipeline.send(set("b", "1"), get("a"), get("a"), get("a"));
    pipeline.send(set("c", "1"));
    const error = await pipeline.ended();
    expect(error?.code).to.equal(status.INVALID_ARGUMENT);
    expect(error?.details).to.equal(
      "operations: has 4 members, more than 3 (limits.pipeline_operations)",
    );
    expect(pipeline.replies).to.have.lengthOf(1);
    expect(await valueOf(serving.remote, "b")).to.equal(undefined);
    expect(await valueOf(serving.remote, "c")).to.equal(undefined);
  });

  it("takes no more operations than a reply has room for", async () => {
    serving = await Serving.of(new ModelStore({ clock: SYSTEM_CLOCK }), {
      messageBytesMax: 64 * KIB,
    });
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(...Array.from({ length: 257 }, () => get("a")));
    expect((await pipeline.ended())?.details).to.include("has 257 members, more than 256");
  });

  it("ends with INVALID_ARGUMENT where a request is malformed", async () => {
    serving = await Serving.of(new ModelStore({ clock: SYSTEM_CLOCK }));
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.sendBytes(Buffer.from([0x0a, 0x7f, 0x0a]));
    const error = await pipeline.ended();
    expect(error?.code).to.equal(status.INVALID_ARGUMENT);
    expect(error?.details).to.match(/^request: must be whole/);
  });

  it("answers OVERLOADED for entries that a reply has no room for, and does not do those operations", async () => {
    const store = await openOnDisk(new CrashDisk(), SYSTEM_CLOCK);
    const messageBytesMax = 64 * KIB;
    const value = "v".repeat(4000);
    for (const key of ["a", "b"]) await store.set(setOf(key, value), PATIENT);
    serving = await Serving.of(store, { messageBytesMax });
    using pipeline = new RawPipeline(serving.server.address);
    const replaced = set("b", value);
    if (replaced.$case === "set") replaced.value.returnPrevious = true;
    const gets = Array.from({ length: 16 }, () => get("a"));
    pipeline.send(...gets, replaced, replaced, set("c", "1"));
    const [results] = await pipeline.replied(1);
    const kinds = results?.map(({ result }) => result?.$case) ?? [];
    const fitting = kinds.indexOf("error");
    expect(fitting).to.equal(15);
    expect(kinds.slice(fitting, 18).every((kind) => kind === "error")).to.equal(true);
    expect(kinds[18]).to.equal("set");
    const sent = errorIn(results?.[17]);
    expect(sent.code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(reasonIn(sent)).to.equal("OVERLOADED");
    expect(sent.details.some(({ typeUrl }) => typeUrl.endsWith(RetryInfo.$type))).to.equal(true);
    const { entry } = await store.get(bytes("b"), PATIENT);
    expect(entry?.version).to.equal(1);
    await store.close();
  });

  it("cuts errors to their reason where a reply has no room for more", async () => {
    const slow = new SlowPipelines();
    const messageBytesMax = 64 * KIB;
    serving = await Serving.of(slow.store, { messageBytesMax });
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(...Array.from({ length: 256 }, () => get("a")));
    await slow.called(1);
    const error = corrupt("segments/1.seg", 12, "p".repeat(400));
    slow.answer(0, ...Array.from({ length: 256 }, () => ({ kind: "error", error }) as const));
    const [results] = await pipeline.replied(1);
    expect(results).to.have.lengthOf(256);
    expect(errorIn(results?.[255])).to.include({ code: status.DATA_LOSS, message: "" });
    expect(reasonIn(errorIn(results?.[255]))).to.equal("CORRUPT");
  });

  it("reads no further while much waits, and goes on when it is read", async () => {
    const slow = new SlowPipelines();
    serving = await Serving.of(slow.store, { pipelineBytesMax: 256 * KIB });
    using pipeline = new RawPipeline(serving.server.address).stopReading();
    const requestCount = 200;
    for (let index = 0; index < requestCount; index += 1)
      pipeline.send(set("k", "v".repeat(16_000)));
    // Nothing is answered: 256 KiB of requests are taken, and one that makes it too much.
    await slow.called(16);
    await settle(200);
    expect(slow.calls.length).to.be.within(16, 18);
    // Answers that nobody reads fill what the connection holds, and then the same bound.
    const answered = new Set<number>();
    const answerAll = (): void => {
      for (const index of slow.calls.keys()) {
        if (answered.has(index)) continue;
        answered.add(index);
        slow.answer(index, found(Buffer.alloc(60_000)));
      }
    };
    for (let round = 0; round < 50; round += 1) {
      answerAll();
      await settle(10);
    }
    expect(slow.calls.length).to.be.below(60);
    expect((await serving.remote.get(bytes("x"), PATIENT)).entry).to.equal(undefined);
    pipeline.read();
    await until(
      "all is answered",
      () => {
        answerAll();
        return pipeline.replies.length === requestCount;
      },
      TURNS_MAX,
    );
  });

  it("counts entries that wait for the disk, not only what it has answered", async () => {
    const slow = new SlowPipelines();
    serving = await Serving.of(slow.store, { pipelineBytesMax: 256 * KIB });
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(get("a"));
    const [call] = await slow.called(1);
    call?.context.onEntryBytes?.(256 * KIB);
    // One was asked for when there still was room.
    for (let more = 0; more < 3; more += 1) pipeline.send(get("a"));
    await slow.called(2);
    await settle(200);
    expect(slow.calls).to.have.lengthOf(2);
    slow.answer(0, found(bytes("v")));
    await slow.called(4);
  });

  it("answers what it has taken when the server stops, and ends with DRAINING", async () => {
    const slow = new SlowPipelines();
    serving = await Serving.of(slow.store);
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(set("a", "1"));
    await slow.called(1);
    const stopped = serving.server.stop(10_000);
    pipeline.send(set("b", "1"));
    await settle(100);
    expect(slow.calls).to.have.lengthOf(1);
    expect(pipeline.end).to.equal(undefined);
    slow.answer(0, SET(1));
    const error = await pipeline.ended();
    expect(error?.code).to.equal(status.UNAVAILABLE);
    expect(error?.details).to.include("stopping");
    expect(pipeline.replies).to.have.lengthOf(1);
    await stopped;
    expect(slow.closeCount).to.equal(1);
  });

  it("is UNAVAILABLE while the server starts, and RESOURCE_EXHAUSTED where there are too many streams", async () => {
    serving = await Serving.starting({ streamsMax: 1 });
    using early = new RawPipeline(serving.server.address);
    expect((await early.ended())?.code).to.equal(status.UNAVAILABLE);
    serving.server.serve(new ModelStore({ clock: SYSTEM_CLOCK }));
    using first = new RawPipeline(serving.server.address);
    first.send(get("a"));
    await first.replied(1);
    using second = new RawPipeline(serving.server.address);
    expect((await second.ended())?.code).to.equal(status.RESOURCE_EXHAUSTED);
  });

  it("tells the store that its caller has gone", async () => {
    const slow = new SlowPipelines();
    serving = await Serving.of(slow.store);
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(set("a", "1"));
    const [call] = await slow.called(1);
    call?.context.throwIfAbandoned();
    pipeline.cancel();
    const { server } = serving;
    await until("the call is over", () => server.inFlightCount === 0, TURNS_MAX);
    expect(() => call?.context.throwIfAbandoned()).to.throw("the caller has gone");
    expect(slow.closeCount).to.equal(1);
    slow.answer(0, SET(1));
  });

  it("is logged once, and what is damaged for each reply that tells of it", async () => {
    const lines: [level: string, fields: Record<string, unknown>][] = [];
    const note =
      (level: string): Logger["info"] =>
      (fields) =>
        lines.push([level, fields as Record<string, unknown>]);
    const logger = {
      debug: note("debug"),
      info: note("info"),
      warn: note("warn"),
      error: note("error"),
    };
    const slow = new SlowPipelines();
    serving = await Serving.of(slow.store, { logger, logSampleRatio: 1 });
    using pipeline = new RawPipeline(serving.server.address);
    pipeline.send(get("a"), get("b"), set("", ""));
    await slow.called(1);
    const error = corrupt("segments/1.seg", 12, "it is not what it was");
    slow.answer(0, { kind: "error", error }, { kind: "error", error }, SET(1));
    pipeline.finish();
    await pipeline.ended();
    const told = lines.map(([level, { method, code }]) => [level, method, code]);
    expect(told).to.deep.equal([
      ["error", "Pipeline", "DATA_LOSS"],
      ["info", "Pipeline", "OK"],
    ]);
  });

  it("ends with INTERNAL where there is a fault of ours, at once or later", async () => {
    const gate = new Gate();
    const bug = new Error("a bug");
    let callCount = 0;
    const store = fakeStore({
      pipeline: () => ({
        perform: () => {
          callCount += 1;
          if (callCount === 1) throw bug;
          return gate.opened.then(() => Promise.reject(bug));
        },
        close: () => undefined,
      }),
    });
    serving = await Serving.of(store);
    for (let round = 0; round < 2; round += 1) {
      using pipeline = new RawPipeline(serving.server.address);
      pipeline.send(get("a"));
      gate.open();
      const error = await pipeline.ended();
      expect(error?.code).to.equal(status.INTERNAL);
      expect(error?.details).not.to.include("a bug");
    }
    expect(callCount).to.equal(2);
  });
});
