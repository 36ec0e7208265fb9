/** The typed client where the server cannot be had: what it makes again, in which order, and when it gives up. */

import { expect } from "chai";

import type { Proxy } from "../../clients/conformance/src/proxy.js";
import {
  connect,
  text,
  type ConnectOptions,
  type KeyValueClient,
} from "../../clients/typescript/src/index.js";
import { eventually } from "./eventually.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { failureOf } from "./failure-of.js";
import { portOf, proxyTo } from "./proxy-to.js";

describe("the client for TypeScript, when connections break", () => {
  let directory: string;
  let server: ServerProcess;
  let proxy: Proxy;
  let direct: KeyValueClient<string>;
  let client: KeyValueClient<string>;

  before(async function () {
    this.timeout(30_000);
    directory = await makeTemporaryDirectory();
    server = await ServerProcess.start(directory);
    direct = connect({ address: server.address }).withCodec(text());
  });

  async function through(options: ConnectOptions = {}): Promise<void> {
    proxy = await proxyTo(server.address);
    client = connect({ address: proxy.address, ...options }).withCodec(text());
  }

  afterEach(async () => {
    const closed = client.close();
    proxy.cut();
    await closed;
    await proxy.stop();
  });

  after(async () => {
    await direct.close();
    await server.dispose();
    await removeDirectory(directory);
  });

  it("gives up a scan that does not begin before the deadline, and lets one that has begun take its time", async () => {
    await through({ deadlineMs: 300 });
    await direct.set("scan/a", "1");
    await client.get("scan/a");
    const scan = client.scan({ prefix: "scan/" });
    expect((await scan.next()).value?.key).to.equal("scan/a");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await scan.next()).to.deep.equal({ done: true, value: undefined });
    proxy.loseReplies();
    const late = await failureOf(client.scan({ prefix: "scan/" }).next());
    expect(late).to.include({ reason: "DEADLINE_EXCEEDED" });
  });

  it("makes each write once, in the order in which they were asked for, over many breaks", async function () {
    this.timeout(30_000);
    await through({ deadlineMs: 20_000 });
    const answers: bigint[] = [];
    const asked: Promise<unknown>[] = [];
    for (let round = 0; round < 8; round += 1) {
      for (let index = 0; index < 50; index += 1) {
        asked.push(
          client.increment("order/n").then(({ value }) => answers.push(value)),
          client.set("order/last", String(asked.length)),
        );
      }
      await new Promise(setImmediate);
      // Half of the time it was done and not answered, else it may not have come.
      if (round % 2 === 0) proxy.loseReplies();
      await direct.get("order/n");
      proxy.cut();
    }
    await Promise.all(asked);
    expect(answers).to.deep.equal(Array.from({ length: 400 }, (_, index) => BigInt(index + 1)));
    expect((await direct.get("order/last"))?.value).to.equal(String(asked.length - 2));
  });

  it("says that a write was made before, where the answer was lost", async () => {
    await through();
    await client.get("lost/a");
    proxy.loseReplies();
    const set = client.set("lost/a", "v");
    const transact = client.transact({ then: [{ kind: "increment", key: "lost/n" }] });
    await eventually("both are done", async () => {
      const entries = await Promise.all([direct.get("lost/a"), direct.get("lost/n")]);
      return entries.every((entry) => entry !== undefined);
    });
    proxy.cut();
    expect(await set).to.include({ replayed: true });
    expect(await transact).to.include({ replayed: true, succeeded: true });
    expect((await direct.get("lost/a"))?.version).to.equal(1);
  });

  it("makes nothing again with retries off", async () => {
    await through({ retries: false });
    await client.get("once/a");
    proxy.loseReplies();
    const lost = failureOf(client.set("once/a", "v"));
    const status = failureOf(client.status());
    await eventually("it is done", async () => (await direct.get("once/a")) !== undefined);
    proxy.cut();
    for (const error of await Promise.all([lost, status])) {
      expect(error).to.include({ reason: "UNREACHABLE", codeName: "UNAVAILABLE" });
    }
  });

  it("fails with what the last try failed with, if the next one would be too late", async () => {
    await through({ deadlineMs: 400 });
    await client.get("late/a");
    proxy.targetPort = undefined;
    proxy.cut();
    const begunMs = performance.now();
    for (const call of [client.set("late/a", "v"), client.get("late/a"), client.status()]) {
      expect(await failureOf(call)).to.include({ reason: "UNREACHABLE" });
    }
    expect(performance.now() - begunMs).to.be.below(5000);
    // Who does not wait has that answer at once.
    const waiting = client.get("late/a", { deadlineMs: 60_000, signal: AbortSignal.timeout(3000) });
    expect(await failureOf(client.get("late/a", { retries: false }))).to.include({
      reason: "UNREACHABLE",
    });
    proxy.targetPort = portOf(server.address);
    expect(await waiting).to.equal(undefined);
  });

  it("gives up at its deadline what is not answered, and goes on when the server does", async () => {
    await through();
    await client.get("dead/a");
    server.signal("SIGSTOP");
    const asked = [
      failureOf(client.set("dead/a", "v", { deadlineMs: 60 })),
      failureOf(client.get("dead/a", { deadlineMs: 30 })),
      failureOf(client.countKeys("all", { deadlineMs: 50 })),
    ];
    const patient = client.increment("dead/n");
    for (const error of await Promise.all(asked)) {
      expect(error).to.include({ reason: "DEADLINE_EXCEEDED", codeName: "DEADLINE_EXCEEDED" });
    }
    server.signal("SIGCONT");
    expect((await patient).value).to.equal(1n);
    expect((await client.get("dead/a"))?.value).to.equal("v");
  });

  it("rejects at once what is aborted, and does not send what was not sent", async () => {
    await through();
    await client.get("abort/a");
    const early = new AbortController();
    const unsent = failureOf(client.set("abort/a", "v", { signal: early.signal }));
    const beside = client.set("abort/b", "v");
    early.abort(new Error("changed my mind"));
    const error = await unsent;
    expect(error).to.include({ reason: "CANCELLED", codeName: "CANCELLED" });
    expect(error.cause).to.have.property("message", "changed my mind");
    await beside;
    expect(await direct.get("abort/a")).to.equal(undefined);
    proxy.loseReplies();
    const late = new AbortController();
    const calls = [
      client.set("abort/c", "v", { signal: late.signal }),
      client.countKeys("all", { signal: late.signal }),
      client.scan("all", { signal: late.signal }).next(),
    ].map(failureOf);
    await eventually("the first is done", async () => (await direct.get("abort/c")) !== undefined);
    late.abort();
    for (const cancelled of await Promise.all(calls)) {
      expect(cancelled).to.include({ reason: "CANCELLED" });
    }
    expect(await failureOf(client.get("abort/a", { signal: late.signal }))).to.include({
      reason: "CANCELLED",
    });
  });

  it("follows over breaks, and tells everything once", async function () {
    this.timeout(30_000);
    await through();
    const watch = client.watch({ ranges: [{ prefix: "follow/" }] });
    const seen: string[] = [];
    await watch.next();
    const reading = (async () => {
      for await (const { events } of watch) {
        for (const { entry } of events) seen.push(entry?.value ?? "-");
        if (seen.length >= 60) return;
      }
    })();
    for (let index = 0; index < 60; index += 1) {
      await direct.set("follow/a", String(index));
      if (index % 15 === 7) proxy.cut();
    }
    await reading;
    expect(seen).to.deep.equal(Array.from({ length: 60 }, (_, index) => String(index)));
  });

  it("answers what was asked for before it was closed", async () => {
    await through();
    const asked = Promise.all([client.set("close/a", "v"), client.status()]);
    await client.close();
    await asked;
    expect((await direct.get("close/a"))?.value).to.equal("v");
  });
});
