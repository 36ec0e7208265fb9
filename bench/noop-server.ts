/**
 * The ceiling: the same grpc-js server and the same generated stubs, with handlers that do nothing but
 * answer. What it reaches is what a store behind this wire could reach at best. It counts its answers,
 * and tells the count as the transaction_count of GetStatus. Its Pipeline does not even read the operations:
 * it counts them, and sends what it has ready.
 *
 *     node dist/bench/noop-server.js PORT
 */

import {
  Server,
  ServerCredentials,
  type handleBidiStreamingCall,
  type handleUnaryCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";

import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";

import {
  AdminServiceService,
  GetStatusResponse,
  type GetStatusRequest,
} from "../generated/keyvaluedb/v1/admin_service.js";
import {
  GetResponse,
  KeyValueServiceService,
  OperationResult,
  SetResponse,
  type GetRequest,
  type SetRequest,
} from "../generated/keyvaluedb/v1/key_value_service.js";
import { KEY, VALUE } from "./peer.js";

let answerCount = 0;
const setReply = SetResponse.fromPartial({ revision: 1 });
const getReply = GetResponse.fromPartial({
  entry: { key: KEY, value: VALUE, revision: 1, createRevision: 1, version: 1 },
  revision: 1,
});

const set: handleUnaryCall<SetRequest, SetResponse> = (_call, reply) => {
  answerCount += 1;
  reply(null, setReply);
};

const get: handleUnaryCall<GetRequest, GetResponse> = (_call, reply) => {
  answerCount += 1;
  reply(null, getReply);
};

/** A field of a message in a message, at number 1. */
const FIELD_1 = (1 << 3) | 2;

function asResult(result: NonNullable<OperationResult["result"]>): Buffer {
  const bytes = OperationResult.encode({ result }).finish();
  return Buffer.from(new BinaryWriter().uint32(FIELD_1).bytes(bytes).finish());
}

const setResult = asResult({ $case: "set", value: setReply });
const getResult = asResult({ $case: "get", value: getReply });

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

const pipeline: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
  call.on("data", (request: Buffer) => {
    call.write(answerAll(request));
  });
  call.on("end", () => {
    call.end();
  });
};

const asIs = (bytes: Buffer): Buffer => bytes;

const getStatus: handleUnaryCall<GetStatusRequest, GetStatusResponse> = (_call, reply) => {
  const status = { version: "ceiling", transactionCount: answerCount };
  reply(null, GetStatusResponse.fromPartial(status));
};

const { set: setMethod, get: getMethod, pipeline: generated } = KeyValueServiceService;
const pipelineMethod = { ...generated, requestDeserialize: asIs, responseSerialize: asIs };
const keyValueHandlers: UntypedServiceImplementation = { set, get, pipeline };

const server = new Server({ "grpc.enable_channelz": 0 });
server.addService({ set: setMethod, get: getMethod, pipeline: pipelineMethod }, keyValueHandlers);
server.addService({ getStatus: AdminServiceService.getStatus }, { getStatus });
server.bindAsync(
  `127.0.0.1:${process.argv[2] ?? "0"}`,
  ServerCredentials.createInsecure(),
  (error) => {
    if (error !== null) throw error;
  },
);
process.once("SIGTERM", () => {
  // There is nothing to save, and connections would otherwise be waited for.
  process.exit(0);
});
