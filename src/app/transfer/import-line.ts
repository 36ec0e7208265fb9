/**
 * One line of an import: `{"key", "value" | "value_base64", "expire_time"?, "content_type"?}`. A `value` is
 * stored as the JSON text that stands in the line, not one character changed.
 */

import { NO_DEADLINE, type TimeMs } from "../../base/index.js";
import { didYouMean } from "../nearest-name.js";
import { parsed, problem, type Parsed } from "../parsed.js";
import { parseTime } from "../time-text.js";
import { objectMembers, type Member } from "./json-members.js";
import { JSON_CONTENT_TYPE, utf8Text } from "./json-value.js";

export interface ImportEntry {
  readonly key: string;
  readonly value: Buffer;
  /** 0: never expires. */
  readonly deadlineMs: TimeMs;
  readonly contentType: string;
}

const NAMES = ["key", "value", "value_base64", "expire_time", "content_type"] as const;
type Name = (typeof NAMES)[number];

/** Half of a pair, which UTF-8 cannot say; writing it would change the key silently. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/** What the line asks for, or the reason why it cannot be taken. Never throws. */
export function parseImportLine(bytes: Buffer): Parsed<ImportEntry> {
  const text = utf8Text(bytes);
  if (text === undefined) return problem("it is not UTF-8");
  try {
    JSON.parse(text);
  } catch (error) {
    return problem(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const members = objectMembers(text);
  if (members === undefined) return problem("it is not a JSON object");
  const named = byName(members);
  return named.kind === "problem" ? named : toEntry(named.value);
}

function byName(members: readonly Member[]): Parsed<ReadonlyMap<Name, string>> {
  const named = new Map<Name, string>();
  for (const member of members) {
    const name = NAMES.find((candidate) => candidate === member.name);
    if (name === undefined) {
      return problem(`there is no field ${shown(member.name)}${didYouMean(member.name, NAMES)}`);
    }
    if (named.has(name)) return problem(`the field "${name}" stands twice`);
    named.set(name, member.text);
  }
  return parsed(named);
}

function toEntry(named: ReadonlyMap<Name, string>): Parsed<ImportEntry> {
  const key = stringOf(named, "key");
  if (key.kind === "problem") return key;
  if (key.value === undefined) return problem('the field "key" is missing');
  if (key.value === "") return problem('the field "key" is empty');
  if (LONE_SURROGATE.test(key.value)) return problem('the field "key" has half a surrogate pair');
  const value = valueOf(named);
  if (value.kind === "problem") return value;
  const expireTime = stringOf(named, "expire_time");
  if (expireTime.kind === "problem") return expireTime;
  const deadline =
    expireTime.value === undefined ? parsed(NO_DEADLINE) : parseTime(expireTime.value);
  if (deadline.kind === "problem") return problem(`the field "expire_time": ${deadline.problem}`);
  const contentType = stringOf(named, "content_type");
  if (contentType.kind === "problem") return contentType;
  return parsed({
    key: key.value,
    value: value.value,
    deadlineMs: deadline.value,
    contentType: contentType.value ?? (named.has("value") ? JSON_CONTENT_TYPE : ""),
  });
}

function valueOf(named: ReadonlyMap<Name, string>): Parsed<Buffer> {
  const json = named.get("value");
  const base64 = stringOf(named, "value_base64");
  if (base64.kind === "problem") return base64;
  if (json !== undefined && base64.value !== undefined) {
    return problem('"value" and "value_base64" exclude each other');
  }
  if (json !== undefined) return parsed(Buffer.from(json));
  if (base64.value === undefined) return problem('"value" or "value_base64" is missing');
  return isBase64(base64.value)
    ? parsed(Buffer.from(base64.value, "base64"))
    : problem('the field "value_base64" is not base64');
}

/** Whether it is RFC 4648's base64, its padding there or left out. Buffer itself takes anything. */
function isBase64(text: string): boolean {
  const digits = text.replace(/={1,2}$/, "");
  if (NOT_BASE64.test(digits) || digits.length % 4 === 1) return false;
  return digits.length === text.length || text.length % 4 === 0;
}

/** The text of a field that must be a string; undefined where it is absent. */
function stringOf(named: ReadonlyMap<Name, string>, name: Name): Parsed<string | undefined> {
  const text = named.get(name);
  if (text === undefined) return parsed(undefined);
  const value: unknown = JSON.parse(text);
  return typeof value === "string" ? parsed(value) : problem(`the field "${name}" is not a string`);
}

function shown(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}
