/**
 * A filter of a scan: an expression in CEL (https://cel.dev) over an entry. It is compiled and checked once, and
 * then asked of each entry; what that may cost is bounded (docs/decisions/filter.md).
 *
 * An entry of which the expression makes no sense, because a field is not there or has another type, does not
 * match.
 */

import { isUtf8 } from "node:buffer";

import { celEnv, isCelError, parse, plan, type CelInput } from "@bufbuild/cel";

import { FILTER_BYTES_MAX, invalidField, KIB, type KvError, type TimeMs } from "../base/index.js";
import { compilePattern, FilterChecker, FilterProblem } from "./filter-check.js";
import { loopFunctions, Meter, metered, STEP_NS, withLoopsMetered } from "./filter-meter.js";
import type { Entry } from "./entry.js";

/** A longer value has no `json`: parsing holds up everything else, and cannot be done in parts. */
export const JSON_BYTES_MAX = 256 * KIB;

/** Brackets within brackets. */
const NESTING_MAX = 32;

/** What it takes to parse a byte of JSON, and to make ready what is asked of any entry; see `Turns`. */
const STEPS_PER_JSON_BYTE = 15;
const STEPS_PER_EVALUATION = 10_000;

/** What lies with the value of an entry. */
const IN_RECORD = ["value", "json", "size", "update_time", "content_type"] as const;

/** Evaluations do not overlap, so they share what each of them begins anew. */
const METER = new Meter();

const STANDARD = [...celEnv({ re2: { compile: patternOf } }).funcs];

const ENVIRONMENT = celEnv({
  funcs: [...STANDARD.map((func) => metered(func, METER)), ...loopFunctions(METER)],
});

const toTimestamp = plan(celEnv(), parse("timestamp(text)"));

type Evaluate = (bindings: Record<string, CelInput>) => unknown;

export class Filter {
  readonly #evaluate: Evaluate;
  readonly #used: ReadonlySet<string>;
  /** Whether it asks for what lies with the value. */
  readonly needsRecord: boolean;

  constructor(evaluate: Evaluate, used: ReadonlySet<string>) {
    this.#evaluate = evaluate;
    this.#used = used;
    this.needsRecord = IN_RECORD.some((name) => used.has(name));
  }

  /** What it takes to ask it of this entry, at the most that is likely; see `Turns`. */
  stepsFor({ value }: Entry): number {
    const jsonBytes = this.#used.has("json") ? Math.min(value.length, JSON_BYTES_MAX) : 0;
    return STEPS_PER_EVALUATION + jsonBytes * STEPS_PER_JSON_BYTE;
  }

  /** Whether the entry matches, and what it took beyond `stepsFor`. */
  matches(entry: Entry): { readonly isMatch: boolean; readonly steps: number } {
    METER.reset();
    const result = this.#evaluate(this.#bindings(entry));
    return { isMatch: result === true, steps: METER.spent * STEP_NS };
  }

  /** Those of the variables that are asked for, and that this entry has. */
  #bindings(entry: Entry): Record<string, CelInput> {
    const bindings: Record<string, CelInput> = {};
    for (const name of this.#used) {
      const bound = BIND[name]?.(entry);
      if (bound !== undefined) bindings[name] = bound;
    }
    return bindings;
  }
}

/** Undefined: the entry has none. */
const BIND: Readonly<Record<string, (entry: Entry) => CelInput | undefined>> = {
  key: ({ key }) => key.toString("utf8"),
  value: ({ value }) => (isUtf8(value) ? value.toString("utf8") : undefined),
  json: ({ value }) => jsonOf(value),
  size: ({ value }) => BigInt(value.length),
  revision: ({ revision }) => BigInt(revision),
  version: ({ version }) => BigInt(version),
  update_time: ({ updateTimeMs }) => timestampOf(updateTimeMs),
  expire_time: ({ deadlineMs }) => (deadlineMs === 0 ? null : timestampOf(deadlineMs)),
  content_type: ({ contentType }) => contentType,
};

/** Throws INVALID_FIELD that points at the column. */
export function compileFilter(text: string): Filter {
  checkShape(text);
  let parsed;
  try {
    parsed = parse(text);
  } catch (error) {
    throw syntaxError(error);
  }
  const { expr } = parsed;
  const checker = new FilterChecker(STANDARD);
  try {
    checker.checkCondition(expr);
  } catch (error) {
    if (!(error instanceof FilterProblem)) throw error;
    const offset = parsed.sourceInfo?.positions[String(error.node)] ?? 0;
    throw invalidField("filter", `${placeOf(text, offset)}: ${error.message}`, error);
  }
  return new Filter(plan(ENVIRONMENT, withLoopsMetered(expr)), checker.used);
}

/** What the parser is not to be troubled with. */
function checkShape(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > FILTER_BYTES_MAX) {
    const most = `must be at most ${String(FILTER_BYTES_MAX)} bytes`;
    throw invalidField("filter", `${most}, and has ${String(bytes)}`);
  }
  let depth = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text.charAt(offset);
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    if (depth > NESTING_MAX) {
      const problem = `more than ${String(NESTING_MAX)} brackets within one another`;
      throw invalidField("filter", `${placeOf(text, offset)}: ${problem}`);
    }
  }
}

interface Located {
  readonly rawMessage: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

function syntaxError(error: unknown): KvError {
  const { rawMessage, location } = error as Partial<Located>;
  if (rawMessage === undefined || location === undefined) {
    const problem = error instanceof Error ? error.message : "cannot be read";
    return invalidField("filter", problem, error);
  }
  const { line, column } = location.start;
  return invalidField("filter", `${place(line, column)}: ${rawMessage}`, error);
}

function placeOf(text: string, from: number): string {
  // An operator is said to be where the blanks before it begin.
  const offset = from + text.slice(from).search(/\S|$/);
  const before = text.slice(0, offset).split("\n");
  return place(before.length, (before.at(-1)?.length ?? 0) + 1);
}

function place(line: number, column: number): string {
  return line === 1 ? `column ${String(column)}` : `line ${String(line)}, column ${String(column)}`;
}

/** Undefined: the value is not JSON, or too long to be read as such. */
function jsonOf(value: Buffer): CelInput | undefined {
  if (value.length > JSON_BYTES_MAX || !isUtf8(value)) return undefined;
  try {
    return toCelInput(JSON.parse(value.toString("utf8")));
  } catch {
    // Text that is no JSON, or brackets within brackets beyond what the stack holds.
    return undefined;
  }
}

/** Objects become maps: what an object inherits is no field of the value. */
function toCelInput(json: unknown): CelInput {
  if (Array.isArray(json)) return json.map(toCelInput);
  if (typeof json !== "object" || json === null) return json as string | number | boolean | null;
  const map = new Map<string, CelInput>();
  for (const [name, member] of Object.entries(json)) map.set(name, toCelInput(member));
  return map;
}

function timestampOf(time: TimeMs): CelInput | undefined {
  const timestamp = toTimestamp({ text: new Date(time).toISOString() });
  return isCelError(timestamp) ? undefined : timestamp;
}

/** Patterns stand in filters, so there are few. */
const PATTERNS_MAX = 256;
const patterns = new Map<string, ReturnType<typeof compilePattern>>();

function patternOf(pattern: string): ReturnType<typeof compilePattern> {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    if (patterns.size >= PATTERNS_MAX) patterns.clear();
    compiled = compilePattern(pattern);
    patterns.set(pattern, compiled);
  }
  return compiled;
}
