/** Messages of a pipeline, read and written by hand: held against the generated readers and writers. */

import { expect } from "chai";
import fc from "fast-check";

import {
  type Operation as WireOperation,
  PipelineRequest,
  PipelineResponse,
  type SetRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { DEFAULT_LIMITS, KIB, KvError, revision, timeMs } from "../../src/base/index.js";
import { toOperationResult } from "../../src/grpc/convert-write-reply.js";
import { encodePipelineReply } from "../../src/grpc/pipeline-reply.js";
import { readPipelineRequest } from "../../src/grpc/pipeline-request.js";
import { toRpcStatus } from "../../src/grpc/status-map.js";
import { strictDecode } from "../../src/grpc/strict-decode.js";
import type { Entry, PipelineOutcome } from "../../src/kv/index.js";
import { bytes } from "../support/calls.js";
import { asItsCall, comparable } from "./pipeline-reference.js";

const LIMITS = { ...DEFAULT_LIMITS, keyBytesMax: 40, valueBytesMax: 200 };
const READING = { limits: LIMITS, operationsMax: 20 };

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const keys = fc.string({ unit: "grapheme", maxLength: 20 });
const values = fc.uint8Array({ maxLength: 220 }).map((value) => Buffer.from(value));
const durations = fc.record({ seconds: fc.integer({ min: -1, max: 100 }), nanos: fc.constant(5) });

/** Mostly plain ones, which are read by another way. */
const sets: fc.Arbitrary<SetRequest> = fc
  .record({ key: keys, value: values, isPlain: fc.boolean(), ttl: durations, text: keys, id: keys })
  .map(({ key, value, isPlain, ttl, text, id }) => ({
    key,
    value,
    expiration: isPlain ? undefined : { $case: "ttl", value: ttl },
    contentType: isPlain && text.length < 5 ? "" : text,
    precondition: undefined,
    returnPrevious: !isPlain && text.length > 5,
    requestId: id,
  }));

const operations: fc.Arbitrary<WireOperation> = fc
  .oneof(
    { weight: 4, arbitrary: sets.map((value) => ({ $case: "set", value }) as const) },
    {
      weight: 4,
      arbitrary: fc
        .record({ key: keys, revision: fc.oneof(fc.constant(0), fc.integer()) })
        .map((value) => ({ $case: "get", value }) as const),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ key: keys, delta: fc.bigInt({ min: -9n, max: 9n }).map(String) })
        .map(({ key, delta }) => ({
          $case: "increment" as const,
          value: { key, delta, expiration: undefined, requestId: "" },
        })),
    },
    {
      weight: 1,
      arbitrary: keys.map((key) => ({
        $case: "delete" as const,
        value: { key, precondition: undefined, returnPrevious: true, requestId: key },
      })),
    },
    {
      weight: 1,
      arbitrary: keys.map((key) => ({
        $case: "touch" as const,
        value: {
          key,
          expiration: { $case: "persist" as const, value: true },
          precondition: undefined,
          returnPrevious: false,
          requestId: "",
        },
      })),
    },
  )
  .map((operation) => ({ operation }));

function encoded(...all: readonly WireOperation[]): Buffer {
  return Buffer.from(PipelineRequest.encode({ operations: [...all] }).finish());
}

