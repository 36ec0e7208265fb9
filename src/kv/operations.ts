/** What each operation does to a key within a transaction, and what it answers. Pure. */

import { KvError, invalidField } from "../base/index.js";
import { deadlineOf } from "./command-checks.js";
import { isInt64, parseInt64 } from "./int64.js";
import type { KeyDraft, Moment } from "./key-draft.js";
import type {
  IncrementChange,
  IncrementResult,
  Operation,
  OperationResult,
} from "./write-commands.js";

/** Throws where the operation cannot be done: then nothing of the transaction is. */
export function perform(operation: Operation, draft: KeyDraft, moment: Moment): OperationResult {
  const { revision, nowMs } = moment;
  const there = draft.isThere ? draft : undefined;
  const isPreviousAsked = "returnPrevious" in operation && operation.returnPrevious;
  const entry = isPreviousAsked ? draft.entry(moment) : undefined;
  const previous = entry === undefined ? {} : { previous: entry };
  switch (operation.kind) {
    case "set": {
      const deadlineMs = deadlineOf(operation.expiration, there, nowMs);
      draft.put(operation.value, operation.contentType, deadlineMs);
      return { kind: "set", revision, deadlineMs, ...previous };
    }
    case "get":
      return { kind: "get", revision, entry: draft.entry(moment) };
    case "delete":
      there?.remove();
      return { kind: "delete", revision, deleted: there !== undefined, ...previous };
    case "touch": {
      const deadlineMs = deadlineOf(operation.expiration, undefined, nowMs);
      const touched = there !== undefined;
      if (!touched) return { kind: "touch", revision, touched, deadlineMs: draft.deadlineMs };
      draft.touch(deadlineMs);
      return { kind: "touch", revision, touched, deadlineMs, ...previous };
    }
    case "increment":
      return { kind: "increment", ...increment(operation, draft, moment) };
  }
}

/** Whether the operation looks at the value that its key has before it. */
export function readsValue(operation: Operation): boolean {
  if (operation.kind === "get" || operation.kind === "touch") return true;
  if (operation.kind === "increment") return true;
  return operation.returnPrevious === true;
}

/** Whether no operation after this one can see the value that the key had before. */
export function replacesValue({ kind }: Operation): boolean {
  return kind === "set" || kind === "delete";
}

function increment(
  { delta, expiration }: IncrementChange,
  draft: KeyDraft,
  { revision, nowMs }: Moment,
): IncrementResult {
  // Judged also where the key is there, so that a call does not fail only once its key is gone.
  const deadlineOfNew = deadlineOf(expiration, undefined, nowMs);
  const before = draft.isThere ? parseInt64(draft.value) : 0n;
  if (before === undefined) {
    throw invalidField("key", "has a value that is not a 64-bit integer in decimal digits");
  }
  const value = before + delta;
  if (!isInt64(value)) {
    throw new KvError("OVERFLOW", `delta: the sum ${String(value)} does not fit into 64 bits`, {
      metadata: { field: "delta" },
    });
  }
  const deadlineMs = draft.isThere ? draft.deadlineMs : deadlineOfNew;
  const contentType = draft.isThere ? draft.contentType : "";
  draft.put(Buffer.from(String(value)), contentType, deadlineMs);
  return { revision, value, deadlineMs };
}
