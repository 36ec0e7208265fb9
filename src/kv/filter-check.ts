/**
 * Checks a filter before any entry is looked at: that each variable, function and pattern in it exists, that what
 * is known of types fits together, and that it is a condition. What lies in a JSON value is known only when it is
 * there, so it fits anything.
 */

import { RE2JS } from "@bufbuild/re2";
import type { CelFunc } from "@bufbuild/cel";

import { present } from "../base/index.js";
import type { Expression } from "./filter-meter.js";

/** Longest pattern, in characters: it is compiled in one go. */
const PATTERN_LENGTH_MAX = 256;

const UNKNOWN = "dyn";
const TIMESTAMP = "google.protobuf.Timestamp";

/** What a filter can speak of, with its type. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ["key", "string"],
  ["value", "string"],
  ["json", UNKNOWN],
  ["size", "int"],
  ["revision", "int"],
  ["version", "int"],
  ["update_time", TIMESTAMP],
  ["expire_time", TIMESTAMP],
  ["content_type", "string"],
]);

/** What is wrong, and the node that is. */
export class FilterProblem extends Error {
  readonly node: bigint;

  constructor(node: bigint, problem: string) {
    super(problem);
    this.node = node;
  }
}

/** A compiled pattern. Groups of Unicode would load tables that hold up everything for a third of a second. */
export function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(pattern, RE2JS.DISABLE_UNICODE_GROUPS);
}

/** Types by name: those of the variables of loops too. */
type Scope = ReadonlyMap<string, string>;

const CONSTANT_TYPES: Readonly<Record<string, string>> = {
  boolValue: "bool",
  bytesValue: "bytes",
  doubleValue: "double",
  int64Value: "int",
  nullValue: "null_type",
  stringValue: "string",
  uint64Value: "uint",
};

export class FilterChecker {
  readonly #functions = new Map<string, CelFunc[]>();
  /** The variables that were met. */
  readonly used = new Set<string>();

  constructor(functions: Iterable<CelFunc>) {
    for (const func of functions) {
      const same = this.#functions.get(func.name);
      if (same === undefined) this.#functions.set(func.name, [func]);
      else same.push(func);
    }
  }

  /** Throws `FilterProblem`. */
  checkCondition(expression: Expression): void {
    this.#expectType(expression, VARIABLES, "bool");
  }

