/** The server that refuses, in the conformance run: it answers as it is told, and knows how often and how soon it was tried. */

import { expect } from "chai";

import { readRefusal, RefusingServer } from "../../clients/conformance/src/refusing-server.js";
import { connect, type KeyValueClient } from "../../clients/typescript/src/index.js";
import { failureOf } from "./failure-of.js";

describe("the server that refuses, in the conformance run", () => {
  let refusing: RefusingServer;
  let client: KeyValueClient<Uint8Array>;

  const refuse = (code: string, more: object = {}): void => {
    refusing.refusal = readRefusal({ code, ...more });
  };

  before(async () => {
    refusing = await RefusingServer.start(readRefusal({ code: "INTERNAL" }));
    const address = `127.0.0.1:${String(refusing.port)}`;
    client = connect({ address, retries: false, deadlineMs: 10_000 });
  });

  after(async () => {
    await client.close();
    refusing.stop();
  });

  const all = (): readonly (readonly [string, () => Promise<unknown>])[] => [
    ["pipelined", () => client.get("a")],
    ["unary", () => client.countKeys("all")],
    ["streamed", () => client.scan("all")[Symbol.asyncIterator]().next()],
  ];

  it("answers every kind of call as it is told", async () => {
    const retryAfterMs = 1250;
    refuse("RESOURCE_EXHAUSTED", { reason: "OVERLOADED", retry_after_ms: retryAfterMs });
    for (const [kind, call] of all()) {
      const failure = await failureOf(call());
      expect(failure, kind).to.include({ reason: "OVERLOADED", retryAfterMs });
    }
    refuse("UNAVAILABLE");
    for (const [kind, call] of all()) {
      expect(await failureOf(call()), kind).to.include({ reason: "UNREACHABLE" });
    }
    expect(refusing.tries["count"]).to.equal(all().length);
  });

  it("counts tries from when it was told last, and finds one that comes too soon", async () => {
    refuse("DATA_LOSS");
    const callOnce = (): Promise<unknown> => failureOf(client.countKeys("all"));
    await callOnce();
    await callOnce();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await callOnce();
    const { count, waits_ms: waits } = refusing.tries as { count: number; waits_ms: object };
    expect(count).to.equal(3);
    expect(waits).to.have.property("2").that.is.at.least(60);
    expect(waits).to.have.property("1").that.is.at.least(0);
    refuse("DATA_LOSS");
    expect(refusing.tries).to.deep.equal({ count: 0, waits_ms: {} });
  });
});
