/** Small parts of the client for TypeScript by themselves: ids, waits, deadlines, transactions. */

import { status } from "@grpc/grpc-js";
import { expect } from "chai";

import { DeadlineTimer } from "../../clients/typescript/src/deadline-timer.js";
import { KeyValueError, type Entry } from "../../clients/typescript/src/index.js";
import { errorFromStatus } from "../../clients/typescript/src/key-value-error.js";
import { newRequestId } from "../../clients/typescript/src/request-id.js";
import { isRetried, waitMsAfter } from "../../clients/typescript/src/retry-policy.js";
import { runTransaction, type Transactor } from "../../clients/typescript/src/transaction.js";
import { eventually } from "./eventually.js";
import { failureOf } from "./failure-of.js";

describe("request ids of the client for TypeScript", () => {
  it("are 22 characters of base64url, and never the same", () => {
    const ids = Array.from({ length: 5000 }, newRequestId);
    expect(ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id))).to.equal(true);
    expect(new Set(ids).size).to.equal(ids.length);
  });
});

describe("errors of the client for TypeScript", () => {
  it("take a stream that a proxy reset for a broken one", () => {
    const message = "Received RST_STREAM with code 2 (Internal server error)";
    const { reason, code } = errorFromStatus({ code: status.INTERNAL, message, details: [] });
    expect({ reason, code }).to.deep.equal({ reason: "UNREACHABLE", code: status.UNAVAILABLE });
  });

  it("leave any other internal error what it is", () => {
    const { reason, code } = errorFromStatus({ code: status.INTERNAL, message: "no", details: [] });
    expect({ reason, code }).to.deep.equal({ reason: "OTHER", code: status.INTERNAL });
  });
});

describe("retries of the client for TypeScript", () => {
  const failed = (code: number, retryAfterMs?: number) =>
    new KeyValueError("no", {
      ...{ reason: "OTHER", code },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });

  it("come after what waiting mends, and after nothing else", () => {
    expect(isRetried(failed(status.UNAVAILABLE))).to.equal(true);
    expect(isRetried(failed(status.RESOURCE_EXHAUSTED, 5))).to.equal(true);
    expect(isRetried(failed(status.RESOURCE_EXHAUSTED))).to.equal(false);
    for (const code of [
      status.DEADLINE_EXCEEDED,
      status.CANCELLED,
      status.ABORTED,
      status.INTERNAL,
    ]) {
      expect(isRetried(failed(code, 5)), String(code)).to.equal(false);
    }
    expect(isRetried(new Error("ours"))).to.equal(false);
  });

  it("wait as long as the server said, or a half to the whole of what doubles up to two seconds", () => {
    expect(waitMsAfter(9, failed(status.UNAVAILABLE, 1234))).to.equal(1234);
    for (const [count, whole] of [
      [1, 50],
      [2, 100],
      [5, 800],
      [7, 2000],
      [2000, 2000],
    ] as const) {
      const waits = Array.from({ length: 200 }, () =>
        waitMsAfter(count, failed(status.UNAVAILABLE)),
      );
      expect(Math.min(...waits)).to.be.within(whole / 2, whole * 0.6);
      expect(Math.max(...waits)).to.be.within(whole * 0.9, whole);
    }
  });
});

describe("the deadline timer of the client for TypeScript", () => {
  it("rings for the earliest, and then for what it is told", async () => {
    const nowMs = performance.now();
    const rings: number[] = [];
    const next = [nowMs + 60, Infinity];
    const timer = new DeadlineTimer((atMs) => {
      rings.push(atMs - nowMs);
      return next.shift() ?? Infinity;
    });
    timer.expect(nowMs + 10_000);
    timer.expect(nowMs + 30);
    timer.expect(nowMs + 40);
    await eventually("it rang twice", () => rings.length === 2);
    expect(rings[0]).to.be.at.least(29);
    expect(rings[1]).to.be.at.least(59);
    timer.expect(performance.now() + 5);
    timer.stop();
    expect(rings).to.have.lengthOf(2);
  });
});

