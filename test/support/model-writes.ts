/**
 * What writes do to keys, on a plain Map of entries: each operation makes the entries that come after it from
 * those before it. Whoever calls this puts the outcome in place, or drops it where something was thrown.
 */

import {
  invalidField,
  KvError,
  NO_DEADLINE,
  NO_REVISION,
  withinField,
  type Revision,
  type TimeMs,
} from "../../src/base/index.js";
import type {
  Check,
  Entry,
  ExpirationChoice,
  Operation,
  OperationResult,
  TransactCommand,
} from "../../src/kv/index.js";
import { nameOf } from "./model-range.js";

/** By key, one character a byte. */
export type Entries = Map<string, Entry>;

/** When the changes are made, and how a choice of expiration becomes a deadline. */
export interface ModelMoment {
  readonly revision: Revision;
  readonly nowMs: TimeMs;
  readonly deadlineOf: (choice: Exclude<ExpirationChoice, { kind: "keep" }>) => TimeMs;
}

export interface ModelOutcome {
  readonly entries: Entries;
  readonly isChanged: boolean;
  readonly succeeded: boolean;
  readonly results: readonly OperationResult[];
}

export function transactOn(
  before: Entries,
  { conditions, then, otherwise }: TransactCommand,
  moment: ModelMoment,
): ModelOutcome {
  const succeeded = conditions.every(({ key, check }) => isSo(check, before.get(nameOf(key))));
  const branch = succeeded ? "then" : "otherwise";
  const operations = succeeded ? then : otherwise;
  const entries = new Map(before);
  const results = operations.map((operation, index) =>
    withinField(`${branch}[${String(index)}].${operation.kind}`, () =>
      operateOn(entries, operation, moment),
    ),
  );
  const isChanged = operations.some(({ key }) => {
    return entries.get(nameOf(key)) !== before.get(nameOf(key));
  });
  return { entries, isChanged, succeeded, results };
}

function isSo(check: Check, entry: Entry | undefined): boolean {
  if (check.kind === "exists") return (entry !== undefined) === check.exists;
  if (check.kind === "revision") return (entry?.revision ?? NO_REVISION) === check.revision;
  return entry?.value.equals(check.value) === true;
}

/** Throws what a store throws where the precondition does not hold. */
export function checkPrecondition(check: Check | undefined, entry: Entry | undefined): void {
  if (check === undefined || isSo(check, entry)) return;
  const metadata = { field: "precondition", revision: entry?.revision ?? NO_REVISION };
  if (check.kind !== "exists") throw new KvError("PRECONDITION_FAILED", "another", { metadata });
  throw new KvError(check.exists ? "KEY_ABSENT" : "KEY_EXISTS", "it is not so", { metadata });
}

function operateOn(entries: Entries, operation: Operation, moment: ModelMoment): OperationResult {
  const { revision, nowMs, deadlineOf } = moment;
  const name = nameOf(operation.key);
  const before = entries.get(name);
  const isAsked = "returnPrevious" in operation && operation.returnPrevious;
  const previous = isAsked && before !== undefined ? { previous: before } : {};
  const put = (value: Buffer, contentType: string, deadlineMs: TimeMs): void => {
    entries.set(name, {
      key: operation.key,
      value,
      revision,
      createRevision: before?.createRevision ?? revision,
      version: (before?.version ?? 0) + 1,
      deadlineMs,
      updateTimeMs: nowMs,
      contentType,
    });
  };
  const deadlineAfter = (choice: ExpirationChoice): TimeMs =>
    choice.kind === "keep" ? (before?.deadlineMs ?? NO_DEADLINE) : deadlineOf(choice);
  switch (operation.kind) {
    case "get":
      return { kind: "get", revision, entry: before };
    case "set": {
      const deadlineMs = deadlineAfter(operation.expiration);
      put(operation.value, operation.contentType, deadlineMs);
      return { kind: "set", revision, deadlineMs, ...previous };
    }
    case "delete":
      return { kind: "delete", revision, deleted: entries.delete(name), ...previous };
    case "touch": {
      const deadlineMs = deadlineOf(operation.expiration);
      if (before === undefined) {
        return { kind: "touch", revision, touched: false, deadlineMs: NO_DEADLINE };
      }
      entries.set(name, { ...before, revision, deadlineMs, updateTimeMs: nowMs });
      return { kind: "touch", revision, touched: true, deadlineMs, ...previous };
    }
    case "increment": {
      const ofNew = deadlineAfter(operation.expiration);
      const value = numberIn(before) + operation.delta;
      if (BigInt.asIntN(64, value) !== value) {
        throw new KvError("OVERFLOW", "too large", { metadata: { field: "delta" } });
      }
      const deadlineMs = before?.deadlineMs ?? ofNew;
      put(Buffer.from(value.toString()), before?.contentType ?? "", deadlineMs);
      return { kind: "increment", revision, value, deadlineMs };
    }
  }
}

function numberIn(entry: Entry | undefined): bigint {
  if (entry === undefined) return 0n;
  const text = entry.value.toString("latin1");
  // What is written again as it was read is decimal text, and nothing else is.
  const number = /^-?[0-9]+$/.test(text) ? BigInt(text) : undefined;
  if (number?.toString() === text && BigInt.asIntN(64, number) === number) return number;
  throw invalidField("key", "holds no number");
}
