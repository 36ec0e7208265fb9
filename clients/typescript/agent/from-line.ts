/** What a line of the protocol asks for, as the client takes it. */

import type {
  Condition,
  KeyRange,
  Operation,
  Precondition,
  StartPosition,
  WriteOptions,
} from "../src/index.js";
import type { Line } from "./to-line.js";

type Value = Uint8Array;

export function part(line: Line, name: string): Line | undefined {
  return (line[name] ?? undefined) as Line | undefined;
}

export function parts(line: Line, name: string): readonly Line[] {
  return (line[name] ?? []) as readonly Line[];
}

export function textOf(line: Line, name: string): string {
  const value = line[name];
  if (typeof value === "string") return value;
  throw new Error(`${name} is text, and not ${JSON.stringify(value)}`);
}

export function bytesOf(line: Line, name = "value"): Value {
  return Buffer.from((line[name] ?? "") as string, "base64");
}

/** An object of what is there, under the client's names. */
function present(line: Line, names: Readonly<Record<string, string>>): Line {
  const found = Object.entries(names).filter(([name]) => (line[name] ?? undefined) !== undefined);
  return Object.fromEntries(found.map(([name, ours]) => [ours, line[name]]));
}

/** Of every call. */
export function callOptions(line: Line): WriteOptions {
  return present(line, {
    deadline_ms: "deadlineMs",
    retries: "retries",
    request_id: "requestId",
  });
}

/** Of a write: with the call's, or without them where it is a step of a transaction. */
export function writeOptions(line: Line): Readonly<Record<string, unknown>> {
  const { expire_time_ms: expireTimeMs } = line;
  return {
    ...present(line, {
      ttl_ms: "ttlMs",
      keep_expiration: "keepExpiration",
      persist: "persist",
      return_previous: "returnPrevious",
      content_type: "contentType",
    }),
    ...(typeof expireTimeMs === "number" ? { expireTime: new Date(expireTimeMs) } : {}),
    ...preconditionOf(line),
  };
}

function preconditionOf(line: Line): { readonly precondition?: Precondition<Value> } {
  const precondition = part(line, "precondition");
  return precondition === undefined ? {} : { precondition: checkOf(precondition) };
}

function checkOf(line: Line): Precondition<Value> {
  const { exists, revision } = line;
  if (typeof exists === "boolean") return { exists };
  if (typeof revision === "number") return { revision };
  if (typeof line["value"] === "string") return { value: bytesOf(line) };
  // What it is missing is for the client to say.
  return {} as Precondition<Value>;
}

export function deltaOf(line: Line): bigint {
  return BigInt((line["delta"] ?? "1") as string);
}

export function conditionOf(line: Line): Condition<Value> {
  return { key: textOf(line, "key"), ...checkOf(line) };
}

export function operationOf(line: Line): Operation<Value> {
  const [kind = "", step] = Object.entries(line)[0] ?? [];
  const inner = step as Line;
  const key = textOf(inner, "key");
  const options = writeOptions(inner);
  switch (kind) {
    case "set":
      return { kind, key, value: bytesOf(inner), ...options };
    case "get":
      return { kind, key };
    case "delete":
    case "touch":
      return { kind, key, ...options };
    case "increment":
      return { kind, key, delta: deltaOf(inner), ...options };
    default:
      throw new Error(`a step of a transaction is none of ${kind}`);
  }
}

export function rangeOf(line: Line | undefined): KeyRange {
  if (line === undefined) return "all";
  const interval = part(line, "interval");
  if (interval === undefined) return line as KeyRange;
  const { start, end } = interval as { readonly start?: string; readonly end?: string };
  return { start: start ?? "", ...(end === undefined ? {} : { end }) };
}

export function startOf(line: Line | undefined): StartPosition {
  const { revision, resume_token: resumeToken, current_state: isState } = line ?? {};
  if (isState === true) return "current-state";
  if (typeof revision === "number") return { revision };
  return typeof resumeToken === "string" ? { resumeToken } : "now";
}