describe("requests of a pipeline", () => {
  it("are read as the generated reader reads them, each operation as in its own call", () => {
    fc.assert(
      fc.property(fc.array(operations, { maxLength: 20 }), (wire) => {
        const reading = readPipelineRequest(encoded(...wire), READING);
        if (reading.kind === "invalid") throw new Error(reading.problem);
        expect(reading.operations.map(comparable)).to.deep.equal(
          wire.map((operation) => comparable(asItsCall(operation, LIMITS))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("are never misread where bytes of them are wrong", () => {
    const damages = fc.array(fc.record({ at: fc.nat(400), to: fc.nat(255), kind: fc.nat(2) }), {
      minLength: 1,
      maxLength: 3,
    });
    let refusedCount = 0;
    fc.assert(
      fc.property(fc.array(operations, { minLength: 1, maxLength: 4 }), damages, (wire, all) => {
        let message = encoded(...wire);
        for (const { at, to, kind } of all) {
          const place = at % (message.length + 1);
          if (kind === 0) message[place % Math.max(1, message.length)] = to;
          const cut = kind === 1 ? message.subarray(0, place) : message;
          const rest = kind === 2 ? [Buffer.from([to]), message.subarray(place)] : [];
          message = Buffer.concat([kind === 2 ? message.subarray(0, place) : cut, ...rest]);
        }
        const strict = strictDecode(PipelineRequest, message);
        const reading = readPipelineRequest(message, READING);
        if (strict.kind === "invalid") {
          refusedCount += 1;
          const isRefused =
            reading.kind === "invalid" || reading.operations.some(({ kind }) => kind === "error");
          expect(isRefused).to.equal(true);
          return;
        }
        if (strict.request.operations.length > READING.operationsMax) {
          expect(reading.kind).to.equal("invalid");
          return;
        }
        if (reading.kind === "invalid") throw new Error(reading.problem);
        expect(reading.operations.map(comparable)).to.deep.equal(
          strict.request.operations.map((operation) => comparable(asItsCall(operation, LIMITS))),
        );
      }),
      { numRuns: 2000 },
    );
    expect(refusedCount).to.be.above(500);
  });

  it("may have fields that nobody knows, and tags and lengths that are longer than they need be", () => {
    const operation = Buffer.from([0x12, 0x03, 0x0a, 0x01, 0x6b]);
    const unknown = Buffer.from([0x7a, 0x01, 0xff]);
    const padded = Buffer.from([0x0a, 0x85, 0x80, 0x80, 0x80, 0x00]);
    const longTag = Buffer.from([0x8a, 0x80, 0x00, 0x05]);
    const operations = [padded, operation, unknown, padded, operation, longTag, operation];
    const message = Buffer.concat([unknown, ...operations]);
    const reading = readPipelineRequest(message, READING);
    const get = { kind: "get", key: bytes("k") };
    expect(reading).to.deep.equal({ kind: "operations", operations: [get, get, get] });
  });

  it("do not hold on to a long message for a short value", () => {
    const set = { $case: "set", value: { key: "k", value: bytes("v") } } as const;
    const value = { ...set.value, expiration: undefined, contentType: "", precondition: undefined };
    const short = { ...set, value: { ...value, returnPrevious: false, requestId: "" } };
    const gets = Array.from({ length: 10 }, () => ({
      operation: { $case: "get", value: { key: "g".repeat(40), revision: 0 } } as const,
    }));
    const isPart = (sent: Buffer): boolean => {
      // Its memory is its own, as that of what comes from a connection is.
      const message = Buffer.from(new Uint8Array(sent).buffer);
      const reading = readPipelineRequest(message, READING);
      const [first] = reading.kind === "operations" ? reading.operations : [];
      if (first?.kind !== "set") throw new Error("the first operation is a set");
      return first.value.buffer === message.buffer;
    };
    const alone = encoded({ operation: short });
    expect(isPart(alone)).to.equal(false);
    const long = { ...short, value: { ...short.value, value: Buffer.alloc(200, "v") } };
    expect(isPart(encoded({ operation: long }))).to.equal(true);
    expect(isPart(encoded({ operation: long }, ...gets))).to.equal(false);
  });
});

const entries: fc.Arbitrary<Entry> = fc
  .record({ key: keys, value: values })
  .map(({ key, value }) => ({
    key: bytes(key),
    value,
    revision: revision(value.length + 1),
    createRevision: revision(1),
    version: 3,
    deadlineMs: timeMs(key.length * 1000),
    updateTimeMs: timeMs(1_700_000_000_123),
    contentType: "text/plain",
  }));

const outcomes: fc.Arbitrary<PipelineOutcome> = fc
  .record({ kind: fc.nat(5), at: fc.nat(1e9), entry: maybe(entries) })
  .map(({ kind, at, entry }): PipelineOutcome => {
    const common = { revision: revision(at), deadlineMs: timeMs(at % 2) };
    const previous = entry === undefined ? {} : { previous: entry };
    const replayed = at % 3 === 0 ? ({ replayed: true } as const) : {};
    switch (kind) {
      case 0:
        return { kind: "set", ...common, ...previous, ...replayed };
      case 1:
        return { kind: "get", revision: revision(at), entry };
      case 2:
        return { kind: "delete", ...common, deleted: at % 2 === 0, ...previous, ...replayed };
      case 3:
        return { kind: "touch", ...common, touched: true, ...previous, ...replayed };
      case 4:
        return { kind: "increment", ...common, value: BigInt(at), ...replayed };
      default:
        return { kind: "error", error: new KvError("KEY_EXISTS", "it exists") };
    }
  });

describe("replies of a pipeline", () => {
  it("are byte for byte what the generated writer makes of them", () => {
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 20 }), (all) => {
        const results = all.map((outcome) => {
          if (outcome.kind === "error") {
            const value = toRpcStatus(outcome.error);
            return { result: { $case: "error" as const, value } };
          }
          return toOperationResult(outcome);
        });
        const expected = Buffer.from(PipelineResponse.encode({ results }).finish());
        expect(encodePipelineReply(all, 1024 * KIB)).to.deep.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("are as short as they must be, if that can be had by saying less of errors", () => {
    const error = new KvError("INVALID_FIELD", `key: ${"x".repeat(300)}`, {
      metadata: { field: "key" },
    });
    const all = Array.from({ length: 100 }, () => ({ kind: "error", error }) as const);
    expect(encodePipelineReply(all, 100 * KIB).length).to.be.within(50_000, 100 * KIB);
    expect(encodePipelineReply(all, 100 * 128).length).to.be.at.most(100 * 128);
  });
});
