/**
 * Bounds what one evaluation of a filter costs, because it cannot be interrupted. Every function is charged
 * for what it is given, every round of a loop for what it repeats; when the allowance is spent, the evaluation
 * ends with an error.
 *
 * A step is what the simplest call takes, some 80 ns, so that the allowance is about 2 ms.
 */

import {
  celFunc,
  CelScalar,
  celList,
  isCelList,
  isCelMap,
  listType,
  type CelFunc,
  type CelInput,
  type CelList,
  type CelValue,
  type parse,
} from "@bufbuild/cel";

import { present } from "../base/index.js";

export type Expression = NonNullable<ReturnType<typeof parse>["expr"]>;

const STEPS_PER_ENTRY_MAX = 25_000;

/** Nanoseconds that a step takes, about. */
export const STEP_NS = 80;

const CHARACTERS_PER_STEP = 64;

/** Matching goes through a text once, but may take so much longer for a character than looking for another text. */
const STEPS_PER_MATCHED_CHARACTER = 8;

/** Copying an element of a list takes this part of a step. */
const COPIES_PER_STEP = 32;

/** What a filter that was rewritten calls. */
const ITERATE = "@iterate";
const ROUND = "@round";

/** Functions that do not look into what they are given. */
const SHALLOW: ReadonlySet<string> = new Set(["dyn", "type"]);

export class Meter {
  #left = STEPS_PER_ENTRY_MAX;

