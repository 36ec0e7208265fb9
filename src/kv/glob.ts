/**
 * Globs over whole keys: `*` any characters (also `/`), `?` one character, `[a-c]` one of these, `[^a]` one
 * that is not, `\` takes the next character as it is. Characters are Unicode code points.
 *
 * Matching goes back to the last star only, as Rich Salz's wildmat does when it may: what an earlier
 * star could do differently, the last one can too. So the time is the key's length times the glob's.
 */

import { GLOB_BYTES_MAX, invalidField } from "../base/index.js";

type Part =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "literal"; readonly codePoint: number }
  | SetPart;

interface SetPart {
  readonly kind: "set";
  readonly isNegated: boolean;
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

export interface Glob {
  /** What every match begins with. */
  readonly literalPrefix: string;
  matches(text: string): boolean;
  /** How many steps it takes at the most to match a text of so many bytes. */
  stepsMax(textBytes: number): number;
}

/** What it takes to make a byte of the text ready for matching, in steps. */
const STEPS_PER_BYTE = 16;

/** Throws INVALID_FIELD, naming `range.glob`, for a glob that is malformed or too long. */
export function parseGlob(pattern: string): Glob {
  const sizeBytes = Buffer.byteLength(pattern);
  if (sizeBytes === 0) throw badGlob("must not be empty");
  if (sizeBytes > GLOB_BYTES_MAX) {
    throw badGlob(`has ${String(sizeBytes)} bytes, more than ${String(GLOB_BYTES_MAX)}`);
  }
  const parts = parseParts(Array.from(pattern, codePointOf));
  let prefix = "";
  for (const part of parts) {
    if (part.kind !== "literal") break;
    prefix += String.fromCodePoint(part.codePoint);
  }
  const program = compile(parts);
  return {
    literalPrefix: prefix,
    matches: (text) => matchAll(program, codePointsOf(text)),
    stepsMax: (textBytes) => textBytes * (STEPS_PER_BYTE + parts.length),
  };
}

const STAR = codePointOf("*");
const QUESTION = codePointOf("?");
const OPEN = codePointOf("[");
const CLOSE = codePointOf("]");
const CARET = codePointOf("^");
const DASH = codePointOf("-");
const ESCAPE = codePointOf("\\");

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function parseParts(pattern: readonly number[]): Part[] {
  const parts: Part[] = [];
  let position = 0;
  while (position < pattern.length) {
    const codePoint = pattern[position];
    if (codePoint === STAR) {
      parts.push({ kind: "star" });
      position++;
    } else if (codePoint === QUESTION) {
      parts.push({ kind: "any" });
      position++;
    } else if (codePoint === OPEN) {
      const { part, end } = parseSet(pattern, position + 1);
      parts.push(part);
      position = end;
    } else {
      const literal = literalAt(pattern, position);
      parts.push({ kind: "literal", codePoint: literal.codePoint });
      position = literal.end;
    }
  }
  return parts;
}

/** The character at `position`, and where the next one begins; an escape counts as what it escapes. */
function literalAt(
  pattern: readonly number[],
  position: number,
): { readonly codePoint: number; readonly end: number } {
  const isEscape = pattern[position] === ESCAPE;
  const at = isEscape ? position + 1 : position;
  const codePoint = pattern[at];
  if (codePoint === undefined) {
    throw badGlob(isEscape ? "ends with a \\ that escapes nothing" : "has a [ without its ]");
  }
  return { codePoint, end: at + 1 };
}

function parseSet(
  pattern: readonly number[],
  start: number,
): { readonly part: Part; readonly end: number } {
  const isNegated = pattern[start] === CARET;
  const ranges: [number, number][] = [];
  let position = isNegated ? start + 1 : start;
  while (pattern[position] !== CLOSE) {
    const from = literalAt(pattern, position);
    position = from.end;
    let to = from.codePoint;
    if (pattern[position] === DASH && pattern[position + 1] !== CLOSE) {
      const upper = literalAt(pattern, position + 1);
      to = upper.codePoint;
      position = upper.end;
    }
    if (to < from.codePoint) throw badGlob("has a range in [] whose end comes before its start");
    ranges.push([from.codePoint, to]);
  }
  if (ranges.length === 0) throw badGlob("has an empty []");
  return { part: { kind: "set", isNegated, ranges }, end: position + 1 };
}

/** The parts as integers, for a loop that may run millions of times: literals as their code points. */
interface Program {
  readonly codes: Int32Array;
  readonly sets: readonly SetPart[];
}

const STAR_CODE = -1;
const ANY_CODE = -2;
/** Behind the last part: matches nothing. */
const END_CODE = -3;
/** Of the first set; those of the others go down from here. */
const SETS_CODE = -4;

function compile(parts: readonly Part[]): Program {
  const sets = parts.filter((part) => part.kind === "set");
  let setCount = 0;
  const codes = parts.map((part) => {
    switch (part.kind) {
      case "star":
        return STAR_CODE;
      case "any":
        return ANY_CODE;
      case "literal":
        return part.codePoint;
      case "set":
        return SETS_CODE - setCount++;
    }
  });
  return { codes: Int32Array.from([...codes, END_CODE]), sets };
}

function codePointsOf(text: string): Int32Array {
  const codePoints = new Int32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; count++) {
    const codePoint = text.codePointAt(at) ?? 0;
    codePoints[count] = codePoint;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return codePoints.subarray(0, count);
}

function matchAll({ codes, sets }: Program, text: Int32Array): boolean {
  const end = text.length;
  let at = 0;
  let part = 0;
  let starPart = -1;
  let starAt = 0;
  while (at < end) {
    const code = codes[part] ?? END_CODE;
    const codePoint = text[at] ?? 0;
    if (code === STAR_CODE) {
      starPart = part++;
      starAt = at;
    } else if (
      code === codePoint ||
      code === ANY_CODE ||
      (code <= SETS_CODE && isInSet(sets[SETS_CODE - code], codePoint))
    ) {
      part++;
      at++;
    } else if (starPart >= 0) {
      // The last star takes one more character, and we try again behind it.
      part = starPart + 1;
      at = ++starAt;
    } else return false;
  }
  while (codes[part] === STAR_CODE) part++;
  return codes[part] === END_CODE;
}

function isInSet(set: SetPart | undefined, codePoint: number): boolean {
  if (set === undefined) return false;
  return set.ranges.some(([from, to]) => from <= codePoint && codePoint <= to) !== set.isNegated;
}

function badGlob(problem: string): Error {
  return invalidField("range.glob", problem);
}
