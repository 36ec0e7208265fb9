/** Tells the engine which keys a pipeline will ask for next, so that they are found together. */

import { FORESEEN_KEYS_MAX } from "../base/index.js";
import type { StorageEngine } from "../storage/index.js";
import type { PipelineOperation } from "./pipeline.js";

/** Fewer gain nothing by being looked for together. */
const KEYS_MIN = 4;

/** Of the operations from this one on. Returns up to which one, which comes next. */
export function foresee(
  engine: StorageEngine,
  operations: readonly PipelineOperation[],
  from: number,
): number {
  const end = Math.min(from + FORESEEN_KEYS_MAX, operations.length);
  const keys: Buffer[] = [];
  const written: Buffer[] = [];
  for (let index = from; index < end; index++) {
    const operation = operations[index];
    if (operation?.kind !== "get" && operation?.kind !== "set") continue;
    keys.push(operation.key);
    if (operation.kind === "set") written.push(operation.key);
  }
  if (keys.length >= KEYS_MIN) engine.foresee(keys, written);
  return end;
}