  get spent(): number {
    return STEPS_PER_ENTRY_MAX - Math.max(0, this.#left);
  }

  reset(): void {
    this.#left = STEPS_PER_ENTRY_MAX;
  }

  /** Throws when the allowance is spent. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new Error("the filter costs too much for this entry");
  }
}

/** The function, charged to the meter. */
export function metered(func: CelFunc, meter: Meter): CelFunc {
  const call: CelFunc["call"] = (id, target, args) => {
    if (!accepts(func, target, args)) return undefined;
    meter.spend(1);
    if (func.name === "matches") meter.spend(textLength(target) * STEPS_PER_MATCHED_CHARACTER);
    else if (func.name === "size") meter.spend(textLength(target ?? args[0]) / CHARACTERS_PER_STEP);
    else if (!SHALLOW.has(func.name)) for (const arg of [target, ...args]) spendOn(arg, meter);
    return func.call(id, target, args);
  };
  return derive(func, call);
}

/** What a filter that was rewritten by `withLoopsMetered` calls, and a way to add lists that keeps them flat. */
export function loopFunctions(meter: Meter): CelFunc[] {
  const { DYN, INT } = CelScalar;
  const iterate = celFunc(ITERATE, [DYN], DYN, (range: CelInput) => range);
  const round = celFunc(ROUND, [DYN, INT], DYN, (goesOn: CelInput) => goesOn);
  const flat = new WeakMap<CelList, readonly CelInput[]>();
  const elements = (list: CelList): readonly CelInput[] => flat.get(list) ?? [...list];
  const addition = celFunc("_+_", [listType(DYN), listType(DYN)], listType(DYN), (left, right) => {
    meter.spend((left.size + right.size) / COPIES_PER_STEP);
    const joined = [...elements(left), ...elements(right)];
    const list = celList(joined);
    flat.set(list, joined);
    return list;
  });
  return [
    addition,
    derive(iterate, (id, target, args) => {
      const [range] = args;
      if (isCelList(range) || isCelMap(range)) meter.spend(1 + range.size);
      return iterate.call(id, target, args);
    }),
    derive(round, (id, target, args) => {
      meter.spend(Number(args[1]));
      return round.call(id, target, args);
    }),
  ];
}

/** The same filter, in which each loop is charged for what it goes over, and each round for what it evaluates. */
export function withLoopsMetered(expression: Expression): Expression {
  return rewrite(expression).expression;
}

interface Rewritten {
  readonly expression: Expression;
  /** How many nodes it has. */
  readonly size: number;
}

type Loop = Extract<Expression["exprKind"], { readonly case: "comprehensionExpr" }>["value"];

/** Rewrites the parts of one node, and counts them. */
class Parts {
  size = 1;

  readonly one = (part: Expression | undefined): Expression => {
    const rewritten = rewrite(present(part, "a part of an expression"));
    this.size += rewritten.size;
    return rewritten.expression;
  };
}

function rewrite(expression: Expression): Rewritten {
  const parts = new Parts();
  const exprKind = rewriteKind(expression, parts);
  return { expression: { ...expression, exprKind }, size: parts.size };
}

function rewriteKind({ id, exprKind }: Expression, parts: Parts): Expression["exprKind"] {
  switch (exprKind.case) {
    case "selectExpr":
      return {
        ...exprKind,
        value: { ...exprKind.value, operand: parts.one(exprKind.value.operand) },
      };
    case "callExpr": {
      const args = exprKind.value.args.map(parts.one);
      const { target } = exprKind.value;
      const value = { ...exprKind.value, args };
      return {
        ...exprKind,
        value: target === undefined ? value : { ...value, target: parts.one(target) },
      };
    }
    case "listExpr":
      return {
        ...exprKind,
        value: { ...exprKind.value, elements: exprKind.value.elements.map(parts.one) },
      };
    case "structExpr": {
      const entries = exprKind.value.entries.map((entry) => {
        const { keyKind } = entry;
        const value = parts.one(entry.value);
        if (keyKind.case !== "mapKey") return { ...entry, value };
        return { ...entry, value, keyKind: { ...keyKind, value: parts.one(keyKind.value) } };
      });
      return { ...exprKind, value: { ...exprKind.value, entries } };
    }
    case "comprehensionExpr":
      return { ...exprKind, value: rewriteLoop(id, exprKind.value, parts) };
    default:
      return exprKind;
  }
}

function rewriteLoop(id: bigint, loop: Loop, parts: Parts): Loop {
  const iterRange = callOf(id, ITERATE, [parts.one(loop.iterRange)]);
  const accuInit = parts.one(loop.accuInit);
  const result = parts.one(loop.result);
  const outerSize = parts.size;
  const loopStep = parts.one(loop.loopStep);
  const condition = parts.one(loop.loopCondition);
  const weight = integer(id, parts.size - outerSize);
  const loopCondition = callOf(id, ROUND, [condition, weight]);
  return { ...loop, iterRange, accuInit, result, loopStep, loopCondition };
}

function callOf(id: bigint, name: string, args: Expression[]): Expression {
  return {
    $typeName: "cel.expr.Expr",
    id,
    exprKind: {
      case: "callExpr",
      value: { $typeName: "cel.expr.Expr.Call", function: name, args },
    },
  };
}

function integer(id: bigint, value: number): Expression {
  const constantKind = { case: "int64Value", value: BigInt(value) } as const;
  return {
    $typeName: "cel.expr.Expr",
    id,
    exprKind: {
      case: "constExpr",
      value: { $typeName: "cel.expr.Constant", constantKind },
    },
  };
}

function derive(func: CelFunc, call: CelFunc["call"]): CelFunc {
  return Object.create(func, { call: { value: call } }) as CelFunc;
}

/** Whether the function may be meant; what it does not take it would refuse for nothing. */
function accepts(func: CelFunc, target: CelValue | undefined, args: readonly CelValue[]): boolean {
  if ((func.target === undefined) !== (target === undefined)) return false;
  if (func.arguments.length !== args.length) return false;
  return args.every((arg, index) => isOf(func.arguments[index]?.name ?? "", arg));
}

function isOf(type: string, value: CelValue): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "int":
      return typeof value === "bigint";
    case "double":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "bytes":
      return value instanceof Uint8Array;
    case "list":
      return isCelList(value);
    case "map":
      return isCelMap(value);
    case "dyn":
      return true;
    default:
      return typeof value === "object" && !isCelList(value) && !isCelMap(value);
  }
}

function textLength(value: CelValue | undefined): number {
  return typeof value === "string" ? value.length : 0;
}

function spendOn(value: CelValue | undefined, meter: Meter): void {
  if (typeof value === "string") meter.spend(value.length / CHARACTERS_PER_STEP);
  else if (value instanceof Uint8Array) meter.spend(value.length / CHARACTERS_PER_STEP);
  else if (isCelList(value)) {
    meter.spend(value.size);
    for (const element of value) spendOn(element, meter);
  } else if (isCelMap(value)) {
    meter.spend(value.size);
    for (const [, element] of value) spendOn(element, meter);
  }
}
