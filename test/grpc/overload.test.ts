/** More calls than can be served: some are refused, in words that tell when to come again, and the others are answered. */

import { status } from "@grpc/grpc-js";
import { expect } from "chai";

import { GetRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { revision, type Logger } from "../../src/base/index.js";
import { fromServiceError } from "../../src/grpc/status-map.js";
import { until } from "../support/manual-clock.js";
import { fakeStore } from "./fake-store.js";
import { Gate, KEY_VALUE_PATH, Serving } from "./serving.js";

const request = Buffer.from(GetRequest.encode({ revision: 0, key: "k" }).finish());
const CALLS = 500;
const CALLS_MAX = 100;
const TURNS_MAX = 2_000_000;

describe("more calls than may be under way", () => {
  it("are refused at once, told in the log by their number, and served again when there is room", async () => {
    const gate = new Gate();
    let servedCount = 0;
    const store = fakeStore({
      get: async () => {
        servedCount += 1;
        await gate.opened;
        return { entry: undefined, revision: revision(1) };
      },
    });
    const warnings: string[] = [];
    const ignore = (): void => undefined;
    const warn: Logger["warn"] = (_fields, message) => warnings.push(message);
    const logger = { debug: ignore, info: ignore, warn, error: ignore };
    const serving = await Serving.of(store, { callsMax: CALLS_MAX, logger });
    try {
      const get = () => serving.raw(`${KEY_VALUE_PATH}Get`, request);
      let refusedCount = 0;
      const replies = Array.from({ length: CALLS }, async () => {
        const { error } = await get();
        if (error === null) return;
        refusedCount += 1;
        expect(error.code).to.equal(status.RESOURCE_EXHAUSTED);
        const { code, retryAfterMs } = fromServiceError(error, "");
        expect(code).to.equal("OVERLOADED");
        expect(retryAfterMs).to.be.above(0);
      });
      await until("all others are refused", () => refusedCount === CALLS - CALLS_MAX, TURNS_MAX);
      expect(servedCount).to.equal(CALLS_MAX);
      expect(warnings).to.have.length(1);
      gate.open();
      await Promise.all(replies);
      expect((await get()).error).to.equal(null);
    } finally {
      await serving.stop();
    }
  });
});
