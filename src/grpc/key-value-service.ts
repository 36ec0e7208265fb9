/** The calls of KeyValueService: convert, ask the store, convert back. */

import { TOKEN_BYTES_MAX, type Clock, type Limits } from "../base/index.js";
import type { Calls } from "./call.js";
import type { Implementation } from "./grpc-server.js";
import { toCompactResponse, toListKeysResponse, toSnapshot } from "./convert-reply.js";
import {
  toListKeysQuery,
  toListVersionsQuery,
  toScanQuery,
  toWatchExpirationsQuery,
} from "./convert-request.js";
import {
  toDeleteRangeResponse,
  toDeleteResponse,
  toIncrementResponse,
  toTouchResponse,
  toTransactResponse,
  valueBytesOf,
} from "./convert-write-reply.js";
import {
  toDeleteCommand,
  toDeleteRangeCommand,
  toIncrementCommand,
  toTouchCommand,
  toTransactCommand,
} from "./convert-write-request.js";
import { toWatchQuery } from "./convert-watch.js";
import { toHotGet, toHotSetCommand } from "./hot-requests.js";
import { listKeysWithin, MESSAGE_OVERHEAD_BYTES } from "./message-size.js";
import { pipelineHandler } from "./pipeline-stream.js";
import type { ServiceDefinition } from "./served-call.js";
import { splitScan } from "./scan-replies.js";
import { KEY_VALUE_METHODS as METHODS, toServiceDefinition } from "./methods.js";
import { splitChanges, splitExpirations } from "./split-batches.js";

export interface BoundService {
  readonly definition: ServiceDefinition;
  readonly implementation: Implementation;
}

export interface KeyValueServiceOptions {
  readonly limits: Limits;
  /** The longest message that the server sends, in bytes. */
  readonly messageBytesMax: number;
  /** Most operations in one request of a pipeline. */
  readonly pipelineOperationsMax: number;
  /** Bytes that one pipeline may hold before it reads no further. */
  readonly pipelineBytesMax: number;
  readonly clock: Clock;
}

/** The replies of Set and Get are made from what the store answers, without a step in between. */
export function keyValueService(calls: Calls, options: KeyValueServiceOptions): BoundService {
  const implementation = {
    ...writes(calls, options),
    ...reads(calls, options),
    ...streams(calls, options),
    pipeline: calls.streams.bothWays(METHODS.pipeline, pipelineHandler(options)),
    snapshot: calls.longUnary(METHODS.snapshot, async (store, _request, context) => ({
      snapshot: toSnapshot(await store.snapshot(context)),
    })),
    compact: calls.longUnary(METHODS.compact, async (store, _request, context) =>
      toCompactResponse(await store.compact(context)),
    ),
  } satisfies Record<keyof typeof METHODS, unknown>;
  return { definition: toServiceDefinition(METHODS), implementation };
}

function writes(calls: Calls, { limits, messageBytesMax }: KeyValueServiceOptions) {
  return {
    set: calls.unary(
      METHODS.set,
      (store, request, context) => store.set(toHotSetCommand(request, limits), context),
      (result) => result.previous?.value.length ?? 0,
    ),
    delete: calls.unary(
      METHODS.delete,
      async (store, request, context) =>
        toDeleteResponse(await store.delete(toDeleteCommand(request, limits), context)),
      (reply) => reply.previous?.value.length ?? 0,
    ),
    touch: calls.unary(
      METHODS.touch,
      async (store, request, context) =>
        toTouchResponse(await store.touch(toTouchCommand(request, limits), context)),
      (reply) => reply.previous?.value.length ?? 0,
    ),
    increment: calls.unary(METHODS.increment, async (store, request, context) =>
      toIncrementResponse(await store.increment(toIncrementCommand(request, limits), context)),
    ),
    transact: calls.unary(
      METHODS.transact,
      async (store, request, context) => {
        const command = toTransactCommand(request, limits);
        const bounded = { ...context, replyBytesMax: messageBytesMax - MESSAGE_OVERHEAD_BYTES };
        return toTransactResponse(await store.transact(command, bounded));
      },
      valueBytesOf,
    ),
    deleteRange: calls.unary(METHODS.deleteRange, async (store, request, context) => {
      const command = toDeleteRangeCommand(request, limits);
      return toDeleteRangeResponse(await store.deleteRange(command, context));
    }),
  };
}

function reads(calls: Calls, { limits, messageBytesMax }: KeyValueServiceOptions) {
  return {
    get: calls.unary(
      METHODS.get,
      (store, request, context) => {
        const wanted = toHotGet(request, limits);
        return Buffer.isBuffer(wanted) ? store.get(wanted, context) : store.getAt(wanted, context);
      },
      (result) => result.entry?.value.length ?? 0,
    ),
    listKeys: calls.unary(
      METHODS.listKeys,
      async (store, request, context) => {
        const query = toListKeysQuery(request, limits);
        const list = (pageSize: number) => store.listKeys({ ...query, pageSize }, context);
        return toListKeysResponse(await listKeysWithin(messageBytesMax, query.pageSize, list));
      },
      (page) => page.keys.reduce((bytes, key) => bytes + key.length, 0),
    ),
    listVersions: calls.unary(
      METHODS.listVersions,
      (store, request, context) => {
        const bytesMax = messageBytesMax - TOKEN_BYTES_MAX;
        return store.listVersions(toListVersionsQuery(request, limits, bytesMax), context);
      },
      (page) => page.entries.reduce((bytes, { value }) => bytes + value.length, 0),
    ),
  };
}

function streams(calls: Calls, { limits, messageBytesMax }: KeyValueServiceOptions) {
  return {
    scan: calls.streams.oneWay(METHODS.scan, (store, request, context) => {
      const query = toScanQuery(request, limits);
      return splitScan(messageBytesMax, store.scan(query, context.signal, context.onCut));
    }),
    watchExpirations: calls.streams.oneWay(METHODS.watchExpirations, (store, request, context) => {
      const query = toWatchExpirationsQuery(request, limits);
      const batches = store.watchExpirations(query, context.signal, context.onCut);
      return splitExpirations(messageBytesMax, query.start, batches);
    }),
    watch: calls.streams.oneWay(METHODS.watch, (store, request, context) => {
      const query = toWatchQuery(request, limits);
      const batches = store.watch(query, context.signal, context.onCut);
      return splitChanges(messageBytesMax, query.start, batches);
    }),
  };
}
