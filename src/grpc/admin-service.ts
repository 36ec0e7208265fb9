/** The calls of AdminService: convert, ask the store, convert back. */

import type { Calls } from "./call.js";
import { toGetStatusResponse, toSnapshot } from "./convert-reply.js";
import { toSnapshotId } from "./convert-request.js";
import { toVerifyResponses } from "./convert-verify.js";
import type { BoundService } from "./key-value-service.js";
import type { CountedMethods } from "./method-counts.js";
import { ADMIN_METHODS as METHODS, toServiceDefinition } from "./methods.js";

/** `version` is what GetStatus says of the program. */
export function adminService(calls: Calls, methods: CountedMethods, version: string): BoundService {
  const implementation = {
    getStatus: calls.unary(METHODS.getStatus, async (store, { includeMethods }) =>
      toGetStatusResponse(await store.status(), {
        version,
        methods: includeMethods ? methods.status() : [],
      }),
    ),
    listSnapshots: calls.longUnary(METHODS.listSnapshots, async (store) => ({
      snapshots: (await store.listSnapshots()).map(toSnapshot),
    })),
    deleteSnapshot: calls.unary(METHODS.deleteSnapshot, async (store, request) => ({
      deleted: await store.deleteSnapshot(toSnapshotId(request.snapshotId)),
    })),
    verify: calls.streams.oneWay(METHODS.verify, (store, _request, context) =>
      toVerifyResponses(store.verify(context.signal)),
    ),
  } satisfies Record<keyof typeof METHODS, unknown>;
  return { definition: toServiceDefinition(METHODS), implementation };
}
