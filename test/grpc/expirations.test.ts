/** WatchExpirations over a real connection: order, flow control, every way in which it ends. */

import { once } from "node:events";
import {
  connect as connectHttp2,
  type ClientHttp2Session,
  type ClientHttp2Stream,
} from "node:http2";

import { Client, credentials, status, type ServiceError } from "@grpc/grpc-js";
import { expect } from "chai";

import {
  WatchExpirationsRequest,
  WatchExpirationsResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { KIB, KvError, MIB, revision, timeMs } from "../../src/base/index.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { MESSAGE_HEAD_BYTES } from "../../src/grpc/message-reader.js";
import { KEY_VALUE_METHODS } from "../../src/grpc/methods.js";
import { splitExpirations } from "../../src/grpc/split-batches.js";
import type { ExpirationBatch, ExpirationEvent, Store } from "../../src/kv/index.js";
import { bytes } from "../support/calls.js";
import { watchOf } from "../support/follower.js";
import { settle, until } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { fakeStore } from "./fake-store.js";
import { Serving } from "./serving.js";

const TURNS_MAX = 2_000_000;

function eventOf(index: number, value: Buffer | undefined): ExpirationEvent {
  return {
    revision: revision(7),
    index,
    key: bytes(`key-${String(index)}`),
    value,
    valueSize: value?.length ?? 5,
    valueOmitted: false,
    contentType: "text/plain",
    deadlineMs: timeMs(1_900_000_000_001),
    commitTimeMs: timeMs(1_900_000_000_002),
    cause: index % 2 === 0 ? "deadline" : "deadline-while-down",
  };
}

function batchOf(token: string, ...expirations: readonly ExpirationEvent[]): ExpirationBatch {
  return { expirations, resumeToken: token, progress: undefined };
}

const PROGRESS = { revision: revision(6), timeMs: timeMs(1_900_000_000_000) };

/** A store that yields these batches, and notes when a stream is over. */
class Feed {
  yieldCount = 0;
  isOver = false;
  signal: AbortSignal | undefined;
  readonly store: Store;

  constructor(batches: () => Iterable<ExpirationBatch>) {
    this.store = fakeStore({ watchExpirations: (_query, signal) => this.#watch(batches, signal) });
  }

  async *#watch(
    batches: () => Iterable<ExpirationBatch>,
    signal: AbortSignal,
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    this.signal = signal;
    try {
      for (const batch of batches()) {
        this.yieldCount += 1;
        yield batch;
      }
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve);
      });
    } finally {
      this.isOver = true;
    }
  }
}

function* endless(valueBytes: number): Generator<ExpirationBatch, void, undefined> {
  for (let index = 0; ; index += 1) {
    yield batchOf(`token-${String(index)}`, eventOf(index, Buffer.alloc(valueBytes)));
  }
}

function follow(remote: RemoteStore | undefined) {
  if (remote === undefined) throw new Error("there is no client");
  return remote.watchExpirations(watchOf(), new AbortController().signal);
}

async function take(serving: Serving, count: number): Promise<ExpirationBatch[]> {
  const batches: ExpirationBatch[] = [];
  const stream = serving.remote.watchExpirations(watchOf(), new AbortController().signal);
  for await (const batch of stream) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}

/** A store whose stream is one long message, and then this error. */
class StuckStore {
  isOver = false;
  cut: () => void = () => undefined;
  readonly store: Store;

  constructor(code: "SLOW_FOLLOWER" | "DRAINING") {
    this.store = fakeStore({
      watchExpirations: (_query, _signal, onCut) => {
        this.cut = onCut ?? this.cut;
        return this.#watch(code);
      },
    });
  }

  async *#watch(
    code: "SLOW_FOLLOWER" | "DRAINING",
  ): AsyncGenerator<ExpirationBatch, void, undefined> {
    yield batchOf("t1", eventOf(0, Buffer.alloc(256 * KIB)));
    this.isOver = true;
    await Promise.reject(new KvError(code, "no more", { metadata: { resume_token: "t0" } }));
  }
}

