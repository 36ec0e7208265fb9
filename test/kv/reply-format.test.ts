/** A remembered reply says all that the first one said, but for entries. */

import { expect } from "chai";
import fc from "fast-check";

import { revision, TIME_MS_MAX, timeMs } from "../../src/base/index.js";
import type { OperationResult } from "../../src/kv/index.js";
import {
  decodeRangeReply,
  decodeReply,
  encodeRangeReply,
  encodeReply,
} from "../../src/kv/reply-format.js";

const AT = revision(7);
const deadlineMs = fc
  .oneof(fc.constant(0), fc.integer({ min: 1, max: TIME_MS_MAX }))
  .map((ms) => timeMs(ms));

const result: fc.Arbitrary<OperationResult> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), revision: fc.constant(AT), deadlineMs }),
  fc.constant({ kind: "get" as const, revision: AT, entry: undefined }),
  fc.boolean().map((deleted) => ({ kind: "delete" as const, revision: AT, deleted })),
  fc.record({
    kind: fc.constant("touch" as const),
    revision: fc.constant(AT),
    touched: fc.boolean(),
    deadlineMs,
  }),
  fc.record({
    kind: fc.constant("increment" as const),
    revision: fc.constant(AT),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    deadlineMs,
  }),
);

describe("a remembered reply", () => {
  it("reads back as it was written", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(result), (succeeded, results) => {
        const reply = { revision: AT, succeeded, results };
        expect(decodeReply(encodeReply(reply), AT)).to.deep.equal(reply);
      }),
    );
  });

  it("takes the bytes that docs/format.md points at", () => {
    const results: OperationResult[] = [
      { kind: "set", revision: AT, deadlineMs: timeMs(0x0102) },
      { kind: "get", revision: AT, entry: undefined },
      { kind: "delete", revision: AT, deleted: true },
      { kind: "touch", revision: AT, touched: true, deadlineMs: timeMs(0) },
      { kind: "increment", revision: AT, value: -1n, deadlineMs: timeMs(0) },
    ];
    const hex = encodeReply({ succeeded: true, results }).toString("hex");
    expect(hex).to.equal("01" + "210201000000000000" + "02" + "13" + "14" + "05ffffffffffffffff");
  });

  it("of a range tells how many keys were deleted, and whether there were more", () => {
    for (const more of [true, false]) {
      const reply = { deletedCount: 0x0203, more };
      const hex = encodeRangeReply(reply).toString("hex");
      expect(hex).to.equal(`01${more ? "16" : "06"}0302000000000000`);
      const decoded = decodeRangeReply(encodeRangeReply(reply), AT);
      expect(decoded).to.deep.equal({ revision: AT, ...reply });
    }
    const other = encodeReply({ succeeded: true, results: [] });
    expect(() => decodeRangeReply(other, AT)).to.throw();
  });
});
