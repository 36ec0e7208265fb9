/** More calls than can be served: some are refused, in words that tell when to come again, and the others are answered. */

import { status } from "@grpc/grpc-js";
import { expect } from "chai";

import { GetRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { revision } from "../../src/base/index.js";
import { fromServiceError } from "../../src/grpc/status-map.js";
import { TurnGauge } from "../../src/grpc/turn-gauge.js";
import { fakeStore } from "./fake-store.js";
import { KEY_VALUE_PATH, Serving } from "./serving.js";

const request = Buffer.from(GetRequest.encode({ revision: 0, key: "k" }).finish());

/** Keeps the processor for so long, as a call does that is served. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("more calls than can be served", () => {
  it("are refused past the bounds of a turn, and served again after it", async () => {
    let servedCount = 0;
    const store = fakeStore({
      get: () => {
        servedCount += 1;
        work(1);
        return Promise.resolve({ entry: undefined, revision: revision(1) });
      },
    });
    const serving = await Serving.of(store, { turnBounds: { callsMin: 10, ms: 20 } });
    try {
      const get = () => serving.raw(`${KEY_VALUE_PATH}Get`, request);
      // All of them reach the server before it has served the first.
      const replies = await Promise.all(Array.from({ length: 500 }, get));
      const refused = replies.flatMap(({ error }) => (error === null ? [] : [error]));
      expect(refused).not.to.have.length(0);
      expect(servedCount)
        .to.equal(500 - refused.length)
        .and.to.be.at.least(10);
      for (const error of refused) {
        expect(error.code).to.equal(status.RESOURCE_EXHAUSTED);
        const { code, retryAfterMs } = fromServiceError(error, "");
        expect(code).to.equal("OVERLOADED");
        expect(retryAfterMs).to.be.above(0);
      }
      expect((await get()).error).to.equal(null);
    } finally {
      await serving.stop();
    }
  });

  it("are told from calls that are slow, and from turns that are long", async () => {
    const gauge = new TurnGauge({ callsMin: 3, ms: 100 });
    const answers = [0, 500, 501, 502, 503].map((nowMs) => gauge.isOverloaded(nowMs));
    expect(answers).to.deep.equal([false, false, false, true, true]);
    await new Promise((resolve) => setImmediate(resolve));
    const next = [600, 601, 602, 603, 700, 701].map((nowMs) => gauge.isOverloaded(nowMs));
    expect(next).to.deep.equal([false, false, false, false, false, true]);
  });
});
