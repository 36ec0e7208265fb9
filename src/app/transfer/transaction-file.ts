/**
 * A transaction as a person writes it, in YAML or JSON:
 *
 *   conditions:
 *     - { key: stock, value: "5" }          # or exists: true, or revision: 42; value_base64 for bytes
 *   then:
 *     - increment: { key: stock, delta: -1 }
 *     - set: { key: order/17, value: "1 of stock", ttl: 1h }
 *   otherwise:
 *     - get: { key: stock }
 *
 * What is wrong is INVALID_FIELD with the path of the member, as the server would name it.
 */

import { parse } from "yaml";

import { invalidField, revision, withinField } from "../../base/index.js";
import type {
  Check,
  Condition,
  ExpirationChoice,
  Operation,
  TransactCommand,
} from "../../kv/index.js";
import { parseDurationMs } from "../duration.js";
import { didYouMean } from "../nearest-name.js";
import { parseTime } from "../time-text.js";

type Members = Readonly<Record<string, unknown>>;

const VALUE_NAMES = ["value", "value_base64"] as const;
const KEEPING_NAMES = ["ttl", "expire_time", "keep_expiration"] as const;

const OPERATION_NAMES = {
  set: ["key", ...VALUE_NAMES, ...KEEPING_NAMES, "content_type", "return_previous"],
  get: ["key"],
  delete: ["key", "return_previous"],
  touch: ["key", "ttl", "expire_time", "persist", "return_previous"],
  increment: ["key", "delta", ...KEEPING_NAMES],
} as const satisfies Record<Operation["kind"], readonly string[]>;

const KINDS = Object.keys(OPERATION_NAMES) as readonly Operation["kind"][];

/** Throws INVALID_FIELD where the text is none. */
export function parseTransaction(text: string): TransactCommand {
  const root = membersOf(read(text), "", ["conditions", "then", "otherwise", "request_id"]);
  const requestId = optionalText(root, "request_id");
  return {
    conditions: eachOf(root, "conditions", toCondition),
    then: eachOf(root, "then", toOperation),
    otherwise: eachOf(root, "otherwise", toOperation),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** Whole numbers keep every digit. */
function read(text: string): unknown {
  try {
    return parse(text, { intAsBigInt: true, maxAliasCount: 0 });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw invalidField("file", `is neither YAML nor JSON: ${problem.split("\n")[0] ?? ""}`, error);
  }
}

function eachOf<T>(root: Members, name: string, convert: (member: unknown) => T): readonly T[] {
  const list = root[name] ?? [];
  if (!Array.isArray(list)) throw invalidField(name, "must be a list");
  return list.map((member: unknown, index) =>
    withinField(`${name}[${String(index)}]`, () => convert(member)),
  );
}

function toCondition(member: unknown): Condition {
  const members = membersOf(member, "condition", ["key", "exists", "revision", ...VALUE_NAMES]);
  return { key: keyOf(members), check: toCheck(members) };
}

function toCheck(members: Members): Check {
  onlyOne(members, ["exists", "revision", ...VALUE_NAMES]);
  const { exists, revision: at } = members;
  if (exists !== undefined) {
    if (typeof exists !== "boolean") throw invalidField("exists", "must be true or false");
    return { kind: "exists", exists };
  }
  if (at !== undefined) {
    return { kind: "revision", revision: revision(Number(integerOf(at, "revision"))) };
  }
  const value = valueIn(members);
  if (value !== undefined) return { kind: "value", value };
  throw invalidField("check", "must be one of exists, revision, value and value_base64");
}

function toOperation(member: unknown): Operation {
  const members = membersOf(member, "operation", KINDS);
  const kind = onlyOne(members, KINDS);
  if (kind === undefined) throw invalidField("operation", `must be one of ${KINDS.join(", ")}`);
  return withinField(kind, () =>
    toKnownOperation(kind, membersOf(members[kind], "operation", OPERATION_NAMES[kind])),
  );
}

function toKnownOperation(kind: Operation["kind"], members: Members): Operation {
  const key = keyOf(members);
  const previous = isGiven(members, "return_previous") ? { returnPrevious: true } : {};
  switch (kind) {
    case "set": {
      const value = valueIn(members);
      if (value === undefined) throw invalidField("value", "is missing; so is value_base64");
      const contentType = optionalText(members, "content_type") ?? "";
      return { kind, key, value, contentType, expiration: expirationIn(members), ...previous };
    }
    case "get":
      return { kind, key };
    case "delete":
      return { kind, key, ...previous };
    case "touch": {
      const persist = isGiven(members, "persist");
      const expiration = expirationIn(members);
      if (persist === (expiration.kind !== "none") || expiration.kind === "keep") {
        throw invalidField("expiration", "must be one of ttl, expire_time and persist");
      }
      return { kind, key, expiration, ...previous };
    }
    case "increment": {
      const delta = integerOf(members["delta"] ?? 1n, "delta");
      return { kind, key, delta, expiration: expirationIn(members) };
    }
  }
}

function expirationIn(members: Members): ExpirationChoice {
  onlyOne(members, KEEPING_NAMES);
  const ttl = optionalText(members, "ttl");
  if (ttl !== undefined) {
    const duration = parseDurationMs(ttl);
    if (duration.kind === "problem") throw invalidField("ttl", duration.problem);
    return { kind: "ttl", ttlMs: duration.value };
  }
  const expireTime = optionalText(members, "expire_time");
  if (expireTime !== undefined) {
    const time = parseTime(expireTime);
    if (time.kind === "problem") throw invalidField("expire_time", time.problem);
    return { kind: "at", deadlineMs: time.value };
  }
  return { kind: isGiven(members, "keep_expiration") ? "keep" : "none" };
}

function keyOf(members: Members): Buffer {
  const key = optionalText(members, "key");
  if (key === undefined) throw invalidField("key", "is missing");
  return Buffer.from(key);
}

function valueIn(members: Members): Buffer | undefined {
  onlyOne(members, VALUE_NAMES);
  const text = optionalText(members, "value");
  if (text !== undefined) return Buffer.from(text);
  const base64 = optionalText(members, "value_base64");
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64").replace(/=+$/, "") === base64.replace(/=+$/, "")) return bytes;
  throw invalidField("value_base64", "is not base64");
}

/** The name of the one that is there; undefined: none is. */
function onlyOne<Name extends string>(members: Members, names: readonly Name[]): Name | undefined {
  const given = names.filter((name) => members[name] !== undefined);
  if (given.length <= 1) return given[0];
  throw invalidField(given[1] ?? "", `excludes ${given[0] ?? ""}`);
}

/** A member that stands for a choice: true, or not there. */
function isGiven(members: Members, name: string): boolean {
  const value = members[name];
  if (value === undefined || value === true) return value === true;
  throw invalidField(name, "must be true, or not be there");
}

function optionalText(members: Members, name: string): string | undefined {
  const value = members[name];
  if (value === undefined || typeof value === "string") return value;
  throw invalidField(name, "must be text; put it in quotes");
}

function integerOf(value: unknown, name: string): bigint {
  if (typeof value === "bigint") return value;
  throw invalidField(name, "must be a whole number");
}

function membersOf(value: unknown, what: string, names: readonly string[]): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidField(what === "" ? "file" : what, `must have members: ${names.join(", ")}`);
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown === undefined) return value as Members;
  throw invalidField(unknown, `is not known${didYouMean(unknown, names)}`);
}