/** Opens a stream of which nothing is read but the headers. */
async function followWithoutReading(
  serving: Serving,
): Promise<{ session: ClientHttp2Session; stream: ClientHttp2Stream }> {
  const session = connectHttp2(`http://${serving.server.address}`);
  const stream = session.request({
    ":method": "POST",
    ":path": KEY_VALUE_METHODS.watchExpirations.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  // A server that stops cuts both, and says so.
  session.on("error", () => undefined);
  stream.on("error", () => undefined);
  // An empty message: no compression, no bytes.
  stream.end(Buffer.alloc(5));
  await once(stream, "response");
  return { session, stream };
}

/** How many batches the store was asked for, when it is asked for no more. */
async function countAtRest(feed: Feed): Promise<number> {
  let before = -1;
  while (before !== feed.yieldCount) {
    before = feed.yieldCount;
    await settle(5000);
  }
  return before;
}

describe("WatchExpirations on the wire", () => {
  let serving: Serving | undefined;

  afterEach(async () => {
    await serving?.stop();
    serving = undefined;
  });

  it("brings every field of every batch", async () => {
    const batches = [
      { ...batchOf("t1"), progress: PROGRESS },
      batchOf("t2", eventOf(0, bytes("value")), eventOf(1, Buffer.alloc(0))),
      batchOf("t3", { ...eventOf(2, undefined), valueOmitted: true, valueSize: 99 }),
    ];
    const feed = new Feed(() => batches);
    serving = await Serving.of(feed.store);
    expect(await take(serving, 3)).to.deep.equal(batches);
    await until("the store's stream is over", () => feed.isOver, TURNS_MAX);
  });

  it("asks the store for no more while the connection takes no more", async () => {
    const feed = new Feed(() => endless(256 * KIB));
    serving = await Serving.of(feed.store);
    const { session, stream } = await followWithoutReading(serving);
    expect(await countAtRest(feed)).to.be.at.most(2);
    let receivedBytes = 0;
    stream.on("data", (chunk: Buffer) => {
      receivedBytes += chunk.length;
    });
    await until("what was held back arrives", () => receivedBytes > 20 * MIB, TURNS_MAX);
    stream.destroy();
    await until("the store's stream is over", () => feed.isOver, TURNS_MAX);
    expect(feed.signal?.aborted).to.equal(true);
    session.destroy();
  });

  it("asks the store for little more while the follower asks for nothing", async () => {
    const feed = new Feed(() => endless(256 * KIB));
    serving = await Serving.of(feed.store);
    const stream = serving.remote.watchExpirations(watchOf(), new AbortController().signal);
    await stream.next();
    // The client's library reads up to 16 messages ahead.
    expect(await countAtRest(feed)).to.be.at.most(20);
    for (let index = 1; index < 50; index += 1) {
      expect((await stream.next()).value?.resumeToken).to.equal(`token-${String(index)}`);
    }
    await stream.return();
    await until("the store's stream is over", () => feed.isOver, TURNS_MAX);
  });

  it("ends the store's stream when a follower that does not read goes away", async () => {
    const feed = new Feed(() => endless(256 * KIB));
    serving = await Serving.of(feed.store);
    const client = new Client(serving.server.address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const { path, encodeRequest, decodeReply } = KEY_VALUE_METHODS.watchExpirations;
    const request = WatchExpirationsRequest.fromPartial({});
    const call = client.makeServerStreamRequest(path, encodeRequest, decodeReply, request);
    call.on("error", () => undefined);
    await until("the stream has begun", () => feed.yieldCount > 0, TURNS_MAX);
    call.cancel();
    client.close();
    await until("the store's stream is over", () => feed.isOver, TURNS_MAX);
    await until("the call is over", () => serving?.server.inFlightCount === 0, TURNS_MAX);
  });

  it("ends when the follower stops following, without an error", async () => {
    const feed = new Feed(() => [batchOf("t1")]);
    serving = await Serving.of(feed.store);
    const stop = new AbortController();
    let count = 0;
    for await (const batch of serving.remote.watchExpirations(watchOf(), stop.signal)) {
      expect(batch.resumeToken).to.equal("t1");
      count += 1;
      stop.abort();
    }
    expect(count).to.equal(1);
    await until("the store's stream is over", () => feed.isOver, TURNS_MAX);
  });

  for (const code of ["SLOW_FOLLOWER", "DRAINING", "REVISION_COMPACTED"] as const) {
    it(`ends with ${code} and what there is to know, after what came before`, async () => {
      const metadata = { resume_token: "t1", oldest_revision: 12 };
      function* failing(): Generator<ExpirationBatch, void, undefined> {
        yield batchOf("t1", eventOf(0, undefined));
        throw new KvError(code, "no more", { metadata });
      }
      serving = await Serving.of(new Feed(failing).store);
      const stream = serving.remote.watchExpirations(watchOf(), new AbortController().signal);
      const first = await stream.next();
      expect(first.value?.resumeToken).to.equal("t1");
      const error = await kvRejectionOf(stream.next(), code);
      expect(error.metadata).to.deep.equal(metadata);
    });
  }

  it("refuses a bad request as a stream's first and last word", async () => {
    serving = await Serving.of(new Feed(() => []).store);
    const query = watchOf({ progressIntervalMs: 1 });
    const stream = serving.remote.watchExpirations(query, new AbortController().signal);
    const error = await kvRejectionOf(stream.next(), "INVALID_FIELD");
    expect(error.metadata.field).to.equal("progress_interval");
  });

  it("ends with DRAINING and the token on the side of a client that is closed", async () => {
    serving = await Serving.of(new Feed(() => [batchOf("t1")]).store);
    const stream = serving.remote.watchExpirations(watchOf(), new AbortController().signal);
    await stream.next();
    const next = kvRejectionOf(stream.next(), "DRAINING");
    serving.remote.drain();
    expect((await next).metadata.resume_token).to.equal("t1");
  });

  it("is cut where the store does not end it in time", async () => {
    const feed = new Feed(() => [batchOf("t1")]);
    serving = await Serving.of(feed.store);
    const stream = serving.remote.watchExpirations(watchOf(), new AbortController().signal);
    await stream.next();
    const next = stream.next();
    next.catch(() => undefined);
    await serving.server.stop(10);
    await kvRejectionOf(next, "CANCELLED");
    await until("the store's stream is over", () => feed.isOver, TURNS_MAX);
  });

  it("lets go of a follower that was too slow, though it reads nothing", async () => {
    const stuck = new StuckStore("SLOW_FOLLOWER");
    serving = await Serving.of(stuck.store);
    const { session, stream } = await followWithoutReading(serving);
    await settle(1000);
    expect(stuck.isOver, "the message is still on its way").to.equal(false);
    stuck.cut();
    await until("the store's stream is over", () => stuck.isOver, TURNS_MAX);
    await until("the call is over", () => serving?.server.inFlightCount === 0, TURNS_MAX);
    const trailers = once(stream, "trailers");
    stream.resume();
    const [{ "grpc-status": code }] = (await trailers) as [Record<string, string>];
    expect(Number(code)).to.equal(status.RESOURCE_EXHAUSTED);
    session.destroy();
  });

  it("does not hold up the end of a server, though it is not read", async () => {
    const stuck = new StuckStore("DRAINING");
    serving = await Serving.of(stuck.store);
    const { session } = await followWithoutReading(serving);
    await serving.server.stop(60_000);
    expect(stuck.isOver).to.equal(true);
    session.destroy();
  });

  it("has a bound, past which a follower is refused with a time to retry", async () => {
    serving = await Serving.of(new Feed(() => [batchOf("t1")]).store);
    const streams = Array.from({ length: 1024 }, () => follow(serving?.remote));
    await Promise.all(streams.map((stream) => stream.next()));
    // A connection carries no more; the next follower comes with a connection of its own.
    const other = connect({ address: serving.server.address });
    const refused = follow(other).next();
    expect((await kvRejectionOf(refused, "OVERLOADED")).retryAfterMs).to.be.above(0);
    serving.remote.drain();
    await until("the followers are gone", () => serving?.server.inFlightCount === 0, TURNS_MAX);
    expect((await follow(other).next()).done).to.equal(false);
    await other.close();
  });

  it("honours the deadline of a call", async () => {
    const feed = new Feed(() => [batchOf("t1")]);
    serving = await Serving.of(feed.store);
    const client = new Client(serving.server.address, credentials.createInsecure());
    const { path, encodeRequest, decodeReply } = KEY_VALUE_METHODS.watchExpirations;
    const error = await new Promise<ServiceError>((resolve) => {
      client
        .makeServerStreamRequest(
          path,
          encodeRequest,
          decodeReply,
          WatchExpirationsRequest.fromPartial({}),
          { deadline: Date.now() + 50 },
        )
        .on("error", resolve)
        .resume();
    });
    expect(error.code).to.equal(status.DEADLINE_EXCEEDED);
    await until("the store's stream is over", () => feed.isOver, TURNS_MAX);
    client.close();
  });
});

describe("batches as messages", () => {
  async function split(messageBytesMax: number, ...batches: ExpirationBatch[]) {
    // eslint-disable-next-line @typescript-eslint/require-await -- The store's side of it is a generator.
    async function* source(): AsyncGenerator<ExpirationBatch, void, undefined> {
      yield* batches;
    }
    const messages = [];
    for await (const part of splitExpirations(messageBytesMax, { kind: "now" }, source())) {
      const message = encodeReply(part).subarray(MESSAGE_HEAD_BYTES);
      expect(message.length).to.be.at.most(messageBytesMax);
      messages.push(WatchExpirationsResponse.decode(message));
    }
    return messages;
  }

  const encodeReply = KEY_VALUE_METHODS.watchExpirations.definition.encodeReply;

  const value = Buffer.alloc(1000);
  const events = Array.from({ length: 100 }, (_, index) => eventOf(index, value));

  it("splits a long batch, and moves the token only with its last part", async () => {
    const messages = await split(10_000, batchOf("t1"), {
      ...batchOf("t2", ...events),
      progress: PROGRESS,
    });
    expect(messages.length).to.be.above(10);
    expect(messages.flatMap((message) => message.expirations.map(({ key }) => key))).to.deep.equal(
      events.map(({ key }) => key.toString()),
    );
    expect(messages.map(({ resumeToken }) => resumeToken)).to.deep.equal(
      messages.map((message) => (message === messages.at(-1) ? "t2" : "t1")),
    );
    expect(messages.filter(({ progress }) => progress !== undefined)).to.deep.equal(
      messages.slice(-1),
    );
    const omitted = messages.flatMap((message) =>
      message.expirations.filter((expiration) => expiration.valueOmitted),
    );
    expect(omitted).to.have.length(0);
  });

  it("omits a value that fits into no message, and says so", async () => {
    const long = eventOf(1, Buffer.alloc(20_000));
    const [message] = await split(10_000, batchOf("t1", eventOf(0, value), long));
    expect(message?.expirations.map(({ valueOmitted }) => valueOmitted)).to.deep.equal([
      false,
      true,
    ]);
    expect(message?.expirations[1]).to.include({ valueSize: 20_000 });
    expect(message?.expirations[1]?.value).to.have.length(0);
  });

  it("omits values where there is no token yet to split a batch with", async () => {
    const messages = await split(20_000, batchOf("t1", ...events));
    expect(messages).to.have.length(1);
    expect(messages[0]?.expirations).to.have.length(100);
    expect(messages[0]?.expirations.every(({ valueOmitted }) => valueOmitted)).to.equal(true);
  });
});
