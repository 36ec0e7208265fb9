/**
 * What a request asked, as 16 bytes: by them a call made again is told from another one that has the same id.
 *
 * The digest outlives the program that made it, so what is here is never changed: a new member is added where it
 * is given, and only there. Times are as the caller said them: a TTL is the same TTL a minute later.
 */

import { sha256Hex } from "../base/index.js";
import { DIGEST_BYTES } from "../storage/index.js";
import type { KeyRange } from "./key-range.js";
import type {
  Check,
  Condition,
  DeleteRangeCommand,
  ExpirationChoice,
  Operation,
} from "./write-commands.js";

export interface Asked {
  /** Whether it is a Transact, also of one operation. */
  readonly isTransaction: boolean;
  readonly conditions: readonly Condition[];
  readonly then: readonly Operation[];
  readonly otherwise: readonly Operation[];
  readonly precondition: Check | undefined;
}

export function requestDigest(asked: Asked): Buffer {
  const parts = [
    asked.isTransaction ? "transact" : "alone",
    asked.conditions.map(({ key, check }) => [hex(key), checkParts(check)]),
    asked.then.map(operationParts),
    asked.otherwise.map(operationParts),
    ...(asked.precondition === undefined ? [] : [checkParts(asked.precondition)]),
  ];
  return digestOf(parts);
}

/** The same of a range that is to be deleted. */
export function rangeDigest({ range, limit }: DeleteRangeCommand): Buffer {
  const parts = ["delete-range", rangeParts(range), limit];
  return digestOf(parts);
}

function rangeParts(range: KeyRange): readonly string[] {
  switch (range.kind) {
    case "all":
      return [range.kind];
    case "prefix":
      return [range.kind, hex(range.prefix)];
    case "interval":
      return [range.kind, hex(range.start), hex(range.end)];
    case "glob":
      return [range.kind, range.pattern];
  }
}

function operationParts(operation: Operation): readonly unknown[] {
  const isPreviousAsked = "returnPrevious" in operation && operation.returnPrevious;
  const rest = isPreviousAsked ? ["previous"] : [];
  const head = [operation.kind, hex(operation.key)];
  switch (operation.kind) {
    case "set": {
      const { value, contentType, expiration } = operation;
      return [...head, valueName(value), contentType, expirationParts(expiration), ...rest];
    }
    case "touch":
      return [...head, expirationParts(operation.expiration), ...rest];
    case "increment":
      return [...head, String(operation.delta), expirationParts(operation.expiration)];
    case "get":
    case "delete":
      return [...head, ...rest];
  }
}

function expirationParts(choice: ExpirationChoice): readonly unknown[] {
  if (choice.kind === "ttl") return [choice.kind, Math.ceil(choice.ttlMs)];
  return choice.kind === "at" ? [choice.kind, choice.deadlineMs] : [choice.kind];
}

function checkParts(check: Check): readonly unknown[] {
  switch (check.kind) {
    case "exists":
      return [check.kind, check.exists];
    case "revision":
      return [check.kind, check.revision];
    case "value":
      return [check.kind, valueName(check.value)];
  }
}

function hex(bytes: Buffer): string {
  return bytes.toString("hex");
}

/** A value may be long; its digest stands for it. */
function valueName(value: Buffer): string {
  return sha256Hex(value);
}

function digestOf(parts: readonly unknown[]): Buffer {
  return Buffer.from(sha256Hex(JSON.stringify(parts)).slice(0, 2 * DIGEST_BYTES), "hex");
}
