/**
 * What grpc-js makes of the same calls, with its own server, the generated stubs, and handlers that do nothing but answer: what
 * our own wire is measured beside (docs/decisions/wire.md). It counts its answers, and tells the count as the
 * transaction_count of GetStatus.
 *
 *     node dist/bench/grpc-js-server.js PORT
 */

import {
  Server,
  ServerCredentials,
  type handleUnaryCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";

import {
  AdminServiceService,
  GetStatusResponse,
  type GetStatusRequest,
} from "../generated/keyvaluedb/v1/admin_service.js";
import {
  GetResponse,
  KeyValueServiceService,
  SetResponse,
  type GetRequest,
  type SetRequest,
} from "../generated/keyvaluedb/v1/key_value_service.js";
import { letHeapGrow } from "../src/app/heap-growth.js";
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

const getStatus: handleUnaryCall<GetStatusRequest, GetStatusResponse> = (_call, reply) => {
  const status = { version: "grpc-js", transactionCount: answerCount };
  reply(null, GetStatusResponse.fromPartial(status));
};

const { set: setMethod, get: getMethod } = KeyValueServiceService;
const keyValueHandlers: UntypedServiceImplementation = { set, get };

letHeapGrow();
const server = new Server({ "grpc.enable_channelz": 0 });
server.addService({ set: setMethod, get: getMethod }, keyValueHandlers);
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
