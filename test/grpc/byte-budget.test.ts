/** Long messages that wait: bounded, refused past the bound, and given back when their call is over. */

import { once } from "node:events";
import { connect as connectHttp2, type ClientHttp2Stream } from "node:http2";

import { expect } from "chai";

import { GetRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { isKvError, MIB, revision, timeMs } from "../../src/base/index.js";
import { ByteBudget, type EndingCall } from "../../src/grpc/byte-budget.js";
import type { GetResult } from "../../src/kv/index.js";
import { bytes, PATIENT } from "../support/calls.js";
import { until } from "../support/manual-clock.js";
import { fakeStore } from "./fake-store.js";
import { KEY_VALUE_PATH, Serving } from "./serving.js";

const TURNS_MAX = 2_000_000;

/** A call that a test ends. */
class Call implements EndingCall {
  readonly peer: string;
  #end: () => void = () => undefined;

  constructor(peer: string) {
    this.peer = peer;
  }

  whenOver(listener: () => void): void {
    this.#end = listener;
  }

  end(): void {
    this.#end();
  }
}

function takes(budget: ByteBudget, call: Call, size: number): boolean {
  try {
    budget.take(call, size);
    return true;
  } catch (error) {
    expect(isKvError(error, "OVERLOADED")).to.equal(true);
    return false;
  }
}

describe("the budget of replies", () => {
  it("bounds each connection, and gives back what ended", () => {
    const budget = new ByteBudget("replies");
    const first = new Call("a");
    expect(takes(budget, first, 63 * MIB)).to.equal(true);
    expect(takes(budget, new Call("a"), 2 * MIB)).to.equal(false);
    expect(takes(budget, new Call("a"), MIB)).to.equal(true);
    expect(takes(budget, new Call("b"), 2 * MIB)).to.equal(true);
    first.end();
    expect(takes(budget, new Call("a"), 2 * MIB)).to.equal(true);
    expect(budget.waitingBytes).to.equal(5 * MIB);
  });

  it("bounds all connections together", () => {
    const budget = new ByteBudget("replies");
    for (let index = 0; index < 8; index += 1) {
      expect(takes(budget, new Call(String(index)), 64 * MIB)).to.equal(true);
    }
    expect(takes(budget, new Call("one more"), MIB)).to.equal(false);
  });

  it("lets a single reply pass, however long", () => {
    expect(takes(new ByteBudget("replies"), new Call("a"), 1000 * MIB)).to.equal(true);
  });
});

const RESULT: GetResult = {
  entry: {
    key: bytes("k"),
    value: Buffer.alloc(MIB, 7),
    revision: revision(1),
    createRevision: revision(1),
    version: 1,
    deadlineMs: timeMs(0),
    updateTimeMs: timeMs(1),
    contentType: "",
  },
  revision: revision(1),
};

describe("replies that nobody reads", () => {
  it("cost one connection its calls, and nobody else theirs", async () => {
    const serving = await Serving.of(fakeStore({ get: () => Promise.resolve(RESULT) }));
    // No window, so the server cannot send a byte of any reply; headers and trailers it can.
    const session = connectHttp2(`http://${serving.server.address}`, {
      settings: { initialWindowSize: 0 },
    });
    const message = GetRequest.encode({ revision: 0, key: "k" }).finish();
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
    const ask = (): ClientHttp2Stream => {
      const stream = session.request({
        ":method": "POST",
        ":path": `${KEY_VALUE_PATH}Get`,
        "content-type": "application/grpc",
        te: "trailers",
      });
      stream.end(frame);
      return stream;
    };
    try {
      const waiting = Array.from({ length: 64 }, ask);
      await Promise.all(waiting.map((stream) => once(stream, "response")));
      expect(serving.server.waitingBytes).to.equal(64 * MIB);
      const [headers] = (await once(ask(), "response")) as [Record<string, string>];
      expect(headers["grpc-status"]).to.equal("8");
      expect((await serving.remote.get(bytes("k"), PATIENT)).entry?.value).to.have.length(MIB);
    } finally {
      session.destroy();
    }
    await until("the bytes are given back", () => serving.server.waitingBytes === 0, TURNS_MAX);
    await serving.stop();
  });

  it("are given back when they have been read", async () => {
    const serving = await Serving.of(fakeStore({ get: () => Promise.resolve(RESULT) }));
    for (let count = 0; count < 100; count += 1) await serving.remote.get(bytes("k"), PATIENT);
    await until("the bytes are given back", () => serving.server.waitingBytes === 0, TURNS_MAX);
    await serving.stop();
  });

  it("are not alone: requests that do not come to their end cost one connection its calls", async () => {
    const serving = await Serving.of(fakeStore({ get: () => Promise.resolve(RESULT) }));
    const session = connectHttp2(`http://${serving.server.address}`);
    // The head of a message of four mebibytes, and nothing of the message.
    const head = Buffer.from([0, 0, 0x40, 0, 0]);
    const begin = (): ClientHttp2Stream => {
      const stream = session.request({
        ":method": "POST",
        ":path": `${KEY_VALUE_PATH}Set`,
        "content-type": "application/grpc",
        te: "trailers",
      });
      stream.write(head);
      return stream;
    };
    try {
      const begun = Array.from({ length: 17 }, begin);
      const refused = once(begun[16] ?? begin(), "response") as Promise<[Record<string, string>]>;
      expect((await refused)[0]["grpc-status"]).to.equal("8");
      expect((await serving.remote.get(bytes("k"), PATIENT)).entry?.value).to.have.length(MIB);
    } finally {
      session.destroy();
      await serving.stop();
    }
  });
});
