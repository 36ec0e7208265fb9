/** What the operations of a pipeline's request are by the generated reader, and by what their own calls make of them. */

import type { Operation as WireOperation } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { KvError, type Limits } from "../../src/base/index.js";
import { toGetAtQuery, toKey } from "../../src/grpc/convert-request.js";
import {
  toDeleteCommand,
  toIncrementCommand,
  toSetCommand,
  toTouchCommand,
} from "../../src/grpc/convert-write-request.js";
import type { PipelineOperation } from "../../src/kv/index.js";

/** What the operation's own call makes of the same request. */
export function asItsCall({ operation }: WireOperation, limits: Limits): PipelineOperation {
  try {
    switch (operation?.$case) {
      case "set":
        return { kind: "set", ...toSetCommand(operation.value, limits) };
      case "get":
        return operation.value.revision === 0
          ? { kind: "get", key: toKey(operation.value.key, limits) }
          : { kind: "get", ...toGetAtQuery(operation.value, limits) };
      case "delete":
        return { kind: "delete", ...toDeleteCommand(operation.value, limits) };
      case "touch":
        return { kind: "touch", ...toTouchCommand(operation.value, limits) };
      case "increment":
        return { kind: "increment", ...toIncrementCommand(operation.value, limits) };
      case undefined:
        throw new KvError("INVALID_FIELD", "operation: none", { metadata: { field: "operation" } });
    }
  } catch (error) {
    return { kind: "error", error };
  }
}

/** Errors by what a caller can act on. */
export function comparable(operation: PipelineOperation): unknown {
  if (operation.kind !== "error") return operation;
  const { error } = operation;
  if (!(error instanceof KvError)) throw error;
  return { kind: "error", code: error.code, field: error.metadata.field };
}
