/** Many operations at once: never too many, never two on one key, and no failure that goes unseen. */

import { setImmediate as turn } from "node:timers/promises";

import { expect } from "chai";

import { OperationsInFlight } from "../../src/app/transfer/operations-in-flight.js";
import { retryOverload } from "../../src/app/transfer/retry-overload.js";
import { KvError } from "../../src/base/index.js";

describe("operations in flight", () => {
  it("are bounded, and in order where they share a key", async () => {
    const inFlight = new OperationsInFlight({ operationsMax: 3, bytesMax: 100 });
    const done: string[] = [];
    const running = new Set<string>();
    let most = 0;
    for (let index = 0; index < 40; index++) {
      const key = `k${String(index % 5)}`;
      await inFlight.start({ key, sizeBytes: 1 }, async () => {
        expect(running.has(key)).to.equal(false);
        running.add(key);
        most = Math.max(most, running.size);
        for (let turns = (index * 7) % 5; turns >= 0; turns--) await turn();
        running.delete(key);
        done.push(`${key}:${String(index)}`);
      });
    }
    await inFlight.finish();
    expect(done).to.have.lengthOf(40);
    expect(most).to.equal(3);
    const ofOneKey = done.filter((name) => name.startsWith("k2:")).map((name) => +name.slice(3));
    expect(ofOneKey).to.deep.equal([...ofOneKey].sort((left, right) => left - right));
  });

  it("are bounded in bytes, except that one alone may be larger", async () => {
    const inFlight = new OperationsInFlight({ operationsMax: 100, bytesMax: 10 });
    let heldBytes = 0;
    const most: number[] = [];
    for (const sizeBytes of [4, 4, 4, 25, 1, 9, 2]) {
      await inFlight.start({ key: String(most.length), sizeBytes }, async () => {
        heldBytes += sizeBytes;
        most.push(heldBytes);
        await turn();
        heldBytes -= sizeBytes;
      });
    }
    await inFlight.finish();
    expect(most).to.have.lengthOf(7);
    expect(most.filter((bytes) => bytes > 10)).to.deep.equal([25]);
  });

  it("tell of the first failure, and start nothing after it", async () => {
    const inFlight = new OperationsInFlight({ operationsMax: 2, bytesMax: 100 });
    await inFlight.start({ key: "a", sizeBytes: 1 }, () => Promise.reject(new Error("first")));
    await inFlight.settle();
    const later: unknown = await inFlight
      .start({ key: "b", sizeBytes: 1 }, () => Promise.resolve())
      .catch((error: unknown) => error);
    expect(String(later)).to.equal("Error: first");
  });
});

describe("trying again", () => {
  const { signal } = new AbortController();
  const overloaded = (retryAfterMs: number): KvError =>
    new KvError("OVERLOADED", "full", { retryAfterMs });

  async function attempts(errors: readonly KvError[], retryMsMax: number): Promise<string> {
    let count = 0;
    const operation = (): Promise<string> => {
      const error = errors[count];
      count += 1;
      return error === undefined ? Promise.resolve("done") : Promise.reject(error);
    };
    const end = await retryOverload(operation, { retryMsMax, signal }).catch(
      (error: unknown) => (error as KvError).code,
    );
    return `${end} after ${String(count)}`;
  }

  it("happens while the server says that waiting helps", async () => {
    expect(await attempts([overloaded(1), overloaded(1)], 5000)).to.equal("done after 3");
  });

  it("ends when the time is up", async () => {
    expect(await attempts([overloaded(1000)], 500)).to.equal("OVERLOADED after 1");
  });

  it("never happens where the operation may have been done, or waiting is no use", async () => {
    const failed = new KvError("STORAGE_FAILED", "?", { retryAfterMs: 1 });
    expect(await attempts([failed], 5000)).to.equal("STORAGE_FAILED after 1");
    expect(await attempts([new KvError("QUOTA", "full")], 5000)).to.equal("QUOTA after 1");
  });
});