/** A store of text in memory that notes what it is asked. */
class FakeStore implements Transactor<string> {
  readonly entries = new Map<string, Entry<string>>();
  readonly transacted: unknown[] = [];
  conflicts = 0;

  put(key: string, value: string, revision: number): void {
    const rest = { createRevision: 1, version: 1, expireTime: undefined, updateTime: undefined };
    this.entries.set(key, { key, value, revision, ...rest, contentType: "" });
  }

  get(key: string): Promise<Entry<string> | undefined> {
    return Promise.resolve(this.entries.get(key));
  }

  transact(
    ...[request]: Parameters<Transactor<string>["transact"]>
  ): ReturnType<Transactor<string>["transact"]> {
    this.transacted.push(request);
    const succeeded = this.conflicts === 0;
    if (!succeeded) this.conflicts -= 1;
    return Promise.resolve({ revision: 9, succeeded, results: [], replayed: false });
  }
}

describe("transactions of the client for TypeScript", () => {
  it("ask that what they read is as it was, see their own writes, and write all at once", async () => {
    const store = new FakeStore();
    store.put("a", "1", 7);
    const result = await runTransaction<string, string>(
      store,
      async (transaction) => {
        expect(await transaction.get("a")).to.equal("1");
        expect(await transaction.get("none")).to.equal(undefined);
        transaction.set("a", "2", { ttlMs: 5 });
        expect(await transaction.get("a")).to.equal("2");
        transaction.delete("b");
        expect(await transaction.get("b")).to.equal(undefined);
        transaction.increment("n", 5n);
        transaction.touch("t", { persist: true });
        for (const key of ["n", "t"]) {
          expect(await failureOf(transaction.get(key))).to.include({ reason: "INVALID_FIELD" });
        }
        return "done";
      },
      {},
    );
    expect(result).to.equal("done");
    expect(store.transacted).to.deep.equal([
      {
        conditions: [
          { key: "a", revision: 7 },
          { key: "none", revision: 0 },
        ],
        then: [
          { kind: "set", key: "a", value: "2", ttlMs: 5 },
          { kind: "delete", key: "b" },
          { kind: "increment", key: "n", delta: 5n },
          { kind: "touch", key: "t", persist: true },
        ],
      },
    ]);
  });

  it("are made again from the beginning, so often and no more", async () => {
    const store = new FakeStore();
    store.conflicts = 2;
    let calls = 0;
    const body = (transaction: { set(key: string, value: string): void }) => {
      calls += 1;
      transaction.set("a", String(calls));
    };
    await runTransaction(store, body, {});
    expect(calls).to.equal(3);
    expect(store.transacted.at(-1)).to.have.nested.property("then[0].value", "3");
    store.conflicts = 9;
    const failed = await failureOf(runTransaction(store, body, { attemptsMax: 2 }));
    expect(failed).to.include({ reason: "PRECONDITION_FAILED", code: status.ABORTED });
    expect(calls).to.equal(5);
  });

  it("send nothing that asks nothing, and check what read several keys", async () => {
    const store = new FakeStore();
    await runTransaction(store, (transaction) => transaction.get("a"), {});
    expect(store.transacted).to.deep.equal([]);
    const two = async (transaction: { get(key: string): Promise<unknown> }) => {
      await transaction.get("a");
      await transaction.get("b");
    };
    await runTransaction(store, two, {});
    expect(store.transacted).to.have.lengthOf(1);
    const error = new Error("mine");
    let caught: unknown;
    await runTransaction(
      store,
      (transaction) => {
        transaction.set("a", "1");
        throw error;
      },
      {},
    ).catch((reason: unknown) => {
      caught = reason;
    });
    expect(caught).to.equal(error);
    expect(store.transacted).to.have.lengthOf(1);
  });
});
