/**
 * The messages of a pipeline, whose readers are written by hand: the server's of requests and the client's of replies. Each is
 * held against the generated reader: it takes the same, makes the same of it, and refuses the rest.
 */

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { expect } from "chai";

import { KeyValueError } from "../../clients/typescript/src/index.js";
import { readReply } from "../../clients/typescript/src/reply-reader.js";
import {
  Operation,
  type OperationResult,
  PipelineRequest,
  PipelineResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { DEFAULT_LIMITS, KvError } from "../../src/base/index.js";
import { readPipelineRequest } from "../../src/grpc/pipeline-request.js";
import { strictDecode } from "../../src/grpc/strict-decode.js";
import type { PipelineOperation } from "../../src/kv/index.js";
import { readByGenerated } from "../clients/generated-results.js";
import { asItsCall, comparable } from "../grpc/pipeline-reference.js";
import { ACCEPTED, type Target } from "./fuzzer.js";

/** Small, so that inputs go past them. */
const LIMITS = { ...DEFAULT_LIMITS, keyBytesMax: 40, valueBytesMax: 200 };
const READING = { limits: LIMITS, operationsMax: 12 };

const KEY = "users/ä/1";
const VALUE = Buffer.from("value of one");
const SECONDS = { seconds: 30, nanos: 5 };

type Choice = NonNullable<Operation["operation"]>;

const OPERATIONS: readonly Choice[] = [
  { $case: "set", value: setOf({}) },
  { $case: "get", value: { key: KEY, revision: 0 } },
  { $case: "set", value: setOf({ expiration: { $case: "ttl", value: SECONDS }, requestId: "1" }) },
  { $case: "get", value: { key: "k", revision: 7 } },
  {
    $case: "delete",
    value: {
      key: KEY,
      precondition: { condition: { $case: "exists", value: true } },
      returnPrevious: true,
      requestId: "",
    },
  },
  { $case: "increment", value: { key: "n", delta: "-5", expiration: undefined, requestId: "" } },
];

function setOf(more: Partial<Extract<Choice, { $case: "set" }>["value"]>) {
  const rest = { expiration: undefined, contentType: "", precondition: undefined };
  return { key: KEY, value: VALUE, ...rest, returnPrevious: false, requestId: "", ...more };
}

const REQUEST: Target = {
  name: "PipelineRequest",
  seeds: [OPERATIONS, OPERATIONS.slice(0, 2), OPERATIONS.slice(3)].map((all) => {
    const operations = all.map((operation) => ({ operation }));
    return Buffer.from(PipelineRequest.encode({ operations }).finish());
  }),
  run: (bytes) => {
    const whole = strictDecode(PipelineRequest, bytes);
    const reading = readPipelineRequest(bytes, READING);
    if (reading.kind === "invalid") {
      const isRight =
        whole.kind === "invalid" || whole.request.operations.length > READING.operationsMax;
      expect(isRight, "it is refused, and there is nothing wrong with it").to.equal(true);
      return `${reading.field}: ${reading.problem}`;
    }
    const read = reading.operations.map(comparable);
    expect(read, "each by itself").to.deep.equal(eachByItself(bytes).map(comparable));
    if (whole.kind === "invalid") {
      const isRefused = reading.operations.some(({ kind }) => kind === "error");
      expect(isRefused, `${whole.field}: ${whole.problem}, and all of it is taken`).to.equal(true);
    } else {
      const wanted = whole.request.operations.map((one) => asItsCall(one, LIMITS));
      expect(read, "all at once").to.deep.equal(wanted.map(comparable));
    }
    return firstProblem(reading.operations) ?? ACCEPTED;
  },
};

/** The operations of a request that consists of fields. */
function eachByItself(bytes: Buffer): PipelineOperation[] {
  const all: PipelineOperation[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number !== 1 || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      continue;
    }
    const decoded = strictDecode(Operation, Buffer.from(reader.bytes()));
    if (decoded.kind === "request") all.push(asItsCall(decoded.request, LIMITS));
    else all.push({ kind: "error", error: refusal(decoded.field) });
  }
  return all;
}

/** In its own call, `set.key` is `key`, and what is wrong with all of `set` is wrong with the request. */
function refusal(path: string): KvError {
  const field = path === "request" ? path : path.split(".").slice(1).join(".") || "request";
  return new KvError("INVALID_FIELD", field, { metadata: { field } });
}

function firstProblem(operations: readonly PipelineOperation[]): string | undefined {
  for (const operation of operations) {
    if (operation.kind === "error" && operation.error instanceof KvError) {
      return operation.error.message;
    }
  }
  return undefined;
}

const ENTRY = {
  key: KEY,
  value: VALUE,
  revision: 300,
  createRevision: 2,
  version: 3,
  expireTime: undefined,
  updateTime: { seconds: 1_893_456_000, nanos: 5_000_000 },
  contentType: "",
};
const SET_DONE = { revision: 7, expireTime: undefined, previous: undefined, replayed: false };

const RESULTS: readonly NonNullable<OperationResult["result"]>[] = [
  { $case: "set", value: SET_DONE },
  { $case: "get", value: { entry: ENTRY, revision: 301 } },
  { $case: "get", value: { entry: undefined, revision: 301 } },
  { $case: "get", value: { entry: { ...ENTRY, expireTime: SECONDS }, revision: 2 ** 40 } },
  { $case: "set", value: { ...SET_DONE, expireTime: SECONDS, previous: ENTRY, replayed: true } },
  {
    $case: "increment",
    value: { revision: 8, value: "-5", expireTime: undefined, replayed: false },
  },
  { $case: "error", value: { code: 9, message: "no", details: [] } },
];

const REPLY: Target = {
  name: "PipelineResponse",
  seeds: [RESULTS, RESULTS.slice(0, 2), RESULTS.slice(2)].map((all) =>
    written(all.map((result) => ({ result }))),
  ),
  run: (bytes) => {
    const generated = readOrProblem(() => readByGenerated(bytes));
    const count = typeof generated === "string" ? 1 : generated.length;
    const read = readOrProblem(() => readReply(bytes, count));
    if (typeof read === "string") {
      const isAsWritten = typeof generated !== "string" && written(generated).equals(bytes);
      const isWhole = isAsWritten && generated.every(({ result }) => result !== undefined);
      expect(isWhole, `a reply as a server writes it: ${read}`).to.equal(false);
      return read;
    }
    if (typeof generated === "string") throw new Error(`it is taken, and is wrong: ${generated}`);
    for (const [index, { result }] of generated.entries()) {
      const isError = read[index] instanceof KeyValueError;
      expect(isError, "whether it is an error").to.equal(result?.$case === "error");
      if (!isError) expect(read[index]).to.deep.equal(result?.value);
    }
    return ACCEPTED;
  },
};

function written(results: readonly OperationResult[]): Buffer {
  return Buffer.from(PipelineResponse.encode({ results: [...results] }).finish());
}

/** What it throws is a sentence about the bytes, and no fault of the program. */
function readOrProblem<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    return error.message;
  }
}

export const PIPELINE_MESSAGES: readonly Target[] = [REQUEST, REPLY];