  #expectType(expression: Expression, scope: Scope, wanted: string): void {
    const type = this.#typeOf(expression, scope);
    if (type === wanted || type === UNKNOWN) return;
    throw new FilterProblem(expression.id, `must be a ${wanted}, and is a ${type}`);
  }

  #typeOf(expression: Expression, scope: Scope): string {
    const { id, exprKind } = expression;
    switch (exprKind.case) {
      case "constExpr":
        return CONSTANT_TYPES[exprKind.value.constantKind.case ?? ""] ?? UNKNOWN;
      case "identExpr":
        return this.#typeOfVariable(id, exprKind.value.name, scope);
      case "selectExpr": {
        const operand = present(exprKind.value.operand, "what a field is selected from");
        const type = this.#typeOf(operand, scope);
        if (type !== UNKNOWN && type !== "map") {
          throw new FilterProblem(id, `a ${type} has no field ${exprKind.value.field}`);
        }
        return exprKind.value.testOnly ? "bool" : UNKNOWN;
      }
      case "listExpr":
        for (const element of exprKind.value.elements) this.#typeOf(element, scope);
        return "list";
      case "structExpr":
        return this.#typeOfMap(id, exprKind.value, scope);
      case "callExpr":
        return this.#typeOfCall(id, exprKind.value, scope);
      case "comprehensionExpr":
        return this.#typeOfLoop(exprKind.value, scope);
      case undefined:
        throw new FilterProblem(id, "is not an expression");
    }
  }

  #typeOfVariable(id: bigint, name: string, scope: Scope): string {
    const type = scope.get(name);
    if (type === undefined) {
      const names = [...VARIABLES.keys()].join(", ");
      throw new FilterProblem(id, `there is no ${name}: a filter can speak of ${names}`);
    }
    if (VARIABLES.has(name)) this.used.add(name);
    return type;
  }

  #typeOfMap(id: bigint, value: KindOf<"structExpr">, scope: Scope): string {
    if (value.messageName !== "") throw new FilterProblem(id, `there is no ${value.messageName}`);
    for (const entry of value.entries) {
      if (entry.keyKind.case === "mapKey") this.#typeOf(entry.keyKind.value, scope);
      this.#typeOf(present(entry.value, "the value of an entry"), scope);
    }
    return "map";
  }

  #typeOfLoop(value: KindOf<"comprehensionExpr">, scope: Scope): string {
    const range = present(value.iterRange, "what a loop goes over");
    const type = this.#typeOf(range, scope);
    if (type !== UNKNOWN && type !== "list" && type !== "map") {
      throw new FilterProblem(range.id, `must be a list or a map, and is a ${type}`);
    }
    const initial = this.#typeOf(present(value.accuInit, "what a loop begins with"), scope);
    const inner = new Map([...scope, [value.accuVar, initial], [value.iterVar, UNKNOWN]]);
    if (value.iterVar2 !== "") inner.set(value.iterVar2, UNKNOWN);
    this.#typeOf(present(value.loopCondition, "what a loop asks"), inner);
    this.#typeOf(present(value.loopStep, "what a loop repeats"), inner);
    return this.#typeOf(present(value.result, "what a loop gives"), inner);
  }

  #typeOfCall(id: bigint, value: KindOf<"callExpr">, scope: Scope): string {
    const { function: name, target, args } = value;
    switch (name) {
      case "_&&_":
      case "_||_":
        for (const arg of args) this.#expectType(arg, scope, "bool");
        return "bool";
      case "@not_strictly_false":
        for (const arg of args) this.#typeOf(arg, scope);
        return "bool";
      case "_?_:_": {
        const [condition, ...choices] = args;
        this.#expectType(present(condition, "the condition of a choice"), scope, "bool");
        const [one, other] = choices.map((choice) => this.#typeOf(choice, scope));
        return one === other && one !== undefined ? one : UNKNOWN;
      }
      case "_[_]": {
        const [operand, index] = args;
        const type = this.#typeOf(present(operand, "what is indexed"), scope);
        this.#typeOf(present(index, "the index"), scope);
        if (type === UNKNOWN || type === "list" || type === "map") return UNKNOWN;
        throw new FilterProblem(id, `a ${type} has no elements`);
      }
      default: {
        const types = args.map((arg) => this.#typeOf(arg, scope));
        const of = target === undefined ? undefined : this.#typeOf(target, scope);
        if (name === "matches") checkPattern(id, args[0]);
        return this.#typeOfResult(id, name, { of, types });
      }
    }
  }

  #typeOfResult(id: bigint, name: string, given: Given): string {
    const same = this.#functions.get(name);
    if (same === undefined) throw new FilterProblem(id, `there is no function ${name}`);
    const results = new Set(same.filter((func) => fits(func, given)).map(resultOf));
    if (results.size === 0) {
      const { of, types } = given;
      const words = `${of === undefined ? "" : `${of}.`}${name}(${types.join(", ")})`;
      throw new FilterProblem(id, `there is no ${words}`);
    }
    const [only] = results;
    return results.size === 1 && only !== undefined ? only : UNKNOWN;
  }
}

type KindOf<Case extends NonNullable<Expression["exprKind"]["case"]>> = Extract<
  Expression["exprKind"],
  { readonly case: Case }
>["value"];

/** The types of what a function is called with. */
interface Given {
  readonly of: string | undefined;
  readonly types: readonly string[];
}

function resultOf(func: CelFunc): string {
  return func.result.name;
}

function fits(func: CelFunc, { of, types }: Given): boolean {
  if ((func.target === undefined) !== (of === undefined)) return false;
  if (func.target !== undefined && !agree(func.target.name, of ?? UNKNOWN)) return false;
  if (func.arguments.length !== types.length) return false;
  return func.arguments.every(({ name }, index) => agree(name, types[index] ?? UNKNOWN));
}

function agree(wanted: string, type: string): boolean {
  return wanted === type || wanted === UNKNOWN || type === UNKNOWN;
}

/** A pattern is compiled once, so it must stand in the filter; and it must be short, and one of RE2. */
function checkPattern(id: bigint, pattern: Expression | undefined): void {
  const constant = pattern?.exprKind.case === "constExpr" ? pattern.exprKind.value : undefined;
  if (constant?.constantKind.case !== "stringValue") {
    throw new FilterProblem(pattern?.id ?? id, "the pattern of matches must be a text in quotes");
  }
  const text = constant.constantKind.value;
  const at = pattern?.id ?? id;
  if (text.length > PATTERN_LENGTH_MAX) {
    throw new FilterProblem(at, `is longer than ${String(PATTERN_LENGTH_MAX)} characters`);
  }
  try {
    compilePattern(text);
  } catch (error) {
    throw new FilterProblem(at, error instanceof Error ? error.message : "is not a pattern");
  }
}
