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
  | {
      readonly kind: "set";
      readonly isNegated: boolean;
      readonly ranges: readonly (readonly [from: number, to: number])[];
    };

export interface Glob {
  /** What every match begins with. */
  readonly literalPrefix: string;
  matches(text: string): boolean;
}

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
  return {
    literalPrefix: prefix,
    matches: (text) => matchParts(parts, Array.from(text, codePointOf)),
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

function matchParts(parts: readonly Part[], text: readonly number[]): boolean {
  let at = 0;
  let part = 0;
  let starPart = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = parts[part];
    if (current?.kind === "star") {
      starPart = part++;
      starAt = at;
    } else if (current !== undefined && matchesOne(current, text[at] ?? 0)) {
      part++;
      at++;
    } else if (starPart >= 0) {
      // The last star takes one more character, and we try again behind it.
      part = starPart + 1;
      at = ++starAt;
    } else return false;
  }
  while (parts[part]?.kind === "star") part++;
  return part === parts.length;
}

function matchesOne(part: Exclude<Part, { kind: "star" }>, codePoint: number): boolean {
  switch (part.kind) {
    case "any":
      return true;
    case "literal":
      return part.codePoint === codePoint;
    case "set":
      return (
        part.ranges.some(([from, to]) => from <= codePoint && codePoint <= to) !== part.isNegated
      );
  }
}

function badGlob(problem: string): Error {
  return invalidField("range.glob", problem);
}
