/**
 * The calls of our services, as both ends see them: a path, and how messages become bytes. A server reads
 * requests strictly and answers what is wrong with one; a client reads replies strictly and fails.
 */

import type { BinaryWriter } from "@bufbuild/protobuf/wire";

import * as admin from "../../generated/keyvaluedb/v1/admin_service.js";
import * as keyValue from "../../generated/keyvaluedb/v1/key_value_service.js";
import { asBuffer } from "../base/index.js";
import { encodeExpirationsReply } from "./expiration-replies.js";
import { encodeGetReply, encodeSetReply } from "./hot-replies.js";
import { decodeGetRequest, decodeSetRequest } from "./hot-requests.js";
import { frameMessage } from "./message-reader.js";
import { encodeListVersionsReply, encodeScanReply } from "./scan-replies.js";
import { nameOf, type NamedMethod, type ServiceDefinition } from "./served-call.js";
import { strictDecode, type DecodableMessage, type StrictlyDecoded } from "./strict-decode.js";

interface Message<T> extends DecodableMessage<T> {
  encode(message: T): BinaryWriter;
}

/** A call as a client makes it. */
export interface ClientMethod<Request, Reply> {
  readonly path: string;
  readonly encodeRequest: (request: Request) => Buffer;
  readonly decodeReply: (bytes: Buffer) => Reply;
}

/**
 * `Asked` is what a server's handler is given, and `Served` what it answers: request and reply, or what readers and
 * writers of our own make of them.
 */
export interface WireMethod<Request, Reply, Asked = StrictlyDecoded<Request>, Served = Reply>
  extends ClientMethod<Request, Reply>, NamedMethod<Asked, Served> {}

interface GeneratedMethod {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

function method<Request, Reply>(
  generated: GeneratedMethod,
  request: Message<Request>,
  reply: Message<Reply>,
): WireMethod<Request, Reply> {
  return hotMethod(generated, request, reply, {
    decodeRequest: (bytes) => strictDecode(request, bytes),
    encodeReply: (message: Reply) => frameMessage(reply.encode(message).finish()),
  });
}

interface Codec<Asked, Served> {
  readonly decodeRequest: (bytes: Buffer) => Asked;
  /** With the head that every message has on the wire. */
  readonly encodeReply: (served: Served) => Buffer;
}

function hotMethod<Request, Reply, Asked, Served>(
  generated: GeneratedMethod,
  request: Message<Request>,
  reply: Message<Reply>,
  { decodeRequest, encodeReply }: Codec<Asked, Served>,
): WireMethod<Request, Reply, Asked, Served> {
  // The writer's bytes are nobody else's, so they need no copy.
  const encodeRequest = (message: Request): Buffer => asBuffer(request.encode(message).finish());
  const decodeReply = (bytes: Buffer): Reply => {
    const decoded = strictDecode(reply, bytes);
    if (decoded.kind === "request") return decoded.request;
    throw new Error(`malformed reply: ${decoded.field} ${decoded.problem}`);
  };
  return {
    name: nameOf(generated.path),
    path: generated.path,
    encodeRequest,
    decodeReply,
    definition: {
      path: generated.path,
      requestStream: generated.requestStream,
      responseStream: generated.responseStream,
      decodeRequest,
      encodeReply,
    },
  };
}

/** A stream both ways, of which a server takes and gives the bytes as they are: what is wrong with a part of a message is no fault of the rest. */
function rawMethod<Request, Reply>(
  generated: GeneratedMethod,
  request: Message<Request>,
  reply: Message<Reply>,
): WireMethod<Request, Reply, Buffer, Buffer> {
  const decodeRequest = (bytes: Buffer): Buffer => bytes;
  return hotMethod(generated, request, reply, { decodeRequest, encodeReply: frameMessage });
}

/** A method whose replies are written by hand. */
function writtenMethod<Request, Reply, Served>(
  generated: GeneratedMethod,
  request: Message<Request>,
  reply: Message<Reply>,
  encodeReply: (served: Served) => Buffer,
): WireMethod<Request, Reply, StrictlyDecoded<Request>, Served> {
  return hotMethod(generated, request, reply, {
    decodeRequest: (bytes) => strictDecode(request, bytes),
    encodeReply: (served: Served) => frameMessage(encodeReply(served)),
  });
}

const KV = keyValue.KeyValueServiceService;
const ADMIN = admin.AdminServiceService;

export const KEY_VALUE_METHODS = {
  set: hotMethod(KV.set, keyValue.SetRequest, keyValue.SetResponse, {
    decodeRequest: decodeSetRequest,
    encodeReply: encodeSetReply,
  }),
  get: hotMethod(KV.get, keyValue.GetRequest, keyValue.GetResponse, {
    decodeRequest: decodeGetRequest,
    encodeReply: encodeGetReply,
  }),
  delete: method(KV.delete, keyValue.DeleteRequest, keyValue.DeleteResponse),
  touch: method(KV.touch, keyValue.TouchRequest, keyValue.TouchResponse),
  increment: method(KV.increment, keyValue.IncrementRequest, keyValue.IncrementResponse),
  transact: method(KV.transact, keyValue.TransactRequest, keyValue.TransactResponse),
  deleteRange: method(KV.deleteRange, keyValue.DeleteRangeRequest, keyValue.DeleteRangeResponse),
  listKeys: method(KV.listKeys, keyValue.ListKeysRequest, keyValue.ListKeysResponse),
  scan: writtenMethod(KV.scan, keyValue.ScanRequest, keyValue.ScanResponse, encodeScanReply),
  listVersions: writtenMethod(
    KV.listVersions,
    keyValue.ListVersionsRequest,
    keyValue.ListVersionsResponse,
    encodeListVersionsReply,
  ),
  snapshot: method(KV.snapshot, keyValue.SnapshotRequest, keyValue.SnapshotResponse),
  compact: method(KV.compact, keyValue.CompactRequest, keyValue.CompactResponse),
  watchExpirations: hotMethod(
    KV.watchExpirations,
    keyValue.WatchExpirationsRequest,
    keyValue.WatchExpirationsResponse,
    {
      decodeRequest: (bytes) => strictDecode(keyValue.WatchExpirationsRequest, bytes),
      encodeReply: encodeExpirationsReply,
    },
  ),
  watch: method(KV.watch, keyValue.WatchRequest, keyValue.WatchResponse),
  pipeline: rawMethod(KV.pipeline, keyValue.PipelineRequest, keyValue.PipelineResponse),
} satisfies Record<keyof typeof KV, unknown>;

export const ADMIN_METHODS = {
  getStatus: method(ADMIN.getStatus, admin.GetStatusRequest, admin.GetStatusResponse),
  listSnapshots: method(
    ADMIN.listSnapshots,
    admin.ListSnapshotsRequest,
    admin.ListSnapshotsResponse,
  ),
  deleteSnapshot: method(
    ADMIN.deleteSnapshot,
    admin.DeleteSnapshotRequest,
    admin.DeleteSnapshotResponse,
  ),
  verify: method(ADMIN.verify, admin.VerifyRequest, admin.VerifyResponse),
} satisfies Record<keyof typeof ADMIN, unknown>;

/** What a server wants of a service: each method's definition, under the name that the handlers have. */
export function toServiceDefinition(
  methods: Readonly<Record<string, { readonly definition: ServiceDefinition[string] }>>,
): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(methods).map(([name, { definition }]) => [name, definition]),
  );
}
