/** The arguments of a call, from how a case writes them to how the line does, and what can be wrong with them. */

import type { Shape } from "./commands.js";
import { isList, isObject, show, textOf, type Json } from "./json.js";
import { isNotation, notationBytes, notationText } from "./notation.js";
import { isVariable, type Scope } from "./scope.js";

/** `{ $in_ms: 5000 }` is so long after the step began. */
const IN_MS = "$in_ms";

/** What a case may use. */
export interface Allowed {
  /** What its keys begin with. */
  readonly keyPrefix: string;
  /** The names that are given a value by then. */
  readonly variables: ReadonlySet<string>;
}

/** Throws an Error that says what is wrong with the arguments. */
export function checkArguments(
  value: Json,
  shape: Shape,
  allowed: Allowed,
  where = "its arguments",
): void {
  if (isVariable(value) && shape !== "literal") {
    if (!allowed.variables.has(value)) throw new Error(`${value} has no value yet`);
    return;
  }
  if (typeof shape === "string") {
    checkLeaf(value, shape, allowed, where);
    return;
  }
  if ("list" in shape) {
    if (!isList(value)) throw new Error(`${where} must be a list, not ${show(value)}`);
    for (const [index, item] of value.entries()) {
      checkArguments(item, shape.list, allowed, `${where}[${String(index)}]`);
    }
    return;
  }
  if (!isObject(value)) throw new Error(`${where} must be an object, not ${show(value)}`);
  for (const [name, field] of Object.entries(value)) {
    const known = shape.fields[name];
    if (known === undefined) throw new Error(`${where} cannot have \`${name}\``);
    checkArguments(field, known, allowed, `${where}, ${name}`);
  }
}

function checkLeaf(
  value: Json,
  shape: Shape & string,
  { keyPrefix, variables }: Allowed,
  where: string,
): void {
  switch (shape) {
    case "literal":
      return;
    case "key":
      return checkKey(readText(value, where), keyPrefix, where);
    case "keyed":
      if (!isObject(value)) throw new Error(`${where} must be an object named by keys`);
      for (const key of Object.keys(value)) checkKey(key, keyPrefix, where);
      return;
    case "bytes":
      if (!isNotation(value)) {
        throw new Error(`${where} must be written { text: … } or the like, not ${show(value)}`);
      }
      notationBytes(value);
      return;
    case "decimal":
      if (typeof value !== "number" && typeof value !== "string") {
        throw new Error(`${where} must be a number`);
      }
      return;
    case "plain": {
      if (!isObject(value) || isNotation(value)) return;
      const { [IN_MS]: inMs } = value;
      if (typeof inMs === "number" && Object.keys(value).length === 1) return;
      if (isVariable(inMs) && variables.has(inMs)) return;
      throw new Error(`${where} cannot be ${show(value)}`);
    }
  }
}

/** An empty key, or one that is wrong in another way, is nobody else's. */
function checkKey(key: string, keyPrefix: string, where: string): void {
  if (key === "" || key.startsWith(keyPrefix)) return;
  throw new Error(`${where}: ${show(key)} does not begin with ${show(keyPrefix)}`);
}

function readText(value: Json, where: string): string {
  if (typeof value === "string") return value;
  if (isNotation(value)) return notationText(value);
  throw new Error(`${where} must be a text, not ${show(value)}`);
}

/** As the line has them. What `checkArguments` lets through cannot fail here. */
export function encodeArguments(value: Json, shape: Shape, scope: Scope): Json {
  if (isVariable(value) && shape !== "literal") return scope.get(value) ?? null;
  if (typeof shape === "string") return encodeLeaf(value, shape, scope);
  if ("list" in shape) {
    return isList(value) ? value.map((item) => encodeArguments(item, shape.list, scope)) : value;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      encodeArguments(field, shape.fields[name] ?? "literal", scope),
    ]),
  );
}

function encodeLeaf(value: Json, shape: Shape & string, scope: Scope): Json {
  if (shape === "literal" || shape === "keyed") return value;
  if (shape === "decimal") return textOf(value);
  if (isNotation(value)) {
    return shape === "bytes" ? notationBytes(value).toString("base64") : notationText(value);
  }
  const inMs = isObject(value) ? value[IN_MS] : undefined;
  return typeof inMs === "number" ? Math.round(scope.stepStartMs) + inMs : value;
}
