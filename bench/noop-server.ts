/**
 * The ceiling: our own wire as the server has it, with handlers that do nothing but answer. What it reaches is what a store
 * behind this wire could reach at best. It counts its answers, and tells the count as the transaction_count of
 * GetStatus. Its Pipeline does not even read the operations: it counts them, and sends what it has ready.
 *
 *     node dist/bench/noop-server.js PORT
 */

import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

import { GetStatusResponse } from "../generated/keyvaluedb/v1/admin_service.js";
import {
  GetResponse,
  OperationResult,
  SetResponse,
} from "../generated/keyvaluedb/v1/key_value_service.js";
import { letHeapGrow } from "../src/app/heap-growth.js";
import { KIB, MIB, revision, timeMs } from "../src/base/index.js";
import { GrpcServer } from "../src/grpc/grpc-server.js";
import { ADMIN_METHODS, KEY_VALUE_METHODS } from "../src/grpc/methods.js";
import type { StreamCall } from "../src/grpc/stream-call.js";
import type { UnaryReply } from "../src/grpc/unary-call.js";
import type { GetResult, SetResult } from "../src/kv/index.js";
import { KEY, VALUE } from "./peer.js";

let answerCount = 0;
const ONE = revision(1);
const NEVER = timeMs(0);
const setReply: SetResult = { revision: ONE, deadlineMs: NEVER };
const getReply: GetResult = {
  entry: {
    key: Buffer.from(KEY),
    value: VALUE,
    revision: ONE,
    createRevision: ONE,
    version: 1,
    deadlineMs: NEVER,
    updateTimeMs: NEVER,
    contentType: "",
  },
  revision: ONE,
};

const set = (_call: unknown, reply: UnaryReply<SetResult>): void => {
  answerCount += 1;
  reply(null, setReply);
};

const get = (_call: unknown, reply: UnaryReply<GetResult>): void => {
  answerCount += 1;
  reply(null, getReply);
};

/** A field of a message in a message, at number 1. */
const FIELD_1 = (1 << 3) | 2;

function asResult(result: NonNullable<OperationResult["result"]>): Buffer {
  const bytes = OperationResult.encode({ result }).finish();
  return Buffer.from(new BinaryWriter().uint32(FIELD_1).bytes(bytes).finish());
}

const setResult = asResult({ $case: "set", value: SetResponse.fromPartial({ revision: ONE }) });
const getResult = asResult({
  $case: "get",
  value: GetResponse.fromPartial({
    entry: { key: KEY, value: VALUE, revision: ONE, createRevision: ONE, version: 1 },
    revision: ONE,
  }),
});

/** As many results as the request has operations, of the kind of the first. */
function answerAll(request: Buffer): Buffer {
  const reader = new BinaryReader(request);
  let count = 0;
  let isSet = false;
  while (reader.pos < reader.len) {
    reader.uint32();
    const end = reader.uint32() + reader.pos;
    if (count === 0) isSet = request[reader.pos] === FIELD_1;
    reader.pos = end;
    count += 1;
  }
  answerCount += count;
  const result = isSet ? setResult : getResult;
  return Buffer.alloc(count * result.length, result);
}

const pipeline = (call: StreamCall<Buffer, Buffer>): void => {
  call.on("data", (request: Buffer) => {
    call.write(answerAll(request));
  });
  call.on("end", () => {
    call.end();
  });
};

const getStatus = (_call: unknown, reply: UnaryReply<GetStatusResponse>): void => {
  const status = { version: "ceiling", transactionCount: answerCount };
  reply(null, GetStatusResponse.fromPartial(status));
};

letHeapGrow();
const server = new GrpcServer({
  messageBytesMax: 4 * MIB,
  connectionCallsMax: KIB,
  keepaliveMs: 60_000,
  keepaliveTimeoutMs: 20_000,
});
const { set: setMethod, get: getMethod, pipeline: pipelineMethod } = KEY_VALUE_METHODS;
server.addService(
  {
    set: setMethod.definition,
    get: getMethod.definition,
    pipeline: pipelineMethod.definition,
  },
  { set, get, pipeline },
);
server.addService({ getStatus: ADMIN_METHODS.getStatus.definition }, { getStatus });
await server.listen(`127.0.0.1:${process.argv[2] ?? "0"}`);
process.once("SIGTERM", () => {
  // There is nothing to save, and connections would otherwise be waited for.
  process.exit(0);
});
