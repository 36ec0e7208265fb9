/** Compares an answer with what a case expects of it, and says the first thing that is different. */

import type { Expectation, Operand } from "./expectation.js";
import { isList, isObject, show, textOf, type Json } from "./json.js";
import type { Scope } from "./scope.js";

export interface Mismatch {
  /** Where in the answer, such as `entry.version`. Empty: all of it. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** Undefined: it matches, and the names that stand in it first have their values now. */
export function match(
  expectation: Expectation,
  actual: Json | undefined,
  scope: Scope,
  path = "",
): Mismatch | undefined {
  const differs = (expected: string): Mismatch => ({ path, expected, got: show(actual) });
  switch (expectation.kind) {
    case "object":
      return matchObject(expectation.fields, actual, { scope, path });
    case "list":
      return matchList(expectation.items, actual, { scope, path });
    case "all":
      return firstOf(expectation.parts.map((part) => () => match(part, actual, scope, path)));
    case "one-of": {
      const isMet = expectation.parts.some((part) => !match(part, actual, scope, path));
      return isMet
        ? undefined
        : differs(`one of ${expectation.parts.map((part) => describe(part, scope)).join(", ")}`);
    }
    case "variable":
      return matchVariable(expectation, actual, { scope, path });
    default:
      return isMetBy(expectation, actual, scope)
        ? undefined
        : differs(describe(expectation, scope));
  }
}

type Leaf = Exclude<
  Expectation,
  { readonly kind: "object" | "list" | "all" | "one-of" | "variable" }
>;

interface Where {
  readonly scope: Scope;
  readonly path: string;
}

function matchObject(
  fields: ReadonlyMap<string, Expectation>,
  actual: Json | undefined,
  { scope, path }: Where,
): Mismatch | undefined {
  if (!isObject(actual)) return { path, expected: "an object", got: show(actual) };
  return firstOf(
    [...fields].map(([name, field]) => () => {
      return match(field, actual[name], scope, path === "" ? name : `${path}.${name}`);
    }),
  );
}

function matchList(
  items: readonly Expectation[],
  actual: Json | undefined,
  { scope, path }: Where,
): Mismatch | undefined {
  const got = actual ?? [];
  if (!isList(got)) return { path, expected: "a list", got: show(actual) };
  if (got.length !== items.length) {
    const expected = `a list of ${String(items.length)}`;
    return { path, expected, got: `${String(got.length)}: ${show(got)}` };
  }
  return firstOf(
    items.map((item, index) => () => match(item, got[index], scope, `${path}[${String(index)}]`)),
  );
}

function matchVariable(
  { name, isText }: Expectation & { readonly kind: "variable" },
  actual: Json | undefined,
  { scope, path }: Where,
): Mismatch | undefined {
  const known = scope.get(name);
  if (known === undefined) {
    if (actual === undefined || actual === null) {
      return { path, expected: `something to call ${name}`, got: show(actual) };
    }
    scope.bind(name, isText && /^\d{1,15}$/.test(textOf(actual)) ? Number(actual) : actual);
    return undefined;
  }
  const isSame = isText ? textOf(actual) === textOf(known) : isEqual(actual, known);
  return isSame
    ? undefined
    : { path, expected: `${name}, which is ${show(known)}`, got: show(actual) };
}

function firstOf(checks: readonly (() => Mismatch | undefined)[]): Mismatch | undefined {
  for (const check of checks) {
    const mismatch = check();
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}

function isMetBy(leaf: Leaf, actual: Json | undefined, scope: Scope): boolean {
  switch (leaf.kind) {
    case "absent":
      return actual === undefined || actual === null;
    case "any":
      return actual !== undefined && actual !== null;
    case "scalar":
      return isEqual(actual, leaf.value) || (isAbsent(actual) && isZero(leaf.value));
    case "exactly":
      return isEqual(actual ?? null, leaf.value) || (isAbsent(actual) && isZero(leaf.value));
    case "bytes":
      if (isAbsent(actual)) return leaf.bytes.length === 0;
      return typeof actual === "string" && Buffer.from(actual, "base64").equals(leaf.bytes);
    case "above":
      return numberOf(actual) > operandOf(leaf.bound, scope);
    case "between": {
      const value = numberOf(actual);
      return value >= operandOf(leaf.least, scope) && value <= operandOf(leaf.most, scope);
    }
    case "later": {
      const afterMs = numberOf(actual) - Math.floor(scope.stepStartMs);
      return afterMs >= leaf.leastMs && afterMs <= leaf.mostMs;
    }
    case "contains":
      return typeof actual === "string" && actual.includes(leaf.text);
    case "length":
      return listOf(actual)?.length === leaf.length;
    case "once":
      return hasEachOnce(listOf(actual), leaf.prefix, leaf.count);
    case "rising":
    case "falling":
      return isInOrder(listOf(actual), leaf.kind, leaf.by);
  }
}

function isAbsent(actual: Json | undefined): actual is null | undefined {
  return actual === undefined || actual === null;
}

/** What an agent may leave out. */
function isZero(value: Json): boolean {
  return value === 0 || value === "" || value === false;
}

/** What is absent is the number 0, as the line may have it; what is no number matches nothing. */
function numberOf(actual: Json | undefined): number {
  if (isAbsent(actual)) return 0;
  return typeof actual === "number" || typeof actual === "string" ? Number(actual) : NaN;
}

function operandOf(operand: Operand, scope: Scope): number {
  return typeof operand === "number" ? operand : numberOf(scope.get(operand));
}

function listOf(actual: Json | undefined): readonly Json[] | undefined {
  if (isAbsent(actual)) return [];
  return isList(actual) ? actual : undefined;
}

/** A key, an entry, an expiration or an event, by its key; or a number of one of those, by its name. */
function fieldOf(item: Json, by: string): Json | undefined {
  if (!isObject(item)) return item;
  const own = item[by];
  if (own !== undefined) return own;
  return isObject(item["entry"] ?? null) ? fieldOf(item["entry"] ?? null, by) : undefined;
}

function hasEachOnce(items: readonly Json[] | undefined, prefix: string, count: number): boolean {
  if (items?.length !== count) return false;
  const keys = new Set(items.map((item) => fieldOf(item, "key")));
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`).every((key) =>
    keys.has(key),
  );
}

function isInOrder(
  items: readonly Json[] | undefined,
  direction: "rising" | "falling",
  by: string,
): boolean {
  if (items === undefined) return false;
  const values = items.map((item) => placeOf(item, by));
  const sign = direction === "rising" ? 1 : -1;
  return values.every((value, index) => {
    const before = values[index - 1];
    return before === undefined || compare(before, value) * sign < 0;
  });
}

/** What an item is ordered by: revisions with the index beside them, keys by their bytes. */
function placeOf(item: Json, by: string): Buffer | number {
  const value = fieldOf(item, by) ?? 0;
  if (by !== "revision") return Buffer.from(textOf(value), "utf8");
  const index = isObject(item) ? numberOf(item["index"]) : 0;
  return numberOf(value) + index / 1_000_000;
}

function compare(left: Buffer | number, right: Buffer | number): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return Buffer.compare(Buffer.from(left as Buffer), Buffer.from(right as Buffer));
}

/** Deep, and whatever the order of an object's fields. */
function isEqual(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, at) => isEqual(item, right[at]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => name in right && isEqual(left[name], right[name]))
  );
}

/** In words, for who reads of a failure. */
function describe(expectation: Expectation, scope?: Scope): string {
  const named = (operand: Operand): string =>
    typeof operand === "number" ? String(operand) : `${operand} (${show(scope?.get(operand))})`;
  switch (expectation.kind) {
    case "absent":
      return "nothing";
    case "any":
      return "something";
    case "scalar":
    case "exactly":
      return show(expectation.value);
    case "bytes":
      return `${show(expectation.bytes.toString("base64"))}, which is ${show(expectation.bytes.toString("utf8"))}`;
    case "above":
      return `more than ${named(expectation.bound)}`;
    case "between":
      return `from ${named(expectation.least)} to ${named(expectation.most)}`;
    case "later":
      return `${String(expectation.leastMs)} to ${String(expectation.mostMs)} ms after ${String(scope?.stepStartMs)}`;
    case "contains":
      return `a text with ${show(expectation.text)} in it`;
    case "length":
      return `a list of ${String(expectation.length)}`;
    case "once":
      return `${expectation.prefix}0 to ${String(expectation.count - 1)}, each once`;
    case "rising":
    case "falling":
      return `${expectation.kind} by ${expectation.by}`;
    case "variable":
      return expectation.name;
    case "all":
    case "one-of":
      return expectation.parts.map((part) => describe(part, scope)).join(", ");
    case "list":
      return "a list";
    case "object":
      return "an object";
  }
}
