/** The client's stream of operations, against a real server: what goes out together, what comes back, and its bounds. */

import { Client, credentials, status } from "@grpc/grpc-js";
import { expect } from "chai";

import { KeyValueError } from "../../clients/typescript/src/key-value-error.js";
import type { OperationQueueOptions } from "../../clients/typescript/src/operation-queue-options.js";
import { OperationStream } from "../../clients/typescript/src/operation-stream.js";
import { revision, SYSTEM_CLOCK, timeMs } from "../../src/base/index.js";
import type { PipelineOperation, PipelineOutcome, Store } from "../../src/kv/index.js";
import { bytes } from "../support/calls.js";
import { settle, until } from "../support/manual-clock.js";
import { ModelStore } from "../support/model-store.js";
import { fakeStore } from "../grpc/fake-store.js";
import { Serving } from "../grpc/serving.js";

const TURNS_MAX = 2_000_000;

async function failureOf(call: Promise<unknown>): Promise<KeyValueError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KeyValueError) return error;
    throw error;
  }
  throw new Error("the call went well, and should not have");
}

/** A store that notes each call of a pipeline, and answers every operation as a set when the test says so. */
class NotedCalls {
  readonly calls: (readonly PipelineOperation[])[] = [];
  readonly #waiting: (() => void)[] = [];
  isAnswering = true;

