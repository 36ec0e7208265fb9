/** What the client reads by hand, held against the generated reader. */

import { expect } from "chai";
import fc from "fast-check";

import {
  type OperationResult,
  PipelineResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { KeyValueError } from "../../clients/typescript/src/index.js";
import { readReply } from "../../clients/typescript/src/reply-reader.js";
import { readByGenerated } from "./generated-results.js";

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const integers = fc.oneof(fc.nat(300), fc.maxSafeNat());
const times = fc.record({
  seconds: fc.nat(2e9),
  nanos: fc.constantFrom(0, 1_000_000, 999_000_000),
});
const entries = fc.record({
  key: fc.string({ unit: "grapheme", maxLength: 30 }),
  value: fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value)),
  revision: integers,
  createRevision: integers,
  version: integers,
  expireTime: maybe(times),
  updateTime: maybe(times),
  contentType: fc.constantFrom("", "text/plain"),
});

const results: fc.Arbitrary<OperationResult> = fc
  .record({ kind: fc.nat(3), revision: integers, entry: maybe(entries), time: maybe(times) })
  .map(({ kind, revision, entry, time }): OperationResult => {
    switch (kind) {
      case 0: {
        const value = { revision, expireTime: time, previous: entry, replayed: revision % 2 === 1 };
        return { result: { $case: "set", value } };
      }
      case 1:
        return { result: { $case: "get", value: { entry, revision } } };
      case 2:
        return {
          result: {
            $case: "set",
            value: { revision, expireTime: undefined, previous: undefined, replayed: false },
          },
        };
      default:
        return {
          result: {
            $case: "increment",
            value: { revision, value: "-5", expireTime: time, replayed: false },
          },
        };
    }
  });

function encoded(all: readonly OperationResult[]): Buffer {
  return Buffer.from(PipelineResponse.encode({ results: [...all] }).finish());
}

describe("the client's reader of replies", () => {
  it("reads what the generated reader reads", () => {
    fc.assert(
      fc.property(fc.array(results, { maxLength: 10 }), (all) => {
        const bytes = encoded(all);
        const generated = PipelineResponse.decode(bytes).results.map(({ result }) => result?.value);
        expect(readReply(bytes, all.length)).to.deep.equal(generated);
      }),
      { numRuns: 1000 },
    );
  });

  it("throws, or reads as the generated reader does, where bytes are wrong", () => {
    fc.assert(
      fc.property(
        fc.array(results, { minLength: 1, maxLength: 3 }),
        fc.nat(1000),
        fc.nat(255),
        (all, at, to) => {
          const bytes = encoded(all);
          bytes[at % bytes.length] = to;
          const cut = bytes.subarray(0, bytes.length - (at % 3));
          let read: readonly unknown[];
          try {
            read = readReply(cut, all.length);
          } catch {
            return;
          }
          const generated = readByGenerated(cut).map(({ result }) => result);
          const ours = read.filter((result) => !(result instanceof KeyValueError));
          const theirs = generated.filter((result) => result?.$case !== "error");
          expect(ours).to.deep.equal(theirs.map((result) => result?.value));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("gives values that do not hold on to the reply", () => {
    const value = Buffer.alloc(100, "v");
    const entry = { key: "k", value, revision: 1, createRevision: 1, version: 1 };
    const time = { seconds: 1, nanos: 0 };
    const bytes = encoded([
      {
        result: {
          $case: "get",
          value: {
            entry: { ...entry, expireTime: undefined, updateTime: time, contentType: "" },
            revision: 1,
          },
        },
      },
    ]);
    const [read] = readReply(bytes, 1);
    bytes.fill(0);
    expect(read).to.have.nested.property("entry.value").that.deep.equals(value);
  });

  it("throws where results are missing, or too many", () => {
    const bytes = encoded([{ result: { $case: "get", value: { entry: undefined, revision: 1 } } }]);
    expect(() => readReply(bytes, 2)).to.throw("1 results came for 2 operations");
    expect(() => readReply(bytes, 0)).to.throw("1 results came for 0 operations");
    expect(() => readReply(Buffer.from([0x0a, 0x00]), 1)).to.throw("a kind that this client");
  });
});