  readonly store: Store = fakeStore({
    pipeline: () => ({
      perform: (operations) => {
        this.calls.push(operations);
        const outcomes = operations.map((): PipelineOutcome => {
          return { kind: "set", revision: revision(1), deadlineMs: timeMs(0) };
        });
        if (this.isAnswering) return Promise.resolve(outcomes);
        return new Promise((resolve) => this.#waiting.push(() => resolve(outcomes)));
      },
      close: () => undefined,
    }),
  });

  answer(): void {
    this.isAnswering = true;
    for (const answer of this.#waiting.splice(0)) answer();
  }
}

describe("the stream of operations of the client for TypeScript", () => {
  let serving: Serving;
  let client: Client;

  async function connect(
    store: Store,
    options: Partial<OperationQueueOptions> = {},
  ): Promise<OperationStream> {
    serving = await Serving.of(store);
    client = new Client(serving.server.address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 50,
      "grpc.max_reconnect_backoff_ms": 100,
    });
    return new OperationStream({ client, ...options });
  }

  afterEach(async () => {
    client.close();
    await serving.stop();
  });

  it("does every kind of operation, each as its call would, in the order in which they are asked for", async () => {
    const stream = await connect(new ModelStore({ clock: SYSTEM_CLOCK }));
    const value = bytes("41");
    const asked = [
      stream.set({ key: "a", value }),
      stream.get({ key: "a" }),
      stream.increment({ key: "a" }),
      stream.increment({ key: "a", delta: "-2" }),
      stream.get({ key: "a" }),
      stream.touch({ key: "a", expiration: { $case: "ttl", value: { seconds: 60, nanos: 0 } } }),
      stream.set({
        key: "a",
        value,
        expiration: { $case: "keepExpiration", value: true },
        returnPrevious: true,
      }),
      stream.delete({ key: "a", returnPrevious: true }),
      stream.get({ key: "a" }),
      stream.set({ key: "b", value: bytes(""), contentType: "text/plain" }),
      stream.get({ key: "b" }),
    ] as const;
    // What was passed in may be changed at once.
    value.fill(0);
    const done = await Promise.all(asked);
    expect(done[0].revision).to.equal(1);
    expect(done[1].entry?.value.toString()).to.equal("41");
    expect(done.slice(2, 4)).to.have.deep.nested.property("[0].value", "42");
    expect(done[3].value).to.equal("40");
    expect(done[4].entry).to.deep.include({ key: "a", version: 3, createRevision: 1 });
    expect(done[5].touched).to.equal(true);
    expect(done[6].previous?.value.toString()).to.equal("40");
    expect(done[6].expireTime).to.deep.equal(done[5].expireTime);
    expect(done[7]).to.deep.include({ deleted: true });
    expect(done[8]).to.deep.equal({ entry: undefined, revision: done[7].revision });
    expect(done[10].entry).to.deep.include({ contentType: "text/plain", value: bytes("") });
    await stream.close();
  });

  it("rejects an operation with the server's own reason, and goes on", async () => {
    const stream = await connect(new ModelStore({ clock: SYSTEM_CLOCK }));
    const absent = { condition: { $case: "exists", value: false } } as const;
    const set = (key: string) => stream.set({ key, value: bytes("v"), precondition: absent });
    const [, second, empty, long, late] = await Promise.all([
      set("a"),
      failureOf(set("a")),
      failureOf(stream.get({ key: "" })),
      failureOf(stream.get({ key: "k".repeat(5000) })),
      failureOf(stream.get({ key: "a", revision: 99 })),
    ]);
    expect(second).to.include({ reason: "KEY_EXISTS", code: status.ALREADY_EXISTS });
    expect(second.metadata).to.include({ field: "precondition" });
    for (const [error, field] of [
      [empty, "key"],
      [long, "key"],
      [late, "revision"],
    ] as const) {
      expect(error).to.include({ reason: "INVALID_FIELD", code: status.INVALID_ARGUMENT });
      expect(error.metadata).to.deep.equal({ field });
    }
    const lone = await failureOf(stream.get({ key: "half \uD800 pair" }));
    expect(lone.metadata).to.deep.equal({ field: "key" });
    expect((await stream.get({ key: "a" })).entry?.key).to.equal("a");
    await stream.close();
  });

  it("gathers what is asked for in one turn into one message, and cuts it at its bounds", async () => {
    const noted = new NotedCalls();
    const stream = await connect(noted.store, {
      messageOperationsMax: 50,
      messageBytesMax: 10_000,
    });
    const ask = (count: number, size: number) =>
      Promise.all(
        Array.from({ length: count }, () => stream.set({ key: "k", value: Buffer.alloc(size) })),
      );
    await ask(40, 1);
    await ask(120, 1);
    await ask(5, 4000);
    expect(noted.calls.map(({ length }) => length)).to.deep.equal([40, 50, 50, 20, 2, 2, 1]);
    await stream.close();
  });

  it("sends no more than its window while that is not answered, and refuses what it has no room for", async () => {
    const noted = new NotedCalls();
    noted.isAnswering = false;
    const stream = await connect(noted.store, {
      messageOperationsMax: 10,
      windowBytesMax: 5000,
      operationsMax: 100,
    });
    const asked = Array.from({ length: 100 }, () =>
      stream.set({ key: "k", value: Buffer.alloc(200) }),
    );
    const refused = await failureOf(stream.get({ key: "k" }));
    expect(refused).to.include({ reason: "OVERLOADED", code: status.RESOURCE_EXHAUSTED });
    expect(refused.retryAfterMs).to.be.above(0);
    await until("the window is full", () => noted.calls.length >= 3, TURNS_MAX);
    await settle(100);
    // Two and a bit messages of 2,120 bytes make the window full.
    expect(noted.calls.length).to.equal(3);
    noted.answer();
    await Promise.all(asked);
    expect(noted.calls.length).to.equal(10);
    expect(stream.operationCount).to.equal(0);
    await stream.close();
  });

  it("bounds the bytes that wait", async () => {
    const noted = new NotedCalls();
    noted.isAnswering = false;
    const stream = await connect(noted.store, { bytesMax: 10_000 });
    const value = Buffer.alloc(6000);
    const asked = [stream.set({ key: "k", value }), stream.set({ key: "k", value })];
    expect(await failureOf(stream.set({ key: "k", value }))).to.include({ reason: "OVERLOADED" });
    await until("they are there", () => noted.calls.length > 0, TURNS_MAX);
    noted.answer();
    await Promise.all(asked);
    await stream.close();
  });

  it("fails what is under way when its stream breaks, and opens another for the next", async () => {
    const noted = new NotedCalls();
    noted.isAnswering = false;
    const stream = await connect(noted.store);
    const lost = failureOf(stream.get({ key: "k" }));
    await until("it is there", () => noted.calls.length === 1, TURNS_MAX);
    const { address } = serving.server;
    const stopped = serving.server.stop(0);
    const error = await lost;
    expect(error.code).to.be.oneOf([status.UNAVAILABLE, status.CANCELLED]);
    await stopped;
    expect(await failureOf(stream.get({ key: "k" }))).to.include({ reason: "UNREACHABLE" });
    await serving.remote.close();
    serving = await Serving.of(new ModelStore({ clock: SYSTEM_CLOCK }), { address });
    let found: unknown;
    for (let attempt = 0; found === undefined && attempt < 10_000; attempt += 1) {
      await stream.get({ key: "k" }).then(
        (reply) => {
          found = reply;
        },
        () => settle(20),
      );
    }
    expect(found).to.deep.equal({ entry: undefined, revision: 0 });
    await stream.close();
  });

  it("tells what a server that stops has not done", async () => {
    const noted = new NotedCalls();
    noted.isAnswering = false;
    const stream = await connect(noted.store, { messageOperationsMax: 1 });
    const first = stream.set({ key: "k", value: bytes("v") });
    await until("it is there", () => noted.calls.length === 1, TURNS_MAX);
    const stopped = serving.server.stop(10_000);
    const second = failureOf(stream.set({ key: "k", value: bytes("v") }));
    await settle(100);
    noted.answer();
    expect((await first).revision).to.equal(1);
    expect(await second).to.include({ reason: "DRAINING", code: status.UNAVAILABLE });
    await stopped;
    await stream.close();
  });

  it("answers what was asked for before it was closed, and refuses what comes after", async () => {
    const stream = await connect(new ModelStore({ clock: SYSTEM_CLOCK }));
    const asked = stream.set({ key: "k", value: bytes("v") });
    const closed = stream.close();
    expect(await failureOf(stream.get({ key: "k" }))).to.include({ reason: "CLOSED" });
    await closed;
    expect((await asked).revision).to.equal(1);
    await until("the server sees its end", () => serving.server.inFlightCount === 0, TURNS_MAX);
  });
});
